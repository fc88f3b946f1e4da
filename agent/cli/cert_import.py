"""`iki cert import --as NAME FILE`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_json, print_line, print_warning
from agent.cli.options import AsOption, FinalTryOption, JSONOption
from agent.instants import format_instant
from agent.service.pins.terminal import operator_at_terminal
from agent.service.provisioning.certificates import ImportedCertificate, run_certificate_import
from agent.service.workspace import load_workspace


def command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The certificate, PEM or DER.")],
    signer: AsOption,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let it take the place of the key's certificate on the token.")
    ] = False,
    final_try: FinalTryOption = False,
    as_json: JSONOption = False,
) -> None:
    """Write a certificate to the signer's token, beside the key that it certifies."""
    workspace = load_workspace(context.obj)
    operator = operator_at_terminal(final_try=final_try)
    imported = run_certificate_import(signer, file, workspace, operator, replace=replace)
    if as_json:
        print_json(_describe(imported))
        return
    for old in imported.replaced:
        until = format_instant(old.not_after)
        print_warning(f"replaced the certificate with serial {old.serial_hex}, which was valid until {until}")
    if not imported.is_used:
        print_warning(
            f"the signer {signer} takes its certificate from a file;"
            f' [signers.{signer}] certificate = "token" makes it use this one'
        )
    print_line(f"{'Certificate' if imported.is_new else 'Unchanged'}  {imported.uri}")
    print_line(f"Next    iki doctor --as {signer}")


def _describe(imported: ImportedCertificate) -> dict[str, object]:
    certificate = imported.certificate
    return {
        "subject": certificate.subject,
        "serial": certificate.serial_hex,
        "not_after": format_instant(certificate.not_after),
        "sha256": certificate.sha256.hex(),
        "uri": imported.uri,
        "new": imported.is_new,
        "used": imported.is_used,
        "replaced": [old.serial_hex for old in imported.replaced],
    }
