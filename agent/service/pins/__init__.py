"""PINs: from where the configuration says to the token, and nowhere else.

A PIN is in no message, no log and no exception, and neither is anything that
holds one: the exceptions of Python that carry what was read (a decoding error,
a program's time-out) are not chained to ours.
"""
