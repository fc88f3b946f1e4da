"""Certificates, paths, CRLs and requests, with openssl and cryptography's own verifier as second judges."""
