"""Ledger files for the tests that look inside: made, damaged, and read again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.ledger.makers import (
    Clock,
    append,
    applied,
    batch,
    begun,
    claim,
    dispatched,
    ended,
    finished,
    plan_of,
    vault,
    wanted,
)
from wfctl.core.events import Recorded
from wfctl.core.outcome import ActionStatus
from wfctl.core.plan import Document, Plan, RunId
from wfctl.ledger.lease import Claim
from wfctl.ledger.sqlite import SqliteStore, open_ledger
from wfctl.ledger.store import WorkspaceState

RUN = RunId("run-1")
COUNT = 31
"""Actions of the ledger that is damaged: with their intents, answers, beginning and end that is 64 events."""


@contextmanager
def opened(path: Path, clock: Clock | None = None, by: Claim | None = None) -> Iterator[SqliteStore]:
    """The ledger at a path, made if need be, closed at the end."""
    store = open_ledger(path, by or claim(clock or Clock()), vault(path.parent), create=True)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """The file behind the ledger's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def config_of(n: int) -> Document:
    return {"path": f"/srv/{n}", "text": "x" * n}


def outputs_of(n: int) -> Document:
    return {"size": n}


def make_full(path: Path) -> None:
    """A ledger with one run that is over: 64 events and 31 resources, all in one file."""
    plan: Plan = plan_of(*(wanted(f"r{n:02}", config=config_of(n)) for n in range(COUNT)))
    with opened(path) as store:
        writer = store.create_run(plan, batch(begun(plan)))
        for n in range(COUNT):
            answer = applied(n, id=f"id-{n}", config=config_of(n), outputs=outputs_of(n), config_hash=f"hash-{n}")
            append(writer, batch(dispatched(n), answer, after=1 + 2 * n, documents=[config_of(n), outputs_of(n)]))
        outcome = ended(*[ActionStatus.SUCCESS] * COUNT)
        append(writer, batch(finished(), after=1 + 2 * COUNT, outcome=outcome))


def read_everything(path: Path) -> tuple[list[Recorded], WorkspaceState, Plan]:
    """All that must be as it was written."""
    with opened(path) as store:
        return list(store.events(RUN)), store.state("default"), store.plan(RUN)
