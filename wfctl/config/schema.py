"""Reading one mapping of a config file key by key, noting every value that is not what it should be.

Knows nothing of which keys there are: its callers ask, and what nobody asked for is an unknown key.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Mapping
from typing import TypeVar

from wfctl.config.diagnostics import Findings, Mark, Position, meant
from wfctl.config.document import Document
from wfctl.config.durations import seconds
from wfctl.core.references import Path, dotted

Choice = TypeVar("Choice", bound=enum.StrEnum)


class Table:
    """A mapping of a document, at a path. A value of the wrong kind is noted and read as the default."""

    def __init__(self, document: Document, path: Path, value: Mapping[str, object], findings: Findings) -> None:
        self.document = document
        self.path = path
        self.value = value
        self._findings = findings
        self._asked: dict[str, None] = {}

    def has(self, key: str) -> bool:
        """Whether the key is there, with a value or without."""
        self._asked[key] = None
        return key in self.value

    def mark(self, *steps: str | int, key: bool = False) -> Mark:
        """The place of the mapping itself, or of something in it."""
        return self.document.mark((*self.path, *steps), key=key)

    @property
    def position(self) -> Position:
        """The place of the mapping itself."""
        return self.document.position(self.path)

    def wrong(self, summary: str, detail: str = "", *steps: str | int) -> None:
        """Note a mistake at the mapping, or at something in it."""
        self._findings.error(self.mark(*steps), summary, detail)

    def unwise(self, summary: str, detail: str, *steps: str | int) -> None:
        """Note something that is probably not meant."""
        self._findings.warning(self.mark(*steps), summary, detail)

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """A text that is not empty."""
        value = self._asked_for(key, required=required)
        if value is None or (isinstance(value, str) and value):
            return value or default
        self._expected(key, "text", value)
        return default

    def flag(self, key: str, *, default: bool = False) -> bool:
        """A boolean."""
        value = self._asked_for(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self._expected(key, "true or false", value)
        return default

    def integer(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self._asked_for(key)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        if value is not None:
            self._expected(key, f"a whole number from {least} to {most}", value)
        return default

    def number(self, key: str, default: float) -> float:
        """A number greater than 0."""
        value = self._asked_for(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf:
            return float(value)
        if value is not None:
            self._expected(key, "a number greater than 0", value)
        return default

    def duration(self, key: str, default: float, *, unlimited: bool = False) -> float:
        """A span of time in seconds; 0s only where it means: no limit."""
        value = self._asked_for(key)
        if value is None:
            return default
        span = seconds(value) if isinstance(value, str) else None
        if span is None:
            self._expected(key, "a duration such as 30s, 5m or 1h30m", value)
        elif span == 0 and not unlimited:
            self.wrong(f"{self._label(key)} must be longer than 0s", "", key)
        else:
            return span
        return default

    def choice(self, key: str, default: Choice, *, required: bool = False) -> Choice:
        """One of the words of an enumeration."""
        words = {word.value: word for word in type(default)}
        value = self._asked_for(key, required=required)
        if value is None:
            return default
        if isinstance(value, str) and value in words:
            return words[value]
        summary = f"{self._label(key)} must be {_alternatives(list(words))}"
        self.wrong(summary, meant(value, words) if isinstance(value, str) else f"it is {described(value)}", key)
        return default

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts that are not empty, or None where there is none."""
        value = self._asked_for(key)
        if value is None:
            return None
        if not isinstance(value, list):
            self._expected(key, "a list of texts", value)
            return None
        for number, item in enumerate(value):
            if not isinstance(item, str) or not item:
                self._expected(f"{key}[{number}]", "text", item, key, number)
        return tuple(item for item in value if isinstance(item, str) and item)

    def table(self, key: str) -> Table | None:
        """A mapping, or None where there is none."""
        value = self._asked_for(key)
        if value is None:
            return None
        return self._inner(value, (key,))

    def tables(self, key: str) -> list[Table]:
        """A list of mappings."""
        value = self._asked_for(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self._expected(key, "a list", value)
            return []
        found = (self._inner(item, (key, number)) for number, item in enumerate(value))
        return [table for table in found if table is not None]

    def named_tables(self) -> Iterator[tuple[str, Table | None]]:
        """Every key of this mapping, with the mapping it leads to; None where that is empty."""
        for key in self.value:
            self._asked[key] = None
            yield key, self.table(key)

    def finish(self) -> None:
        """Note every key that nobody asked for. To be called last."""
        for key in self.value:
            if key not in self._asked:
                summary = f"unknown key {key}{f' in {dotted(self.path)}' if self.path else ''}"
                detail = meant(key, self._asked) or f"known are {', '.join(self._asked)}"
                self._findings.error(self.mark(key, key=True), summary, detail)

    def _asked_for(self, key: str, *, required: bool = False) -> object:
        self._asked[key] = None
        value = self.value.get(key)
        if value is None and required:
            place = f" of {dotted(self.path)}" if self.path else ""
            self._findings.error(self.mark(key), f"{key}{place} is missing")
        return value

    def _inner(self, value: object, steps: Path) -> Table | None:
        if isinstance(value, dict):
            return Table(self.document, (*self.path, *steps), value, self._findings)
        self._expected(dotted(steps), "a mapping", value, *steps)
        return None

    def _expected(self, key: str, what: str, value: object, *steps: str | int) -> None:
        self.wrong(f"{self._label(key)} must be {what}, not {described(value)}", "", *(steps or (key,)))

    def _label(self, key: str) -> str:
        return f"{dotted(self.path)}.{key}" if self.path else key


def described(value: object) -> str:
    """What sort of value it is, for a message. The text itself is not repeated: it may be a secret."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value}"[:40]
        case str():
            return "text" if value else "empty text"
        case list():
            return "a list"
        case _:
            return "a mapping"


def _alternatives(words: list[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
