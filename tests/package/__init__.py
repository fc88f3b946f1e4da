"""The package signature: reading, signing, verifying, and what must not be accepted."""
