"""The configuration: a strict table, then a frozen validated value."""
