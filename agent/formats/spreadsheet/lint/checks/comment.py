"""Notes and threaded comments: shown beside the cell when somebody points at it."""

from collections.abc import Iterator

from agent.findings import Effect, Lint
from agent.formats.spreadsheet.lint.check import Check, Found, PartOfSheet
from agent.formats.spreadsheet.lint.names import split_tag


def _check(part: PartOfSheet) -> Iterator[Found]:
    for item in part.root.iter():
        if split_tag(item.tag)[1] in ("comment", "threadedComment"):
            yield (
                part.place(item.get("ref", "")),
                "a comment is shown beside the cell to whoever points at it",
            )


CHECK = Check(
    Lint(
        "comment", "ECMA-376-1 18.7", "notes and threaded comments, shown beside their cells", Effect.BESIDE
    ),
    part=lambda part: _check(part) if part.kind in ("comments", "threadedcomment") else (),
)
