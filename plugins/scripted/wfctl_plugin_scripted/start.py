"""Odd ways for a plugin to begin. The word is in the environment, since nothing else reaches a process that early.

It knows nothing of the SDK, and has to come before it: the SDK takes standard output aside when it is imported.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

VARIABLE = "WFCTL_SCRIPTED_START"
"""Names one of STARTS; anything else, or nothing, is an ordinary start."""

_STORM = 2000
_PAUSE = 0.05


def _fields(line: bytes, number: int, value: bytes) -> bytes:
    fields = line.rstrip(b"\n").split(b"|")
    fields[number : number + 1] = [value] if number < len(fields) else []
    return b"|".join(fields) + b"\n"


STARTS: Mapping[str, Callable[[bytes], list[bytes]]] = {
    "noise": lambda line: [b"starting up\n", line],
    "noise_after": lambda line: [line, b"ready to serve\n"],
    "two_chunks": lambda line: [line[:7], line[7:]],
    "crlf": lambda line: [line.rstrip(b"\n") + b"\r\n"],
    "wrong_protocol": lambda line: [_fields(line, 1, b"9")],
    "empty_certificate": lambda line: [_fields(line, 5, b"")],
    "extra_field": lambda line: [line.rstrip(b"\n") + b"|more\n"],
    "no_newline": lambda line: [line.rstrip(b"\n")],
}
"""What becomes of the one line a plugin says when it begins."""

OTHERS = ("exit", "silent", "storm", "zombie", "deaf")
"""Ends at once, says nothing, floods standard error, leaves a child behind that holds its pipes, ignores SIGTERM."""


def begin(environment: Mapping[str, str]) -> None:
    """Do what the environment says, and return if the plugin goes on."""
    word = environment.get(VARIABLE, "")
    match word:
        case "exit":
            sys.exit(0)
        case "silent":
            signal.pause()
        case "storm":
            for number in range(_STORM):
                sys.stderr.write(f"storm {number} {'.' * 200}\n")
        case "zombie":
            subprocess.Popen(["/bin/sleep", "30"], start_new_session=True)
        case "deaf":
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        case _ if word in STARTS:
            _rewrite(STARTS[word])


def _rewrite(change: Callable[[bytes], list[bytes]]) -> None:
    """Stand between the SDK and standard output, for one line."""
    said, say = os.pipe()
    real = os.dup(1)
    os.dup2(say, 1)
    os.close(say)
    threading.Thread(target=_pass_on, args=(said, real, change), daemon=True).start()


def _pass_on(said: int, real: int, change: Callable[[bytes], list[bytes]]) -> None:
    with Path(f"/dev/fd/{said}").open("rb") as stream:
        line = stream.readline()
    for number, chunk in enumerate(change(line)):
        if number:
            time.sleep(_PAUSE)
        os.write(real, chunk)
    os.close(real)
