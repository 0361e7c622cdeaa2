from __future__ import annotations

from tests.planner.cloud import DECLARATION, FILE, KEY, row
from wfctl.core.plan import Document, FieldChange, Operation, Plan, PlanAction, ResourceSpec
from wfctl.planner.notes import Change, notes
from wfctl.planner.recovery import RecoveryKind


def test_a_new_resource_is_shown_by_its_config() -> None:
    config: Document = {
        "text": "x",
        "key": "${deploy.public}:${deploy.public}",
        "token": "${TOKEN}",
        "p": "secret_ref://db_1",
    }
    spec = ResourceSpec(name="x", type=FILE, config=config)
    plan = Plan(id="p", actions=(PlanAction(action=Operation.CREATE, resource=spec, provider_ref="cloud"),))
    (note,) = notes(plan, {"cloud": DECLARATION})
    assert note.recovery.kind is RecoveryKind.DELETE
    assert note.changes == (
        Change(path="text", new="x"),
        Change(path="key", new="${deploy.public}:${deploy.public}", awaited=("deploy.public",)),
        Change(path="token", new="${TOKEN}"),
        Change(path="p", new="secret_ref://db_1", sensitive=True),
    )


def test_a_change_is_shown_as_the_plan_has_it() -> None:
    changes = (
        FieldChange(path="bits", old=1, new=2, force_new=True),
        FieldChange(path="pem", old="(sensitive value)", new={"a": ["secret_ref://k"]}),
    )
    action = PlanAction(
        action=Operation.REPLACE,
        resource=ResourceSpec(name="x", type=KEY, config={"bits": 2}),
        current=row("x", KEY),
        changes=changes,
        provider_ref="cloud",
    )
    (note,) = notes(Plan(id="p", actions=(action,)), {"cloud": DECLARATION})
    assert note.create_first
    assert note.changes[0] == Change(path="bits", old=1, new=2, force_new=True)
    assert note.changes[1].sensitive


def test_what_goes_has_no_attributes_to_show() -> None:
    action = PlanAction(
        action=Operation.DELETE, resource=ResourceSpec(name="x", type=FILE), current=row("x"), provider_ref="gone"
    )
    (note,) = notes(Plan(id="p", actions=(action,)), {})
    assert (note.changes, note.create_first) == ((), False)
