"""The table of verdicts: a document comes in and is judged; its report, and the CSV of all."""

import csv
import io
import secrets
from dataclasses import asdict, fields
from typing import Final

from aiohttp import web

from agent.desk.judging import REQUIREMENTS, Drop, judge_document
from agent.desk.routing import Endpoint, answer, gone, read_choice, read_name, receive_documents
from agent.desk.state import Desk, TableRow

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet program calculate what it reads from a CSV."""
_REPORT_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""Besides the page's own, which names its style by digest."""


async def _verify(desk: Desk, request: web.Request) -> web.Response:
    desk.check_room()
    name = read_name(request)
    requirement = read_choice(request, "require", frozenset(REQUIREMENTS), "countersigned")
    limit = desk.workspace.configuration.limits.max_xml_bytes
    signature, path = await receive_documents(desk, request, limit=limit)
    drop = Drop(path, name, signature, read_name(request, "signature") if signature else "")
    try:
        judged = await desk.work(judge_document, drop, requirement, desk.workspace, desk.pool)
    finally:
        desk.spool.remove(path, *((signature,) if signature else ()))
    desk.admission.check_session(request.headers)  # another page may have been opened meanwhile
    report = secrets.token_urlsafe(32)
    desk.reports[report] = desk.spool.keep(judged.report)
    desk.rows.append(judged.row)
    shown = {"word": judged.word, "reason": judged.reason, "report": f"/report/{report}"}
    return answer(asdict(judged.row) | shown)


async def _report(desk: Desk, request: web.Request) -> web.Response:
    """Serve a report under its secret address, so that it opens in a tab of its own without a script."""
    path = desk.reports.get(request.match_info["report"])
    if path is None:
        raise gone("this report")
    return web.Response(
        body=path.read_bytes(),
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": _REPORT_POLICY},
    )


async def _csv(desk: Desk, request: web.Request) -> web.Response:
    del request
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(field.name for field in fields(TableRow))
    writer.writerows([_cell(value) for value in asdict(row).values()] for row in desk.rows)
    # Excel takes UTF-8 for what it is only where it begins with a mark.
    return web.Response(body=text.getvalue().encode("utf-8-sig"), content_type="text/csv", charset="utf-8")


def _cell(value: str | int) -> str | int:
    """Keep what strangers wrote from being a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


ENDPOINTS: Final = (
    Endpoint("POST", "/api/verify", _verify),
    Endpoint("GET", "/api/verdicts.csv", _csv),
    Endpoint("GET", "/report/{report}", _report, is_open=True),
)
