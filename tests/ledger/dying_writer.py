"""A program that writes a run and is killed at its k-th statement, for k = 1, 2, … until it survives.

usage: dying_writer.py DIRECTORY. For each k a ledger is left in DIRECTORY/K, and a line `K ACKNOWLEDGED` is printed: the
sequence number of the last event that the writer was told is durable. Each writer is a process of its own and dies of
SIGKILL, sent by itself from SQLite's statement trace: no destructor, no rollback, no flush.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from pathlib import Path

from tests.ledger.files import config_of, opened, outputs_of
from tests.ledger.makers import applied, batch, begun, dispatched, ended, finished, plan_of, wanted
from wfctl.core.outcome import ActionStatus
from wfctl.engine.ports import Batch, SecretWrite
from wfctl.ledger.sqlite import SqliteStore

COUNT = 3
PLAN = plan_of(*(wanted(f"r{n:02}", config=config_of(n)) for n in range(COUNT)))


def batches() -> list[Batch]:
    """What the writer appends after the beginning: intents and answers together, a secret among them, and the end."""
    found = []
    for n in range(COUNT):
        answer = applied(n, id=f"id-{n}", config=config_of(n), outputs=outputs_of(n), config_hash=f"hash-{n}")
        secret = SecretWrite(name=f"secret{n}", resource=f"r{n:02}", value=f"value-{n}")
        documents = [config_of(n), outputs_of(n)]
        found.append(batch(dispatched(n), answer, after=1 + 2 * n, documents=documents, secrets=[secret]))
    outcome = ended(*[ActionStatus.SUCCESS] * COUNT)
    return [*found, batch(finished(), after=1 + 2 * COUNT, outcome=outcome)]


def write_and_die(store: SqliteStore, k: int, told: int) -> None:
    """Write everything; die before the k-th statement after the beginning."""
    writer = store.create_run(PLAN, batch(begun(PLAN)))
    os.write(told, bytes([writer.seq]))
    left = itertools.count(k, -1)

    def trace(_statement: str) -> None:
        if next(left) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    writer._connection.set_trace_callback(trace)

    async def one_by_one() -> None:
        for each in batches():
            await writer.append(each)
            os.write(told, bytes([writer.seq]))

    asyncio.run(one_by_one())
    writer._connection.set_trace_callback(None)


def one_life(path: Path, k: int) -> tuple[int, bool]:
    """One writer in a process of its own. Returns the last event it was told is durable, and whether it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with opened(path) as store:
            write_and_die(store, k, writing)
        os._exit(0)
    os.close(writing)
    told = b""
    while more := os.read(reading, 64):
        told += more
    os.close(reading)
    _, status = os.waitpid(child, 0)
    return told[-1] if told else 0, os.WIFSIGNALED(status)


def main(directory: Path) -> None:
    """Every k until the writer survives; then one more line, `survived K`."""
    for k in itertools.count(1):
        acknowledged, killed = one_life(directory / str(k) / "ledger.db", k)
        if not killed:
            sys.stdout.write(f"survived {k}\n")
            return
        sys.stdout.write(f"{k} {acknowledged}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
