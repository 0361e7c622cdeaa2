from __future__ import annotations

from tests.views.imagined import CALM, SHOP
from tests.views.stories import STORIES
from tests.views.tale import Tale, action, failure
from wfctl.core import events as e
from wfctl.core.outcome import ActionStatus
from wfctl.core.plan import Operation, Step
from wfctl.views.exit_codes import meaning
from wfctl.views.step_summary import MOST_ROWS, run_summary, text, what_if_summary


def test_markup_of_strangers_is_plain_text() -> None:
    assert text("a|b `c` <d> [e](f) *g*\nh") == (
        "a&#124;b &#96;c&#96; &#60;d&#62; &#91;e&#93;&#40;f&#41; &#42;g&#42; h"
    )


def test_it_explains_the_exit_code_and_says_what_next() -> None:
    tale = STORIES["compensated"]()
    outcome = tale.end()
    page = run_summary(outcome, tale.facts(outcome))
    assert f"Exit **4**: {meaning(4)}." in page
    assert "Next: <code>wfctl apply</code>" in page


def test_both_errors_are_told_the_original_first() -> None:
    tale = STORIES["needs-person"]()
    outcome = tale.end()
    row = next(row for row in run_summary(outcome, tale.run).splitlines() if row.startswith("| 2 "))
    assert row.index("exit status 22") < row.index("then the undo: ") < row.index("changed&#95;since")


def test_of_a_big_run_what_failed_is_kept() -> None:
    tale = Tale(tuple(action(index, Operation.CREATE, "local.file", f"f{index}") for index in range(500)))
    for index in range(500):
        tale.tell(e.ActionDispatched(action=index, step=Step.CREATE, attempt=1, key="k"))
        if index == 499:
            tale.tell(e.ActionFailed(action=index, step=Step.CREATE, failure=failure("denied", "no")))
        else:
            from wfctl.core.plan import Effect

            tale.tell(e.ActionApplied(action=index, step=Step.CREATE, effect=Effect.CREATED, provider_id="i"))
    outcome = tale.end()
    assert outcome.actions[-1].status is ActionStatus.ERROR
    rows = run_summary(outcome, tale.run).splitlines()
    assert sum(row.startswith("| ") and row[2].isdigit() for row in rows) == MOST_ROWS
    assert any(row.startswith("| 500 |") for row in rows)
    assert "… and 300 more actions" in rows


def test_single_failures_stand_in_a_table_the_worst_first() -> None:
    rows = what_if_summary(SHOP).splitlines()
    assert rows[0].startswith("### What if: ")
    assert rows[2] == "| Left | Exit | Single failure | What would be left |"
    assert len([row for row in rows if row.startswith("| ")]) == 1 + len(SHOP.leaving)
    assert "|" not in what_if_summary(CALM)
