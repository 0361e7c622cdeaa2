"""Run one program to its end, within a time, without a shell.

It knows nothing of steps. Each program has a keeper, which ends it when this process goes away.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import IO

OUTPUT = 1024 * 1024
"""Bytes a program may print on each of its two channels."""

COMPLAINT = 400
"""Characters kept of what a program says on standard error: its last ones."""

_KEEPER = Path(__file__).with_name("keeper.py")
_LOOK = 0.05


class NotStarted(Exception):
    """The program could not be started, so nothing was done. The text says why."""


class CutShort(Exception):
    """The program was ended before it was done. The text says why."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A program that ended by itself.

    Attributes:
        status: Its exit status; a negative number is the signal that ended it.
        output: What it printed on standard output. May hold secrets.
        complaint: The end of what it printed on standard error, in one line.
    """

    status: int
    output: bytes = field(repr=False)
    complaint: str

    @property
    def ending(self) -> str:
        """How it ended, for a person."""
        how = f"ended with exit status {self.status}" if self.status >= 0 else f"was ended by signal {-self.status}"
        return f"{how}: {self.complaint}" if self.complaint else how


def run(  # noqa: PLR0913 - all but the program are named
    argv: Sequence[str], *, folder: Path, environment: Mapping[str, str], seconds: float, hold: int, cancelled: Event
) -> Ran:
    """Run a program in a folder. `hold` is a descriptor that is closed everywhere when the program is over.

    Raises NotStarted; CutShort when the time is over, when it is cancelled, or when it prints too much.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        ears, mouth = os.pipe()
        try:
            keeper = _keep(argv, folder, environment, (mouth, hold), (output, errors))
        except OSError as error:
            raise NotStarted(error.strerror or str(error)) from error
        finally:
            os.close(mouth)
        with keeper, open(ears, "rb") as report:  # noqa: PTH123 - a descriptor, not a path
            reason = _watch(keeper, time.monotonic() + seconds, cancelled, (output, errors))
            keeper.communicate()
            word, _, rest = report.read().decode(errors="replace").partition(" ")
        if word == "error":
            raise NotStarted(rest)
        if word != "exit":
            raise CutShort(reason or "lost the process that watched it")
        return Ran(int(rest), _printed(output), _complaint(errors))


def _keep(
    argv: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    kept: tuple[int, int],
    channels: tuple[IO[bytes], IO[bytes]],
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (sys.executable, "-I", "-S", str(_KEEPER), *map(str, kept), *argv),
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=channels[0],
        stderr=channels[1],
        pass_fds=kept,
        start_new_session=True,
    )


def _watch(
    keeper: subprocess.Popen[bytes], deadline: float, cancelled: Event, channels: tuple[IO[bytes], IO[bytes]]
) -> str:
    """Wait, and return why not to wait any longer; empty when the program is over."""
    while True:
        try:
            keeper.wait(_LOOK)
        except subprocess.TimeoutExpired:
            if cancelled.is_set():
                return "was cancelled"
            if time.monotonic() > deadline:
                return "took too long"
            if any(os.fstat(channel.fileno()).st_size > OUTPUT for channel in channels):
                return f"printed more than {OUTPUT} bytes"
        else:
            return ""


def _printed(output: IO[bytes]) -> bytes:
    output.seek(0)
    printed = output.read(OUTPUT + 1)
    if len(printed) > OUTPUT:
        raise CutShort(f"printed more than {OUTPUT} bytes")
    return printed


def _complaint(errors: IO[bytes]) -> str:
    errors.seek(max(errors.seek(0, os.SEEK_END) - 4 * COMPLAINT, 0))
    lines = errors.read().decode(errors="replace").split("\n")
    text = " / ".join(filter(None, map(str.strip, lines)))
    return "".join(character for character in text if character.isprintable())[-COMPLAINT:]
