"""End to end: `iki` as people run it, a process of its own."""
