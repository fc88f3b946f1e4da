"""Detached CMS: CAdES-B signatures over the untouched octets of a file, kept in a `.p7s` beside it."""
