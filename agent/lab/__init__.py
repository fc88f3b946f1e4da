"""A test IKI PKI and SoftHSM tokens for rehearsal."""
