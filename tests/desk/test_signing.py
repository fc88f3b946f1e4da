"""Signing at the desk, asked for by a program: what the page does not do, the server does not either."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.desk import Answer, DeskProcess, desk_of
from tests.support.lab import Lab, Story


def look(desk: DeskProcess, session: dict[str, str], signer: str, file: Path, *, image: str = "") -> Answer:
    """Have a document shown before it is signed."""
    path = f"/api/reviews?signer={quote(signer)}&name={quote(file.name)}&image={quote(image)}"
    return desk.ask("POST", path, file.read_bytes(), session)


def sign(desk: DeskProcess, session: dict[str, str], key: str, pin: bytes, confirmation: str = "") -> Answer:
    """Sign what was shown."""
    return desk.ask("POST", f"/api/reviews/{key}/sign?confirmation={quote(confirmation)}", pin, session)


def pin_of(lab: Lab, name: str) -> bytes:
    """A party's PIN."""
    return lab.pin(name).read_bytes().strip()


@pytest.mark.parametrize("typed", ["", "Manufacturer", "manufacturer ", "yes"])
def test_a_warning_wants_the_signer_s_name(desk: DeskProcess, asking_story: Story, typed: str) -> None:
    """Without it the token is not asked for anything, and nothing is recorded."""
    session = desk.open()
    shown = look(desk, session, "manufacturer", asking_story.form).json
    assert shown["confirmation"] == "manufacturer"
    before = asking_story.lab.read_audit()
    refused = sign(desk, session, shown["review"], pin_of(asking_story.lab, "manufacturer"), typed)
    assert (refused.status, refused.code) == (400, "confirmation-missing")
    assert asking_story.lab.read_audit() == before


def test_a_document_is_signed_once(desk: DeskProcess, asking_story: Story) -> None:
    """What was shown is on the desk no more once it is signed; what is signed can be downloaded again."""
    session = desk.open()
    shown = look(desk, session, "supplier", asking_story.signed).json
    done = sign(desk, session, shown["review"], b"").json
    assert (done["operation"], done["name"]) == ("countersign", "form.countersigned.xlsx")
    for _ in range(2):
        answer = desk.ask("GET", f"/api/signed/{done['signed']}", headers=session)
        assert answer.body.startswith(b"PK")
    assert sign(desk, session, shown["review"], b"").code == "desk-gone"
    record = asking_story.lab.read_audit()[-1]
    assert (record["outcome"], record["file"]) == ("allowed", "form.signed.xlsx")
    assert record["sha256_after"] == done["sha256"]


@pytest.mark.parametrize("pin", [b"", b"1" * 300, b"\xff\xfe"])
def test_what_is_no_pin(desk: DeskProcess, asking_story: Story, pin: bytes) -> None:
    """It is not sent to the token."""
    session = desk.open()
    shown = look(desk, session, "manufacturer", asking_story.form).json
    refused = sign(desk, session, shown["review"], pin, "manufacturer")
    assert (refused.status, refused.code) == (503, "pin-unavailable")


@pytest.mark.parametrize(
    ("signer", "image", "code"),
    [
        ("nobody", "", "signer-unknown"),
        ("", "", "signer-unknown"),
        ("manufacturer", "12", "image-hash-invalid"),
        ("manufacturer", "zz" * 32, "image-hash-invalid"),
    ],
)
def test_what_cannot_be_looked_at(
    desk: DeskProcess, asking_story: Story, signer: str, image: str, code: str
) -> None:
    """It is told, and nothing of it stays."""
    session = desk.open()
    assert look(desk, session, signer, asking_story.form, image=image).code == code
    assert desk.files() == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("front=0", "request-invalid"),
        ("front=x", "request-invalid"),
        ("front=99999999999", "request-invalid"),
        ("front=5&part=range&part_value=9:", "image-range-beyond"),
        ("front=5&part=element&part_value=x", "ota-tag-invalid"),
        ("front=5&part=all", "request-invalid"),
        ("front=5&image_name=/etc/image.bin&part=strip", "image-not-ota"),
    ],
)
def test_what_is_no_image(desk: DeskProcess, asking_story: Story, query: str, code: str) -> None:
    """It is told by the name that the person knows, and neither image nor document stays."""
    path = f"/api/reviews?signer=manufacturer&name=form.xlsx&{query}"
    refused = desk.ask("POST", path, b"image" + asking_story.form.read_bytes(), desk.open())
    assert refused.code == code
    assert str(desk.temporary) not in refused.json["message"]
    assert "/etc" not in refused.json["message"]
    assert desk.files() == []


def test_what_is_no_workbook(desk: DeskProcess, asking_story: Story) -> None:
    """It is told by the name that the person knows, and nothing of it stays."""
    session = desk.open()
    refused = look(desk, session, "manufacturer", asking_story.image)
    assert refused.status == 422
    assert asking_story.image.name in refused.json["message"]
    assert str(desk.temporary) not in refused.json["message"]
    assert desk.files() == []


def test_what_changed_since_it_was_looked_at(shared_story: Story, tmp_path: Path) -> None:
    """A warning that comes up between looking and signing is not signed over unseen; nor is a revocation."""
    story = shared_story.copy(tmp_path / "story")
    with desk_of(story.lab, tmp_path) as desk:
        session = desk.open()
        shown = look(desk, session, "manufacturer", story.form).json
        assert shown["confirmation"] is None
        story.lab.issue("manufacturer", not_before=timedelta(days=-1), not_after=timedelta(days=10))
        refused = sign(desk, session, shown["review"], b"")
        assert (refused.status, refused.code) == (409, "review-changed")
        shown = look(desk, session, "manufacturer", story.form).json
        story.lab.revoke("manufacturer")
        assert sign(desk, session, shown["review"], b"", "manufacturer").code == "review-changed"
        assert look(desk, session, "manufacturer", story.form).json["refuses"] is True
        refused = sign(desk, session, look(desk, session, "manufacturer", story.form).json["review"], b"")
        assert refused.status in {400, 403}
    assert desk.files() == []
