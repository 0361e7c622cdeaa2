"""Plugins and examples stand outside the fence: of wfctl they import the SDK, and of the wire nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = sorted(file for folder in ("plugins", "examples") for file in (ROOT / folder).rglob("*.py"))
WIRE = {"grpc", "google"}

# A plugin that plays broken ones has to speak as they do. It does so in one module.
BEHIND_THE_SDK = "plugins/scripted/wfctl_plugin_scripted/wire.py"


def test_imports_of_wfctl_are_of_the_sdk() -> None:
    inside = [(file.relative_to(ROOT).as_posix(), name) for file in FILES for name in imports(file) if is_inside(name)]
    assert {file for file, _ in inside} == {BEHIND_THE_SDK}


def is_inside(name: str) -> bool:
    parts = name.split(".")
    return parts[0] in WIRE or (parts[0] == "wfctl" and (parts[1:2] != ["plugin_sdk"] or parts[2][:1] == "_"))


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
