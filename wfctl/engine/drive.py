"""The one loop: record, decide, record the intents, start, wait.

It does no I/O of its own and decides nothing, so the same function runs in a terminal and inside a workflow; only how a
fact is stamped, stored and shown, and how an order is carried out, belongs to the shell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from wfctl.core.assess import assess
from wfctl.core.commands import Command, intent
from wfctl.core.decide import decide
from wfctl.core.events import Event, Recorded
from wfctl.core.outcome import RunOutcome
from wfctl.core.plan import Digest
from wfctl.core.run import RunState, evolve
from wfctl.engine.ports import Answer, Batch, SecretWrite


class Shell(Protocol):
    """What differs between executors."""

    def stamp(self, seq: int, event: Event) -> Recorded:
        """Give a fact its place and time."""
        ...

    async def append(self, batch: Batch) -> None:
        """Make a cycle durable. Raising ends the loop."""
        ...

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        """Show what is durable."""
        ...

    def start(self, command: Command) -> None:
        """Begin carrying out a command; its answer comes through `receive`."""
        ...

    async def receive(self) -> list[Answer]:
        """Every answer that is waiting, at least one."""
        ...


async def drive(state: RunState, shell: Shell, first: Sequence[Answer]) -> RunOutcome:
    """Run to the end. `first` are the facts that begin or resume the run.

    One append a cycle: the answers that waited together, and the intents they led to. Raises what `append` raises.
    """
    answers = list(first)
    while True:
        cycle = _Cycle(state, shell)
        for answer in answers:
            cycle.record(answer)
        commands = decide(state)
        for command in commands:
            cycle.note(intent(command))
        outcome = assess(state) if state.finished else None
        if cycle.records:
            await shell.append(cycle.batch(outcome))
            shell.publish(cycle.records, state)
        if outcome is not None:
            return outcome
        for command in commands:
            shell.start(command)
        answers = await shell.receive()


class _Cycle:
    """What one turn of the loop puts on record."""

    def __init__(self, state: RunState, shell: Shell) -> None:
        self._state = state
        self._shell = shell
        self.records: list[Recorded] = []
        self.documents: dict[Digest, bytes] = {}
        self.secrets: list[SecretWrite] = []

    def record(self, answer: Answer) -> None:
        """An answer and what comes with it."""
        self.note(answer.event)
        self.documents.update(answer.documents)
        self.secrets.extend(answer.secrets)

    def note(self, event: Event) -> None:
        """One fact: stamped, and folded into the state at once."""
        recorded = self._shell.stamp(self._state.seq + 1, event)
        evolve(self._state, recorded)
        self.records.append(recorded)

    def batch(self, outcome: RunOutcome | None) -> Batch:
        """The cycle as one transaction."""
        return Batch(records=self.records, documents=self.documents, secrets=self.secrets, outcome=outcome)
