"""IKI signing agent: sign, countersign and verify CPL submissions with keys that stay on a token."""

__version__ = "0.1.0"
