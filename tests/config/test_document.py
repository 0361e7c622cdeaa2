"""A file's value, and the places of its parts, whichever way it was read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wfctl.config import document
from wfctl.config.diagnostics import Findings
from wfctl.config.document import Document

YAML = "modules:\n  - name: a\n    config:\n      x: [1, 2]\n  - name: b\n    config:\nother: 5\n"


def read(path: Path, text: str) -> Document:
    path.write_text(text)
    found = document.read(path, path.name, Findings(path.name))
    assert found is not None
    return found


def places(found: Document, *paths: tuple[str | int, ...], key: bool = False) -> list[tuple[int, int]]:
    positions = [found.mark(path, key=key).position for path in paths]
    return [(position.line, position.column) for position in positions]


def test_places_of_values_and_of_keys(tmp_path: Path) -> None:
    found = read(tmp_path / "a.yaml", YAML)
    paths: list[tuple[str | int, ...]] = [(), ("modules", 0), ("modules", 0, "config", "x", 1), ("other",)]
    assert places(found, *paths) == [(1, 1), (2, 5), (4, 14), (7, 8)]
    assert places(found, *paths, key=True) == [(1, 1), (2, 5), (4, 14), (7, 1)]
    assert found.position(("other",)).line == 7
    assert found.mark(("other",)).snippet == "other: 5"


def test_the_nearest_place_around_what_is_not_there(tmp_path: Path) -> None:
    found = read(tmp_path / "a.yaml", YAML)
    assert places(found, ("modules", 0, "config", "y"), ("modules", 7, "name"), ("no", 1)) == [(4, 7), (2, 3), (1, 1)]


def test_an_empty_value_is_shown_at_its_key(tmp_path: Path) -> None:
    assert places(read(tmp_path / "a.yaml", YAML), ("modules", 1, "config")) == [(6, 5)]


@pytest.mark.parametrize("indent", [None, 2])
def test_json_has_the_value_and_the_places_that_yaml_has(tmp_path: Path, indent: int | None) -> None:
    value = {"z": [1.5], "modules": [{"name": "é"}, {"name": "b", "config": {"x": {"y": 1}}}]}
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    quick, slow = read(tmp_path / "a.json", text), read(tmp_path / "a.yaml", text)
    assert quick.value == slow.value == value
    paths: list[tuple[str | int, ...]] = [("modules", 0), ("modules", 1), ("modules", 1, "config", "x", "y"), ("z", 0)]
    assert places(quick, *paths) == places(slow, *paths)


def test_json_beyond_yaml_keeps_the_places_of_its_modules(tmp_path: Path) -> None:
    found = read(tmp_path / "a.json", '{"modules": [\n  {"name": "\\ud834\\udd1e"},\n  {"name": 5}\n]}')
    assert places(found, ("modules", 1), ("modules", 1, "name"), ("x",)) == [(3, 3), (3, 3), (1, 1)]


@pytest.mark.parametrize("text", ["# a comment\nmodules: []\n", '{"modules": [],}'])
def test_json_with_more_freedom_is_read_as_yaml(tmp_path: Path, text: str) -> None:
    assert read(tmp_path / "a.json", text).value == {"modules": []}


def test_broken_json_has_a_place(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": 1,\n "a": 2}')
    findings = Findings("a.json")
    document.read(path, "a.json", findings)
    with pytest.raises(Exception, match=r"a\.json:2:2: the key a stands here twice"):
        findings.raise_errors()


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "a.yaml", "# soon\n").value is None
