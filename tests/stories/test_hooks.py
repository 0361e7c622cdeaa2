"""Hooks that fail, and what becomes of the action and of the others."""

from __future__ import annotations

from tests.stories.conftest import Project, hook, thing


def test_a_hook_that_stops_at_the_second_of_five_leaves_five_outcomes(project: Project) -> None:
    names = ["one", "two", "three", "four", "five"]
    project.write(*(thing(name, "inverse", *names[:at][-1:]) for at, name in enumerate(names)), hooks=[hook("two")])
    told = project.apply(code=3)

    assert list(told.statuses.values()) == ["SUCCESS", "COMPENSATED", "SKIPPED", "SKIPPED", "SKIPPED"]
    assert [told.outcomes[name]["skipped_because"] for name in names[2:]] == ["scripted.inverse.two"] * 3
    assert list(project.world.things) == ["one-1"]


def test_what_a_hook_refused_and_is_gone_again_is_compensated_and_no_failed_compensation(project: Project) -> None:
    project.write(thing("a"), hooks=[hook("a")])
    told = project.apply(code=4)

    assert told.statuses == {"a": "COMPENSATED"}
    assert told.code("a") == "hook_exit_nonzero"
    assert told.outcomes["a"]["undo_error"] is None
    assert told.outcomes["a"]["evidence"] == "read"
    assert (project.world.things, project.state()) == ({}, [])


def test_a_hook_that_refuses_what_cannot_be_undone_leaves_it_on_record(project: Project) -> None:
    project.write(thing("a", "none"), hooks=[hook("a")])
    told = project.apply(code=5)

    assert told.statuses == {"a": "COMPENSATION_FAILED"}
    assert (told.code("a"), told.code("a", "undo_error")) == ("hook_exit_nonzero", "not_compensable")
    assert (list(project.world.things), project.state()) == (["a-1"], ["a"])


def test_an_observer_that_fails_changes_nothing(project: Project) -> None:
    project.write(thing("a"), thing("b", "inverse", "a"), hooks=[hook("a", on="complete", on_failure="warn")])
    told = project.apply()

    assert told.statuses == {"a": "SUCCESS", "b": "SUCCESS"}


def test_a_hook_that_only_warns_is_made_up_for_by_the_next_apply(project: Project) -> None:
    project.write(thing("a"), hooks=[hook("a", on_failure="warn")])
    assert project.apply().statuses == {"a": "SUCCESS"}
    project.write(thing("a"), hooks=[hook("a", on_failure="warn", program="/bin/true")])
    project.apply()

    assert project.calls("a", "create", "update", "delete") == ["create"]
    assert "No changes" in project.shell.run("plan").stdout
