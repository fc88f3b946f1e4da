"""How to come to the same result without the page: with this program, and with openssl and xmlsec1 alone.

The commands are for a POSIX shell, in a folder with the document and the certificates of the page.
"""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from agent.containers import ContainerFormat
from agent.dataclass import dataclass
from agent.instants import format_instant
from agent.report.html.material import ReportMaterial
from agent.report.html.signatures import SignatureView


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it shows, and the commands."""

    what: str
    commands: tuple[str, ...]


def list_steps(material: ReportMaterial, signatures: Sequence[SignatureView]) -> tuple[Step, ...]:
    """List the steps."""
    return tuple(_steps(material, signatures))


def _steps(material: ReportMaterial, signatures: Sequence[SignatureView]) -> Iterator[Step]:
    verdict = material.verdict
    file = _quote(verdict.file)
    yield Step(f"The same file: openssl prints {verdict.sha256}.", (f"openssl dgst -sha256 {file}",))
    yield Step("The same verdict, by this program.", (_ours(material, file),))
    for signature in signatures:
        if len(signature.certificates) > 1:
            yield _chain(signature, int(verdict.at.timestamp()))
    if verdict.container is ContainerFormat.CMS:
        yield from _detached(_quote(verdict.signature_file or ""), file, signatures)
    else:
        yield from (_value(file, signature) for signature in signatures)
        if signatures and material.inspection is not None:
            yield _cells(file, material.inspection.view.sheet.part_name, signatures[0])


def _ours(material: ReportMaterial, file: str) -> str:
    verdict = material.verdict
    words = ["iki", "verify", file, "--at", format_instant(verdict.at)]
    if material.required != "countersigned":
        words += ["--require", material.required]
    if verdict.container is ContainerFormat.CMS:
        words += ["--format", "cms", "--signature", _quote(verdict.signature_file or "")]
    return " ".join(words)


def _chain(signature: SignatureView, at: int) -> Step:
    """Have openssl build the chain of one signature, at the same instant, in seconds since 1970."""
    name = f"sig{signature.number}"
    has_issuers = len(signature.certificates) > len(("signer", "trust anchor"))
    files = [f"{name}-signer.pem", *([f"{name}-CAs.pem"] if has_issuers else []), f"{name}-anchor.pem"]
    words = ["openssl", "verify", "-attime", str(at), "-crl_check_all", "-CRLfile", "crls.pem"]
    words += ["-CAfile", files[-1], *(["-untrusted", files[1]] if has_issuers else []), files[0]]
    return Step(
        f"The certificates of signature {signature.number}, saved as {', '.join(files)}, with the CRLs"
        " relied on, as PEM, in crls.pem: openssl says OK.",
        (" ".join(words),),
    )


def _value(file: str, signature: SignatureView) -> Step:
    part, name = shlex.quote(signature.part.removeprefix("/")), f"sig{signature.number}"
    words = ["xmlsec1", "--verify", "--ignore-manifests", "--enabled-key-data", "key-name"]
    words += ["--pubkey-cert-pem", f"{name}-signer.pem", f"{name}.xml"]
    return Step(
        f"The value of signature {signature.number}: xmlsec1 says OK, all References of SignedInfo among it.",
        (f"unzip -p {file} {part} > {name}.xml", " ".join(words)),
    )


def _cells(file: str, sheet: str, signature: SignatureView) -> Step:
    part = shlex.quote(sheet.removeprefix("/"))
    digest = f"unzip -p {file} {part} | openssl dgst -sha256 -binary | openssl base64"
    return Step(
        f"The cells: the digest of {sheet} is stated in the signature, so that grep counts one line or more.",
        (f'grep -c "$({digest})" sig{signature.number}.xml',),
    )


def _detached(signature_file: str, file: str, signatures: Sequence[SignatureView]) -> Iterator[Step]:
    if not signatures or not signatures[0].certificates:
        return
    words = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signature_file]
    words += ["-content", file, "-CAfile", "sig1-anchor.pem", "-purpose", "any", "-out", "/dev/null"]
    yield Step(
        "The signature itself: openssl says Verification successful (it looks at no countersignature).",
        (" ".join(words),),
    )


def _quote(file: str) -> str:
    """Quote the name of a file for the shell, without its folders."""
    return shlex.quote(PurePath(file).name)
