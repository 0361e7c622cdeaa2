"""Who is sent next: ready calls in order, within the limits of the run, of each provider and of each resource type.

Knows nothing of what is sent. `peek` looks at heads only and pops nothing, so asking is cheap however long the queues are.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

Rank = tuple[int, int, int]
"""Sort key of a waiting call: kind (0 undo, 1 dispatch), tie-break within the kind, plan index."""

_Entry = tuple[Rank, int]


class Lanes:
    """Priority queues, one for each (provider, limited type), and the counts of what is in flight in each.

    `parallelism` limits the whole run, `provider_limits` each provider (one that is not named gets one), `lane_limits` single
    lanes; all in calls at a time.
    """

    __slots__ = (
        "_busy",
        "_heaps",
        "_lane_busy",
        "_pushes",
        "_tickets",
        "lane_limits",
        "lane_of",
        "parallelism",
        "provider_limits",
        "slots",
    )

    def __init__(
        self,
        lane_of: list[tuple[str, str]],
        parallelism: int,
        provider_limits: dict[str, int],
        lane_limits: dict[tuple[str, str], int],
    ) -> None:
        self.lane_of = lane_of
        self.parallelism = parallelism
        self.provider_limits = provider_limits
        self.lane_limits = lane_limits
        self.slots = 0
        self._busy: dict[str, int] = dict.fromkeys(provider_limits, 0)
        self._heaps: dict[tuple[str, str], list[_Entry]] = {lane: [] for lane in dict.fromkeys(lane_of)}
        self._lane_busy: dict[tuple[str, str], int] = dict.fromkeys(self._heaps, 0)
        self._tickets: list[int] = [0] * len(lane_of)
        self._pushes = 0

    def fork(self) -> Lanes:
        """An independent copy."""
        copy = Lanes(self.lane_of, self.parallelism, self.provider_limits, self.lane_limits)
        copy.slots = self.slots
        copy._busy = dict(self._busy)
        copy._heaps = {lane: list(heap) for lane, heap in self._heaps.items()}
        copy._lane_busy = dict(self._lane_busy)
        copy._tickets = list(self._tickets)
        copy._pushes = self._pushes
        return copy

    def push(self, index: int, kind: int, order: int) -> None:
        """Queue a call."""
        self._pushes += 1
        self._tickets[index] = self._pushes
        heapq.heappush(self._heaps[self.lane_of[index]], ((kind, order, index), self._pushes))

    def drop(self, index: int) -> None:
        """Take a call out of its queue."""
        self._tickets[index] = 0
        heap = self._heaps[self.lane_of[index]]
        while heap and not self._valid(heap[0]):
            heapq.heappop(heap)

    def take(self, index: int) -> None:
        """A call went into flight."""
        lane = self.lane_of[index]
        self.slots += 1
        self._busy[lane[0]] = self._busy.get(lane[0], 0) + 1
        self._lane_busy[lane] += 1

    def give_back(self, index: int) -> None:
        """A call is no longer in flight."""
        lane = self.lane_of[index]
        self.slots -= 1
        self._busy[lane[0]] -= 1
        self._lane_busy[lane] -= 1

    def peek(self, kinds: tuple[int, ...]) -> list[int]:
        """The plan indices that may be sent now, best first. `kinds` are the wanted ones, from the first kind on."""
        free = self.parallelism - self.slots
        if free <= 0:
            return []
        room = {lane[0]: self.provider_limits.get(lane[0], 1) - self._busy.get(lane[0], 0) for lane in self._heaps}
        heads: list[tuple[Rank, int, Iterator[Rank]]] = []
        lanes = list(self._heaps)
        for number, lane in enumerate(lanes):
            if self._heaps[lane]:
                _advance(heads, number, self._ordered(self._heaps[lane]))
        chosen: list[int] = []
        taken = dict.fromkeys(range(len(lanes)), 0)
        while heads and len(chosen) < free:
            rank, number, rest = heapq.heappop(heads)
            lane = lanes[number]
            limit = self.lane_limits.get(lane, free)
            in_lane = self._lane_busy[lane] if lane in self.lane_limits else 0
            if rank[0] not in kinds or room[lane[0]] <= 0 or in_lane + taken[number] >= limit:
                continue
            chosen.append(rank[2])
            taken[number] += 1
            room[lane[0]] -= 1
            _advance(heads, number, rest)
        return chosen

    def _valid(self, entry: _Entry) -> bool:
        return self._tickets[entry[0][2]] == entry[1]

    def _ordered(self, heap: list[_Entry]) -> Iterator[Rank]:
        """The valid entries of a heap in order, lazily: the cost is that of the entries looked at."""
        frontier = [(heap[0], 0)]
        while frontier:
            entry, at = heapq.heappop(frontier)
            if self._valid(entry):
                yield entry[0]
            for child in (2 * at + 1, 2 * at + 2):
                if child < len(heap):
                    heapq.heappush(frontier, (heap[child], child))


def _advance(heads: list[tuple[Rank, int, Iterator[Rank]]], number: int, rest: Iterator[Rank]) -> None:
    rank = next(rest, None)
    if rank is not None:
        heapq.heappush(heads, (rank, number, rest))
