"""The commands' side of the daemon's socket, with the standard library alone: a command has to start fast."""
