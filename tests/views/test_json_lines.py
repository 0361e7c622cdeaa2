from __future__ import annotations

import io
import json
import os
from typing import Any

import pytest

from tests.views.stories import STORIES
from tests.views.tale import BEGUN, Tale, many, same_as_golden
from wfctl import __version__
from wfctl.core import events as e
from wfctl.core.outcome import ActionStatus
from wfctl.core.plan import Operation
from wfctl.errors import Kind, WfctlError
from wfctl.views.json_lines import JsonLines
from wfctl.views.rows import ChangeRow, Diagnostic, PlannedRow, PlanPage, Severity, Shown, ValueForm
from wfctl.views.sink import Sink

Line = dict[str, Any]


def view() -> tuple[io.BytesIO, JsonLines]:
    stream = io.BytesIO()
    return stream, JsonLines(Sink(stream), lambda: BEGUN + 99.5)


def lines(stream: io.BytesIO) -> list[Line]:
    return [json.loads(row) for row in stream.getvalue().splitlines()]


def told(name: str) -> list[Line]:
    stream, view_ = view()
    STORIES[name](view_).end()
    return lines(stream)


def types(found: list[Line]) -> list[str]:
    return [line["type"] for line in found]


@pytest.mark.parametrize("name", STORIES)
def test_a_run_as_lines(name: str) -> None:
    stream, view_ = view()
    STORIES[name](view_).end()
    version = {f'"wfctl":"{__version__}"': '"wfctl":"VERSION"', f"wfctl {__version__}": "wfctl VERSION"}
    found = stream.getvalue().decode()
    for own, any_ in version.items():
        found = found.replace(own, any_)
    same_as_golden(f"{name}.jsonl", found)


@pytest.mark.parametrize("name", STORIES)
def test_every_stream_has_a_beginning_an_end_and_no_gap(name: str) -> None:
    found = told(name)
    assert types(found)[0] == "version"
    assert types(found)[-1] == "run_complete"
    assert types(found).count("run_complete") == 1
    assert [line["sequence"] for line in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize("name", STORIES)
def test_every_line_has_words_for_people(name: str) -> None:
    assert all(line["@message"] for line in told(name))


@pytest.mark.parametrize("name", STORIES)
def test_every_action_has_one_outcome_in_plan_order_after_everything_else(name: str) -> None:
    found = told(name)
    outcomes = [line["outcome"] for line in found if line["type"] == "action_outcome"]
    assert [outcome["plan_index"] for outcome in outcomes] == list(range(len(outcomes)))
    assert all(outcome["status"] == ActionStatus(outcome["status_code"]).name for outcome in outcomes)
    assert types(found)[-len(outcomes) - 2 :] == ["change_summary", *["action_outcome"] * len(outcomes), "run_complete"]
    counts = found[-1]["run"]["counts"]
    assert sum(counts[name.lower()] for name in ActionStatus.__members__ if name != "UNSPECIFIED") == len(outcomes)


@pytest.mark.parametrize("name", STORIES)
def test_every_start_has_an_end(name: str) -> None:
    found = told(name)
    for start, ends in (
        ("apply_start", ("apply_complete", "apply_errored", "retry_scheduled")),
        ("hook_start", ("hook_complete", "hook_errored", "retry_scheduled")),
        ("compensation_start", ("compensation_complete", "compensation_errored", "retry_scheduled")),
    ):
        open_: set[int] = set()
        for line in found:
            index = (line.get("hook") or line.get("compensation") or {}).get("plan_index", -1)
            if line["type"] == start:
                open_.add(index)
            elif line["type"] in ends or (
                line["type"] == "in_doubt_resolved" and line["hook"]["resolution"] == "not_applied"
            ):
                open_.discard(index)
        assert not open_, start


def test_a_plan_and_no_run() -> None:
    stream, view_ = view()
    forced = ChangeRow(
        path="bits",
        old=Shown(form=ValueForm.PLAIN, text="2048"),
        new=Shown(form=ValueForm.PLAIN, text="4096"),
        forces_replacement=True,
    )
    view_.plan(
        PlanPage(
            actions=(
                PlannedRow(
                    operation=Operation.REPLACE, name="deploy", type="local.key_pair", changes=(forced,), undo="custom"
                ),
                PlannedRow(operation=Operation.UPDATE, name="a", type="local.file", hooks_only=("smoke",)),
            )
        )
    )
    view_.ended(2)
    found = lines(stream)
    assert types(found) == ["version", "planned_change", "planned_change", "change_summary", "run_complete"]
    assert found[1]["change"]["action"] == "replace"
    assert found[1]["change"]["reason"] == "cannot_update"
    assert found[1]["change"]["undo"] == {"kind": "custom", "note": ""}
    assert found[2]["change"]["action"] == "noop"
    assert found[3]["@message"] == "Plan: 1 to add, 0 to change, 1 to destroy."
    assert found[4]["run"]["id"] is None
    assert (found[4]["run"]["result"], found[4]["run"]["exit_code"]) == ("succeeded", 2)


def test_an_error_before_any_run_ends_with_a_run_that_has_no_id() -> None:
    stream, view_ = view()
    view_.error(WfctlError(Kind.LOCK, "LOCKED", "held by pid 7", hint="wfctl lock list", details=("since 9:14",)), 6)
    view_.error(WfctlError(Kind.LOCK, "AGAIN", "never said"), 6)
    view_.close()
    found = lines(stream)
    assert types(found) == ["version", "diagnostic", "run_complete"]
    assert found[1]["@level"] == "error"
    assert found[1]["diagnostic"]["summary"] == "held by pid 7"
    assert found[1]["diagnostic"]["detail"] == "since 9:14"
    assert found[2]["run"]["id"] is None
    assert found[2]["run"]["exit_code"] == 6
    assert found[2]["run"]["next_command"] == "wfctl lock list"


def test_an_error_in_a_run_keeps_the_runs_id_and_says_how_to_go_on() -> None:
    stream, view_ = view()
    STORIES["interrupted"](view_)
    view_.error(WfctlError(Kind.LEDGER, "LEDGER_FAILED", "the disk is full", hint="make room"), 5)
    last = lines(stream)[-1]
    assert last["type"] == "run_complete"
    assert (last["run"]["id"], last["run"]["result"]) == ("r-7k3q", "interrupted")
    assert last["run"]["next_command"] == "wfctl resume r-7k3q"


def test_findings_and_remarks() -> None:
    stream, view_ = view()
    view_.notice("took the lock over from pid 7")
    place = {"file": "infra.yaml", "line": 3, "column": 5, "snippet": "  siez: small"}
    view_.diagnostics(
        [
            Diagnostic(severity=Severity.ERROR, summary="unknown key", detail="size?", code="KEY", **place),  # type: ignore[arg-type]
            Diagnostic(severity=Severity.NOTE, summary="by the way"),
        ]
    )
    _, log, bad, note = lines(stream)
    assert (log["type"], log["@message"]) == ("log", "took the lock over from pid 7")
    assert bad["diagnostic"]["range"]["start"] == {"line": 3, "column": 5, "byte": 0}
    assert bad["diagnostic"]["snippet"]["code"] == "  siez: small"
    assert (note["type"], note["note"]) == ("log", {"detail": ""})


def test_a_long_call_gives_signs_of_life_every_ten_seconds() -> None:
    progress = [line["hook"] for line in told("succeeded") if line["type"] == "apply_progress"]
    assert [(hook["action"], hook["elapsed_seconds"]) for hook in progress] == [("create", 10), ("create", 21)]


def test_times_are_those_of_the_record() -> None:
    found = told("interrupted")
    start = next(line for line in found if line["type"] == "apply_start")
    assert start["@timestamp"] == "2026-11-21T09:14:02.000000Z"


def test_nothing_is_held_back_when_a_call_returns() -> None:
    stream, view_ = view()
    for state, records in many(3):
        before = len(stream.getvalue())
        view_.publish(records, state)
        assert len(stream.getvalue()) > before or isinstance(records[0].event, e.RunStarted)


def test_a_big_run_is_a_line_for_each_start_and_each_end() -> None:
    stream, view_ = view()
    for state, records in many(2_000):
        view_.publish(records, state)
    found = types(lines(stream))
    assert found.count("apply_start") == found.count("apply_complete") == 2_000


def test_a_reader_that_leaves_does_not_stop_the_run() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as stream:
        sink = Sink(stream)
        tale: Tale = STORIES["succeeded"](JsonLines(sink, lambda: BEGUN))
        assert tale.end().exit_code == 0
        assert sink.trouble is not None
