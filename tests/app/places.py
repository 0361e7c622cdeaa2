"""Surroundings made for a test: no environment, a fixed clock, a known random."""

from __future__ import annotations

from pathlib import Path

from wfctl.app.settings import Settings


def settings(
    cwd: Path = Path("/project"), environment: dict[str, str] | None = None, *, stdin_tty: bool = False
) -> Settings:
    return Settings(
        environment=environment or {},
        cwd=cwd,
        stdin_tty=stdin_tty,
        host="build-7",
        user="ana",
        pid=4711,
        boot_id="boot",
        python="/usr/bin/python3",
        temporary=Path("/tmp"),
        now=lambda: 1_800_000_000.0,
        uptime=lambda: 1000.0,
        token=lambda: "token",
        random=bytes,
    )
