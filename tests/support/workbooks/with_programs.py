"""Workbooks that other programs write again: LibreOffice, and Info-ZIP's `zip`."""

import os
import subprocess
from pathlib import Path
from typing import Final

from tests.support.tools import require_tool
from tests.support.workbooks.zips import Parts

_SECONDS: Final = 180
_FILTERS: Final = {".xlsx": "xlsx", ".xlsm": "xlsm:Calc MS Excel 2007 VBA XML"}


def convert_with_libreoffice(workbook: bytes, suffix: str, folder: Path) -> bytes:
    """Have LibreOffice open an .xlsx workbook and save it as `suffix`, `.xlsx` or `.xlsm`.

    `folder` is the test's own; skips (or fails) the test without LibreOffice.
    """
    program = require_tool("soffice")
    source, target = folder / "resaved.xlsx", folder / "after"
    source.write_bytes(workbook)
    subprocess.run(
        [
            program,
            "--headless",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--convert-to",
            _FILTERS[suffix],
            "--outdir",
            str(target),
            str(source),
        ],
        env=os.environ | {"HOME": str(folder)},
        capture_output=True,
        timeout=_SECONDS,
        check=True,
    )
    return (target / f"resaved{suffix}").read_bytes()


def zip_with_info_zip(parts: Parts, folder: Path) -> bytes:
    """Zip unpacked parts with Info-ZIP, as people do who look inside; skips the test without it."""
    program = require_tool("zip")
    for name, content in parts.items():
        path = folder / "parts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    target = folder / "zipped.xlsx"
    subprocess.run(
        [program, "-q", "-r", "-D", str(target), *sorted({name.split("/")[0] for name in parts})],
        cwd=folder / "parts",
        capture_output=True,
        timeout=_SECONDS,
        check=True,
    )
    return target.read_bytes()
