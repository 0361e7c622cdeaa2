"""What takes an applied action back: each operation, each declared mode, and each reason to refuse."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from wfctl.core import compensate
from wfctl.core.commands import UndoKind
from wfctl.core.compensate import Applied, Undo, repeatable, undo_of
from wfctl.core.outcome import Failure
from wfctl.core.plan import (
    UNDECLARED,
    ActionOutline,
    Effect,
    Idempotency,
    Mode,
    Operation,
    Provenance,
    Step,
    TypeDeclaration,
)

EFFECTS = {Step.CREATE: Effect.CREATED, Step.UPDATE: Effect.UPDATED, Step.DELETE: Effect.DELETED}
STEPS = {
    Operation.CREATE: (Step.CREATE,),
    Operation.UPDATE: (Step.UPDATE,),
    Operation.REPLACE: (Step.DELETE, Step.CREATE),
    Operation.DELETE: (Step.DELETE,),
}
OLD, NEW = "old", "new"


def planned(operation: Operation, **more: object) -> ActionOutline:
    """An action on `t.a`; whatever is not created was there before, with a config, as `old`."""
    before = {} if operation is Operation.CREATE else {"prior_id": OLD, "prior_config": True}
    fields = {"index": 0, "operation": operation, "name": "a", "type": "t", "provider": "p", **before, **more}
    return msgspec.convert(fields, ActionOutline)


def done(
    *steps: Step, provider_id: str | None = None, provenance: Provenance = Provenance.CREATED
) -> tuple[Applied, ...]:
    """These steps, applied."""
    return tuple(
        Applied(
            step=step,
            effect=EFFECTS[step],
            provider_id=provider_id if provider_id is not None else NEW if step is Step.CREATE else OLD,
            provenance=provenance if step is Step.CREATE else Provenance.CREATED,
        )
        for step in steps
    )


def declares(mode: Mode, **more: object) -> TypeDeclaration:
    """The same mode for all four operations."""
    return TypeDeclaration(undo_create=mode, undo_update=mode, undo_replace=mode, undo_delete=mode, **more)  # type: ignore[arg-type]


def kinds(undos: tuple[Undo, ...] | Failure) -> list[tuple[UndoKind, str]]:
    assert not isinstance(undos, Failure), undos
    return [(undo.kind, undo.provider_id) for undo in undos]


def code(undos: tuple[Undo, ...] | Failure) -> str:
    assert isinstance(undos, Failure), undos
    return undos.code


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("operation", list(Operation))
def test_nothing_applied_is_nothing_to_take_back(operation: Operation, mode: Mode) -> None:
    assert undo_of(planned(operation), declares(mode), ()) == ()


@pytest.mark.parametrize("operation", list(Operation))
def test_nothing_declared_is_nothing_undone(operation: Operation) -> None:
    undos = undo_of(planned(operation), UNDECLARED, done(*STEPS[operation]))

    assert code(undos) == compensate.NOT_COMPENSABLE


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (Operation.CREATE, [(UndoKind.DELETE, NEW)]),
        (Operation.UPDATE, [(UndoKind.RESTORE, OLD)]),
        (Operation.REPLACE, [(UndoKind.RECREATE, ""), (UndoKind.DELETE, NEW)]),
        (Operation.DELETE, [(UndoKind.RECREATE, "")]),
    ],
)
def test_the_inverse_of_each_operation(operation: Operation, expected: list[tuple[UndoKind, str]]) -> None:
    assert kinds(undo_of(planned(operation), declares(Mode.INVERSE), done(*STEPS[operation]))) == expected


@pytest.mark.parametrize(
    ("operation", "acts_on"),
    [(Operation.CREATE, NEW), (Operation.UPDATE, OLD), (Operation.REPLACE, NEW), (Operation.DELETE, OLD)],
)
def test_a_custom_undo_is_one_call_on_the_object_that_is_there_now(operation: Operation, acts_on: str) -> None:
    undos = undo_of(planned(operation), declares(Mode.CUSTOM), done(*STEPS[operation]))

    assert kinds(undos) == [(UndoKind.CUSTOM, acts_on)]


@pytest.mark.parametrize("operation", list(Operation))
def test_each_operation_asks_for_its_own_mode(operation: Operation) -> None:
    only_this = TypeDeclaration(**{f"undo_{operation}": Mode.CUSTOM})  # type: ignore[arg-type]

    for other in Operation:
        undos = undo_of(planned(other), only_this, done(*STEPS[other]))
        assert isinstance(undos, Failure) is (other is not operation)


@pytest.mark.parametrize(
    ("create_first", "applied", "expected"),
    [
        (False, (Step.DELETE,), [(UndoKind.RECREATE, "")]),
        (True, (Step.CREATE,), [(UndoKind.DELETE, NEW)]),
        (True, (Step.CREATE, Step.DELETE), [(UndoKind.RECREATE, ""), (UndoKind.DELETE, NEW)]),
    ],
)
def test_a_replace_goes_back_from_wherever_it_got_to(
    create_first: bool, applied: Sequence[Step], expected: list[tuple[UndoKind, str]]
) -> None:
    declared = declares(Mode.INVERSE, create_before_delete=create_first)

    assert kinds(undo_of(planned(Operation.REPLACE), declared, done(*applied))) == expected


def test_half_a_replace_asks_for_the_mode_of_the_half_that_happened() -> None:
    declared = TypeDeclaration(undo_replace=Mode.INVERSE)

    for half in (Step.DELETE, Step.CREATE):
        assert code(undo_of(planned(Operation.REPLACE), declared, done(half))) == compensate.NOT_COMPENSABLE


GUARDED = [Mode.INVERSE, Mode.CUSTOM]


@pytest.mark.parametrize("mode", GUARDED)
class TestGuards:
    @pytest.mark.parametrize("provenance", [each for each in Provenance if each is not Provenance.CREATED])
    @pytest.mark.parametrize("operation", [Operation.CREATE, Operation.REPLACE])
    def test_what_this_run_did_not_create_is_not_deleted(
        self, mode: Mode, operation: Operation, provenance: Provenance
    ) -> None:
        applied = done(*STEPS[operation], provenance=provenance)

        assert code(undo_of(planned(operation), declares(mode), applied)) == compensate.NOT_OURS

    def test_an_update_of_something_adopted_earlier_is_ours_to_restore(self, mode: Mode) -> None:
        outline = planned(Operation.UPDATE, prior_provenance=Provenance.ADOPTED)

        assert kinds(undo_of(outline, declares(mode), done(Step.UPDATE)))

    @pytest.mark.parametrize("operation", [Operation.CREATE, Operation.UPDATE, Operation.REPLACE])
    def test_nothing_is_undone_by_name(self, mode: Mode, operation: Operation) -> None:
        applied = done(*STEPS[operation], provider_id="")

        assert code(undo_of(planned(operation), declares(mode), applied)) == compensate.NO_IDENTITY

    @pytest.mark.parametrize("operation", [Operation.CREATE, Operation.REPLACE])
    def test_what_is_protected_is_not_deleted(self, mode: Mode, operation: Operation) -> None:
        outline = planned(operation, protected=True)

        assert code(undo_of(outline, declares(mode), done(*STEPS[operation]))) == compensate.PROTECTED

    @pytest.mark.parametrize("operation", [Operation.UPDATE, Operation.DELETE])
    def test_what_is_protected_may_be_restored_and_made_again(self, mode: Mode, operation: Operation) -> None:
        outline = planned(operation, protected=True)

        assert kinds(undo_of(outline, declares(mode), done(*STEPS[operation])))

    @pytest.mark.parametrize("operation", [Operation.UPDATE, Operation.REPLACE, Operation.DELETE])
    def test_without_a_config_from_before_there_is_nothing_to_go_back_to(
        self, mode: Mode, operation: Operation
    ) -> None:
        outline = planned(operation, prior_config=False)

        assert code(undo_of(outline, declares(mode), done(*STEPS[operation]))) == compensate.NO_BEFORE_IMAGE

    def test_the_new_half_of_a_replace_needs_no_config_from_before(self, mode: Mode) -> None:
        outline = planned(Operation.REPLACE, prior_config=False)

        assert kinds(undo_of(outline, declares(mode), done(Step.CREATE)))


class TestReplaceAcross:
    """A replace that changes the type or the provider: the old object is made again by its own driver."""

    ACROSS_TYPES = planned(Operation.REPLACE, prior_type="was")
    ACROSS_PROVIDERS = planned(Operation.REPLACE, prior_provider="q")
    INVERSE, CUSTOM, NONE = declares(Mode.INVERSE), declares(Mode.CUSTOM), declares(Mode.NONE)

    @pytest.mark.parametrize("outline", [ACROSS_TYPES, ACROSS_PROVIDERS])
    def test_both_drivers_must_be_able_to(self, outline: ActionOutline) -> None:
        applied = done(Step.DELETE, Step.CREATE)

        assert len(kinds(undo_of(outline, self.INVERSE, applied, self.INVERSE))) == 2
        assert code(undo_of(outline, self.INVERSE, applied, self.NONE)) == compensate.NOT_COMPENSABLE
        assert code(undo_of(outline, self.NONE, applied, self.INVERSE)) == compensate.NOT_COMPENSABLE

    def test_a_custom_undo_does_not_cross_from_plugin_to_plugin(self) -> None:
        applied = done(Step.DELETE, Step.CREATE)

        assert kinds(undo_of(self.ACROSS_TYPES, self.CUSTOM, applied, self.NONE)) == [(UndoKind.CUSTOM, NEW)]
        assert code(undo_of(self.ACROSS_PROVIDERS, self.CUSTOM, applied, self.CUSTOM)) == compensate.NOT_COMPENSABLE

    def test_half_of_it_asks_only_the_driver_of_that_half(self) -> None:
        for outline in (self.ACROSS_TYPES, self.ACROSS_PROVIDERS):
            gone = undo_of(outline, self.NONE, done(Step.DELETE), self.INVERSE)
            made = undo_of(outline, self.INVERSE, done(Step.CREATE), self.NONE)
            assert (kinds(gone), kinds(made)) == ([(UndoKind.RECREATE, "")], [(UndoKind.DELETE, NEW)])


@pytest.mark.parametrize("kind", [UndoKind.DELETE, UndoKind.RESTORE, UndoKind.CUSTOM])
def test_an_undo_that_makes_nothing_may_be_repeated(kind: UndoKind) -> None:
    assert repeatable(kind, UNDECLARED)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (UNDECLARED, False),
        (TypeDeclaration(reads_by_name=True), False),
        (TypeDeclaration(reads_by_key=True), True),
        (TypeDeclaration(idempotency=Idempotency.KEY), True),
        (TypeDeclaration(idempotency=Idempotency.NATURAL), True),
    ],
)
def test_a_making_is_repeated_only_where_no_second_object_can_come_of_it(
    before: TypeDeclaration, expected: bool
) -> None:
    assert repeatable(UndoKind.RECREATE, before) is expected


@pytest.mark.parametrize(
    ("outline", "applied", "words"),
    [
        (planned(Operation.CREATE), done(Step.CREATE, provenance=Provenance.ADOPTED), "t.a was there before this run"),
        (planned(Operation.CREATE), done(Step.CREATE, provider_id=""), "the id of t.a is not known"),
        (planned(Operation.CREATE, protected=True), done(Step.CREATE), "t.a is protected"),
        (planned(Operation.UPDATE, prior_config=False), done(Step.UPDATE), "no complete config of t.a"),
    ],
)
def test_a_refusal_says_why_and_of_what(outline: ActionOutline, applied: tuple[Applied, ...], words: str) -> None:
    refused = undo_of(outline, declares(Mode.INVERSE), applied)
    assert isinstance(refused, Failure)
    assert words in refused.message
