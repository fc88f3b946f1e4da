"""Detached CMS: signing, verifying, attacks, and what openssl says."""
