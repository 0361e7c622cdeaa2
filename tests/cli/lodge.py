"""A project whose rooms are files, made by a plugin in a folder, and what can be asked of its runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.cli.shell import Shell

PROGRAM = Path(__file__).with_name("plugins") / "lodge.py"
MANIFEST = {
    "name": "lodge",
    "version": "1.0.0",
    "author": "a test",
    "description": "rooms",
    "capabilities": {"iacProvider": {"name": "lodge"}},
}
HEAD = """\
modules:
  - {name: here, type: iac.provider, config: {provider: lodge}}
"""


def rooms(*lines: str, apply: str = "") -> str:
    """A configuration with these rooms: `name`, `name=text`, `name=text>needed`."""
    text = HEAD
    for line in lines:
        told, _, needed = line.partition(">")
        name, _, words = told.partition("=")
        config = f"{{text: {words or 'empty'}{f', depends_on: [{needed}]' if needed else ''}}}"
        text += f"  - {{name: {name}, type: lodge.room, config: {config}}}\n"
    return text + apply


def laid_out(shell: Shell) -> Shell:
    """A project with a lobby, and a room that stands on it; nothing is made yet."""
    shell.write("data/plugins/lodge/plugin.json", json.dumps(MANIFEST))
    shell.write("data/plugins/lodge/lodge", f"#!/bin/sh\nexec {sys.executable} {PROGRAM}\n", mode=0o755)
    shell.environment["LODGE"] = str(shell.folder)
    shell.write("infra.yaml", rooms("lobby", "suite=red>lobby"))
    return shell


def applied(shell: Shell, text: str = "", *, code: int = 0) -> str:
    """Apply, after writing a configuration if one is given; the run."""
    if text:
        shell.write("infra.yaml", text)
    shell.run("apply", "-y", code=code)
    return newest(shell)


def newest(shell: Shell) -> str:
    return str(shell.document("runs", "list")["runs"][0]["run_id"])


def outcomes(shell: Shell, run: str) -> dict[str, Any]:
    return {one["name"]: one for one in shell.document("runs", "show", run)["outcome"]["actions"]}
