"""The lints, one in a file."""
