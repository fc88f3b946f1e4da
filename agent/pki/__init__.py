"""X.509, RFC 5280: certificates, certification paths, CRLs and certification requests."""
