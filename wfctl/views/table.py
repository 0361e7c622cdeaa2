"""Columns of text under headings.

Knows nothing of what stands in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wfctl.views.line import Line, Span, Style, one_line

CELL_LIMIT: Final = 80
"""Most characters of one cell; the last column may have more."""

_LAST_LIMIT: Final = 240

Cell = str | Span


def table(headings: Sequence[str], rows: Sequence[Sequence[Cell]], *, right: Sequence[int] = ()) -> list[Line]:
    """Rows under headings, two blanks apart. `right` are the columns whose cells stand to the right."""
    cells = [[_cell(cell, at == len(headings) - 1) for at, cell in enumerate(row)] for row in rows]
    widths = [len(heading) for heading in headings]
    for row in cells:
        for at, cell in enumerate(row[:-1]):
            widths[at] = max(widths[at], len(cell.text))
    top = [Span(heading, Style.FAINT) for heading in headings]
    return [_row(row, widths, frozenset(right)) for row in (top, *cells)]


def _cell(cell: Cell, last: bool) -> Span:  # noqa: FBT001  (told by its place)
    text, style = cell if isinstance(cell, Span) else (cell, Style.PLAIN)
    return Span(one_line(text, _LAST_LIMIT if last else CELL_LIMIT), style)


def _row(row: Sequence[Span], widths: Sequence[int], right: frozenset[int]) -> Line:
    spans: list[Span] = []
    for at, cell in enumerate(row):
        room = " " * (widths[at] - len(cell.text))
        between = "  " if at < len(row) - 1 else ""
        spans += [Span(room), cell, Span(between)] if at in right else [cell, Span(room + between)]
    return tuple(spans)
