"""The report of a verification: what the page says, how it looks, and that its steps can be repeated."""
