"""Tokens that are held open: logged in to once, used for many documents, by many threads."""
