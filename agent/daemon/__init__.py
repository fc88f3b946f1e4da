"""The daemon: many callers, one holder of the tokens; HTTP in front of the same service as the commands'."""
