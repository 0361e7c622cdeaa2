"""What can be seen after a run: the things that were made, the state, the outcomes, the record; and whether it may be so.

Two runs of one scenario, one of them broken off and taken up again, must leave the same to be seen. What is random (ids,
keys, secrets) is replaced by where it stands in the state, so that it must also stand in the right places.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from tests.crash.scenarios import CONFIG
from wfctl.app import compose, settings
from wfctl.app.compose import Record
from wfctl.app.project import Place
from wfctl.core import events
from wfctl.core.assess import assess
from wfctl.core.outcome import ActionOutcome, RunResult
from wfctl.core.plan import ResourceState, RunId
from wfctl.core.run import RunState, fold
from wfctl.ledger.lease import held
from wfctl.ledger.store import FINAL, RunRow, Store

WORKSPACE = "default"
_OURS = (".wfctl", "build/.wfctl-local", "data", "crates/log")
_RANDOM = re.compile(r"local\.(password|key_pair|step)|crate\..*")
_SECRET = "secret_ref://"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is left after the runs of a project, comparable with what another one left.

    `hooks` has how many keys each hook was run under, `effects` how often a step or a crate says that it was made or unmade.
    """

    files: dict[str, str]
    state: dict[str, str]
    outcomes: tuple[str, ...]
    result: str
    exit_code: int | None
    hooks: dict[str, int]
    effects: dict[str, int]


def seen(project: Path) -> Seen:
    """Look at a project. Raises AssertionError where what is there may not be, whatever the scenario."""
    with _opened(project) as record:
        return _Look(project, record).seen()


@contextmanager
def _opened(project: Path) -> Iterator[Record]:
    surroundings = msgspec.structs.replace(settings.read(), cwd=project, environment={})
    place = Place(config_file=project / CONFIG, record=project / ".wfctl", workspace=WORKSPACE, name=project.name)
    with compose.ledger(surroundings, place, lambda _text: None) as record:
        assert record is not None
        yield record


def kinds_of_last_run(project: Path) -> list[tuple[str, int | None]]:
    """The events of the newest run: what kind each is, and of which action."""
    with _opened(project) as record:
        run = record.store.runs(WORKSPACE, limit=1)[0]
        found = [recorded.event for recorded in record.store.events(RunId(run.run_id))]
    return [(type(event).__name__, getattr(event, "action", None)) for event in found]


def differences(wanted: Seen, found: Seen) -> list[str]:
    """Where two looks differ. Nothing may have been done more often; more seldom, since its line may have been lost."""
    wrong = [
        f"{field}: {one}"
        for field in ("files", "state", "outcomes", "result", "exit_code", "hooks")
        for one in _apart(getattr(wanted, field), getattr(found, field))
    ]
    too_often = {what: count for what, count in found.effects.items() if count > wanted.effects.get(what, 0)}
    return [*wrong, *([f"done too often: {too_often}"] if too_often else [])]


def _apart(before: object, after: object) -> Iterator[str]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from _apart(before.get(key), after.get(key))
        return
    if isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _apart(one, other)
        return
    yield f"it was\n    {before}\n  and is\n    {after}"


def agree(wrong: list[str]) -> None:
    """Fail with everything that is wrong, the first few in full."""
    if wrong:
        pytest.fail("\n\n".join([f"{len(wrong)} differences", *wrong[:5]]), pytrace=False)


class _Look:
    """One look at a project and its open record."""

    def __init__(self, project: Path, record: Record) -> None:
        self._project = project
        self._store = record.store
        self._rows = record.store.state(WORKSPACE).resources
        self._runs = tuple(reversed(record.store.runs(WORKSPACE)))
        self._secrets = {name: str(self._secret(name)) for row in self._rows for name in _secret_names(row)}
        self._names = dict(self._names_of_random())

    def seen(self) -> Seen:
        run = self._runs[-1]
        check_record(self._store, run)
        self._check_secrecy()
        assert not list((self._project / ".wfctl").glob("*.spill.jsonl")), "answers were left outside the record"
        return Seen(
            files=dict(self._files()),
            state={row.name: self._masked(_shown(row)) for row in self._rows},
            outcomes=tuple(self._masked(_told(one)) for one in self._store.action_results(run.run_id)),
            result=run.status,
            exit_code=run.exit_code,
            hooks=self._hooks(),
            effects=self._effects(),
        )

    def _secret(self, name: str) -> object:
        return self._store.documents(WORKSPACE).secret(name)

    def _names_of_random(self) -> Iterator[tuple[str, str]]:
        for row in self._rows:
            outputs = row.outputs or {}
            if _RANDOM.fullmatch(row.type):
                yield row.provider_id, f"<id of {row.name}>"
            for key in ("public", "fingerprint"):
                if row.type == "local.key_pair":
                    yield str(outputs[key]), f"<{key} of {row.name}>"
        for run in self._runs:
            for told in self._store.action_results(run.run_id):
                if told.provider_id and _RANDOM.fullmatch(told.type):
                    yield told.provider_id, f"<id of {told.name}>"
        for name, value in self._secrets.items():
            yield value, f"<{name}>"
            yield hashlib.sha256(value.encode()).hexdigest(), f"<checksum of {name}>"
        for number, run in enumerate(self._runs, 1):
            yield run.run_id, f"<run {number}>"

    def _masked(self, text: str) -> str:
        for value in sorted(self._names, key=len, reverse=True):
            text = text.replace(value, self._names[value])
        return text

    def _files(self) -> Iterator[tuple[str, str]]:
        for path in sorted(self._project.rglob("*")):
            name = str(path.relative_to(self._project))
            if name.startswith(_OURS) or ".draft-" in name or name in ("hooks.log", "journal"):
                continue
            yield self._masked(name), self._masked(_content(path))

    def _hooks(self) -> dict[str, int]:
        """A hook may run twice under one key."""
        return dict(Counter(line.split()[0] for line in dict.fromkeys(_lines(self._project / "hooks.log"))))

    def _effects(self) -> dict[str, int]:
        made = (
            line.rpartition(" ")[0] for line in _lines(self._project / "crates" / "log") if line.startswith("create")
        )
        return dict(Counter([*_lines(self._project / "journal"), *made]))

    def _check_secrecy(self) -> None:
        for path in (self._project / ".wfctl").iterdir():
            body = path.read_bytes()
            for name, value in self._secrets.items():
                assert value.encode() not in body, f"{name} is in {path.name} in clear"


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _content(path: Path) -> str:
    mode = stat.S_IMODE(path.lstat().st_mode)
    if path.is_symlink():
        return f"-> {path.readlink()}"
    if path.is_dir():
        return f"{mode:o} directory"
    if path.suffix == ".json" and path.parent.name == "crates":
        crate = json.loads(path.read_text())
        return f"{crate['name']} {crate['shape']} {crate['colour']}"
    return f"{mode:o} {path.read_text()}"


def _secret_names(row: ResourceState) -> Iterator[str]:
    for value in (row.outputs or {}).values():
        if isinstance(value, str) and value.startswith(_SECRET):
            yield value.removeprefix(_SECRET)


def _shown(row: ResourceState) -> str:
    """A row of the state without its times."""
    kept = msgspec.structs.replace(row, created_at="", updated_at="", last_drift_check="")
    return msgspec.json.encode(kept, order="sorted").decode()


def _told(outcome: ActionOutcome) -> str:
    """An outcome without its times, the count of its attempts, and by what a thing was found to be undone."""
    words = (
        outcome.plan_index,
        outcome.address,
        outcome.operation,
        outcome.status.name,
        outcome.final,
        outcome.effect,
        outcome.in_doubt,
        outcome.provider_id,
        outcome.error and outcome.error.code,
        outcome.error_phase,
        outcome.undo_error and outcome.undo_error.code,
        outcome.skipped_because,
        outcome.compensation,
        outcome.hooks_pending,
        [left.provider_id for left in outcome.residue],
        [warning.code for warning in outcome.warnings],
    )
    return " ".join(str(word) for word in words)


# --- the record alone --------------------------------------------------------------------------------------------------


def check_record(store: Store, run: RunRow) -> RunState:
    """What holds of every record: the chain, one outcome for each action and those the events lead to, intents first.

    Returns what the events fold to.
    """
    records = list(store.events(RunId(run.run_id)))  # each is checked against the chain as it is read
    state = fold(records)  # no answer without its intent: there is no row for one
    kinds = [type(recorded.event) for recorded in records]
    assert kinds.count(events.RunStarted) == 1
    assert kinds[0] is events.RunStarted
    assert [recorded.seq for recorded in records] == list(range(1, len(records) + 1))
    _check_cancelled(kinds)
    outcomes = store.action_results(run.run_id)
    if run.status in FINAL or run.status is RunResult.INTERRUPTED:
        assert kinds[-1] is events.RunFinished or events.ActionSettled in kinds
        assert [one.plan_index for one in outcomes] == list(range(len(state.actions)))
        assert outcomes == assess(state).actions
        assert all(one.status for one in outcomes)
    assert not held(store.lease(run.workspace), compose.claim(settings.read())), "somebody still owns the workspace"
    known = store.workspace(run.workspace)
    assert known is not None
    assert known.active_run == (None if run.status in FINAL else run.run_id)
    return state


def _check_cancelled(kinds: list[type]) -> None:
    """Nothing is dispatched between a request to stop and the taking up again."""
    stopped = False
    for kind in kinds:
        stopped = (stopped or kind is events.CancelRequested) and kind is not events.RunResumed
        assert not (stopped and kind is events.ActionDispatched), "dispatched after a request to stop"
