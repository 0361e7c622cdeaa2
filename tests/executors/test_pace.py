from __future__ import annotations

import pytest

from wfctl.executors.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_calls_of_one_provider_are_spread_evenly() -> None:
    pace = Pace({"cloud": 4.0}, Clock())

    assert [pace.wait("cloud") for _ in range(4)] == [0.0, 0.25, 0.5, 0.75]


def test_a_place_that_was_not_used_is_not_saved_up() -> None:
    clock = Clock()
    pace = Pace({"cloud": 4.0}, clock)
    pace.wait("cloud")
    clock.now += 10

    assert [pace.wait("cloud"), pace.wait("cloud")] == [0.0, 0.25]


def test_providers_do_not_slow_each_other_down() -> None:
    pace = Pace({"cloud": 1.0}, Clock())
    pace.wait("cloud")

    assert pace.wait("other") == 0.0


@pytest.mark.parametrize("rate", [0.0, -1.0])
def test_no_rate_is_no_limit(rate: float) -> None:
    pace = Pace({"cloud": rate}, Clock())

    assert [pace.wait("cloud") for _ in range(3)] == [0.0, 0.0, 0.0]
