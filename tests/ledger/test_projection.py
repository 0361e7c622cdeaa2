"""The life of a resource row, fact by fact."""

from __future__ import annotations

import msgspec
import pytest

from tests.ledger.makers import applied, begun, digest, dispatched, hook, plan_of, records, stored, wanted
from wfctl.core import events
from wfctl.core.events import Event
from wfctl.core.outcome import Existence, Failure
from wfctl.core.plan import Operation, PlanAction, Provenance, ResourceState, Step
from wfctl.ledger.facts import NOTHING_YET, RunFacts, advance
from wfctl.ledger.projection import Moment, news_of, project
from wfctl.ledger.recorded import stamp
from wfctl.ledger.row import Mark, ResourceRow

BOOM = Failure(code="boom", message="boom")
OLD = ResourceState(
    id="a",
    name="a",
    type="local.file",
    provider="local",
    provider_ref="files",
    provider_id="old-id",
    config_hash="old-hash",
    applied_config={"path": "old"},
    applied_config_source="apply",
    outputs={"size": 1},
    dependencies=("base",),
    created_at="2026-01-01T00:00:00Z",
    protected=True,
    fingerprint="old-print",
    created_by_run="run-0",
    hooks_pending=("old-hook",),
)
ROW = ResourceRow(
    workspace="default",
    name="a",
    type="local.file",
    provider="local",
    provider_ref="files",
    provider_id="old-id",
    config_hash="old-hash",
    config_doc=stored({"path": "old"})[0],
    outputs_doc=stored({"size": 1})[0],
    dependencies=("base",),
    protected=True,
    source="apply",
    fingerprint="old-print",
    hooks_pending=("old-hook",),
    created_by_run="run-0",
    run_id="run-0",
    seq=9,
    created_at="2026-01-01T00:00:00Z",
    updated_at="2026-01-02T00:00:00Z",
)
SMOKE = (hook("smoke"), hook("only-b", match_name="b"), hook("old-hook", match_actions=(Operation.CREATE,)))
CREATE = wanted("a")
UPDATE = wanted("a", Operation.UPDATE, current=OLD)
REPLACE = wanted("a", Operation.REPLACE, current=OLD)
DELETE = wanted("a", Operation.DELETE, current=OLD)


def life(action: PlanAction, *facts: Event, row: ResourceRow | None = None) -> ResourceRow | None:
    """The row after these events, from the row before the run."""
    plan = plan_of(action)
    known, progress = RunFacts(plan, begun(plan, hooks=SMOKE)), NOTHING_YET
    for recorded in records(*facts, after=1):
        for index, news in news_of(recorded.event):
            row = project(row, news, known[index], progress, Moment(seq=recorded.seq, at=stamp(recorded.at)))
        progress = advance(progress, recorded.event)
    return row


def there(row: ResourceRow | None) -> ResourceRow:
    """The row, which must be there."""
    assert row is not None
    return row


def undo(kind: str, **more: object) -> tuple[Event, Event]:
    """An undo that succeeds."""
    done = events.CompensationSucceeded(action=0, undo=kind, evidence="read")
    return events.CompensationStarted(action=0, undo=kind, attempt=1, key="k"), msgspec.structs.replace(done, **more)


def undo_failed(kind: str, *, refused: bool) -> tuple[Event, Event]:
    """An undo that does not."""
    failed = events.CompensationFailed(action=0, undo=kind, failure=BOOM, refused=refused)
    return events.CompensationStarted(action=0, undo=kind, attempt=1, key="k"), failed


def in_doubt(step: Step = Step.CREATE) -> events.ActionLeftInDoubt:
    return events.ActionLeftInDoubt(action=0, step=step, failure=BOOM)


def failed(step: Step = Step.CREATE, effect: Existence = Existence.NONE, provider_id: str = "") -> events.ActionFailed:
    return events.ActionFailed(action=0, step=step, failure=BOOM, effect=effect, provider_id=provider_id)


def absent(step: Step = Step.CREATE, *, proven: bool = True) -> events.ActionFoundAbsent:
    return events.ActionFoundAbsent(action=0, step=step, proven=proven)


def settled(as_: str, provider_id: str = "") -> events.ActionSettled:
    return events.ActionSettled(action=0, as_=as_, provider_id=provider_id, actor="anna")


def test_an_orphan_is_forgotten_and_what_is_skipped_is_not() -> None:
    made = applied()
    assert life(CREATE, made, events.RollbackRequested(orphaned=(0,))) is None
    assert life(CREATE, made, events.RollbackRequested(skipped=(0,))) == life(CREATE, made)
    stuck = (made, *undo_failed("delete", refused=False))
    assert there(life(CREATE, *stuck)).mark == Mark.QUARANTINED
    assert life(CREATE, *stuck, events.RollbackRequested(orphaned=(0,))) is None


# --- calls


def test_a_created_object_is_ours_and_owes_its_hooks() -> None:
    made = life(
        wanted("a", config={"path": "${base.path}", "protected": True}, depends_on=("other",)),
        dispatched(),
        applied(id="new", config={"c": 1}, outputs={"o": 1}, config_hash="h"),
    )

    assert made == ResourceRow(
        workspace="default",
        name="a",
        type="local.file",
        provider="local",
        provider_ref="files",
        provider_id="new",
        config_hash="h",
        config_doc=stored({"c": 1})[0],
        outputs_doc=stored({"o": 1})[0],
        dependencies=("other", "base"),
        protected=True,
        hooks_pending=("smoke", "old-hook"),
        created_by_run="run-1",
        run_id="run-1",
        seq=3,
        created_at=there(made).updated_at,
        updated_at=stamp(records(dispatched(), after=2)[0].at),
    )


def test_an_adopted_object_is_not_ours() -> None:
    adopted = msgspec.structs.replace(applied(), provenance=Provenance.ADOPTED)

    row = there(life(CREATE, dispatched(), adopted))

    assert (row.provenance, row.created_by_run) == (Provenance.ADOPTED, "")


def test_an_update_keeps_what_it_was_not_told() -> None:
    row = there(life(UPDATE, dispatched(step=Step.UPDATE), applied(step=Step.UPDATE, id=""), row=ROW))

    assert (ROW.provider_id, ROW.config_hash, ROW.config_doc, ROW.outputs_doc, ROW.provenance, ROW.created_by_run) == (
        row.provider_id,
        row.config_hash,
        row.config_doc,
        row.outputs_doc,
        row.provenance,
        row.created_by_run,
    )
    assert (ROW.created_at, "run-1", 3) == (row.created_at, row.run_id, row.seq)
    assert (row.fingerprint, row.dependencies, row.protected) == ("", (), False)


def test_an_update_owes_its_own_hooks_and_those_still_owed_that_the_run_knows() -> None:
    owing = msgspec.structs.replace(ROW, hooks_pending=("old-hook", "forgotten"))

    row = there(life(UPDATE, dispatched(step=Step.UPDATE), applied(step=Step.UPDATE), row=owing))

    assert row.hooks_pending == ("smoke", "old-hook")


def test_an_update_known_only_to_the_plan_gets_a_row() -> None:
    row = there(life(UPDATE, dispatched(step=Step.UPDATE), applied(step=Step.UPDATE, id="", config_hash="new")))

    assert (row.provider_id, row.config_hash, row.created_by_run) == ("old-id", "new", "run-0")


def test_a_delete_takes_the_row() -> None:
    assert life(DELETE, dispatched(step=Step.DELETE), applied(step=Step.DELETE), row=ROW) is None


def test_a_replace_that_deletes_first_is_half_done_in_between() -> None:
    half = there(life(REPLACE, dispatched(step=Step.DELETE), applied(step=Step.DELETE), row=ROW))
    failed_create = there(
        life(REPLACE, dispatched(step=Step.DELETE), applied(step=Step.DELETE), dispatched(), failed(), row=ROW)
    )
    whole = there(
        life(REPLACE, dispatched(step=Step.DELETE), applied(step=Step.DELETE), dispatched(), applied(id="new"), row=ROW)
    )

    assert (half.provider_id, half.mark, half.mark_run) == ("", "half_replaced", "run-1")
    assert half == failed_create
    assert (whole.provider_id, whole.mark, whole.mark_run, whole.created_by_run) == ("new", "", "", "run-1")


def test_a_replace_that_creates_first_holds_the_new_object() -> None:
    between = there(life(REPLACE, dispatched(), applied(id="new"), row=ROW))
    after = there(
        life(REPLACE, dispatched(), applied(id="new"), dispatched(step=Step.DELETE), applied(step=Step.DELETE), row=ROW)
    )

    assert (between.provider_id, between.mark) == ("new", "")
    assert between == after


# --- doubt


def test_a_create_in_doubt_leaves_a_quarantined_place() -> None:
    row = there(life(CREATE, dispatched(), in_doubt()))

    assert (row.provider_id, row.mark, row.mark_run, row.created_by_run) == ("", "quarantined", "run-1", "")


@pytest.mark.parametrize("end", [absent(), failed()], ids=["absent", "failed"])
def test_a_create_that_proves_to_have_done_nothing_leaves_nothing(end: Event) -> None:
    assert life(CREATE, dispatched(), in_doubt(), end) is None


def test_a_create_found_after_all_is_a_row_like_any_other() -> None:
    found = there(life(CREATE, dispatched(), in_doubt(), applied(id="new")))

    assert (found.provider_id, found.mark, found.mark_run, found.created_by_run) == ("new", "", "", "run-1")


def test_text_that_says_not_found_leaves_the_question_open() -> None:
    asked = there(life(CREATE, dispatched(), absent(proven=False)))
    answered = there(life(CREATE, dispatched(), in_doubt(), absent(proven=False)))

    assert "quarantined" == asked.mark == answered.mark


@pytest.mark.parametrize(("action", "step"), [(UPDATE, Step.UPDATE), (DELETE, Step.DELETE)])
def test_doubt_about_something_that_is_there_marks_it_until_it_is_gone(action: PlanAction, step: Step) -> None:
    doubted = there(life(action, dispatched(step=step), in_doubt(step), row=ROW))
    cleared = there(life(action, dispatched(step=step), in_doubt(step), absent(step), row=ROW))

    assert (doubted.provider_id, doubted.mark) == ("old-id", "quarantined")
    assert (cleared.provider_id, cleared.mark, cleared.mark_run) == ("old-id", "", "")


def test_doubt_about_the_second_half_of_a_replace_ends_half_replaced_again() -> None:
    facts = (dispatched(step=Step.DELETE), applied(step=Step.DELETE), dispatched(), in_doubt())

    assert there(life(REPLACE, *facts, row=ROW)).mark == "quarantined"
    assert there(life(REPLACE, *facts, absent(), row=ROW)).mark == "half_replaced"


def test_a_failure_without_effect_changes_nothing() -> None:
    assert life(UPDATE, dispatched(step=Step.UPDATE), failed(Step.UPDATE), row=ROW) is ROW
    assert life(DELETE, dispatched(step=Step.DELETE), failed(Step.DELETE), row=ROW) is ROW
    assert life(CREATE, dispatched(), failed()) is None


def test_what_is_found_after_an_answered_error_is_kept_and_not_trusted() -> None:
    facts = (dispatched(), failed(effect=Existence.UNKNOWN), applied(id="new", config_hash="h"))

    row = there(life(CREATE, *facts))

    assert (row.provider_id, row.mark, row.config_hash) == ("new", "quarantined", "")


def test_an_answered_error_that_is_sent_again_counts_no_more() -> None:
    facts = (dispatched(), failed(effect=Existence.UNKNOWN), absent(), dispatched(attempt=2), applied(id="new"))

    assert (there(life(CREATE, *facts)).provider_id, there(life(CREATE, *facts)).mark) == ("new", "")


def test_an_update_found_done_after_an_answered_error_is_what_is_there() -> None:
    facts = (
        dispatched(step=Step.UPDATE),
        failed(Step.UPDATE, Existence.UNKNOWN),
        applied(step=Step.UPDATE, config={"path": "new"}, config_hash="new-hash"),
    )

    row = there(life(UPDATE, *facts, row=ROW))

    assert (row.config_hash, row.mark, row.hooks_pending) == ("new-hash", "", ("smoke", "old-hook"))


def test_a_failed_create_whose_object_is_there_is_ours_but_has_no_known_config() -> None:
    row = there(life(CREATE, dispatched(), failed(effect=Existence.EXISTS, provider_id="new")))

    assert (row.provider_id, row.config_hash, row.created_by_run, row.mark) == ("new", "", "run-1", "")


def test_a_failed_create_whose_object_has_no_known_id_waits_for_a_person() -> None:
    row = there(life(CREATE, dispatched(), failed(effect=Existence.EXISTS)))

    assert (row.provider_id, row.mark) == ("", "quarantined")


def test_a_failed_update_that_did_something_matches_no_config() -> None:
    row = there(life(UPDATE, dispatched(step=Step.UPDATE), failed(Step.UPDATE, Existence.EXISTS), row=ROW))

    assert ("old-id", "", ROW.config_doc) == (row.provider_id, row.config_hash, row.config_doc)


def test_a_doubtful_new_object_does_not_make_the_old_one_forgotten() -> None:
    failing = there(life(REPLACE, dispatched(), failed(effect=Existence.EXISTS, provider_id="new"), row=ROW))
    found = there(life(REPLACE, dispatched(), failed(effect=Existence.UNKNOWN), applied(id="new"), row=ROW))

    assert (failing.provider_id, failing.mark) == ("old-id", "quarantined")
    assert (found.provider_id, found.mark) == ("old-id", "quarantined")


# --- hooks


def test_a_hook_that_succeeded_is_owed_no_more() -> None:
    done = events.HookSucceeded(action=0, hook="smoke")

    assert there(life(CREATE, dispatched(), applied(), done)).hooks_pending == ("old-hook",)


def test_a_hook_that_had_nothing_to_do_is_owed_no_more() -> None:
    done = events.HookSucceeded(action=0, hook="smoke", ran=False)

    assert there(life(CREATE, dispatched(), applied(), done)).hooks_pending == ("old-hook",)


@pytest.mark.parametrize(
    "fact",
    [
        events.HookFailed(action=0, hook="smoke", failure=BOOM),
        events.HookSucceeded(action=0, hook="smoke", undo=True),
        events.HookStarted(action=0, hook="smoke", attempt=1, key="k"),
        events.HookSucceeded(action=0, hook="other"),
    ],
    ids=["failed", "undone", "started", "another"],
)
def test_nothing_else_pays_for_a_hook(fact: Event) -> None:
    assert there(life(CREATE, dispatched(), applied(), fact)).hooks_pending == ("smoke", "old-hook")


def test_hooks_can_be_made_up_for_without_a_call() -> None:
    action = wanted("a", Operation.UPDATE, current=OLD, hooks_only=("old-hook",))

    row = there(life(action, events.HookSucceeded(action=0, hook="old-hook"), row=ROW))

    assert msgspec.structs.replace(ROW, hooks_pending=(), run_id="run-1", seq=2, updated_at=row.updated_at) == row


# --- undo

UPDATED = (dispatched(step=Step.UPDATE), applied(step=Step.UPDATE, id="", config={"path": "new"}, config_hash="new"))
DELETED = (dispatched(step=Step.DELETE), applied(step=Step.DELETE))
BOTH = (*DELETED, dispatched(), applied(id="new"))
FORMER = msgspec.structs.replace(ROW, fingerprint="", run_id="run-1", seq=0, updated_at="")


def former(row: ResourceRow | None) -> ResourceRow:
    """The row without what tells when it was written."""
    return msgspec.structs.replace(there(row), seq=0, updated_at="")


def test_an_undo_under_way_is_a_doubt() -> None:
    started = events.CompensationStarted(action=0, undo="delete", attempt=1, key="k")

    assert there(life(CREATE, dispatched(), applied(), started)).mark == "quarantined"


def test_an_undone_create_leaves_nothing() -> None:
    assert life(CREATE, dispatched(), applied(), *undo("delete")) is None
    assert life(CREATE, dispatched(), applied(), *undo("custom")) is None


@pytest.mark.parametrize("kind", ["restore", "custom"])
def test_an_undone_update_is_as_it_was_but_for_its_fingerprint(kind: str) -> None:
    assert former(life(UPDATE, *UPDATED, *undo(kind), row=ROW)) == FORMER


def test_an_undone_update_is_what_the_undo_says_it_is() -> None:
    more = {"provider_id": "moved", "outputs": digest(b"{}"), "config": digest(b"[]"), "config_hash": "other"}

    row = there(life(UPDATE, *UPDATED, *undo("restore", **more), row=ROW))

    assert ("moved", digest(b"{}"), digest(b"[]"), "other") == (
        row.provider_id,
        row.outputs_doc,
        row.config_doc,
        row.config_hash,
    )


def test_an_undone_delete_is_there_under_its_new_id() -> None:
    row = former(life(DELETE, *DELETED, *undo("recreate", provider_id="again"), row=ROW))

    assert row == msgspec.structs.replace(FORMER, provider_id="again")


def test_a_delete_being_undone_has_a_quarantined_place() -> None:
    started, refused = undo_failed("recreate", refused=True)

    row = there(life(DELETE, *DELETED, started, row=ROW))

    assert (row.provider_id, row.mark) == ("", "quarantined")
    assert life(DELETE, *DELETED, started, refused, row=ROW) is None


def test_a_replace_is_undone_in_two_steps_and_in_doubt_between_them() -> None:
    halfway = there(life(REPLACE, *BOTH, *undo("recreate", provider_id="again"), row=ROW))
    whole = former(life(REPLACE, *BOTH, *undo("recreate", provider_id="again"), *undo("delete"), row=ROW))

    assert (halfway.provider_id, halfway.mark, halfway.config_hash) == ("again", "quarantined", "old-hash")
    assert whole == msgspec.structs.replace(FORMER, provider_id="again")


def test_half_a_replace_is_undone_by_its_half() -> None:
    deleted = former(life(REPLACE, *DELETED, dispatched(), failed(), *undo("recreate", provider_id="again"), row=ROW))
    created = former(life(REPLACE, dispatched(), applied(id="new"), *undo("delete"), row=ROW))

    assert deleted == msgspec.structs.replace(FORMER, provider_id="again")
    assert created == FORMER


def test_a_refused_undo_changes_nothing_and_a_failed_one_waits_for_a_person() -> None:
    made = (dispatched(), applied())

    refused = there(life(CREATE, *made, *undo_failed("delete", refused=True)))
    tried = there(life(CREATE, *made, *undo_failed("delete", refused=False)))
    refused_later = there(
        life(CREATE, *made, *undo_failed("delete", refused=False), *undo_failed("delete", refused=True))
    )

    assert [refused.mark, tried.mark, refused_later.mark] == ["", "quarantined", "quarantined"]


def test_a_plugin_that_took_it_back_by_itself_is_believed_when_read_agrees() -> None:
    def reported(status: int, *, confirmed: bool) -> events.FinalizeReported:
        verdict = events.FinalizeVerdict(action=0, status=status, confirmed=confirmed)
        return events.FinalizeReported(provider="files", verdicts=(verdict,))

    made = (dispatched(), applied())

    assert life(CREATE, *made, reported(4, confirmed=True)) is None
    assert former(life(UPDATE, *UPDATED, reported(4, confirmed=True), row=ROW)) == FORMER
    assert there(life(CREATE, *made, reported(4, confirmed=False))).mark == "quarantined"
    assert there(life(CREATE, *made, reported(5, confirmed=True))).mark == "quarantined"
    assert there(life(CREATE, *made, reported(1, confirmed=True))).mark == ""
    assert life(CREATE, reported(4, confirmed=True)) is None


# --- a person's answer


def test_something_a_person_says_is_there_was_not_made_by_us() -> None:
    row = there(life(CREATE, dispatched(), in_doubt(), settled("present", "seen")))

    assert (
        row.provider_id,
        row.mark,
        row.provenance,
        row.created_by_run,
        row.hooks_pending,
    ) == ("seen", "", Provenance.SETTLED, "", ("smoke", "old-hook"))


def test_something_seen_being_made_stays_ours() -> None:
    row = there(life(CREATE, dispatched(), applied(), *undo_failed("delete", refused=False), settled("present")))

    assert (row.provider_id, row.mark, row.provenance, row.created_by_run) == ("id-1", "", Provenance.CREATED, "run-1")


@pytest.mark.parametrize(("action", "step"), [(CREATE, Step.CREATE), (UPDATE, Step.UPDATE), (DELETE, Step.DELETE)])
def test_something_a_person_says_is_gone_is_gone(action: PlanAction, step: Step) -> None:
    row = None if action is CREATE else ROW

    assert life(action, dispatched(step=step), in_doubt(step), settled("absent"), row=row) is None


def test_something_put_back_by_hand_is_as_it_was() -> None:
    by_hand = (*undo_failed("restore", refused=False), settled("restored"))

    assert former(life(UPDATE, *UPDATED, *by_hand, row=ROW)) == FORMER
    assert life(CREATE, dispatched(), applied(), *by_hand) is None


def test_an_update_in_doubt_that_is_there_keeps_what_was_known() -> None:
    row = there(life(UPDATE, dispatched(step=Step.UPDATE), in_doubt(Step.UPDATE), settled("present"), row=ROW))

    assert msgspec.structs.replace(ROW, run_id="run-1", seq=row.seq, updated_at=row.updated_at) == row


# --- what is nobody's business here


def test_facts_of_the_run_alone_change_no_row() -> None:
    facts = (
        events.RunResumed(epoch=2),
        events.CancelRequested(reason="cli"),
        events.ActionIdentified(action=0, provider_id="x"),
        events.ActionNotSent(action=0, step=Step.CREATE, failure=BOOM),
        events.ProbeStarted(action=0, step=Step.CREATE, attempt=1),
        events.BackoffStarted(action=0, attempt=1, seconds=1.0),
    )

    assert life(UPDATE, *facts, row=ROW) is ROW
