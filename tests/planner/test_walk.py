from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest

from wfctl.planner.walk import walk


def walked(
    names: list[str],
    needs: Mapping[str, list[str]],
    work: Callable[[str], Awaitable[bool]],
    in_flight: int = 8,
) -> None:
    asyncio.run(asyncio.wait_for(walk(names, needs, work, in_flight=in_flight), 60))


class Diary:
    """Notes who began and who ended, and lets the others run in between."""

    def __init__(self, *refusing: str) -> None:
        self.lines: list[str] = []
        self.now = 0
        self.most = 0
        self.refusing = refusing

    async def work(self, name: str) -> bool:
        self.now += 1
        self.most = max(self.most, self.now)
        self.lines.append(f"+{name}")
        for _ in range(3):
            await asyncio.sleep(0)
        self.lines.append(f"-{name}")
        self.now -= 1
        return name not in self.refusing


def test_every_name_once_and_no_more_at_once_than_allowed() -> None:
    diary = Diary()
    names = [f"n{i}" for i in range(50)]
    walked(names, {}, diary.work, in_flight=4)
    assert sorted(diary.lines) == sorted([f"+{n}" for n in names] + [f"-{n}" for n in names])
    assert diary.most == 4
    assert diary.lines[:4] == ["+n0", "+n1", "+n2", "+n3"]


def test_a_name_waits_for_what_it_needs() -> None:
    diary = Diary()
    walked(["c", "b", "a", "d"], {"c": ["b", "unknown"], "b": ["a", "a"], "d": []}, diary.work)
    assert diary.lines.index("-a") < diary.lines.index("+b") < diary.lines.index("-b") < diary.lines.index("+c")


def test_what_waits_for_a_refusal_is_left_out_and_the_rest_is_not() -> None:
    diary = Diary("a")
    walked(["a", "b", "c", "x"], {"b": ["a"], "c": ["b"]}, diary.work)
    assert diary.lines == ["+a", "+x", "-a", "-x"]


def test_nothing_to_do() -> None:
    walked([], {}, Diary().work)
    walked(["a", "b"], {"a": ["b"], "b": ["a"]}, Diary().work)


def test_a_chain_and_a_star_of_many_thousands() -> None:
    diary = Diary()
    names = [f"n{i}" for i in range(20_000)]
    walked(names[:10_000], {f"n{i}": [f"n{i - 1}"] for i in range(1, 10_000)}, diary.work)
    walked(names[10_000:], {name: ["n10000"] for name in names[10_001:]}, diary.work)
    assert len(diary.lines) == 40_000


def test_an_exception_stops_the_rest() -> None:
    async def fails(name: str) -> bool:
        raise ValueError(name)

    with pytest.raises(ExceptionGroup):
        walked(["a", "b"], {}, fails, in_flight=1)
