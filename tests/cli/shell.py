"""A person at a shell: runs the real `wfctl` in a folder of its own, with a small environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "USER": "ana"}


class Shell:
    """One folder. `environment` is added to the small one that every command gets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**ENVIRONMENT, "HOME": str(folder), "TMPDIR": "/tmp"}

    def write(self, name: str, text: str, *, mode: int = 0o644) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def run(
        self, *arguments: str, code: int = 0, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end and expect an exit code."""
        done = subprocess.run(
            self._argv(arguments),
            cwd=self.folder,
            env={**self.environment, **environment},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        told = f"wfctl {' '.join(arguments)}\n--- stdout\n{done.stdout}\n--- stderr\n{done.stderr}"
        assert done.returncode == code, f"exit {done.returncode}, not {code}\n{told}"
        assert "Traceback" not in done.stderr, told
        return done

    def lines(self, *arguments: str, code: int = 0, **environment: str) -> list[dict[str, Any]]:
        """What a run with --json says, line by line; each line must be JSON and the last one `run_complete`."""
        done = self.run(*arguments, "--json", code=code, **environment)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert lines[0]["type"] == "version"
        assert [line["type"] for line in lines].count("run_complete") == 1
        assert lines[-1]["type"] == "run_complete"
        assert lines[-1]["run"]["exit_code"] == code
        return lines

    def document(self, *arguments: str) -> dict[str, Any]:
        """The JSON document of a verb that looks."""
        found: dict[str, Any] = json.loads(self.run(*arguments, "--json").stdout)
        return found

    def start(self, *arguments: str, **environment: str) -> Background:
        """Begin, and go on while it runs."""
        process = subprocess.Popen(
            self._argv(arguments),
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        return Background(process)

    @staticmethod
    def _argv(arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "wfctl", *arguments]


class Background:
    """A command that runs beside the test."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = ""

    def until(self, words: str) -> None:
        """Wait until it has said these words."""
        for line in self._lines():
            if words in line:
                return
        raise AssertionError(f"it ended and never said {words!r}:\n{self.said}")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait for the end; the exit code, negative for the signal that killed it."""
        for _ in self._lines():
            pass
        code = self.process.wait(timeout=60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def _lines(self) -> Iterator[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            yield line
