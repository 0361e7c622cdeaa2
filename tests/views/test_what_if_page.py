from __future__ import annotations

from tests.core.playbook import create
from tests.views.imagined import CALM, SHOP, page
from tests.views.tale import same_as_golden
from wfctl.core.mishap import Mishap, MishapKind
from wfctl.core.plan import OnFailure
from wfctl.views.line import plain
from wfctl.views.what_if_page import MOST_SHOWN, WhatIfPage, left_text, mishap_text, what_if_lines


def text(page: WhatIfPage) -> str:
    return "".join(f"{plain(row)}\n" for row in what_if_lines(page))


def test_failures_that_leave_something_are_listed_the_worst_first() -> None:
    same_as_golden("what-if.txt", text(SHOP))


def test_a_plan_that_leaves_nothing_says_so_in_two_lines() -> None:
    assert text(CALM).splitlines() == [
        "What if: 6 single failures played (on failure: continue, on cancel: stop, parallelism 4); 0 leave something behind.",
        "They leave nothing behind that is not on record: exit 0 (4 times), exit 3 (2 times).",
    ]


def test_of_nothing_nothing_can_go_wrong() -> None:
    assert text(WhatIfPage()) == "What if: nothing would be done, so nothing can go wrong.\n"


def test_only_so_many_are_listed() -> None:
    many = page(*(create(f"r{index}", type="local.password") for index in range(30)), on_failure=OnFailure.COMPENSATE)
    rows = text(many).splitlines()
    at = rows.index(next(row for row in rows if row.startswith("…")))
    assert rows[at] == f"… and {len(many.leaving) - MOST_SHOWN} more failures; --json has all"
    assert " more" in left_text(many, many.leaving[0])


def test_an_own_undo_that_fails_says_after_what() -> None:
    failed = Mishap(kind=MishapKind.HOOK_FAILED, action=3, hook="smoke")
    undo = Mishap(kind=MishapKind.UNDO_FAILED, action=3, hook="smoke", after=failed)
    assert mishap_text(SHOP, undo) == "t.web: undo (hook smoke) fails after hook smoke fails"
