"""What may be noted of a source of CRLs that gave none, or a worse one than before: warnings, without weight.

What that means for a certificate, the revocation rule says. Source: docs/crl.md.
"""

from types import MappingProxyType
from typing import Final

CRL_SOURCE_NOTES: Final = MappingProxyType(
    {
        "crl-rollback": "The list is older than the one seen last: it vouches for nothing.",
        "crl-fork": "The list has the number of another one and says something else: neither vouches.",
        "crl-issuer-unknown": "No configured CA is the list's issuer.",
        "crl-signature-wrong": "No configured CA of that name signed the list.",
        "crl-page": "A web page came instead of a CRL.",
        "crl-store-unusable": "The store of CRLs cannot be used, so what it remembers is not known.",
        "crl-http-timeout": "The list was not there whole in time.",
        "crl-http-status": "The server answers with an error.",
        "crl-http-truncated": "The list broke off before its end.",
        "crl-http-unreachable": "The server cannot be reached.",
        "crl-http-encoding": "The list comes compressed, which was not asked for.",
        "crl-http-too-large": "The list is larger than allowed.",
        "crl-http-redirect": "The server redirects too often, to a scheme that is not allowed, or nowhere.",
        "crl-http-tls": "The TLS connection is not to the server that it should be to.",
    }
)
"""Code to meaning."""
