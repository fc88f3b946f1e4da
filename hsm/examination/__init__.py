"""A look at a module without any PIN, each in a process of its own: a crash or a hang is an answer too."""
