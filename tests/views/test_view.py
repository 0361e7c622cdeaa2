from __future__ import annotations

import io

from tests.views.stories import STORIES
from wfctl.core.plan import Operation
from wfctl.errors import Kind, WfctlError
from wfctl.views.human import Human
from wfctl.views.json_lines import JsonLines
from wfctl.views.rows import Diagnostic, PlannedRow, PlanPage, Severity
from wfctl.views.screen import PlainScreen
from wfctl.views.sink import Sink
from wfctl.views.view import Several, View
from wfctl.views.what_if_page import WhatIfPage


def all_said(*views: View) -> None:
    for view in views:
        view.notice("a remark")
        view.diagnostics([Diagnostic(severity=Severity.WARNING, summary="careful")])
        view.plan(PlanPage(actions=(PlannedRow(operation=Operation.CREATE, name="a", type="local.file"),)))
        view.what_if(WhatIfPage())
        STORIES["succeeded"](view).end()
        view.ended(0)
        view.error(WfctlError(Kind.USAGE, "USAGE", "no such verb"), 1)


def test_several_views_are_told_the_same_as_each_alone() -> None:
    text, lines, text_alone, lines_alone = (io.BytesIO() for _ in range(4))
    several = Several(Human(PlainScreen(Sink(text))), JsonLines(Sink(lines), lambda: 0.0))
    all_said(several)
    all_said(Human(PlainScreen(Sink(text_alone))), JsonLines(Sink(lines_alone), lambda: 0.0))
    assert text.getvalue() == text_alone.getvalue() != b""
    assert lines.getvalue() == lines_alone.getvalue() != b""
