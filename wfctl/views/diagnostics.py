"""Findings laid out for people: where, what, and the line of the file it is about.

Knows nothing of how they were found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wfctl.views.line import Line, Span, Style, line, one_line, paragraph
from wfctl.views.rows import Diagnostic, Severity
from wfctl.views.wording import plural

_TITLE: Final = {
    Severity.ERROR: ("Error: ", Style.BAD),
    Severity.WARNING: ("Warning: ", Style.CAUTION),
    Severity.NOTE: ("Note: ", Style.READ),
}


def diagnostic_lines(findings: Sequence[Diagnostic]) -> list[Line]:
    """All findings in order, and how many there are when it is more than one."""
    lines = [row for finding in findings for row in _finding(finding)]
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if len(findings) > 1:
        lines.append(line(f"{plural(errors, 'error')}, {plural(len(findings) - errors, 'warning')}"))
    return lines


def place(finding: Diagnostic) -> str:
    """`file:line:column`, as editors open it; the address where there is no file."""
    if not finding.file:
        return one_line(finding.address)
    numbers = [str(number) for number in (finding.line, finding.column) if number]
    return ":".join([one_line(finding.file, 400), *numbers])


def _finding(finding: Diagnostic) -> list[Line]:
    title, style = _TITLE[finding.severity]
    where = place(finding)
    lead = (Span(f"{where}: ", Style.STRONG),) if where else ()
    lines: list[Line] = [(*lead, Span(title, style), Span(one_line(finding.summary, 400)))]
    if finding.snippet:
        lines.append(line(f"  | {one_line(finding.snippet, 200)}", Style.FAINT))
    if finding.detail:
        lines += paragraph(finding.detail, "  ")
    return lines
