"""What a look at a whole ledger came to: each finding with what to type next, and how much was looked at.

Knows nothing of how it was looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from wfctl.views.line import BLANK, Line, Span, Style, line, one_line
from wfctl.views.wording import plural

_LIMIT = 1000


class FindingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. `grave`: a person is needed. `next` is what to type."""

    grave: bool
    subject: str
    message: str
    next: str = ""


class VerifyPage(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `counted` says how many of what were looked at, by their name in the singular."""

    ledger: str
    counted: Mapping[str, int]
    findings: Sequence[FindingRow] = ()


def verify_page(page: VerifyPage, *, hints: bool = True) -> list[Line]:
    """The page: what needs a person first."""
    counted = ", ".join(plural(count, what) for what, count in page.counted.items())
    lines: list[Line] = [line(f"Ledger {one_line(page.ledger)}: {counted or 'it cannot be read'}.")]
    ordered = sorted(page.findings, key=lambda finding: not finding.grave)
    for finding in ordered:
        lines += [BLANK, *_finding(finding, hints=hints)]
    return [*lines, BLANK, _sum(page)]


def _finding(finding: FindingRow, *, hints: bool) -> list[Line]:
    style = Style.BAD if finding.grave else Style.CAUTION
    head: Line = (Span(f"{one_line(finding.subject)}: ", style), Span(one_line(finding.message, _LIMIT)))
    return [head, line(f"  Next: {finding.next}")] if hints and finding.next else [head]


def _sum(page: VerifyPage) -> Line:
    grave = sum(finding.grave for finding in page.findings)
    remarks = len(page.findings) - grave
    if grave:
        more = f", and {plural(remarks, 'remark')}" if remarks else ""
        return line(f"{plural(grave, 'thing needs', 'things need')} a person{more}.", Style.BAD)
    told = "Everything is what was written, and the resources follow from the events."
    return line(told + (f" {plural(remarks, 'remark')}." if remarks else ""), Style.GOOD)
