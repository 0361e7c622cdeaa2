from __future__ import annotations

import io

from tests.views.stories import STORIES
from wfctl.core.plan import Operation
from wfctl.errors import Kind, WfctlError
from wfctl.views.quiet import Quiet
from wfctl.views.rows import Diagnostic, PlannedRow, PlanPage, Severity
from wfctl.views.screen import PlainScreen
from wfctl.views.sink import Sink


def view() -> tuple[io.BytesIO, Quiet]:
    stream = io.BytesIO()
    return stream, Quiet(PlainScreen(Sink(stream)))


def test_nothing_is_said_of_what_goes_well() -> None:
    stream, quiet = view()
    quiet.notice("by the way")
    quiet.plan(PlanPage(actions=(PlannedRow(operation=Operation.CREATE, name="a", type="local.file"),)))
    quiet.diagnostics([Diagnostic(severity=Severity.NOTE, summary="a note")])
    STORIES["succeeded"](quiet).end()
    quiet.ended(0)
    assert stream.getvalue() == b""


def test_what_fails_is_told_once_at_the_end() -> None:
    stream, quiet = view()
    STORIES["compensated"](quiet).end()
    assert stream.getvalue().decode().startswith("Apply failed. Every change this run made is undone.\n")


def test_findings_and_errors_are_told() -> None:
    stream, quiet = view()
    quiet.diagnostics([Diagnostic(severity=Severity.WARNING, summary="careful")])
    quiet.error(WfctlError(Kind.USAGE, "USAGE", "no such verb"), 1)
    assert stream.getvalue().decode().startswith("Warning: careful\nError: no such verb\n")
