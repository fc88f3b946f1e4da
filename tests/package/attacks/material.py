"""What the attacks are made of, made once."""

from pathlib import Path

from agent.cpl.new import build_form
from agent.roles import Role
from tests.package.attacks.changes import Material
from tests.support.signer import NOW, make_software_lab


def make_material(folder: Path) -> Material:
    """Make two PKIs, a form at each stage of its way, and another form."""
    lab, rogue = (make_software_lab(folder / name) for name in ("lab", "rogue"))
    form = build_form(example=True, created=NOW)
    signed = lab.sign(form)
    other = lab.sign(lab.sign(build_form(example=False, created=NOW)), Role.SUPPLIER)
    return Material(lab, rogue, form, signed, lab.sign(signed, Role.SUPPLIER), other)
