from __future__ import annotations

import pytest

from wfctl.core.outcome import ActionStatus
from wfctl.core.plan import Operation
from wfctl.views import wording


@pytest.mark.parametrize(("count", "text"), [(0, "0 actions"), (1, "1 action"), (2000, "2,000 actions")])
def test_numbers(count: int, text: str) -> None:
    assert wording.plural(count, "action") == text


@pytest.mark.parametrize(
    ("operation", "text"),
    [("apply", "Apply"), ("destroy", "Destroy"), ("rollback", "Rollback"), ("", "Apply"), ("x", "X")],
)
def test_verbs(operation: str, text: str) -> None:
    assert wording.verb(operation) == text


def test_everything_has_a_word() -> None:
    for table in (wording.DOING, wording.STILL, wording.NOUN, wording.SYMBOL):
        assert set(table) == set(Operation)
    assert set(wording.STATUS) == set(ActionStatus)
    assert set(wording.LEGEND) == {*wording.SYMBOL.values(), wording.CREATE_FIRST}
