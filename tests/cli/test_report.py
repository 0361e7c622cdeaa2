from __future__ import annotations

import click
import pytest

from wfctl.cli import exit_codes
from wfctl.cli.report import explained, interrupted
from wfctl.errors import Kind, WfctlError
from wfctl.views.exit_codes import meaning


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_error_has_a_code_with_a_meaning(kind: Kind) -> None:
    assert meaning(exit_codes.of(kind))


def test_usage_is_1_and_not_clicks_2() -> None:
    error = explained(click.UsageError("no such option"))
    assert (error.kind, exit_codes.of(error.kind)) == (Kind.USAGE, 1)
    assert explained(click.BadParameter("not a number")).kind is Kind.USAGE


def test_our_own_errors_are_told_as_they_are() -> None:
    ours = WfctlError(Kind.LOCK, "LOCKED", "held")
    assert explained(ours) is ours
    assert explained(ExceptionGroup("tasks", [ExceptionGroup("inner", [ours])])) is ours


def test_what_nobody_foresaw_is_an_internal_error_without_a_traceback() -> None:
    error = explained(ZeroDivisionError("division by zero"))
    assert error.kind is Kind.INTERNAL
    assert error.message == "internal error: ZeroDivisionError: division by zero"
    assert "--debug" in error.hint
    assert explained(MemoryError()).code == "OUT_OF_MEMORY"


def test_an_interruption_says_whether_there_is_a_run_to_look_at() -> None:
    assert "no run was begun" in interrupted().message
    assert interrupted("r-1").hint == "wfctl runs show r-1"
