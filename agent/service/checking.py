"""A form checked by everything that signing asks of it, but for who signs: no token, no key."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from agent.config.limits import DocumentLimits
from agent.config.policy import PolicySettings
from agent.cpl.entries import SubmissionForm
from agent.cpl.fields import FormField
from agent.cpl.form import read_form
from agent.cpl.image import HashedImage
from agent.cpl.mapping import FormMapping
from agent.cpl.nearest import describe_nearest
from agent.cpl.settling import settle_observations
from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.findings import Finding, Level
from agent.formats.package.package import open_package
from agent.formats.spreadsheet.lint import ContentScan, open_scan
from agent.policy.content import Stage, judge_content
from agent.policy.facts import FormFacts
from agent.policy.form import ALL, judge_form
from agent.policy.form_remarks import list_without_hash
from agent.policy.rule import apply_level
from agent.policy.rules import countersigner_for_device_type
from agent.roles import Role
from agent.service.files import read_file
from agent.service.images import UndecidedImage
from agent.service.reading import name_file

_MAP: Final = "put the headings into a mapping as they are spelled there ([form] mapping)"


@dataclass(frozen=True, slots=True)
class FormSettings:
    """What a form is read and checked with."""

    limits: DocumentLimits
    mapping: FormMapping
    policy: PolicySettings


@dataclass(frozen=True, slots=True)
class GivenImages:
    """The Manufacturer Images that a form is compared with."""

    images: tuple[HashedImage, ...] = ()
    has_all: bool = False
    """Whether there should be one for every Hash."""
    undecided: tuple[UndecidedImage, ...] = ()
    """Files of the folder that were not hashed."""


@dataclass(frozen=True, slots=True)
class CheckedForm:
    """A form and everything that was found in it."""

    file: str
    sha256: str
    """Hex."""
    at: datetime
    form: SubmissionForm | None
    findings: tuple[Finding, ...]
    given: GivenImages

    @property
    def images(self) -> tuple[HashedImage, ...]:
        """The images that were hashed."""
        return self.given.images

    @property
    def cells_without_hash(self) -> tuple[str, ...]:
        """List the cells where an entry has no Hash to compare with the images; none if none were given."""
        form = self.form if self.given.images or self.given.has_all else None
        without = list_without_hash(form) if form else ()
        return tuple(form.reference(entry, FormField.IMAGE_HASH) for entry in without if form)

    @property
    def refuses(self) -> bool:
        """Tell whether the form would not be signed."""
        return any(finding.level is Level.REFUSE for finding in self.findings)

    def cells_of(self, image: HashedImage) -> tuple[str, ...]:
        """List the cells that hold the Hash of an image."""
        form = self.form
        return tuple(
            form.reference(entry, FormField.IMAGE_HASH)
            for entry in (form.entries if form else ())
            if form and entry.image_hash == image.image_hash
        )


def check_form_file(path: Path, settings: FormSettings, given: GivenImages, at: datetime) -> CheckedForm:
    """Check the form in a workbook.

    Raises:
        UsageError: the file cannot be read.
        DocumentError: it is malformed, over a limit, or no workbook.

    """
    data = read_file(path, what="workbook", limit=settings.limits.max_file_bytes)
    try:
        scan = open_scan(open_package(data, settings.limits))
        form = read_form(scan.workbook, settings.mapping)
        nearest = "" if form else describe_nearest(scan.workbook, settings.mapping)
        of_content = _check_content(scan, form, settings.policy)
    except DocumentError as error:
        raise name_file(error, path) from error
    facts = FormFacts(form, at, settings.policy, images=given.images, has_all_images=given.has_all)
    findings = [*judge_form(facts, most=ALL), *_check_kinds(form), *of_content]
    if form is None:
        # Where a form was to be checked it is not enough to warn that there is none.
        message = f"{findings[0].message}; {nearest}" if nearest else findings[0].message
        findings[0] = replace(findings[0], level=Level.REFUSE, message=message, hint=_MAP)
    return CheckedForm(str(path), hashlib.sha256(data).hexdigest(), at, form, tuple(findings), given)


def _check_content(
    scan: ContentScan, form: SubmissionForm | None, policy: PolicySettings
) -> Sequence[Finding]:
    observed = settle_observations(scan.finish(), form)
    of_form = form.observations if form else ()
    return [problem.finding for problem in judge_content((*observed, *of_form), policy, Stage.SIGN)]


def _check_kinds(form: SubmissionForm | None) -> Sequence[Finding]:
    rule = countersigner_for_device_type.RULE
    answers = countersigner_for_device_type.check_form(form, Role.MANUFACTURER) if form else ()
    return [apply_level(rule, rule.level, answer) for answer in answers]
