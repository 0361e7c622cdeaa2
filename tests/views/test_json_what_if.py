from __future__ import annotations

import json

import msgspec

from tests.views.imagined import CALM, SHOP
from wfctl.views.json_what_if import messages
from wfctl.views.what_if_page import WhatIfPage


def told(page: WhatIfPage) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(msgspec.json.encode([message.payload for message in messages(page)]))
    return found


def test_every_failure_has_its_message_and_the_numbers_come_last() -> None:
    found = [message.type for message in messages(SHOP)]
    assert found == ["what_if"] * len(SHOP.scenarios) + ["what_if_summary"]
    assert told(SHOP)[-1] == {
        "played": len(SHOP.scenarios),
        "leaving": len(SHOP.leaving),
        "worst": SHOP.scenarios[0].left_behind,
        "exit_codes": told(SHOP)[-1]["exit_codes"],
        "on_failure": "compensate",
        "on_cancel": "stop",
        "parallelism": 4,
    }


def test_the_worst_comes_first_with_what_it_leaves() -> None:
    first = told(SHOP)[0]
    assert first["left_behind"] == len(first["left"]) == 3  # type: ignore[arg-type]
    assert first["left"][0] == {  # type: ignore[index]
        "plan_index": 1,
        "addr": "local.password.admin",
        "remnant": "in_doubt",
        "code": "lost",
    }


def test_a_failed_undo_says_what_led_to_it() -> None:
    failures = [one["failure"] for one in told(SHOP)[:-1]]
    undo = next(one for one in failures if one["kind"] == "undo_failed" and one["plan_index"] == 3)  # type: ignore[index]
    assert (undo["undo"], undo["step"], undo["hook"]) == ("delete", None, None)  # type: ignore[index]
    assert undo["after"]["hook"] == "smoke"  # type: ignore[index]


def test_what_leaves_nothing_is_no_warning() -> None:
    assert {message.level for message in messages(CALM)} == {"info"}
    assert next(messages(SHOP)).level == "warn"


def test_nothing_played_is_a_summary_alone() -> None:
    assert [message.payload["played"] for message in messages(WhatIfPage())] == [0]
