"""Outside judges: NIST PKITS, openssl and pyhanko-certvalidator over the certification path and its CRLs."""
