"""Undoing that goes wrong, comes too late, or finds that there is nothing to do."""

from __future__ import annotations

import json
import signal

import pytest

from tests.stories.conftest import Project, hook, thing

BAD = {"create": "refuse"}


def test_an_undo_that_fails_by_id_is_not_tried_by_name(project: Project) -> None:
    project.write(thing("a", "named", script={"delete": "refuse"}), hooks=[hook("a")])
    told = project.apply(code=5)

    assert told.statuses == {"a": "COMPENSATION_FAILED"}
    assert [call.id for call in project.world.calls if call.call == "delete"] == ["a-1"]


def test_when_an_undo_fails_the_first_error_comes_first_and_nothing_else_is_touched(project: Project) -> None:
    modules = [thing("base"), thing("a", "inverse", "base", script={"delete": "refuse"}), thing("other")]
    project.write(*modules, thing("bad", "inverse", "a", "other", script=BAD), on_failure="compensate")
    told = project.apply(code=5)

    statuses = {"a": "COMPENSATION_FAILED", "bad": "ERROR", "base": "SUCCESS", "other": "COMPENSATED"}
    assert dict(sorted(told.statuses.items())) == statuses
    assert told.outcomes["base"]["compensation"] == "blocked_by scripted.inverse.a"
    assert told.code("a", "undo_error") == "validation"
    assert told.lines[-1]["run"]["cause"]["addr"] == "scripted.inverse.bad"
    assert sorted(project.world.things) == ["a-1", "base-1"]


def test_a_hook_and_an_undo_that_fail_are_both_told_the_hook_first(project: Project) -> None:
    project.write(thing("a", script={"delete": {"do": "refuse", "text": "the lid is stuck"}}), hooks=[hook("a")])
    project.shell.run("apply", "-y", code=5)
    text = project.shell.run("runs", "show").stdout

    assert 0 <= text.index("exit status 1") < text.index("the lid is stuck")


def test_what_somebody_deleted_meanwhile_counts_as_undone(project: Project) -> None:
    project.write(thing("a", script={"read": {"meanwhile": {"remove": True}}}), hooks=[hook("a")])
    told = project.apply(code=4)

    assert (told.statuses, told.outcomes["a"]["evidence"]) == ({"a": "COMPENSATED"}, "read: already absent")
    assert (project.calls("a", "delete"), project.state()) == ([], [])


@pytest.mark.parametrize("kind", ["inverse", "custom", "marked"])
def test_what_somebody_changed_meanwhile_is_left_alone(project: Project, kind: str) -> None:
    project.write(thing("a", kind, script={"read": [{"meanwhile": {"set": {"count": 9}}}]}), hooks=[hook("a")])
    told = project.apply(code=5)

    assert told.code("a", "undo_error") == "changed_since"
    assert project.calls("a", "delete", "compensate") == []
    assert project.world.things["a-1"].values["count"] == 9


def test_what_holds_data_is_left_alone_and_says_how_much(project: Project) -> None:
    project.write(thing("a", "store", script={"read": [{"meanwhile": {"set": {"items": 3}}}]}), hooks=[hook("a")])
    told = project.apply(code=5)

    assert told.code("a", "undo_error") == "holds_data"
    assert "(3)" in told.outcomes["a"]["undo_error"]["message"]
    assert list(project.world.things) == ["a-1"]


def test_what_is_protected_is_not_deleted_by_an_undo_either(project: Project) -> None:
    project.write(thing("a", protected=True), hooks=[hook("a")])
    told = project.apply(code=5)

    assert told.code("a", "undo_error") == "protected"
    assert list(project.world.things) == ["a-1"]


def test_dependants_are_undone_before_what_they_stand_on(project: Project) -> None:
    modules = [thing("a"), thing("b", "inverse", "a"), thing("c", "inverse", "b")]
    project.write(*modules, thing("bad", "inverse", "c", script=BAD), on_failure="compensate")
    told = project.apply(code=4)

    assert [effect.name for effect in project.world.effects if effect.what == "gone"] == ["c", "b", "a"]
    assert told.lines[-1]["run"]["result"] == "compensated"


def test_what_stands_on_something_that_cannot_be_undone_keeps_it(project: Project) -> None:
    modules = [thing("a"), thing("b", "none", "a")]
    project.write(*modules, thing("bad", "inverse", "b", script=BAD), on_failure="compensate")
    told = project.apply(code=3)

    assert told.statuses == {"a": "SUCCESS", "b": "SUCCESS", "bad": "ERROR"}
    assert told.outcomes["b"]["compensation"] == "not_compensable"
    assert told.outcomes["a"]["compensation"] == "blocked_by scripted.none.b"
    assert project.state() == ["a", "b"]


def test_a_run_that_did_nothing_has_nothing_to_undo(project: Project) -> None:
    project.write(thing("a", script=BAD), thing("b", "inverse", "a"), on_failure="compensate")
    told = project.apply(code=4)

    assert told.statuses == {"a": "ERROR", "b": "SKIPPED"}
    assert project.calls("a", "delete", "compensate") == project.calls("b", "create", "delete") == []


def test_a_plugin_that_finds_nothing_to_undo_has_undone_it(project: Project) -> None:
    project.write(thing("a", "custom", script={"compensate": {"meanwhile": {"remove": True}}}), hooks=[hook("a")])
    told = project.apply(code=4)

    assert (told.statuses, told.outcomes["a"]["evidence"]) == ({"a": "COMPENSATED"}, "plugin, read")


@pytest.mark.parametrize(("kind", "call"), [("inverse", "delete"), ("custom", "compensate")])
def test_a_plugins_word_that_it_is_undone_is_not_believed(project: Project, kind: str, call: str) -> None:
    project.write(thing("a", kind, script={call: ["lie"]}), hooks=[hook("a")])
    told = project.apply(code=4)

    assert project.calls("a", "delete", "compensate") == [call, call]
    assert (told.statuses, project.world.things) == ({"a": "COMPENSATED"}, {})


def test_an_undo_that_hangs_is_given_up_and_sent_again(project: Project) -> None:
    project.write(thing("a", "hasty", script={"delete": ["hang"]}), hooks=[hook("a")])
    told = project.apply(code=4)

    assert project.calls("a", "delete") == ["delete", "delete"]
    assert (told.statuses, project.world.things) == ({"a": "COMPENSATED"}, {})


def test_an_undo_that_was_refused_stays_on_record_and_can_be_read_later(project: Project) -> None:
    project.write(thing("a", "data"), hooks=[hook("a")])
    project.apply(code=5)
    shown = project.shell.document("runs", "show")

    (outcome,) = shown["outcome"]["actions"]
    assert outcome["undo_error"]["code"] == "holds_data"


def test_a_deletion_that_did_not_happen_is_no_success(project: Project) -> None:
    project.write(thing("a"), thing("b"), thing("c"))
    project.apply()
    (project.shell.folder / "scripts.json").write_text(json.dumps({"b": {"delete": "blocked"}}))
    config = json.loads(project.shell.read("infra.yaml"))
    config["modules"][0]["config"]["script"] = "scripts.json"
    project.shell.write("infra.yaml", json.dumps(config))
    told = project.destroy(code=3)

    assert told.statuses == {"a": "SUCCESS", "b": "DELETE_FAILED", "c": "SUCCESS"}
    assert (project.state(), list(project.world.things)) == (["b"], ["b-1"])


def test_ctrl_c_in_the_middle_of_an_undo_does_not_stop_it(project: Project) -> None:
    slow = {"delete": {"gate": "go"}}
    modules = [thing("a"), thing("b", "inverse", "a", script=slow), thing("bad", "inverse", "b", script=BAD)]
    project.write(*modules, on_failure="compensate")
    running = project.shell.start("apply", "-y")
    while not project.calls("b", "delete"):
        assert running.process.poll() is None
    running.signal(signal.SIGINT)
    running.until("Stopping")
    (project.shell.folder / "go").touch()

    assert running.end() == 4
    assert (project.world.things, project.state()) == ({}, [])
