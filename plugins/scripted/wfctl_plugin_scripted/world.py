"""What really exists, and every call that came: one file, one JSON object a line, only ever added to.

It knows nothing of scripts but that calls are counted by them. Several processes may share a world. A line is written whole
and under a lock, so it outlives whichever process dies next; what the lines come to is worked out from them, and tests read
the same. `is` says what a line is:

    call    a call came: which one, of which resource, and what it is made to come to
    there   a thing is there from now on, or has other values; `by` says whose doing that is
    gone    a thing is gone
    due     the line under `then` is to be written before the call number `at` of that resource
    done    that was written
    script  the script that came with a resource's config
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

SOMEBODY = "somebody"
"""Who does what no call asked for."""

_OPEN = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Thing:
    """One object that exists. `key` is the idempotency key it was made under, `version` counts its changes from 1."""

    id: str
    name: str
    type: str
    values: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """One call as it came; `does` is the behaviour it met."""

    call: str
    name: str
    type: str = ""
    id: str = ""
    key: str = ""
    run: str = ""
    attempt: int = 0
    does: str = "ok"


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of the world: `there` or `gone`, of which thing, and by whom."""

    what: str
    id: str
    name: str
    by: str


Fact = dict[str, Any]


class World:
    """One file. Every property shows the present."""

    def __init__(self, path: Path) -> None:
        """Nothing is written before something happens."""
        self.path = path
        self._lock = threading.RLock()
        self._file: int | None = None
        self._depth = 0
        self._read = 0
        self._things: dict[str, Thing] = {}
        self._before: dict[str, Thing | None] = {}
        self._made: Counter[str] = Counter()
        self._calls: list[Asked] = []
        self._effects: list[Effect] = []
        self._turns: Counter[tuple[str, str, str]] = Counter()
        self._asked: Counter[str] = Counter()
        self._due: list[Fact] = []
        self._scripts: dict[str, Fact] = {}

    # --- looking -------------------------------------------------------------------------------------------------------

    @property
    def things(self) -> dict[str, Thing]:
        """All that exists, by id."""
        with self.alone():
            return dict(self._things)

    @property
    def calls(self) -> list[Asked]:
        """All calls that ever came, in their order."""
        with self.alone():
            return list(self._calls)

    @property
    def effects(self) -> list[Effect]:
        """All changes there ever were, in their order."""
        with self.alone():
            return list(self._effects)

    def named(self, name: str) -> list[Thing]:
        """Everything that has a name, oldest first."""
        return [thing for thing in self.things.values() if thing.name == name]

    def keyed(self, key: str) -> Thing | None:
        """What was made under a key."""
        return next((thing for thing in self.things.values() if key and thing.key == key), None)

    def before(self, identity: str) -> Thing | None:
        """A thing as it was before its last change; None if it was not there."""
        with self.alone():
            return self._before.get(identity)

    def last_of(self, name: str) -> str:
        """The id of what has, or had last, a name; empty if nothing ever had."""
        with self.alone():
            return f"{name}-{self._made[name]}" if self._made[name] else ""

    # --- changing ------------------------------------------------------------------------------------------------------

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else looks or changes meanwhile, and everything they did is known."""
        with self._lock:
            if self._depth == 0:
                fcntl.flock(self._opened(), fcntl.LOCK_EX)
                self._catch_up()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    fcntl.flock(self._opened(), fcntl.LOCK_UN)

    def arrived(self, asked: Asked, counted: str) -> None:
        """Write a call down, and do first what was due before it. `counted` is the digest of the script it is counted by."""
        with self.alone():
            self._write({"is": "call", **asdict(asked), "script": counted})
            number = self._asked[asked.name]
            for due in [due for due in self._due if due["name"] == asked.name and due["at"] <= number]:
                self._write({"is": "done", "due": due})
                self.write(due["then"])

    def turn(self, name: str, script: str, call: str) -> int:
        """How many calls of one kind there were under a script."""
        with self.alone():
            return self._turns[name, script, call]

    def script(self, name: str) -> object:
        """The script that came with a resource's config; None if none did."""
        with self.alone():
            return self._scripts.get(name, {}).get("script")

    def take_script(self, name: str, script: object, run: str) -> None:
        """Keep the script that came with a config; of one run only the first."""
        with self.alone():
            known = self._scripts.get(name, {})
            if known.get("script") != script and not (run and known.get("run") == run):
                self._write({"is": "script", "name": name, "script": script, "run": run})

    def next_id(self, name: str) -> str:
        """The id of what is made next under a name."""
        with self.alone():
            return f"{name}-{self._made[name] + 1}"

    def write(self, fact: Fact) -> None:
        """Make a fact true."""
        with self.alone():
            self._write(fact)

    def later(self, name: str, after: int, fact: Fact) -> None:
        """Make a fact true before the nth next call of a resource."""
        with self.alone():
            self._write({"is": "due", "name": name, "at": self._asked[name] + after, "then": fact})

    def change(self, identity: str, **values: object) -> None:
        """Somebody sets values of a thing. Raises KeyError."""
        with self.alone():
            thing = self._things[identity]
            changed = replace(thing, values={**thing.values, **values}, version=thing.version + 1)
            self._write(there(changed, SOMEBODY))

    def put(self, name: str, type: str, **values: object) -> Thing:
        """Somebody makes a thing."""
        with self.alone():
            thing = Thing(self.next_id(name), name, type, values)
            self._write(there(thing, SOMEBODY))
            return thing

    def remove(self, identity: str) -> None:
        """Somebody takes a thing away. Raises KeyError."""
        with self.alone():
            self._write(gone(self._things[identity], SOMEBODY))

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    # --- the file ------------------------------------------------------------------------------------------------------

    def _opened(self) -> int:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, _OPEN, 0o600)
        return self._file

    def _write(self, fact: Fact) -> None:
        body = json.dumps(fact, separators=(",", ":")).encode() + b"\n"
        os.write(self._opened(), body)
        self._catch_up()

    def _catch_up(self) -> None:
        size = os.fstat(self._opened()).st_size
        body = os.pread(self._opened(), size - self._read, self._read)
        whole = body[: body.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            self._take(json.loads(line))

    def _take(self, fact: Fact) -> None:
        match fact["is"]:
            case "call":
                script = fact.pop("script")
                del fact["is"]
                asked = Asked(**fact)
                self._calls.append(asked)
                self._asked[asked.name] += 1
                self._turns[asked.name, script, asked.call] += 1
            case "there":
                thing = Thing(**fact["thing"])
                self._before[thing.id] = self._things.get(thing.id)
                self._made[thing.name] += thing.id == f"{thing.name}-{self._made[thing.name] + 1}"
                self._things[thing.id] = thing
                self._effects.append(Effect("there", thing.id, thing.name, fact["by"]))
            case "gone":
                thing = Thing(**fact["thing"])
                self._before[thing.id] = self._things.pop(thing.id, None)
                self._effects.append(Effect("gone", thing.id, thing.name, fact["by"]))
            case "due":
                self._due.append(fact)
            case "script":
                self._scripts[fact["name"]] = fact
            case "done":
                self._due.remove(fact["due"])


def there(thing: Thing, by: str) -> Fact:
    """The fact that a thing is there, as it is now."""
    return {"is": "there", "by": by, "thing": asdict(thing)}


def gone(thing: Thing, by: str) -> Fact:
    """The fact that a thing is gone."""
    return {"is": "gone", "by": by, "thing": asdict(thing)}
