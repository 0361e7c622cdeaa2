"""Creates that take effect after a run has taken them to be gone."""

from __future__ import annotations

import json
from typing import Any

from tests.stories.conftest import Project, hook, thing


def warnings(project: Project, *flags: str) -> dict[str, str]:
    """What a plan warns of, by resource."""
    found: list[dict[str, Any]] = project.shell.lines("plan", *flags)
    return {line["diagnostic"]["address"]: line["@message"] for line in found if line["type"] == "diagnostic"}


def undone_and_back(project: Project) -> str:
    """A create whose hook refused it, which was deleted, seen to be gone, and comes back; the run."""
    project.write(thing("a", script={"delete": [{"do": "resurrect", "after": 2}]}), hooks=[hook("a")])
    told = project.apply(code=4)
    assert (told.statuses, project.world.things) == ({"a": "COMPENSATED"}, {})
    return str(told.lines[-1]["run"]["id"])


def test_what_comes_back_after_its_undo_is_named_by_the_next_plan(project: Project) -> None:
    run = undone_and_back(project)
    (told,) = warnings(project).values()

    assert f"its create in run {run} came late" in told
    assert "the object is there (id a-1) although it was undone" in told
    assert list(project.world.things) == ["a-1"], "it is named, and left alone"


def test_so_is_a_create_that_was_found_to_have_failed(project: Project) -> None:
    late_create = {"create": [{"do": "late", "after": 3}]}
    project.write(thing("a", "keyed", script=late_create), retries={"max_attempts": 1})
    told = project.apply(code=4)
    assert (told.statuses, project.world.things) == ({"a": "ERROR"}, {})

    (late,) = warnings(project).values()
    assert "although it was found to have failed" in late


def test_a_driver_that_cannot_tell_is_named_too(project: Project) -> None:
    run = undone_and_back(project)
    (project.shell.folder / "scripts.json").write_text(json.dumps({"a": {"look": "fail", "read": "fail"}}))
    config = json.loads(project.shell.read("infra.yaml"))
    config["modules"][0]["config"]["script"] = "scripts.json"
    del config["modules"][1]["config"]["script"]
    project.shell.write("infra.yaml", json.dumps(config))
    (told,) = warnings(project).values()

    assert f"nobody can tell whether its create in run {run} came late, after it was undone" in told


def test_what_was_made_since_is_no_late_arrival(project: Project) -> None:
    project.write(thing("a"), hooks=[hook("a")])
    project.apply(code=4)
    project.write(thing("a"))
    assert project.apply().statuses == {"a": "SUCCESS"}

    assert warnings(project) == {}


def test_without_a_refresh_nobody_is_asked(project: Project) -> None:
    undone_and_back(project)

    assert warnings(project, "--no-refresh") == {}
