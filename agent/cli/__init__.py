"""The command line: one command per file, nothing but asking the services and showing their answers."""
