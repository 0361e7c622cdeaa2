"""A rollback laid out for people before it is approved: what would be undone and how, and what stays and why.

Knows nothing of how that was found out.
"""

from __future__ import annotations

from typing import Final

from wfctl.core.plan import Operation
from wfctl.views.line import BLANK, Line, Span, Style, line, one_line
from wfctl.views.rows import Fate, RollbackPage, RollbackRow
from wfctl.views.tables import moment
from wfctl.views.wording import plural

_DID: Final = {
    Operation.CREATE: "was created",
    Operation.UPDATE: "was updated",
    Operation.REPLACE: "was replaced",
    Operation.DELETE: "was deleted",
}
_SYMBOL: Final = {
    Operation.CREATE: "-",
    Operation.UPDATE: "~",
    Operation.REPLACE: "+/-",
    Operation.DELETE: "+",
}
_HOW: Final = {
    "delete": "will be deleted",
    "restore": "will be put back as it was",
    "recreate": "will be made again",
    "custom": "will be undone by its plugin",
}
_BOTH: Final = "the old one will be made again, then the new one deleted"


def rollback_lines(page: RollbackPage) -> list[Line]:
    """The whole page."""
    place = "/".join(one_line(part) for part in (page.project, page.workspace) if part)
    told = f" ({one_line(page.operation)}, {one_line(page.result)}, {moment(page.finished_at)})"
    head: Line = (Span(f"Rollback of run {one_line(page.run_id)}", Style.STRONG), Span(f"{told} in {place}:"))
    lines = [head, BLANK, *(_row(row) for row in page.rows), BLANK]
    return [*lines, line(_numbers(page), Style.STRONG)]


def _row(row: RollbackRow) -> Line:
    known = f" [id={one_line(row.provider_id)}]" if row.provider_id else ""
    why = f": {one_line(row.why, 300)}" if row.why else ""
    address = one_line(row.address)
    match row.fate:
        case Fate.UNDO:
            how = _BOTH if len(row.undos) > 1 else ", ".join(_HOW.get(undo, undo) for undo in row.undos)
            return Span(f"{_SYMBOL[row.operation]:>3} ", Style.CAUTION), Span(
                f"{address} {_DID[row.operation]}: {how}{known}"
            )
        case Fate.ALREADY:
            return (Span(f"    {address} {_DID[row.operation]}, and is as before already{why}"),)
        case Fate.REFUSED:
            return Span("  ! ", Style.BAD), Span(f"{address} cannot be undone{why}{known}", Style.BAD)
        case Fate.ORPHANED:
            return (Span(f"  . {address} stays, and the state forgets it{known}"),)
        case Fate.SKIPPED:
            return (Span(f"    {address} stays: --skip{known}"),)
        case Fate.STAYS:
            return (Span(f"    {address} stays{why}{known}"),)


def _numbers(page: RollbackPage) -> str:
    undo = sum(row.fate in (Fate.UNDO, Fate.ALREADY) for row in page.rows)
    refused = sum(row.fate is Fate.REFUSED for row in page.rows)
    stay = len(page.rows) - undo - refused
    parts = [f"{undo:,} to undo", f"{stay:,} to stay"]
    parts += [f"{plural(refused, 'refusal')}"] if refused else []
    return f"Rollback: {', '.join(parts)}."
