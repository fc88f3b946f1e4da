"""CRLs: where they come from, and the store that remembers them."""
