"""A mapping read key by key: values of the wrong kind are noted and read as the default."""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path

import pytest

from wfctl.config import document
from wfctl.config.diagnostics import ConfigError, Findings
from wfctl.config.schema import Table, described


class Colour(enum.StrEnum):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class Reading:
    """A table over a text, and what was found wrong with it."""

    def __init__(self, folder: Path, text: str) -> None:
        path = folder / "a.yaml"
        path.write_text(text)
        self.findings = Findings("a.yaml")
        found = document.read(path, "a.yaml", self.findings)
        assert found is not None
        assert isinstance(found.value, dict)
        self.table = Table(found, (), found.value, self.findings)

    @property
    def mistakes(self) -> list[str]:
        try:
            self.findings.raise_errors()
        except ConfigError as error:
            return [line.removeprefix("a.yaml:") for line in error.details]
        return []


@pytest.fixture
def reading(tmp_path: Path) -> Callable[[str], Reading]:
    return lambda text: Reading(tmp_path, text)


def test_values_of_the_right_kind(reading: Callable[[str], Reading]) -> None:
    found = reading("t: x\nf: true\ni: 5\nn: 2\nd: 1m\nz: 0s\nc: green\nl: [a, b]\nm: {k: v}\nms: [{k: 1}, {k: 2}]\n")
    table = found.table
    assert table.text("t") == "x"
    assert table.flag("f") is True
    assert table.integer("i", 0, 1, 9) == 5
    assert table.number("n", 0.0) == 2.0
    assert table.duration("d", 0.0) == 60.0
    assert table.duration("z", 9.0, unlimited=True) == 0.0
    assert table.choice("c", Colour.RED) is Colour.GREEN
    assert table.texts("l") == ("a", "b")
    inner = table.table("m")
    assert inner is not None
    assert inner.text("k") == "v"
    assert [item.integer("k", 0, 0, 9) for item in table.tables("ms")] == [1, 2]
    table.finish()
    assert found.mistakes == []


def test_defaults(reading: Callable[[str], Reading]) -> None:
    found = reading("nothing:\n")
    table = found.table
    assert table.text("nothing", "x") == "x"
    assert table.flag("b", default=True) is True
    assert table.integer("c", 3, 0, 9) == 3
    assert table.number("d", 1.5) == 1.5
    assert table.duration("e", 7.0) == 7.0
    assert table.choice("f", Colour.BLUE) is Colour.BLUE
    assert table.texts("g") is None
    assert table.table("h") is None
    assert table.tables("i") == []
    assert not table.has("j")
    table.finish()
    assert found.mistakes == []


@pytest.mark.parametrize(
    ("text", "ask", "mistake"),
    [
        ("a: 5", lambda t: t.text("a"), "1:4: a must be text, not 5"),
        ("a: ''", lambda t: t.text("a"), "1:4: a must be text, not empty text"),
        ("b: 5", lambda t: t.text("a", required=True), "1:1: a is missing"),
        ("a: yes", lambda t: t.flag("a"), "1:4: a must be true or false, not text"),
        ("a: 10", lambda t: t.integer("a", 1, 1, 9), "1:4: a must be a whole number from 1 to 9, not 10"),
        ("a: true", lambda t: t.integer("a", 1, 1, 9), "1:4: a must be a whole number from 1 to 9, not true"),
        ("a: 1.5", lambda t: t.integer("a", 1, 1, 9), "1:4: a must be a whole number from 1 to 9, not 1.5"),
        ("a: 0", lambda t: t.number("a", 1.0), "1:4: a must be a number greater than 0, not 0"),
        ("a: .inf", lambda t: t.number("a", 1.0), "1:4: a must be a number greater than 0, not inf"),
        ("a: 30", lambda t: t.duration("a", 1.0), "1:4: a must be a duration such as 30s, 5m or 1h30m, not 30"),
        ("a: soon", lambda t: t.duration("a", 1.0), "1:4: a must be a duration such as 30s, 5m or 1h30m, not text"),
        ("a: 0s", lambda t: t.duration("a", 1.0), "1:4: a must be longer than 0s"),
        ("a: gren", lambda t: t.choice("a", Colour.RED), "1:4: a must be red, green or blue. did you mean green?"),
        ("a: 5", lambda t: t.choice("a", Colour.RED), "1:4: a must be red, green or blue. it is 5"),
        ("a: x", lambda t: t.texts("a"), "1:4: a must be a list of texts, not text"),
        ("a: [x, 5]", lambda t: t.texts("a"), "1:8: a[1] must be text, not 5"),
        ("a: [x]", lambda t: t.table("a"), "1:4: a must be a mapping, not a list"),
        ("a: {x: 1}", lambda t: t.tables("a"), "1:4: a must be a list, not a mapping"),
        ("a: [{x: 1}, y]", lambda t: t.tables("a"), "1:13: a[1] must be a mapping, not text"),
    ],
)
def test_values_of_the_wrong_kind(
    reading: Callable[[str], Reading], text: str, ask: Callable[[Table], object], mistake: str
) -> None:
    found = reading(text)
    ask(found.table)
    assert found.mistakes == [mistake]


def test_keys_nobody_asked_for_are_unknown(reading: Callable[[str], Reading]) -> None:
    found = reading("a: {nmae: x, zzz: 1}")
    inner = found.table.table("a")
    assert inner is not None
    inner.text("name")
    inner.finish()
    assert found.mistakes == [
        "1:5: unknown key nmae in a. did you mean name?",
        "1:14: unknown key zzz in a. known are name",
    ]


def test_named_tables(reading: Callable[[str], Reading]) -> None:
    found = reading("a: {x: 1}\nb:\nc: 5\n")
    names = [(name, None if table is None else table.value) for name, table in found.table.named_tables()]
    assert names == [("a", {"x": 1}), ("b", None), ("c", None)]
    found.table.finish()
    assert found.mistakes == ["3:4: c must be a mapping, not 5"]


def test_described() -> None:
    values: list[object] = [None, True, 1.5, "s", "", [], {}]
    assert [described(value) for value in values] == [
        "nothing",
        "true",
        "1.5",
        "text",
        "empty text",
        "a list",
        "a mapping",
    ]
