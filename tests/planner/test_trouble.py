from __future__ import annotations

import pytest

from wfctl.core.outcome import Failure
from wfctl.engine.ports import CallFailed, Reach
from wfctl.errors import Kind, WfctlError
from wfctl.planner.trouble import MOST, Trouble


def failure(*, died: bool = False) -> CallFailed:
    return CallFailed(Reach.IN_DOUBT, Failure(code="unavailable", message="no answer"), plugin_died=died)


def test_no_trouble_stops_nothing() -> None:
    trouble = Trouble()
    trouble.remark("a.b", "odd")
    trouble.stop_if_any()
    assert [str(one) for one in trouble.remarks] == ["a.b: odd"]


def test_mistakes_come_before_failures() -> None:
    trouble = Trouble()
    trouble.failure("a.b", "Read", failure())
    trouble.mistake("a.c", "wrong", "infra.yaml:3:1")
    with pytest.raises(WfctlError) as caught:
        trouble.stop_if_any()
    assert (caught.value.code, caught.value.details) == ("CONFIG_UNUSABLE", ("infra.yaml:3:1: a.c: wrong",))


def test_enough_is_enough() -> None:
    trouble = Trouble()
    for i in range(MOST):
        assert not trouble.enough
        trouble.failure(f"a.b{i}", "Diff", failure())
    assert trouble.enough
    with pytest.raises(WfctlError) as caught:
        trouble.stop_if_any()
    assert caught.value.kind is Kind.CONFIG
    assert len(caught.value.details) == MOST


def test_a_dead_plugin_is_enough_at_once() -> None:
    trouble = Trouble()
    trouble.failure("a.b", "Diff", failure(died=True))
    assert trouble.enough
    with pytest.raises(WfctlError) as caught:
        trouble.stop_if_any()
    assert caught.value.kind is Kind.PLUGIN
