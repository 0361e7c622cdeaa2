"""The other end of `tests.crash.engine`: begins runs, waits for their ends, keeps the folders they work in."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import msgspec

from tests.crash.engine import Answer, Line, Order, Report
from tests.crash.instants import Target, plugins_of
from tests.crash.scenarios import CONFIG, Scenario, installed

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a run went. `status` is negative for the signal that ended it; `report` None when it was killed."""

    status: int
    out: str
    report: Report | None = None
    killed_at: str = ""


class Forge:
    """One process that forks runs, and one folder `project` they work in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        self.project = folder / "project"
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.engine"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self._runs = 0

    def close(self) -> None:
        """End it."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait(timeout=30)
        self._server.stdout.close()

    # --- the folder ----------------------------------------------------------------------------------------------------

    def lay_out(self, template: Path) -> None:
        """Make the project what another folder is."""
        shutil.rmtree(self.project, ignore_errors=True)
        shutil.copytree(template, self.project, symlinks=True)

    def laid_out(self, scenario: Scenario) -> Path:
        """Make the project what it is when the run under test begins; a copy of that."""
        shutil.rmtree(self.project, ignore_errors=True)
        self.project.mkdir()
        installed(self.project)
        for name, text in scenario.scripts.items():
            (self.project / name).write_text(text)
            (self.project / name).chmod(0o755)
        if scenario.before is not None:
            self.configure(scenario.before)
            before = self.run("apply")
            assert before.status == scenario.before_code, before.out
        self.configure(scenario.wanted)
        if scenario.prepare is not None:
            scenario.prepare(self.project)
        if scenario.do == "rollback":
            applied = self.run("apply")
            assert applied.status == 0, applied.out
        return self.keep("begun")

    def configure(self, config: dict[str, object]) -> None:
        """Write the configuration."""
        (self.project / CONFIG).write_text(json.dumps(config))

    def has_begun(self, scenario: Scenario) -> bool:
        """Whether the run under test is on record."""
        ledger = self.project / ".wfctl" / "ledger.db"
        if not ledger.exists():
            return False
        with closing(sqlite3.connect(ledger)) as connection:
            if scenario.do == "rollback":
                sql = "SELECT 1 FROM event WHERE type = 'RollbackRequested'"
                return connection.execute(sql).fetchone() is not None
            (count,) = connection.execute("SELECT count(*) FROM run").fetchone()
        return bool(count > (scenario.before is not None))

    def keep(self, name: str) -> Path:
        """A copy of the project as it is."""
        kept = self.folder / name
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.project, kept, symlinks=True)
        return kept

    # --- runs ----------------------------------------------------------------------------------------------------------

    def run(self, do: str, target: Target | None = None) -> Ended:
        """Run a use case to its end, whatever end that is; nothing it started is left."""
        started = self.start(do, target=target)
        return started.end()

    def start(self, do: str, *arguments: str, target: Target | None = None, **environment: str) -> Running:
        """Begin something, and go on while it runs."""
        self._runs += 1
        out = self.folder / f"out-{self._runs}"
        if do == "cli":
            os.mkfifo(out)
        order = Order(
            folder=str(self.project),
            do=do,
            environment={
                **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
                "LANG": "C.UTF-8",
                "USER": "ana",
                "HOME": str(self.folder),
                "TMPDIR": "/tmp",
                **environment,
            },
            out=str(out),
            report=str(self.folder / f"report-{self._runs}"),
            arguments=arguments,
            target=target or Target(),
        )
        return Running(self, order)

    def begin(self, order: Order) -> int:
        """Have a process made."""
        return self._ask(Line(start=order)).pid

    def _ask(self, line: Line) -> Answer:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(msgspec.json.encode(line) + b"\n")
        text = self._server.stdout.readline()
        if not text:
            raise AssertionError("the program that forks runs has ended")
        return msgspec.json.decode(text, type=Answer)

    def ended(self, pid: int, *, settle: bool) -> Answer:
        """Wait for a process of ours."""
        return self._ask(Line(end=pid, settle=settle))


class Running:
    """A run that goes on beside the test. What a command line says can be waited for."""

    def __init__(self, forge: Forge, order: Order) -> None:
        self._forge = forge
        self._order = order
        self._out = Path(order.out)
        self._said = ""
        # Opened before there is a writer, so that nothing is missed and nobody waits for us.
        self._heard = os.open(self._out, os.O_RDONLY | os.O_NONBLOCK) if order.do == "cli" else -1
        self.pid = forge.begin(order)

    def until(self, words: str) -> None:
        """Wait until it has said something. Raises AssertionError when it ends without."""
        while words not in self._said:
            assert self._listen(), f"it ended and never said {words!r}:\n{self._said}"

    def signal(self, number: int) -> None:
        """Signal the process, and it alone."""
        os.kill(self.pid, number)

    def kill_plugin(self) -> None:
        """Kill its plugins."""
        for plugin in plugins_of(self.pid):
            os.kill(plugin, signal.SIGKILL)

    def end(self, *, settle: bool = True) -> Ended:
        """Wait for its end; with `settle`, for everything it left behind too, which must end by itself."""
        while self._heard >= 0 and self._listen():
            pass
        answer = self._forge.ended(self.pid, settle=settle)
        assert not answer.left, f"processes were left behind: {answer.left}\n{self._said}"
        report, killed = Path(self._order.report), Path(self._order.report + ".killed")
        ended = Ended(
            status=answer.status,
            out=self._said or self._out.read_text(encoding="utf-8", errors="replace"),
            report=msgspec.json.decode(report.read_bytes(), type=Report) if report.exists() else None,
            killed_at=killed.read_text(encoding="utf-8") if killed.exists() else "",
        )
        for path in (self._out, report, killed):
            path.unlink(missing_ok=True)
        return ended

    def _listen(self) -> bool:
        """Hear more of what it says; False when it has no voice any more."""
        waiting = select.poll()
        waiting.register(self._heard, select.POLLIN)
        assert waiting.poll(120_000), f"it has been silent for long:\n{self._said}"
        heard = os.read(self._heard, 65536)
        self._said += heard.decode("utf-8", errors="replace")
        if not heard:
            os.close(self._heard)
            self._heard = -1
        return bool(heard)


class Forges:
    """Several forges that share the work."""

    def __init__(self, folder: Path, count: int) -> None:
        self._all = [Forge(folder / str(number)) for number in range(count)]

    @property
    def first(self) -> Forge:
        """One of them."""
        return self._all[0]

    def each(self, items: Iterable[T], do: Callable[[Forge, T], list[str]]) -> list[str]:
        """Do something with each item, several at a time; everything that was found to be wrong."""
        idle: SimpleQueue[Forge] = SimpleQueue()
        for forge in self._all:
            idle.put(forge)

        def one(item: T) -> list[str]:
            forge = idle.get()
            try:
                return do(forge, item)
            finally:
                idle.put(forge)

        with ThreadPoolExecutor(len(self._all)) as pool:
            return [wrong for found in pool.map(one, items) for wrong in found]

    def close(self) -> None:
        """End all."""
        for forge in self._all:
            forge.close()


class Tally:
    """What was done in this session, in processes killed."""

    def __init__(self) -> None:
        self.kills = 0
        self.twice = 0
        self.plugins = 0
        self.signals = 0
        self.records = 0

    def __str__(self) -> str:
        return (
            f"Crashes: {self.kills} runs killed at a boundary ({self.twice} of them while they were resumed), "
            f"{self.plugins} plugins killed under a run, {self.signals} runs stopped at a gate, "
            f"{self.records} records broken under a run"
        )
