"""The daemon, run as people run it: a process of its own, on a socket of its own."""
