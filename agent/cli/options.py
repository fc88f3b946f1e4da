"""Options and arguments that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from agent.containers import ContainerFormat
from agent.errors import UsageError

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="The workbook (.xlsx, .xlsm), or with --format cms any file.")
]
FilesArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="The workbooks (.xlsx, .xlsm), or folders of them; with --format cms any files.",
    ),
]
WorkbookArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The workbook (.xlsx, .xlsm).")]
AsOption = Annotated[
    str, typer.Option("--as", metavar="NAME", help="The signer, as the configuration names it.")
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="OUT", help="Where the output appears.")
]
RequiredOutputOption = Annotated[
    Path, typer.Option("--output", "-o", metavar="OUT", help="Where the output appears.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace an output that is there already.")]
FinalTryOption = Annotated[
    bool,
    typer.Option(
        "--final-try",
        help="Log in although a wrong PIN would lock the token, or the token rejected this PIN before.",
    ),
]
AgentSignersOption = Annotated[
    list[str] | None,
    typer.Option("--as", metavar="NAME", help="Only the token of this signer; default: all."),
]
NoAgentOption = Annotated[
    bool, typer.Option("--no-agent", help="Use the token from this process, also where an agent runs.")
]
JSONOption = Annotated[bool, typer.Option("--json", help="Print the result for programs.")]
AllOption = Annotated[bool, typer.Option("--all", help="Show all of it, however long.")]
LabFolderOption = Annotated[
    Path | None,
    typer.Option(
        "--dir", metavar="DIR", help="The rehearsal environment; default: where the configuration is."
    ),
]
AtOption = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="Judge as of this time (ISO 8601); default: now.")
]
TrustAnchorOption = Annotated[
    list[Path] | None,
    typer.Option("--trust-anchor", metavar="PEM", help="Trust this root instead of the configured."),
]
CRLOption = Annotated[
    list[Path] | None,
    typer.Option("--crl", metavar="CRL", help="Use this CRL file or folder instead of the configured."),
]
TimestampOption = Annotated[
    bool,
    typer.Option("--timestamp", help="Add a timestamp (RFC 3161), by the first configured TSA that answers."),
]
TSAOption = Annotated[
    list[str] | None,
    typer.Option("--tsa", metavar="URL", help="Ask this TSA instead of the configured; means --timestamp."),
]
EmbedRevocationOption = Annotated[
    bool, typer.Option("--embed-revocation", help="Add the CRLs and certificates that were relied on.")
]
TSAAnchorOption = Annotated[
    list[Path] | None,
    typer.Option("--tsa-anchor", metavar="PEM", help="Trust timestamps of this root, not the configured."),
]
RangeOption = Annotated[
    str | None,
    typer.Option("--range", metavar="A:B", help="The image is octets A (from 0) up to and without B."),
]
StripOTAHeaderOption = Annotated[
    bool, typer.Option("--strip-ota-header", help="The image is what follows the ZigBee OTA header.")
]
OTAElementOption = Annotated[
    str | None,
    typer.Option("--ota-element", metavar="TAG", help="The image is the OTA sub-element with this tag."),
]
FormatOption = Annotated[
    ContainerFormat,
    typer.Option(
        "--format",
        help="Keep the signature in the workbook itself, or beside the file in FILE.p7s.",
    ),
]
SignatureOption = Annotated[
    Path | None,
    typer.Option(
        "--signature", metavar="P7S", help="The signature of --format cms; default: the one beside FILE."
    ),
]


def check_signature_option(container: ContainerFormat, signature: Path | None) -> None:
    """Check that `--signature` has a use.

    Raises:
        UsageError: `signature-without-cms`.

    """
    if signature is not None and container is not ContainerFormat.CMS:
        raise UsageError(
            "signature-without-cms",
            "--signature names a detached signature, and a workbook carries its own",
            hint="add --format cms",
        )
