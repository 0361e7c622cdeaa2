from __future__ import annotations

import msgspec
import pytest

from tests.views.stories import STORIES
from tests.views.tale import Tale, action, failure, same_as_golden
from wfctl.core import events as e
from wfctl.core.plan import Effect, Operation, Step
from wfctl.views.line import plain
from wfctl.views.rows import RunPage
from wfctl.views.run_page import MOST_ACTIONS, MOST_EVENTS, run_page


def page(tale: Tale, *, full: bool = False) -> str:
    outcome = tale.end()
    found = RunPage(run=tale.facts(outcome), outcome=outcome, records=tale.records, full_record=full)
    return "".join(f"{plain(row)}\n" for row in run_page(found))


@pytest.mark.parametrize("name", STORIES)
def test_a_run_looked_back_at(name: str) -> None:
    same_as_golden(f"{name}.show.txt", page(STORIES[name]()))


def test_the_full_record_has_every_event() -> None:
    tale = STORIES["doubtful"]()
    rows = page(tale, full=True).splitlines()
    numbers = {int(row.split()[1]) for row in rows if row.strip().startswith("+")}
    assert numbers == {recorded.seq for recorded in tale.records}
    same_as_golden("doubtful.full.txt", "".join(f"{row}\n" for row in rows))


def test_the_story_is_told_in_the_words_of_the_live_view() -> None:
    live = (line for line in page(STORIES["compensated"]()).splitlines())
    assert any("local.file.index: Undone (restore) after 0s, verified: read" in line for line in live)


def big(count: int, *, failing: bool) -> Tale:
    tale = Tale(tuple(action(index, Operation.CREATE, "local.file", f"f{index}") for index in range(count)))
    for index in range(count):
        tale.tell(e.ActionDispatched(action=index, step=Step.CREATE, attempt=1, key="k"))
        if failing and index == count - 1:
            tale.tell(e.ActionFailed(action=index, step=Step.CREATE, failure=failure("denied", "no")))
        else:
            tale.tell(e.ActionApplied(action=index, step=Step.CREATE, effect=Effect.CREATED, provider_id="i"))
    return tale


def test_of_a_big_run_what_failed_is_shown_and_the_rest_counted() -> None:
    rows = page(big(500, failing=True)).splitlines()
    assert any("local.file.f499" in row and "ERROR 2" in row for row in rows)
    assert "… and 499 more actions; --events lists all" in rows
    assert any(f"… {2 * 500 - MOST_EVENTS} lines left out" in row for row in rows)


def test_of_a_big_run_that_went_well_the_first_are_shown() -> None:
    rows = page(big(500, failing=False)).splitlines()
    assert sum("SUCCESS 1" in row for row in rows) == MOST_ACTIONS
    assert sum("SUCCESS 1" in row for row in page(big(500, failing=False), full=True).splitlines()) == 500


def test_a_run_without_a_record_is_shown_as_far_as_it_is_known() -> None:
    tale = STORIES["succeeded"]()
    outcome = tale.end()
    run = msgspec.structs.replace(tale.run, finished_at=0.0, owner="", engine="temporal", resumed=True, epoch=3)
    rows = [plain(row) for row in run_page(RunPage(run=run, outcome=outcome))]
    assert "No events." in rows
    assert rows[0] == "Run r-7k3q  apply  shop/staging  running  2026-11-21 09:14:02Z, –"
    assert rows[1].startswith("engine temporal · plan plan-176364 · on failure: continue · resumed, epoch 3")


def test_a_pruned_run_shows_what_is_left_of_it() -> None:
    tale = STORIES["compensated"]()
    outcome = tale.end()
    facts = msgspec.structs.replace(tale.facts(outcome), pruned=True)
    told = "\n".join(plain(row) for row in run_page(RunPage(run=facts, outcome=outcome)))
    assert "Its events were pruned." in told
    assert "COMPENSATED 4" in told
    assert "--events" not in told
