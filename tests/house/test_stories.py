"""Each story of `tests/stories/table.py` is told by tests that are there, and each test of that folder tells one."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from tests.stories.table import STORIES

ROOT = Path(__file__).parents[2]
NAMED = Counter(test for tests in STORIES.values() for test in tests)


def found_in(file: Path) -> set[str]:
    body = ast.parse(file.read_text(encoding="utf-8")).body
    name = file.relative_to(ROOT).as_posix()
    return {f"{name}::{node.name}" for node in body if isinstance(node, ast.FunctionDef) and node.name[:5] == "test_"}


def test_each_named_test_is_there_and_is_named_once() -> None:
    there = {test for name in {test.partition("::")[0] for test in NAMED} for test in found_in(ROOT / name)}
    assert sorted(NAMED.keys() - there) == []
    assert [test for test, count in NAMED.items() if count > 1] == []


def test_each_test_of_the_folder_tells_a_story() -> None:
    told = {test for file in (ROOT / "tests" / "stories").glob("test_*.py") for test in found_in(file)}
    assert sorted(told - NAMED.keys()) == []
