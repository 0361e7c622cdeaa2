"""The lock is whole: it names all that pyproject.toml asks for, each with hashes, and no place to fetch it from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements" / "dev.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_everything_asked_for_is_locked() -> None:
    extras = PROJECT["project"]["optional-dependencies"].values()
    groups = [PROJECT["project"]["dependencies"], PROJECT["dependency-groups"]["dev"], *extras]
    assert sorted({name_of(wish) for group in groups for wish in group} - set(locked())) == []


def test_everything_locked_has_hashes() -> None:
    assert [name for name, rest in locked().items() if "--hash=sha256:" not in rest] == []


def test_the_lock_names_no_place() -> None:
    assert "://" not in LOCK
    assert "--index" not in LOCK
    assert "--find-links" not in LOCK


def locked() -> dict[str, str]:
    """The text of each entry, by the name of its distribution."""
    entries = re.split(r"^(?=\w)", LOCK, flags=re.MULTILINE)
    return {name_of(entry): entry for entry in entries if entry and not entry.startswith("#")}


def name_of(wish: str) -> str:
    match = re.match(r"[\w.-]+", wish)
    assert match
    return re.sub(r"[-_.]+", "-", match[0]).lower()
