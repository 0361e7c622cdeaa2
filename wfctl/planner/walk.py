"""Do one thing for many names, some at a time, each after those it needs.

Knows nothing of what is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping


async def walk(
    names: Iterable[str],
    needs: Mapping[str, Iterable[str]],
    work: Callable[[str], Awaitable[bool]],
    *,
    in_flight: int,
) -> None:
    """Await `work` for every name, at most `in_flight` at once, names first come first served.

    A name waits for those of its needs that are among the names. Where `work` answers False, whatever waits for that name
    is left out. Needs in a circle are never ready. The first exception cancels the rest and comes out of an ExceptionGroup.
    """
    waiting, dependants = _waiting(names, needs)
    ready: asyncio.Queue[str | None] = asyncio.Queue()
    for name, count in waiting.items():
        if count == 0:
            ready.put_nowait(name)
    unfinished = ready.qsize()

    async def worker() -> None:
        nonlocal unfinished
        while (name := await ready.get()) is not None:
            done = await work(name)
            for dependant in dependants.get(name, ()) if done else ():
                waiting[dependant] -= 1
                if waiting[dependant] == 0:
                    ready.put_nowait(dependant)
                    unfinished += 1
            unfinished -= 1
            if unfinished == 0:
                dismiss()

    def dismiss() -> None:
        for _ in range(in_flight):
            ready.put_nowait(None)

    if unfinished == 0:
        return
    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(worker())


def _waiting(names: Iterable[str], needs: Mapping[str, Iterable[str]]) -> tuple[dict[str, int], dict[str, list[str]]]:
    waiting = dict.fromkeys(names, 0)
    dependants: dict[str, list[str]] = {}
    for name in waiting:
        for need in needs.get(name, ()):
            if need in waiting:
                waiting[name] += 1
                dependants.setdefault(need, []).append(name)
    return waiting, dependants
