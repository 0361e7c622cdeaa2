"""A provider that has the last word of a run, and does not always tell the truth."""

from __future__ import annotations

import pytest

from tests.stories.conftest import Project, thing


def write(project: Project, **scripts: object) -> None:
    """One resource a script, under a provider that is asked at the end."""
    project.write(*(thing(name, iac_provider="stage", script={"finalize": script}) for name, script in scripts.items()))
    text = project.shell.read("infra.yaml").replace('"provider": "scripted"', '"provider": "scripted_finalizer"')
    project.shell.write("infra.yaml", text)


def test_what_a_plugin_took_back_at_the_end_is_compensated_if_it_is_gone(project: Project) -> None:
    write(project, a="compensated", b="claims_compensated", c="compensation_failed", d="success")
    told = project.apply(code=5)

    assert told.statuses == {
        "a": "COMPENSATED",
        "b": "COMPENSATION_FAILED",
        "c": "COMPENSATION_FAILED",
        "d": "SUCCESS",
    }
    assert told.code("b", "undo_error") == "not_verified"
    assert sorted(project.world.things) == ["b-1", "c-1", "d-1"]
    assert project.state() == ["b", "c", "d"]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("unspecified", "ACTION_STATUS_UNSPECIFIED"),
        ("unheard_of", "an action this run does not have"),
        ({"do": "error", "text": "the flush failed"}, "the flush failed"),
        ({"do": "fail_flush", "text": "nothing was flushed"}, "nothing was flushed"),
        ({"do": "lost_flush", "status": "internal"}, "was lost"),
        ("die", "was lost"),
    ],
    ids=str,
)
def test_a_last_word_that_cannot_be_used_changes_no_status_and_is_told(
    project: Project, script: object, words: str
) -> None:
    write(project, a=script)
    done = project.shell.run("apply", "-y", code=3)

    assert words in done.stdout + done.stderr
    (outcome,) = project.shell.document("runs", "show")["outcome"]["actions"]
    assert outcome["status"] == 1
    assert (list(project.world.things), project.state()) == (["a-1"], ["a"])
