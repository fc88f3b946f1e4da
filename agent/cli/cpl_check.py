"""`iki cpl check FILE`."""

import gc
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import count, print_json, print_line, print_table, print_warning
from agent.cli.image_choice import choose_part
from agent.cli.image_progress import hashing_progress
from agent.cli.options import (
    AtOption,
    JSONOption,
    OTAElementOption,
    RangeOption,
    StripOTAHeaderOption,
    WorkbookArgument,
)
from agent.cpl.image_part import GivenImage
from agent.exits import ExitStatus
from agent.findings import Level
from agent.instants import format_instant, parse_instant
from agent.report.form_report import HEADINGS, describe_form, describe_image, list_finding_rows
from agent.report.verdict_report import describe_finding
from agent.service.checking import CheckedForm, FormSettings, GivenImages, check_form_file
from agent.service.images import hash_given_image, hash_image_folder
from agent.service.workspace import load_form_settings


def command(
    context: typer.Context,
    file: WorkbookArgument,
    images: Annotated[
        list[Path] | None,
        typer.Option("--image", metavar="FIRMWARE", help="A row must hold the Hash of this image."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--images", metavar="DIR", help="Every Hash must be that of an image in this folder."),
    ] = None,
    octets: RangeOption = None,
    strip_ota_header: StripOTAHeaderOption = False,
    ota_element: OTAElementOption = None,
    at: AtOption = None,
    as_json: JSONOption = False,
) -> int:
    """Check what a submission form says: everything that `iki sign` asks of it, without token or key.

    Exit status: 0 nothing refuses, 3 something does.
    """
    settings = FormSettings(*load_form_settings(context.obj))
    instant = parse_instant(at) if at else datetime.now(UTC)
    has_image = bool(images or folder)
    part = choose_part(octets, ota_element, strips_header=strip_ota_header, has_image=has_image)
    with hashing_progress() as begin:
        named = [hash_given_image(GivenImage(image, part), begin) for image in images or ()]
        found = hash_image_folder(folder, part, begin) if folder else ((), ())
    given = GivenImages((*named, *found[0]), folder is not None, found[1])
    gc.disable()  # a large form is a million objects, none of them garbage
    try:
        checked = check_form_file(file, settings, given, instant)
    finally:
        gc.enable()
    if as_json:
        print_json(_describe(checked))
    else:
        _show(checked)
    return ExitStatus.REFUSED if checked.refuses else ExitStatus.OK


def _show(checked: CheckedForm) -> None:
    counts = Counter(finding.level for finding in checked.findings)
    of_form = checked.form
    entries = (
        f"{count(len(of_form.entries), 'entry', 'entries')} on {of_form.sheet!r}" if of_form else "no form"
    )
    warnings, notes = count(counts[Level.WARN], "warning"), count(counts[Level.INFORM], "note")
    print_line(f"{checked.file}: {entries}: {counts[Level.REFUSE]} refused, {warnings}, {notes}")
    rows = list(list_finding_rows(checked.findings))
    if rows:
        print_line()
        print_table(HEADINGS, rows)
    images = list(_list_images(checked))
    if images:
        print_line()
        print_table(("image", "what was hashed", "octets", "cells", "Hash"), images)
    for undecided in checked.given.undecided:
        print_warning(f"{undecided.why}; {undecided.hint}")


def _list_images(checked: CheckedForm) -> Iterator[tuple[str, ...]]:
    """Yield a line for each image, and for each entry that none can belong to."""
    for image in checked.images:
        cells = ", ".join(checked.cells_of(image)) or "none"
        yield image.file, image.what, f"{image.octets:,}", cells, image.image_hash.hex().upper()
    for undecided in checked.given.undecided:
        yield undecided.file, "undecided: nothing", "", "unknown", "not computed"
    for cell in checked.cells_without_hash:
        yield "none", "", "", cell, "no Hash"


def _describe(checked: CheckedForm) -> dict[str, object]:
    """Build the JSON object of a check (docs/schemas/cpl-check.schema.json)."""
    return {
        "file": checked.file,
        "sha256": checked.sha256,
        "at": format_instant(checked.at),
        "refuses": checked.refuses,
        "form": describe_form(checked.form) if checked.form else None,
        "findings": [describe_finding(finding) | {"hint": finding.hint} for finding in checked.findings],
        "images": [
            describe_image(image) | {"cells": list(checked.cells_of(image))} for image in checked.images
        ],
        "undecided": [
            {"file": undecided.file, "why": undecided.why, "hint": undecided.hint}
            for undecided in checked.given.undecided
        ],
        "without_hash": list(checked.cells_without_hash),
    }
