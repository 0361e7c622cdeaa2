"""What was there before the run, and was taken over by it, is never deleted to undo that."""

from __future__ import annotations

import pytest

from tests.stories.conftest import Project, hook, thing


def test_what_an_upsert_took_over_survives_a_hook_that_fails(project: Project) -> None:
    project.world.put("a", "scripted.upsert", count=7)
    project.write(thing("a", "upsert"), hooks=[hook("a")])
    told = project.apply(code=5)

    assert told.statuses == {"a": "COMPENSATION_FAILED"}
    assert (told.code("a"), told.code("a", "undo_error")) == ("hook_exit_nonzero", "not_ours")
    assert project.calls("a", "delete", "compensate") == []
    assert list(project.world.things) == ["a-1"]


def test_so_it_does_where_the_answer_of_the_upsert_was_lost(project: Project) -> None:
    project.world.put("a", "scripted.upsert", count=7)
    project.write(thing("a", "upsert", script={"create": ["lost"]}), hooks=[hook("a")])
    told = project.apply(code=5)

    assert told.code("a", "undo_error") == "not_ours"
    assert project.calls("a", "delete", "compensate") == []
    assert list(project.world.things) == ["a-1"]


@pytest.mark.parametrize("kind", ["inverse", "custom"])
def test_what_was_adopted_stays_when_the_run_is_taken_back(project: Project, kind: str) -> None:
    project.world.put("a", f"scripted.{kind}")
    modules = [thing("a", kind, script={"create": "adopt"}), thing("b", "inverse", "a", script={"create": "refuse"})]
    project.write(*modules, on_failure="compensate")
    told = project.apply(code=5)

    assert told.statuses == {"a": "COMPENSATION_FAILED", "b": "ERROR"}
    assert told.code("a", "undo_error") == "not_ours"
    assert project.calls("a", "delete", "compensate") == []
    assert list(project.world.things) == ["a-1"]


def test_somebody_elses_object_of_that_name_is_an_error_and_nothing_else(project: Project) -> None:
    project.world.put("a", "scripted.natural", count=7)
    project.write(thing("a", "natural"), on_failure="compensate")
    told = project.apply(code=4)

    assert (told.statuses, told.code("a")) == ({"a": "ERROR"}, "already_exists")
    assert project.world.things["a-1"].values == {"count": 7}
    assert project.state() == []


def test_a_create_that_failed_after_it_told_the_id_is_not_made_twice(project: Project) -> None:
    project.write(thing("a", "keyed", script={"create": ["partly", "ok"], "delete": "refuse"}))
    told = project.apply(code=5)

    assert told.statuses == {"a": "COMPENSATION_FAILED"}
    assert told.outcomes["a"]["attempts"] == 1
    assert (list(project.world.things), project.state()) == (["a-1"], ["a"])
