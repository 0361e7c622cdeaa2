"""Surroundings to run plugins in, and ways to stop them at a chosen place without waiting by time."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from wfctl.plugin_host.launch import Patience, Site

T = TypeVar("T")


def site(
    *,
    environment: dict[str, str] | None = None,
    redact: Callable[[str], str] = str,
    log: Callable[[str, str], None] | None = None,
    start: float = 30.0,
    exit_: float = 20.0,
    kill: float = 20.0,
) -> Site:
    return Site(
        environment={"PATH": os.environ["PATH"], **(environment or {})},
        config_directory=Path.cwd(),
        socket_root=Path(tempfile.gettempdir()),
        interpreter=sys.executable,
        redact=redact,
        log=log,
        patience=Patience(start=start, exit=exit_, kill=kill),
    )


def run(work: Awaitable[T]) -> T:
    async def main() -> T:
        return await asyncio.wait_for(work, 60)

    return asyncio.run(main())


class Meeting:
    """A place where a call in a plugin stops until it is let go. The FIFOs make it a barrier without any waiting by time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        os.mkfifo(f"{path}.go")

    async def reached(self) -> int:
        """Wait for the plugin to get there; its pid."""
        return int(await asyncio.to_thread(self.path.read_text))

    async def go(self) -> None:
        """Let it go on."""
        await asyncio.to_thread(Path(f"{self.path}.go").write_bytes, b"")


class Lifeline:
    """A FIFO that a process holds open while it lives."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        self._end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(self._end, True)

    def ended(self) -> bool:
        """Wait until nobody holds it any more."""
        with os.fdopen(self._end, "rb") as end:
            return end.read() == b""
