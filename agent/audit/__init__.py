"""What happened: the hash-chained record of decisions.

One JSON line per decision, allowed and refused, in a file that only grows. A
signature leaves in three steps, and the record is the middle one:

1. the token has signed, the signature is verified, the output lies complete
   under a temporary name (`sha256_after` is known);
2. one line with outcome `allowed` and that `sha256_after` is appended and is on
   disk (fsync); if it cannot be, nothing is released;
3. the output appears under its name. Only if that fails a second line with
   outcome `not-released` and the same `sha256_after` follows.

So an `allowed` line without a later `not-released` line of the same
`sha256_after` means: released, or the machine stopped between the steps; a
signature that is out without an `allowed` line cannot be. `released` is for
operations whose result leaves without a file, such as a request printed on the
terminal.

The chain shows a change to anyone who kept an earlier head; it does not stop
somebody who may write both the log and its head file from making a new, whole
chain. Copy the head (`iki audit verify` prints it) to where they cannot write.
"""
