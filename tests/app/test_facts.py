from __future__ import annotations

from wfctl.app.facts import cause_line, leaves, shown, state_page, unix
from wfctl.core.outcome import Cause, CausePhase, Failure
from wfctl.core.plan import ResourceState
from wfctl.views.rows import Shown, ValueForm

SECRET = Shown(form=ValueForm.SENSITIVE)


def plain(text: str) -> Shown:
    return Shown(form=ValueForm.PLAIN, text=text)


def test_a_document_is_shown_by_dotted_path_in_its_order() -> None:
    document: dict[str, object] = {"b": {"y": 1, "x": {"deep": None}}, "a": [1, {"z": 2}], "e": {}}
    assert leaves(document) == (
        ("b.y", plain("1")),
        ("b.x.deep", plain("null")),
        ("a", plain('[1,{"z":2}]')),
        ("e", plain("{}")),
    )
    assert leaves(None) == ()


def test_a_secret_is_never_more_than_its_label() -> None:
    assert shown("secret_ref://DB__PASSWORD") == SECRET
    state = ResourceState(name="db", type="t", outputs={"password": "secret_ref://DB__PASSWORD", "port": 5432})
    assert state_page(state).outputs == (("password", SECRET), ("port", plain("5432")))


def test_the_zero_time_of_plans_is_no_time() -> None:
    assert unix("0001-01-01T00:00:00Z") == 0.0
    assert unix("") == 0.0
    assert unix("2026-11-21T00:00:00.500000Z") == 1795219200.5


def test_a_cause_is_one_line() -> None:
    failure = Failure(code="hook_exit_nonzero", message="hook smoke: exit status 22\n| curl: 500")
    cause = Cause(plan_index=1, address="local.file.index", phase=CausePhase.HOOK, failure=failure)
    assert cause_line(cause) == "2 local.file.index, hook, hook_exit_nonzero: hook smoke: exit status 22"
    assert cause_line(None) == ""
