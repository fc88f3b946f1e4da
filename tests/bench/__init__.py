"""Speed and memory of `iki` beside openssl, in one run: `make bench`."""
