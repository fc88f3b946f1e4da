"""How CRLs are shown: as lines for people, as JSON for programs."""

from datetime import timedelta

from agent.cli.console import print_line
from agent.instants import format_instant
from agent.pki.crl import RevocationList

_DAY = 86400
_HOUR = 3600
_MINUTE = 60


def describe_crl(crl: RevocationList) -> dict[str, object]:
    """Build the JSON object of a list."""
    scope = crl.scope
    return {
        "where": crl.where,
        "issuer": crl.issuer,
        "number": crl.number,
        "delta_of": crl.base_number,
        "this_update": format_instant(crl.this_update),
        "next_update": None if crl.next_update is None else format_instant(crl.next_update),
        "indirect": scope.is_indirect,
        "only": describe_kinds(crl),
        "reasons": sorted(scope.reasons),
        "unknown_critical": list(crl.unknown_critical),
        "sha256": crl.sha256.hex(),
    }


def show_crl(crl: RevocationList, entries: int) -> None:
    """Print a list."""
    number = "none" if crl.number is None else str(crl.number)
    kind = "indirect " if crl.scope.is_indirect else ""
    kind += "complete CRL" if crl.base_number is None else f"delta CRL on number {crl.base_number}"
    print_line(f"{crl.issuer}: {kind}, number {number}")
    until = "none" if crl.next_update is None else format_instant(crl.next_update)
    print_line(f"  thisUpdate {format_instant(crl.this_update)}, nextUpdate {until}, {entries} entries")
    if only := describe_kinds(crl):
        print_line(f"  only for {only} certificates")
    if crl.unknown_critical:
        print_line(f"  critical extensions not understood: {', '.join(crl.unknown_critical)}")
    print_line(f"  SHA-256 {crl.sha256.hex()}")
    print_line(f"  from {crl.where}")


def describe_duration(span: timedelta | None) -> str:
    """Word a duration in its two greatest units; a dash for none."""
    if span is None:
        return "-"
    seconds = int(abs(span.total_seconds()))
    sign = "-" if span < timedelta(0) else ""
    for unit, name, smaller, smaller_name in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if seconds >= unit:
            return f"{sign}{seconds // unit} {name} {seconds % unit // smaller} {smaller_name}"
    return f"{sign}{seconds} s"


def describe_kinds(crl: RevocationList) -> str:
    """Name the kind of certificates that a list is only for; empty for all."""
    scope = crl.scope
    kinds = (
        (scope.only_user_certificates, "user"),
        (scope.only_ca_certificates, "CA"),
        (scope.only_attribute_certificates, "attribute"),
    )
    return ", ".join(name for is_only, name in kinds if is_only)
