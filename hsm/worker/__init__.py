"""A token in a process of its own, and the way to it that is the same without one."""
