"""Who comes before whom: the order of a plan, and what each action requires.

Knows names and edges only; nothing here calls itself, so a chain of any length is fine.

Two graphs are at work. On the way up an action follows the actions of what the resource depends on, as the config wants
it. On the way down it is the other way round: a resource goes when everything that, on record, uses it has gone or has
been changed to let go of it. Resources without an action are walked through in both.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence

from wfctl.core.plan import Operation

Edges = Mapping[str, Sequence[str]]


def after(seeds: Iterable[str], edges: Edges) -> list[str]:
    """Every name reachable from the seeds, each after those its edges lead to; depth first, in the order given.

    An edge that closes a circle is ignored (upstream: platform/differ.go walks the same way).
    """
    seen: set[str] = set()
    order: list[str] = []
    for seed in seeds:
        if seed in seen:
            continue
        seen.add(seed)
        path = [(seed, iter(edges.get(seed, ())))]
        while path:
            name, rest = path[-1]
            for step in rest:
                if step not in seen:
                    seen.add(step)
                    path.append((step, iter(edges.get(step, ()))))
                    break
            else:
                path.pop()
                order.append(name)
    return order


def circle(edges: Edges) -> tuple[str, ...]:
    """Names that need each other in a circle, the first repeated at the end; () when there is none."""
    place = {name: i for i, name in enumerate(after(edges, edges))}
    start = next((name for name, needs in edges.items() if any(place[need] >= place[name] for need in needs)), None)
    return _around(edges, place, start) if start is not None else ()


def _around(edges: Edges, place: Mapping[str, int], start: str) -> tuple[str, ...]:
    """The shortest way from `start` back to itself over an edge that leads backwards."""
    back = {need for need in edges[start] if place[need] >= place[start]}
    goal = min(back, key=place.__getitem__)
    came_from: dict[str, str] = {}
    frontier = deque([goal])
    while frontier and start not in came_from and goal != start:
        name = frontier.popleft()
        for step in edges.get(name, ()):
            if step not in came_from and step != goal:
                came_from[step] = name
                frontier.append(step)
    way = [start]
    while way[-1] != goal:
        way.append(came_from[way[-1]])
    return (start, *reversed(way)) if len(way) > 1 else (start, start)


def users(edges: Edges) -> dict[str, list[str]]:
    """The edges turned round."""
    turned: dict[str, list[str]] = {}
    for name, needs in edges.items():
        for need in needs:
            turned.setdefault(need, []).append(name)
    return turned


def plan_order(actions: Mapping[str, Operation], needs: Edges, recorded: Edges) -> list[str]:
    """The names of a plan's actions in plan order: dependencies first, then the deletes, dependants first.

    `actions` come in the order of the config, then of the state; `needs` are the wanted dependencies, `recorded` those
    of the state.
    """
    up = [name for name, action in actions.items() if action is not Operation.DELETE]
    down = [name for name, action in actions.items() if action is Operation.DELETE]
    raised = [name for name in after(up, needs) if actions.get(name, Operation.DELETE) is not Operation.DELETE]
    lowered = [name for name in after(down, recorded) if actions.get(name) is Operation.DELETE]
    return raised + lowered[::-1]


def requirements(
    order: Sequence[str], actions: Mapping[str, Operation], needs: Edges, recorded: Edges
) -> list[tuple[int, ...]]:
    """For each name of the order, the places of the actions that must have succeeded before it; never a circle."""
    index = {name: i for i, name in enumerate(order)}
    up = [name for name in order if actions[name] is not Operation.DELETE]
    raised = _nearest(after(up, needs), needs, index, passed=())
    going = [name for name in order if actions[name] in (Operation.DELETE, Operation.REPLACE)]
    used_by = users(recorded)
    # A resource that is created holds on to nothing yet, whatever the state remembers of an earlier one of its name.
    fresh = [name for name in up if actions[name] is Operation.CREATE]
    released = _nearest(after(going, used_by), used_by, index, passed=fresh)
    required: list[tuple[int, ...]] = []
    for i, name in enumerate(order):
        if actions[name] is Operation.DELETE:
            # Of two deletes the plan order decides, so that dependencies recorded in a circle cannot block each other.
            before = (j for j in released[name] if j < i or actions[order[j]] is not Operation.DELETE)
            required.append(tuple(before))
        else:
            required.append(raised[name])
    return _with_room_made(order, actions, required, released)


def _nearest(
    order: Sequence[str], edges: Edges, index: Mapping[str, int], *, passed: Collection[str]
) -> dict[str, tuple[int, ...]]:
    """For each name, the nearest actions its edges lead to; names without an action, and those passed, are walked through."""
    seen_from: dict[str, tuple[int, ...]] = {name: (i,) for name, i in index.items()}
    seen_from.update(dict.fromkeys(passed, ()))
    result: dict[str, tuple[int, ...]] = {}
    for name in order:
        ways = [seen_from[step] for step in edges.get(name, ()) if step != name and seen_from.get(step)]
        near = ways[0] if len(ways) == 1 else tuple(sorted({i for way in ways for i in way}))
        result[name] = near
        seen_from.setdefault(name, near)
    return result


def _with_room_made(
    order: Sequence[str],
    actions: Mapping[str, Operation],
    required: list[tuple[int, ...]],
    released: Mapping[str, tuple[int, ...]],
) -> list[tuple[int, ...]]:
    """Lets a replace wait for the deletes of what used it, as far as no delete waits for that replace.

    The old object can rarely go while something that is about to be deleted still uses it.
    """
    wishes = {
        i: [j for j in released[name] if actions[order[j]] is Operation.DELETE]
        for i, name in enumerate(order)
        if actions[name] is Operation.REPLACE
    }
    wishes = {i: wish for i, wish in wishes.items() if wish}
    if not wishes:
        return required
    place = _places(required, late=wishes)
    return [
        tuple(sorted({*needs, *(j for j in wishes.get(i, ()) if place[j] < place[i])})) if i in wishes else needs
        for i, needs in enumerate(required)
    ]


def _places(required: Sequence[tuple[int, ...]], *, late: Collection[int]) -> dict[int, int]:
    """One order that keeps the requirements, with the late ones as late as that allows."""
    missing = [len(needs) for needs in required]
    waiting: list[list[int]] = [[] for _ in required]
    for i, needs in enumerate(required):
        for need in needs:
            waiting[need].append(i)
    soon = deque(i for i, count in enumerate(missing) if count == 0 and i not in late)
    later = deque(i for i, count in enumerate(missing) if count == 0 and i in late)
    place: dict[int, int] = {}
    while soon or later:
        i = soon.popleft() if soon else later.popleft()
        place[i] = len(place)
        for dependant in waiting[i]:
            missing[dependant] -= 1
            if missing[dependant] == 0:
                (later if dependant in late else soon).append(dependant)
    return place
