"""What the projection is told of an action."""

from __future__ import annotations

import msgspec
import pytest

from tests.ledger.makers import applied, begun, dispatched, hook, plan_of, wanted
from wfctl.core import events
from wfctl.core.outcome import Existence, Failure
from wfctl.core.plan import HookPoint, Operation, ResourceState, Step
from wfctl.ledger.facts import NOTHING_YET, Progress, RunFacts, advance, prior_documents

BOOM = Failure(code="boom", message="boom")


def failed(effect: Existence, provider_id: str = "", step: Step = Step.CREATE) -> events.ActionFailed:
    return events.ActionFailed(action=0, step=step, failure=BOOM, effect=effect, provider_id=provider_id)


def after(*facts: events.Event) -> Progress:
    progress = NOTHING_YET
    for fact in facts:
        progress = advance(progress, fact)
    return progress


def test_the_facts_of_an_action() -> None:
    plan = plan_of(
        wanted("base"),
        wanted(
            "a", Operation.UPDATE, config={"x": "${base.id} ${lost.id}", "protected": True}, depends_on=("base", "z")
        ),
    )
    hooks = (hook("one"), hook("two", match_name="base"), hook("three", HookPoint.BEFORE), hook("four", match_name="a"))

    facts = RunFacts(plan, begun(plan, hooks=hooks))[1]

    assert (
        facts.run_id,
        facts.workspace,
        facts.name,
        facts.type,
        facts.provider,
        facts.provider_ref,
    ) == ("run-1", "default", "a", "local.file", "local", "files")
    assert facts.dependencies == ("base", "z", "lost")
    assert facts.protected
    assert facts.hooks == ("one", "four")
    assert facts.known_hooks == ("one", "two", "four")


def test_only_the_word_true_protects() -> None:
    plan = plan_of(wanted("a", config={"protected": "yes"}))

    assert not RunFacts(plan, begun(plan))[0].protected


def test_facts_are_worked_out_once() -> None:
    plan = plan_of(wanted("a"))
    facts = RunFacts(plan, begun(plan))

    assert facts[0] is facts[0]
    with pytest.raises(IndexError):
        facts[1]


def test_progress_counts_what_took_effect() -> None:
    assert after(applied(step=Step.DELETE), applied()).applied == (Step.DELETE, Step.CREATE)
    assert after(failed(Existence.EXISTS, "id")).applied == (Step.CREATE,)
    assert after(failed(Existence.EXISTS)).applied == ()
    assert after(failed(Existence.EXISTS, "id", Step.DELETE)).applied == ()


def test_an_answered_error_is_being_verified_until_it_is_sent_again() -> None:
    unknown = failed(Existence.UNKNOWN)

    assert after(dispatched(), unknown).verifying
    assert not after(dispatched(), unknown, dispatched(attempt=2)).verifying
    assert Progress() == after(dispatched(), unknown, applied())
    assert Progress(applied=(Step.DELETE,)) == after(
        failed(Existence.UNKNOWN, step=Step.DELETE), applied(step=Step.DELETE)
    )


def test_an_undo_counts_as_tried_once_it_was_sent() -> None:
    def undo_failed(*, refused: bool) -> events.CompensationFailed:
        return events.CompensationFailed(action=0, undo="delete", failure=BOOM, refused=refused)

    assert not after(undo_failed(refused=True)).undo_tried
    assert after(undo_failed(refused=False)).undo_tried
    assert after(events.CompensationSucceeded(action=0, undo="delete", evidence="read")).undo_tried


def test_the_documents_from_before_the_run_are_named_by_their_digest() -> None:
    state = ResourceState(name="a", type="t", applied_config={"x": 1}, outputs={"x": 1})

    assert list(prior_documents(state).values()) == [b'{"x":1}']
    assert prior_documents(msgspec.structs.replace(state, outputs={"b": 1, "a": 2})).popitem()[1] == b'{"a":2,"b":1}'
    assert prior_documents(ResourceState(name="a", type="t")) == {}
    assert prior_documents(None) == {}
