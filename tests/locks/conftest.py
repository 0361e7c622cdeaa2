"""Several engines at work on one project, by clocks that a test turns."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.cli.shell import ENVIRONMENT
from tests.locks.engines import Hold, Offsets, Order, Start

ROOT = Path(__file__).parents[2]

PROJECT = """\
modules:
  - {name: here, type: iac.provider, config: {provider: yard}}
  - {name: first, type: yard.crate, config: {}}
  - {name: slow, type: yard.crate, config: {depends_on: [first]}}
  - {name: last, type: yard.crate, config: {depends_on: [slow]}}
"""
"""Three in a row; what the second may wait for, the plugin says."""

MANIFEST = {
    "name": "yard",
    "version": "1.0.0",
    "author": "a test",
    "description": "crates",
    "capabilities": {"iacProvider": {"name": "yard"}},
}
YARD = Path(__file__).with_name("plugins") / "yard.py"


class Server:
    """The program that starts engines."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.locks.engines"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def order(self, order: Order) -> dict[str, int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(order) + b"\n")
        self._process.stdin.flush()
        answer: dict[str, int] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        self._process.communicate()


class Engine:
    """One process of the real command line. `said` is what it has printed so far, on either stream."""

    def __init__(self, server: Server, pid: int, out: Path) -> None:
        self._server = server
        self._out = out.open(encoding="utf-8")
        self.pid = pid
        self.said = ""

    def until(self, words: str) -> None:
        """Wait until it has said these words."""
        while words not in self.said:
            line = self._out.readline()
            assert line, f"it ended and never said {words!r}:\n{self.said}"
            self.said += line

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def stop(self, number: int) -> None:
        """Stop it as a whole, and wait until it is."""
        self.signal(number)
        self._server.order(Order(stopped=self.pid))

    def end(self, code: int | None = None) -> int:
        """Wait for its end, which must be the code if one is given; negative for the signal that killed it."""
        self.said += self._out.read()
        self._out.close()
        status = self._server.order(Order(end=self.pid))["status"]
        assert code in (None, status), f"exit {status}, not {code}\n{self.said}"
        assert "Traceback" not in self.said, self.said
        return status

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it said with --json; the last line is `run_complete`."""
        lines = [json.loads(line) for line in self.said.splitlines()]
        assert [line["type"] for line in lines].count("run_complete") == 1
        assert lines[-1]["type"] == "run_complete"
        return lines


class Barrier:
    """What engines with its `hold` come to and do not pass until it is opened."""

    def __init__(self, folder: Path, *, before: int = 0, after: int = 0, taking: bool = False) -> None:
        here, go = folder / "here", folder / "go"
        os.mkfifo(here)
        # Open both ways: no end of file between one engine and the next.
        self._here = os.open(here, os.O_RDWR)
        self._go = go.open("wb")
        fcntl.flock(self._go, fcntl.LOCK_EX)
        self.hold = Hold(before=before, after=after, taking=taking, here=str(here), go=str(go))

    def reached(self, count: int = 1) -> None:
        """Wait until so many engines are there."""
        for _ in range(count):
            os.read(self._here, 1)

    def open(self) -> None:
        """Let all of them go on, and nobody wait any more."""
        self._go.close()
        os.close(self._here)


class World:
    """One project in a folder of its own, and the clocks of everyone who works on it."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._count = 0
        self._clocks = folder.parent / f"{folder.name}.clocks"
        self.folder = folder
        self.environment = {**ENVIRONMENT, "HOME": str(folder), "TMPDIR": "/tmp", "YARD": str(folder)}
        self.turn()

    def write(self, name: str, text: str, *, mode: int = 0o644) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)

    def turn(self, *, wall: float = 0.0, boot: float = 0.0) -> None:
        """Set the clocks of all engines to so many seconds from the real ones."""
        fresh = self._clocks.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(Offsets(wall=wall, boot=boot)))
        fresh.rename(self._clocks)

    def pass_(self, seconds: float) -> None:
        """Time passes."""
        self.turn(wall=seconds, boot=seconds)

    def start(self, *arguments: str, hold: Hold | None = None, **environment: str) -> Engine:
        """Begin, and go on while it runs."""
        self._count += 1
        out = self.folder.parent / f"{self.folder.name}.{self._count}.out"
        os.mkfifo(out)
        start = Start(
            folder=str(self.folder),
            arguments=arguments,
            environment={**self.environment, **environment},
            out=str(out),
            clocks=str(self._clocks),
            hold=hold,
        )
        return Engine(self._server, self._server.order(Order(start=start))["pid"], out)

    def run(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """Run to the end and expect an exit code; what it said."""
        engine = self.start(*arguments, hold=None, **environment)
        engine.end(code)
        return engine.said

    def document(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The JSON document of a verb that looks."""
        found: dict[str, Any] = json.loads(self.run(*arguments, "--json", code=code))
        return found

    def fifo(self, name: str) -> Path:
        path = self.folder / name
        os.mkfifo(path)
        return path

    def slow(self) -> Engine:
        """An apply whose slow step is in flight and waits at the gate."""
        return self.slowly("apply", "-y")

    def slowly(self, *arguments: str, **environment: str) -> Engine:
        """A command that has got as far."""
        if not (self.folder / "gate").exists():
            self.fifo("gate")
        begun = self.fifo("begun")
        engine = self.start(*arguments, hold=None, **environment)
        begun.read_text()
        begun.unlink()
        return engine

    def open_gate(self) -> None:
        """Let the one that waits go on, and nobody wait any more."""
        gate = self.folder / "gate"
        with gate.open("w") as way:
            way.write("go\n")
        gate.unlink()

    @contextlib.contextmanager
    def held_at(self, name: str) -> Iterator[None]:
        """Keep the one that waits at a fifo until the end of the block, while others find no such fifo."""
        fifo = self.folder / name
        with fifo.open("w"):  # which succeeds only once somebody waits
            fifo.unlink()
            yield

    def only_run(self) -> dict[str, Any]:
        """The run, of which there is one."""
        (found,) = self.document("runs", "list", "--all")["runs"]
        return found  # type: ignore[no-any-return]  # the list holds runs

    @property
    def effects(self) -> list[str]:
        """What the plugin has done to the world, in order."""
        path = self.folder / "effects"
        return path.read_text().split() if path.exists() else []


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


@pytest.fixture
def world(server: Server, tmp_path: Path) -> World:
    folder = tmp_path / "project"
    folder.mkdir()
    found = World(server, folder)
    found.write("infra.yaml", PROJECT)
    found.write("data/plugins/yard/plugin.json", json.dumps(MANIFEST))
    found.write("data/plugins/yard/yard", f"#!/bin/sh\nexec {sys.executable} {YARD}\n", mode=0o755)
    return found
