"""Who goes next: the clever queues against a plain list that is sorted every time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfctl.core.lanes import Lanes

Lane = tuple[str, str]
BOTH = (0, 1)


class Plain:
    """The same promises, kept by looking at everything."""

    def __init__(
        self, lane_of: list[Lane], parallelism: int, providers: dict[str, int], lanes: dict[Lane, int]
    ) -> None:
        self.lane_of, self.parallelism, self.providers, self.lanes = lane_of, parallelism, providers, lanes
        self.waiting: dict[int, tuple[int, int, int]] = {}
        self.flying: set[int] = set()

    def peek(self, kinds: tuple[int, ...]) -> list[int]:
        chosen: list[int] = []
        for rank in sorted(self.waiting.values()):
            if rank[0] in kinds and self._room(chosen, self.lane_of[rank[2]]):
                chosen.append(rank[2])
        return chosen

    def _room(self, chosen: list[int], lane: Lane) -> bool:
        busy = [self.lane_of[index] for index in [*self.flying, *chosen]]
        in_provider = sum(other[0] == lane[0] for other in busy)
        return (
            len(busy) < self.parallelism
            and in_provider < self.providers.get(lane[0], 1)
            and busy.count(lane) < self.lanes.get(lane, len(busy) + 1)
        )


@st.composite
def moves(draw: st.DrawFn) -> tuple[Lanes, Plain, list[tuple[str, int, int, int]]]:
    """Limits, and what happens to up to ten calls in three providers, two of whose types are limited too."""
    every = [(provider, kind) for provider in ("p", "q", "r") for kind in ("", "narrow")]
    lane_of = draw(st.lists(st.sampled_from(every), min_size=1, max_size=10))
    parallelism = draw(st.integers(1, 6))
    providers = draw(st.dictionaries(st.sampled_from("pq"), st.integers(1, 4)))
    narrow = [lane for lane in every if lane[1]]
    limits = draw(st.dictionaries(st.sampled_from(narrow), st.integers(1, 2)))
    move = st.tuples(
        st.sampled_from(["push", "push", "push", "drop", "send", "send", "land"]),
        st.integers(0, len(lane_of) - 1),
        st.integers(0, 1),
        st.integers(-3, 3),
    )
    steps = draw(st.lists(move, max_size=40))
    return Lanes(lane_of, parallelism, providers, limits), Plain(lane_of, parallelism, providers, limits), steps


def make(move: tuple[str, int, int, int], lanes: Lanes, plain: Plain) -> None:
    """Do the same to both; what cannot be done is left out."""
    what, index, kind, order = move
    waits, flies = index in plain.waiting, index in plain.flying
    match what:
        case "push" if not waits and not flies:
            lanes.push(index, kind, order)
            plain.waiting[index] = (kind, order, index)
        case "drop" if waits:
            lanes.drop(index)
            del plain.waiting[index]
        case "send" if plain.peek(BOTH):
            chosen = plain.peek(BOTH)[0]
            lanes.drop(chosen)
            lanes.take(chosen)
            del plain.waiting[chosen]
            plain.flying.add(chosen)
        case "land" if flies:
            lanes.give_back(index)
            plain.flying.remove(index)


@given(moves())
def test_the_clever_queues_choose_as_a_plain_list_would(
    world: tuple[Lanes, Plain, list[tuple[str, int, int, int]]],
) -> None:
    lanes, plain, steps = world
    for step in steps:
        make(step, lanes, plain)
        for kinds in ((0,), BOTH):
            assert lanes.peek(kinds) == plain.peek(kinds)
    assert lanes.slots == len(plain.flying)


@given(moves())
def test_asking_changes_nothing_and_a_copy_goes_its_own_way(
    world: tuple[Lanes, Plain, list[tuple[str, int, int, int]]],
) -> None:
    lanes, plain, steps = world
    half = len(steps) // 2
    for step in steps[:half]:
        make(step, lanes, plain)
    expected = plain.peek(BOTH)
    copy = lanes.fork()
    for step in steps[half:]:
        make(step, lanes, plain)

    assert copy.peek(BOTH) == copy.peek(BOTH) == expected
    assert lanes.peek(BOTH) == plain.peek(BOTH)


def test_undo_goes_before_what_is_new() -> None:
    lanes = Lanes([("p", "")] * 3, 10, {"p": 10}, {})
    lanes.push(0, 1, 0)
    lanes.push(1, 0, 0)
    lanes.push(2, 0, -1)

    assert lanes.peek(BOTH) == [2, 1, 0]
    assert lanes.peek((0,)) == [2, 1]


def test_a_full_provider_does_not_hold_up_another() -> None:
    lanes = Lanes([("p", ""), ("p", ""), ("q", "")], 10, {"p": 1, "q": 1}, {})
    for index in range(3):
        lanes.push(index, 1, 0)

    assert lanes.peek(BOTH) == [0, 2]


def test_a_full_type_does_not_hold_up_its_provider() -> None:
    lanes = Lanes([("p", "narrow"), ("p", "narrow"), ("p", "")], 10, {"p": 3}, {("p", "narrow"): 1})
    for index in range(3):
        lanes.push(index, 1, 0)

    assert lanes.peek(BOTH) == [0, 2]


def test_what_was_dropped_may_come_back_with_another_rank() -> None:
    lanes = Lanes([("p", "")] * 2, 10, {"p": 10}, {})
    lanes.push(0, 1, 0)
    lanes.push(1, 1, 0)
    lanes.drop(1)
    lanes.push(1, 1, -1)

    assert lanes.peek(BOTH) == [1, 0]


def test_a_provider_of_which_nothing_is_known_gets_one_call_at_a_time() -> None:
    lanes = Lanes([("p", "")] * 2, 10, {}, {})
    lanes.push(0, 1, 0)
    lanes.push(1, 1, 0)
    first = lanes.peek(BOTH)
    lanes.drop(0)
    lanes.take(0)

    assert (first, lanes.peek(BOTH)) == ([0], [])


@pytest.mark.parametrize("flying", [2, 3])
def test_a_full_run_sends_nothing(flying: int) -> None:
    lanes = Lanes([("p", "")] * 4, 2, {"p": 10}, {})
    for index in range(flying):
        lanes.take(index)
    lanes.push(3, 1, 0)

    assert lanes.peek(BOTH) == []


def test_asking_looks_at_few_however_many_wait() -> None:
    count = 20_000
    lanes = Lanes([("p", "")] * count, 2, {"p": 10}, {})
    for index in range(count):
        lanes.push(index, 1, 0)
    looked_at = 0

    def valid(entry: object) -> bool:
        nonlocal looked_at
        looked_at += 1
        return True

    counted = CountingLanes(lanes, valid)
    assert counted.peek(BOTH) == [0, 1]
    assert looked_at < 10


class CountingLanes(Lanes):
    """Lanes that tell which of their entries were looked at."""

    __slots__ = ("_seen",)

    def __init__(self, lanes: Lanes, seen: object) -> None:
        super().__init__(lanes.lane_of, lanes.parallelism, lanes.provider_limits, lanes.lane_limits)
        self._heaps = lanes._heaps
        self._tickets = lanes._tickets
        self._seen = seen

    def _valid(self, entry: tuple[tuple[int, int, int], int]) -> bool:
        self._seen(entry)  # type: ignore[operator]
        return super()._valid(entry)
