from __future__ import annotations

import pytest

from wfctl.views.diagnostics import diagnostic_lines, place
from wfctl.views.line import plain
from wfctl.views.rows import Diagnostic, Severity


@pytest.mark.parametrize(
    ("finding", "where"),
    [
        (Diagnostic(severity=Severity.ERROR, summary="x", file="infra.yaml", line=3, column=5), "infra.yaml:3:5"),
        (Diagnostic(severity=Severity.ERROR, summary="x", file="infra.yaml"), "infra.yaml"),
        (Diagnostic(severity=Severity.ERROR, summary="x", address="local.file.a"), "local.file.a"),
        (Diagnostic(severity=Severity.ERROR, summary="x"), ""),
    ],
)
def test_a_place_is_what_editors_open(finding: Diagnostic, where: str) -> None:
    assert place(finding) == where


def test_one_finding_is_not_counted() -> None:
    rows = diagnostic_lines([Diagnostic(severity=Severity.NOTE, summary="so so", detail="in\ndetail")])
    assert [plain(row) for row in rows] == ["Note: so so", "  in", "  detail"]


def test_no_findings_no_lines() -> None:
    assert diagnostic_lines([]) == []
