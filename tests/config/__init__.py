"""Configuration and policy files."""
