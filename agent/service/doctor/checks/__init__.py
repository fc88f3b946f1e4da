"""The checks, each in a file of its own, in the order in which they are made."""

from agent.service.doctor.checks import (
    anchors,
    audit,
    certificate,
    clock,
    concurrency,
    configuration,
    crls,
    key,
    mechanism,
    module,
    permissions,
    pin,
    raw_digest,
    token,
)

CHECKS = (
    configuration.CHECK,
    permissions.CHECK,
    raw_digest.CHECK,
    audit.CHECK,
    anchors.CHECK,
    crls.CHECK,
    clock.CHECK,
    module.CHECK,
    token.CHECK,
    pin.CHECK,
    certificate.CHECK,
    key.CHECK,
    mechanism.CHECK,
    concurrency.CHECK,
)
"""Files first, the token last."""
