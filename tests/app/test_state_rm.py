"""What is forgotten together with a resource, and who is asked."""

from __future__ import annotations

import pytest

from wfctl.app.state_file import HeldResource
from wfctl.app.state_rm import dependants, expect_yes, without
from wfctl.errors import Kind, WfctlError

NET = HeldResource(name="net", type="t")
DB = HeldResource(name="db", type="t", dependencies=("net",))
APP = HeldResource(name="app", type="t", dependencies=("db", "net"))
HELD = {one.name: one for one in (NET, DB, APP)}


def test_what_stays_does_not_depend_on_what_is_forgotten() -> None:
    after = without(HELD, ["net"])

    assert list(after) == ["db", "app"]
    assert [one.dependencies for one in after.values()] == [(), ("db",)]


def test_those_that_stay_are_named() -> None:
    assert dependants(HELD, ["net"]) == [
        "t.db depends on net: this dependency is forgotten too.",
        "t.app depends on net: this dependency is forgotten too.",
    ]
    assert dependants(HELD, ["net", "db", "app"]) == []


@pytest.mark.parametrize(("answer", "code"), [(None, "NOBODY_TO_ASK"), (False, "DECLINED")])
def test_only_a_yes_is_a_yes(answer: bool | None, code: str) -> None:
    asked: list[str] = []

    def ask(question: str) -> bool:
        asked.append(question)
        return bool(answer)

    with pytest.raises(WfctlError) as caught:
        expect_yes(None if answer is None else ask, "Really?")

    assert (caught.value.kind, caught.value.code) == (Kind.DECLINED, code)
    assert asked == ([] if answer is None else ["Really?"])
    expect_yes(lambda _: True, "Really?")
