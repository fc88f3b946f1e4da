"""A PIV card in software (NIST SP 800-73-4), in a virtual reader that programs see through PC/SC.

`python -m tests.support.piv` is the card with its reader's daemon, in a network of its own; `VirtualCard`
starts one and holds the card in its hand: pulls it, inserts it, reads its counters.
"""
