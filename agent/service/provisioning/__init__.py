"""Making and destroying tokens, keys and certificate objects, each under policy and on record."""
