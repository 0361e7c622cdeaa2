from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.views.stories import STORIES
from wfctl.core.assess import assess
from wfctl.core.events import Recorded
from wfctl.core.run import RunState
from wfctl.views.replay import replay


class Watcher:
    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        self.seen += [(recorded.seq, state.seq) for recorded in records]


@pytest.mark.parametrize("name", STORIES)
def test_each_event_is_seen_with_the_state_of_its_moment(name: str) -> None:
    tale = STORIES[name]()
    outcome = tale.end()
    watcher = Watcher()
    state = replay(tale.records, watcher)
    assert watcher.seen == [(seq, seq) for seq in range(1, len(tale.records) + 1)]
    assert assess(state) == outcome
