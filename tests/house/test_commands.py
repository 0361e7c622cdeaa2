"""A command that a page tells people to type exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])

TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
TYPED = re.compile(r"`make ([a-z]+)|^\s*(?:\$ )?make ([a-z]+)\s*(?:#.*)?$", re.MULTILINE)


def test_every_make_command_on_a_page_is_a_target() -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    typed = {(page.relative_to(ROOT).as_posix(), target) for page in PAGES for target in make_commands(page)}
    assert sorted((page, target) for page, target in typed if target not in targets) == []


def make_commands(page: Path) -> list[str]:
    return ["".join(groups) for groups in TYPED.findall(page.read_text(encoding="utf-8"))]
