"""Hostile octets: strategies that hypothesis draws in the suite, and atheris steers in `make fuzz`."""
