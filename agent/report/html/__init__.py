"""The report of one verification as a page: self-contained, no script, no network, printable."""
