"""Speed and memory of `iki` beside `openssl cms`, in one run: `make bench`."""
