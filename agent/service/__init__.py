"""The services: each command's road from bytes to result, on the side that holds the key."""
