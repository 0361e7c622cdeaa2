"""Plays one cell: with the real engine, a real ledger and a real plugin process, which many cells share.

Each cell has a workspace and names of its own, and its own scripts. Whoever is on the stage besides (somebody who changes things,
Ctrl-C) comes at the very moment when a fact has become durable, so nothing depends on time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

import msgspec
from wfctl_plugin_scripted.world import Thing, World

from tests.crash.world import check_record
from tests.matrix.cells import MAKES, TWO_CALLS, Cell, Guard, Mode, Op, Sent, Then, Undo
from tests.matrix.model import BYSTANDER, DEPENDANT, DRIFT, FOLLOWER, GUEST, HALF, NEW, OLD, SUBJECT
from wfctl.app import compose, project, settings
from wfctl.app.compose import Record, Workshop
from wfctl.app.driving import Course, drive
from wfctl.app.mapping import run_started
from wfctl.app.orders import PlanOrder, RunOrder, Where
from wfctl.app.planning import planned
from wfctl.app.redaction import Redactor
from wfctl.app.settings import Settings
from wfctl.core.events import ActionApplied, CancelRequested, Recorded
from wfctl.core.outcome import ActionOutcome, RunOutcome
from wfctl.core.plan import Retries, RunId
from wfctl.core.run import RunState, fold
from wfctl.engine.ports import Batch
from wfctl.plugin_host.pool import DriverPool
from wfctl.views.line import Line
from wfctl.views.quiet import Quiet

PROVIDER = "stage"
EVER = 20
"""Turns that are as good as for ever: more than an undo is tried."""

# How an answer is lost without a doubt that the plugin lives, which would take a moment to settle.
_LOST = {"do": "lost", "status": "deadline_exceeded"}
_LOST_BEFORE = {"do": "lost_before", "status": "deadline_exceeded"}
ATTEMPTS = 2
"""How often an undo is tried here."""

_TWICE = Retries(max_attempts=ATTEMPTS, first=0.001, max=0.001)
_INITIALS = {SUBJECT: "s", BYSTANDER: "b", FOLLOWER: "f", GUEST: "g", DEPENDANT: "d"}
_CALLS = {
    Op.CREATE: ("create",),
    Op.UPDATE: ("update",),
    Op.REPLACE: ("delete", "create"),
    Op.SWAP: ("create", "delete"),
    Op.DELETE: ("delete",),
}
_UNDO_CALLS = {
    Op.CREATE: ("delete",),
    Op.UPDATE: ("update",),
    Op.REPLACE: ("create", "delete"),
    Op.SWAP: ("create", "delete"),
    Op.DELETE: ("create",),
}
_SENT: dict[str, list[object]] = {
    Sent.OK: ["ok"],
    Sent.BUSY: ["busy", "ok"],
    Sent.LOST: [_LOST],
    Sent.LOST_BEFORE: [_LOST_BEFORE, "ok"],
    Sent.REFUSED: ["refuse"],
    Sent.FAILED: ["fail"],
    Sent.FAILED_AFTER: ["fail_after"],
    Sent.PARTLY: ["partly"],
    Sent.HALF: [{"do": "half", "status": "deadline_exceeded"}],
}
_UNDO: dict[str, list[object]] = {
    Undo.DONE: [],
    Undo.GONE: [],
    Undo.REFUSED: [{"do": "refuse", "times": EVER}],
    Undo.LOST: [_LOST],
    Undo.LOST_BEFORE: [{**_LOST_BEFORE, "times": EVER}],
    Undo.LOST_BEFORE_ONCE: [_LOST_BEFORE],
    Undo.LIES: [{"do": "lie", "times": EVER}],
    Undo.LIES_ONCE: ["lie"],
    Undo.NOTHING: [{"do": "nothing", "times": EVER}],
}


class Seen(msgspec.Struct, kw_only=True):
    """What was to be seen after a run, by role."""

    outcomes: dict[str, ActionOutcome]
    world: dict[str, list[str]]
    state: dict[str, str | None]
    exit_code: int
    result: str
    effects: list[tuple[str, str, str]]
    """Role, `there` or `gone`, and by whom, in their order since the run began."""


class Theatre:
    """One ledger, one world, one plugin process. Belongs to one runner."""

    def __init__(self, folder: Path, runner: asyncio.Runner) -> None:
        self.folder = folder
        self.world = World(folder / "world.jsonl")
        self._runner = runner
        self._around = contextlib.ExitStack()
        (folder / "scripts").mkdir()
        self._settings = self._surroundings({})
        self._record, self._pool = self._opened()
        self.played = 0
        self.cells: set[Cell] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._closed())
        self._around.close()
        self.world.close()

    def play(self, cell: Cell) -> Seen:
        """Play a cell in a workspace of its own."""
        self.played += 1
        self.cells.add(cell)
        return self._runner.run(_Play(self, cell, self.played).seen())

    # --- what the plays share ------------------------------------------------------------------------------------------

    def script(self, name: str, script: object) -> None:
        """What the calls of a resource come to from now on."""
        (self.folder / "scripts" / f"{name}.json").write_text(json.dumps(script))

    async def run(
        self, workspace: str, config: object, hand: Stagehand, order: PlanOrder, environment: dict[str, str]
    ) -> RunOutcome:
        """Apply a configuration, and check what holds of every record."""
        file = self.folder / f"{workspace}.yaml"
        file.write_text(json.dumps(config))
        surroundings = self._surroundings(environment)
        where = Where(config=file, workspace=workspace)
        found = project.read(surroundings, where, hand)
        shop = Workshop(
            settings=surroundings,
            view=hand,
            place=found.place,
            config=found.config,
            record=self._record,
            redact=Redactor(frozenset),
            pool=self._pool,
        )
        plan = (await planned(shop, msgspec.structs.replace(order, where=where))).plan
        started = run_started(
            plan,
            run_id=RunId(f"r-{surroundings.token()}"),
            apply=found.config.apply,
            order=RunOrder(),
            providers=self._pool.declarations,
        )
        policy = msgspec.structs.replace(started.policy, undo_retries=_TWICE)
        begun = Recorded(seq=1, at=surroundings.now(), event=msgspec.structs.replace(started, policy=policy))
        writer = self._record.store.create_run(plan, Batch(records=[begun]))
        outcome = await drive(Course(shop=shop, order=RunOrder(), plan=plan, state=fold([begun]), writer=writer))
        check_record(self._record.store, self._record.store.run(writer.run_id))
        return outcome

    def state(self, workspace: str) -> dict[str, tuple[str, str]]:
        """Of each resource the state has: what it is, and its id."""
        rows = self._record.store.state(workspace).resources
        return {row.name: (label(row.outputs or {}), row.provider_id) for row in rows}

    def _opened(self) -> tuple[Record, DriverPool]:
        (self.folder / "empty.yaml").write_text(json.dumps({"modules": [self.provider()]}))
        found = project.read(self._settings, Where(config=self.folder / "empty.yaml"), Stagehand())
        record = self._around.enter_context(compose.ledger(self._settings, found.place, lambda _: None, create=True))
        assert record is not None
        return record, self._runner.run(self._pool_of(found))

    async def _pool_of(self, found: project.Project) -> DriverPool:
        here = self._settings
        self._plugins = compose.plugins(here, Where(), found.place, Redactor(frozenset))
        pool = await self._plugins.__aenter__()
        await pool.open(compose.provider_modules(here, found.config, [PROVIDER]))
        return pool

    async def _closed(self) -> None:
        await self._plugins.__aexit__(None, None, None)

    def provider(self) -> dict[str, object]:
        """The module of the provider."""
        config = {"provider": "scripted", "world": str(self.world.path), "script": str(self.folder / "scripts")}
        return {"name": PROVIDER, "type": "iac.provider", "config": config}

    def _surroundings(self, environment: dict[str, str]) -> Settings:
        here = {"WFCTL_DATA_DIR": str(self.folder / "record"), "PATH": os.environ["PATH"], **environment}
        return msgspec.structs.replace(settings.read(), cwd=self.folder, environment=here, stdin_tty=False)


class _Nowhere:
    """A screen that nobody looks at."""

    live = False

    def show(self, lines: Iterable[Line]) -> None:
        pass

    def status(self, lines: Sequence[Line]) -> None:
        pass

    def close(self) -> None:
        pass


class Stagehand(Quiet):
    """Watches a run, and does at the right moment what somebody else would do."""

    def __init__(self, play: _Play | None = None) -> None:
        super().__init__(_Nowhere())
        self._play = play

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        """Look at each fact that has become durable."""
        for recorded in records if self._play else ():
            assert self._play
            match recorded.event:
                case ActionApplied(action=action):
                    self._play.applied(state.facts[action].outline.name)
                case CancelRequested():
                    self._play.open("cancelled")


class _Play:
    """One cell on its way through the theatre."""

    def __init__(self, theatre: Theatre, cell: Cell, number: int) -> None:
        self._theatre = theatre
        self._cell = cell
        self._names = {role: f"{initial}{number}" for role, initial in _INITIALS.items()}
        self._workspace = f"w{number}"
        self._steps = len(_CALLS[cell.op])
        self._since = 0

    async def seen(self) -> Seen:
        """Everything, from what was there before to what is there afterwards."""
        cell = self._cell
        self._before()
        if cell.op is not Op.CREATE:
            outcome = await self._run([self._subject(OLD)], Stagehand(), "1", {})
            assert outcome.exit_code == 0, outcome
        self._theatre.script(self._names[SUBJECT], self._subject_script())
        self._theatre.script(self._names[BYSTANDER], {"create": [self._bystander_turn()]})
        self._since = len(self._theatre.world.effects)
        outcome = await self._run(list(self._modules()), Stagehand(self), "2", self._policy())
        return self._told(outcome)

    # --- before --------------------------------------------------------------------------------------------------------

    def _before(self) -> None:
        adopted = self._cell.guard is Guard.ADOPTED
        if adopted or self._cell.guard is Guard.UPSERTED:
            self._theatre.world.put(self._names[SUBJECT], self._type(), value="theirs", color="theirs")
        if adopted and self._cell.op is not Op.CREATE:
            self._theatre.script(self._names[SUBJECT], {"create": "adopt"})

    async def _run(
        self, modules: list[dict[str, object]], hand: Stagehand, note: str, policy: dict[str, object]
    ) -> RunOutcome:
        retries = {"max_attempts": 3, "first": "1ms", "max": "1ms"}
        apply = {"retries": retries, "timeouts": {"action": "20s"}, **policy}
        config = {"modules": [self._theatre.provider(), *modules], "apply": apply}
        order = PlanOrder(allow_replace=(self._names[SUBJECT],))
        return await self._theatre.run(self._workspace, config, hand, order, {"NOTE": note})

    # --- what is wanted ------------------------------------------------------------------------------------------------

    def _modules(self) -> Iterator[dict[str, object]]:
        cell = self._cell
        if cell.op is not Op.DELETE:
            yield self._subject(NEW)
            if cell.then is not Then.OWN:
                needs = [SUBJECT, BYSTANDER] if cell.then in (Then.CANCEL, Then.STOP, Then.LATER) else [SUBJECT]
                yield self._module(FOLLOWER, "scripted.inverse", *needs)
        if cell.then in (Then.LATER, Then.CANCEL, Then.STOP):
            yield self._module(BYSTANDER, "scripted.inverse")
        if cell.then is Then.OWN:
            yield self._module(GUEST, "scripted.inverse")
        if cell.guard is Guard.DEPENDANT_STAYS:
            yield self._module(DEPENDANT, "scripted.none", SUBJECT)
        if cell.guard is Guard.DEPENDANT_GOES:
            yield self._module(DEPENDANT, "scripted.inverse", SUBJECT)

    def _module(self, role: str, kind: str, *needs: str) -> dict[str, object]:
        config: dict[str, object] = {"value": NEW, "color": NEW}
        if needs:
            config["depends_on"] = [self._names[need] for need in needs]
        return {"name": self._names[role], "type": kind, "config": config}

    def _subject(self, value: str) -> dict[str, object]:
        config: dict[str, object] = {"value": value, "color": value}
        if self._cell.op in TWO_CALLS:
            config["shape"] = value
        if self._cell.guard is Guard.PROTECTED:
            config["protected"] = True
        if self._cell.guard is Guard.INCOMPLETE:
            config["note"] = "${NOTE}"
        if self._cell.guard is Guard.IRREVERSIBLE:
            config["level"] = 1 if value == OLD else 2
        return {"name": self._names[SUBJECT], "type": self._type(), "config": config}

    def _type(self) -> str:
        cell = self._cell
        if cell.mode is Mode.UNDECLARED:
            return "scripted.plain"
        special = {
            Guard.DATA_UNKNOWN: "data",
            Guard.DATA_FULL: "store",
            Guard.DATA_EMPTY: "store",
            Guard.MARK_DRIFTED: "marked",
            Guard.UPSERTED: "upsert",
            Guard.IRREVERSIBLE: "fixed",
        }.get(cell.guard)
        mode = cell.mode if special is None else "custom" if cell.mode is Mode.CUSTOM else ""
        swap = "swap" if cell.op is Op.SWAP else ""
        return "scripted." + "_".join(word for word in (special, mode, swap) if word)

    def _policy(self) -> dict[str, object]:
        match self._cell.then:
            case Then.LATER | Then.OWN:
                return {"on_failure": "compensate"}
            case Then.CANCEL:
                return {"on_cancel": "compensate"}
            case Then.HOOK:
                on = "deleted" if _CALLS[self._cell.op][-1] == "delete" else "applied"
                match = {"name": self._names[SUBJECT]}
                hook = {"name": "smoke", "on": on, "match": match, "exec": ["/bin/false"], "on_failure": "stop"}
                return {"hooks": [hook]}
            case _:
                return {}

    # --- how it goes ---------------------------------------------------------------------------------------------------

    def _subject_script(self) -> dict[str, object]:
        cell, turns = self._cell, dict[str, list[object]]()
        for number, call in enumerate(_CALLS[cell.op], 1):
            turns.setdefault(call, []).extend(_SENT[_of(cell.sent, number)])
        if cell.then is Then.OWN:
            first = turns[_CALLS[cell.op][0]]
            turn = first[0] if isinstance(first[0], dict) else {"do": first[0]}
            first[0] = {**turn, "gate": self._gate("guest")}
        if cell.guard is Guard.ADOPTED and cell.op is Op.CREATE:
            turns["create"] = ["adopt"]
        if cell.mode is Mode.CUSTOM:
            refused = {"do": "refused", "times": EVER}
            turns["compensate"] = [refused] if cell.undo is Undo.REFUSED else _UNDO[cell.undo]
        elif cell.undo is not Undo.DONE:
            for number, call in enumerate(_UNDO_CALLS[cell.op], 1):
                turns.setdefault(call, []).extend(_UNDO[_of(cell.undo, number)])
        if cell.guard is Guard.NEEDS_REPLACE:
            return {**turns, "diff": "replaces"}
        return dict(turns)

    def _bystander_turn(self) -> dict[str, object]:
        if self._cell.then is Then.LATER:
            return {"do": "refuse", "gate": self._gate("done")}
        return {"do": "ok", "gate": self._gate("cancelled")}

    def _gate(self, name: str) -> str:
        return f"{self._workspace}-{name}"

    def open(self, name: str) -> None:
        """Let those go on who wait for something."""
        (self._theatre.folder / self._gate(name)).touch()

    def applied(self, name: str) -> None:
        """A call took effect, and that is on record."""
        if name == self._names[GUEST]:
            self.open("guest")
        if name == self._names[SUBJECT]:
            self._steps -= 1
            if self._steps == 0:
                self._somebody()
        waits_for = DEPENDANT if self._cell.guard in (Guard.DEPENDANT_STAYS, Guard.DEPENDANT_GOES) else SUBJECT
        if self._steps == 0 and name == self._names[waits_for]:
            self.open("done")
            if self._cell.then in (Then.CANCEL, Then.STOP):
                os.kill(os.getpid(), signal.SIGINT)

    def _somebody(self) -> None:
        """What others do to the subject as soon as it is there."""
        world, things = self._theatre.world, self._theatre.world.named(self._names[SUBJECT])
        match self._cell:
            case Cell(guard=Guard.DRIFTED):
                world.change(things[-1].id, value=DRIFT, by="somebody")
            case Cell(guard=Guard.MARK_DRIFTED):
                world.change(things[-1].id, by="somebody")
            case Cell(guard=Guard.DATA_FULL, op=op) if op in (*MAKES, Op.UPDATE):
                world.change(things[-1].id, items=3)
            case Cell(undo=Undo.GONE):
                world.remove(things[-1].id)

    # --- afterwards ----------------------------------------------------------------------------------------------------

    def _told(self, outcome: RunOutcome) -> Seen:
        roles = {name: role for role, name in self._names.items()}
        outcomes = {roles[action.name]: action for action in outcome.actions}
        state = self._theatre.state(self._workspace)
        things = {role: self._theatre.world.named(name) for role, name in self._names.items()}
        for role in outcomes:
            _expect_identity(state.get(self._names[role]), things[role])
        return Seen(
            outcomes=outcomes,
            world={role: sorted(label(thing.values) for thing in things[role]) for role in outcomes},
            state={role: state.get(self._names[role], (None, ""))[0] for role in outcomes},
            exit_code=outcome.exit_code,
            result=outcome.result,
            effects=[
                (roles[effect.name], effect.what, effect.by)
                for effect in self._theatre.world.effects[self._since :]
                if effect.name in roles
            ],
        )


def _expect_identity(row: tuple[str, str] | None, things: list[Thing]) -> None:
    """Where the state has something that is just as it is in the world, it has that very thing."""
    same = [thing.id for thing in things if row is not None and label(thing.values) == row[0]]
    assert not same or (row is not None and row[1] in same), f"the state has {row}, and there are {things}"


def _of(what: Sent | Undo, number: int) -> str:
    """How the nth call goes, where only one of them goes wrong."""
    wrong, ok = (2, what.removesuffix("_2")) if what.endswith("_2") else (1, str(what))
    return ok if number == wrong else ("ok" if isinstance(what, Sent) else "done")


def label(values: object) -> str:
    """What a thing is, by the values it has."""
    assert isinstance(values, dict)
    if "by" in values:
        return DRIFT
    value, color = str(values.get("value")), str(values.get("color"))
    return value if value == color else HALF
