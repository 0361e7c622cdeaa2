from __future__ import annotations

import msgspec
import pytest

from tests.planner.cloud import DB, DECLARATION, DISK, FILE, KEY, having, row
from wfctl.core.plan import (
    FieldChange,
    Mode,
    Operation,
    Plan,
    PlanAction,
    ProviderDeclaration,
    ResourceSpec,
    ResourceState,
    TypeDeclaration,
)
from wfctl.planner.recovery import Compensability, Recovery, RecoveryKind, compensability, recoveries

C, U, R, D = Operation.CREATE, Operation.UPDATE, Operation.REPLACE, Operation.DELETE


def step(operation: Operation, kind: str, current: ResourceState | None = None, **fields: object) -> PlanAction:
    spec = ResourceSpec(name="x", type=kind, config={})
    return msgspec.structs.replace(
        PlanAction(action=operation, resource=spec, current=current, provider_ref="cloud"), **fields
    )


def recovery(one: PlanAction, declared: ProviderDeclaration = DECLARATION) -> Recovery:
    return recoveries(Plan(id="p", actions=(one,)), {"cloud": declared})[0]


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (step(C, FILE), RecoveryKind.DELETE),
        (step(U, FILE, row("x")), RecoveryKind.RESTORE),
        (step(R, FILE, row("x")), RecoveryKind.RECREATE),
        (step(D, FILE, row("x")), RecoveryKind.RECREATE),
        (step(C, KEY), RecoveryKind.CUSTOM),
        (step(R, KEY, row("x", KEY)), RecoveryKind.CUSTOM),
        (step(D, KEY, row("x", KEY)), RecoveryKind.NONE),
        (step(C, DB), RecoveryKind.NONE),
        (step(U, FILE, row("x"), hooks_only=("smoke",)), RecoveryKind.NOTHING),
    ],
)
def test_what_the_undo_of_each_action_would_be(one: PlanAction, kind: RecoveryKind) -> None:
    assert recovery(one).kind is kind


@pytest.mark.parametrize(
    ("one", "code", "why"),
    [
        (step(C, DB), "not_compensable", "no undo of create declared"),
        (step(D, KEY, row("x", KEY)), "not_compensable", "no undo of delete declared"),
        (
            step(U, FILE, having(row("x"), applied_config=None)),
            "before_image_incomplete",
            "the state holds no complete config of local.file.x from before",
        ),
        (step(R, FILE, having(row("x"), protected=True)), "protected", "local.file.x is protected"),
        (
            step(U, DISK, row("x", DISK), changes=(FieldChange(path="size", old=1, new=2),)),
            "irreversible_field",
            "size cannot be changed back",
        ),
    ],
)
def test_why_there_is_none(one: PlanAction, code: str, why: str) -> None:
    assert recovery(one) == Recovery(kind=RecoveryKind.NONE, code=code, why=why)


def test_what_holds_data_is_deleted_again_only_while_it_is_empty() -> None:
    assert recovery(step(C, DISK)) == Recovery(kind=RecoveryKind.DELETE, why="if it is empty then")
    blind = ProviderDeclaration(name="cloud", types={"t": TypeDeclaration(undo_create=Mode.INVERSE)})
    found = recovery(step(C, "t"), blind)
    assert (found.kind, found.code) == (RecoveryKind.NONE, "holds_data")


def test_an_unknown_provider_declares_nothing() -> None:
    assert recoveries(Plan(id="p", actions=(step(C, FILE),)), {})[0].kind is RecoveryKind.NONE


def test_actions_that_change_something_are_counted() -> None:
    steps = (step(C, FILE), step(C, DB), step(U, FILE, row("x"), hooks_only=("smoke",)))
    named = tuple(
        msgspec.structs.replace(one, resource=msgspec.structs.replace(one.resource, name=f"x{i}"))
        for i, one in enumerate(steps)
    )
    plan = Plan(id="p", actions=named)
    assert compensability(plan, recoveries(plan, {"cloud": DECLARATION})) == Compensability(
        compensable=1, total=2, not_compensable=(("local.database.x1", "no undo of create declared"),)
    )
