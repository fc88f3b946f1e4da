"""docs/schemas say what `--json` of verify and sign prints: read by jsonschema, that knows nothing of iki."""

import json
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

from agent.findings import Level
from agent.pki.algorithms import SIGNATURE_ALGORITHMS
from agent.policy.explanation import RuleOutcome
from agent.policy.verdict import RoleBasis
from agent.roles import Role
from agent.service.crls.fetching import Change
from agent.service.crls.states import Freshness
from agent.verdicts import Indication, SubIndication
from tests.cli.test_sign import write_hashes, write_other_workbook
from tests.package.attacks import ATTACKS
from tests.package.attacks.material import make_material
from tests.support.lab import Story, from_now

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "schemas"


def load_schema(name: str) -> Any:
    """Load a schema, itself checked against the draft."""
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return schema


def check(name: str, value: Any) -> None:
    """Check a value, and that it has no member the schema does not speak of."""
    for closed in (False, True):
        Draft202012Validator(
            {"$ref": f"urn:iki-agent:schema:{name}"}, registry=_register(closed=closed)
        ).validate(value)


@cache
def _register(*, closed: bool) -> Registry[Any]:
    """Load all schemas, for those that refer to others."""
    schemas = [load_schema(path.name.partition(".")[0]) for path in FOLDER.iterdir()]
    return Registry().with_resources(
        (each["$id"], Resource.from_contents(_closed(each) if closed else each)) for each in schemas
    )


def _closed(schema: Any) -> Any:
    """Close every object of a schema that names its members; readers keep them open."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    return closed | {"additionalProperties": False} if "required" in closed else closed


def test_verdicts_of_every_kind_fit(story: Story) -> None:
    """Passed, unsigned, signed once, malformed, over the limit, revoked, and attacks of every kind."""
    folder = story.form.parent
    material = make_material(folder)
    files = [story.countersigned, story.signed, story.form, folder / "empty", folder / "large"]
    files[3].write_bytes(b"")
    files[4].write_bytes(bytes(200_000))
    for attack in {attack.code: attack for attack in ATTACKS}.values():
        files.append(folder / f"{attack.name}.xlsx")
        files[-1].write_bytes(attack.build(material))
    configuration = story.lab.configuration
    configuration.write_text(configuration.read_text() + "\n[limits]\nmax_file_bytes = 150000\n")
    story.lab.revoke("supplier")
    for at in ((), ("--at", from_now(days=-4000)), ("--at", from_now(days=4000))):
        check("verify", story.lab.iki("verify", *files, "--json", *at).json)


def test_lowered_rules_fit(story: Story) -> None:
    """A verdict under a policy that lowers a rule, and one that is judged with a warning."""
    policy = story.lab.folder / "policy.toml"
    policy.write_text(policy.read_text() + '\n[levels]\nimage-hash-missing = "inform"\n')
    run = story.lab.iki("verify", story.countersigned, "--json", "--at", from_now(days=25))
    check("verify", run.json)
    assert run.json[0]["lowered"] == ["image-hash-missing"]
    signed = story.lab.iki("sign", write_hashes(story, None), "--as", "manufacturer", "--json")
    check("sign", signed.json)
    assert [item["level"] for item in signed.json["findings"]] == ["inform"]


def test_signing_results_fit(story: Story) -> None:
    """A signature with a warning and a countersignature; the warning is not on standard error as well."""
    run = story.lab.iki("sign", write_other_workbook(story), "--as", "manufacturer", "--json")
    check("sign", run.json)
    assert [item["code"] for item in run.json["findings"]] == ["form-not-recognised"]
    output = story.form.with_name("out.xlsx")
    run = story.lab.iki("countersign", story.signed, "--as", "supplier", "-o", output, "--json")
    check("sign", run.json)
    assert (run.json["operation"], run.json["output"]) == ("countersign", str(output))


def test_a_refusal_prints_no_json(story: Story) -> None:
    """Standard output holds a result or nothing."""
    run = story.lab.iki("sign", story.signed, "--as", "manufacturer", "--json")
    assert run.stdout == ""


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (("verify", "$defs", "indication"), Indication),
        (("verify", "$defs", "sub_indication"), SubIndication),
        (("verify", "$defs", "finding", "properties", "level"), Level),
        (("sign", "properties", "role"), Role),
        (("policy-explain", "properties", "role_basis"), RoleBasis),
        (("policy-explain", "properties", "rules", "items", "properties", "outcome"), RuleOutcome),
        (("policy-explain", "properties", "rules", "items", "properties", "level"), Level),
        (("crl-status", "properties", "issuers", "items", "properties", "state"), Freshness),
        (("crl-fetch", "items", "properties", "outcome"), Change),
    ],
    ids=str,
)
def test_the_words_of_the_schema_are_the_programs(place: tuple[str, ...], words: type[StrEnum]) -> None:
    """A word added to the program is added to the schema."""
    assert set(_enumeration(place)) - {None} == {word.value for word in words}


@pytest.mark.parametrize(
    "place",
    [
        ("verify", "$defs", "signature", "properties", "algorithm"),
        ("sign", "properties", "algorithm"),
    ],
    ids=str,
)
def test_the_algorithms_of_the_schema_are_the_programs(place: tuple[str, ...]) -> None:
    """As test_the_words_of_the_schema_are_the_programs."""
    assert set(_enumeration(place)) - {None} == set(SIGNATURE_ALGORITHMS)


def _enumeration(place: tuple[str, ...]) -> Iterator[str | None]:
    schema = load_schema(place[0])
    for key in place[1:]:
        schema = schema[key]
    yield from schema["enum"]


def test_the_schema_tells_rubbish(shared_story: Story) -> None:
    """The test above can fail: a passed verdict with a reason, a digest cut short, a missing member."""
    good = shared_story.lab.iki("verify", shared_story.countersigned, "--json").json[0]
    check("verify", [good])
    for change in ({"sub_indication": "TRY_LATER"}, {"sha256": good["sha256"][1:]}, {"surprise": 1}):
        with pytest.raises(ValidationError):
            check("verify", [good | change])
    with pytest.raises(ValidationError):
        check("verify", [{key: value for key, value in good.items() if key != "at"}])
