"""Conditions on a hook's payload: the truth of a path, or its comparison with a literal.

    outputs.port            true unless missing, null, false, 0, "" or empty
    effect = "CREATED"      also ==, !=, >, >=, <, <=

Knows nothing of hooks. Paths are dotted; list items are addressed by number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

_FORM: Final = re.compile(
    r"""^\s*(?P<path>[A-Za-z_][\w-]*(?:\.[\w-]+)*)\s*(?:(?P<operator>==|!=|>=|<=|=|>|<)\s*(?P<literal>.+?)\s*)?$""",
    re.DOTALL,
)
_LIMIT: Final = 1024

Literal = str | int | float | bool | None
"""What a path may be compared with."""

_LITERAL: Final[msgspec.json.Decoder[Literal]] = msgspec.json.Decoder(Literal)


class ExpressionError(ValueError):
    """A condition that cannot be read: what is wrong with it."""


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A condition, read. `comparison` is empty when the truth of the path is meant."""

    path: tuple[str, ...]
    comparison: str = ""
    literal: Literal = None

    def holds(self, value: Mapping[str, object]) -> bool:
        """Whether it is true of a JSON object. A missing path is null; unlike kinds are unequal and unordered."""
        found = _at(value, self.path)
        if not self.comparison:
            return bool(found)
        if self.comparison in ("=", "!="):
            return _equal(found, self.literal) is (self.comparison == "=")
        return _ordered(self.comparison, found, self.literal)


def parse(text: str) -> Condition:
    """Read a condition. Raises ExpressionError; literals are JSON, and 'single quotes' are taken as double ones."""
    if len(text) > _LIMIT:
        raise ExpressionError(f"the condition is longer than {_LIMIT} characters")
    form = _FORM.match(text)
    if form is None:
        raise ExpressionError("expected `path` or `path = literal` (also != > >= < <=)")
    path = tuple(form["path"].split("."))
    if form["operator"] is None:
        return Condition(path=path)
    comparison = "=" if form["operator"] == "==" else form["operator"]
    return Condition(path=path, comparison=comparison, literal=_literal(form["literal"]))


def _literal(text: str) -> Literal:
    quoted = len(text) > 1 and text[0] == text[-1] == "'"
    try:
        return text[1:-1] if quoted else _LITERAL.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        raise ExpressionError(f"{text} is not a literal: write a number, true, false, null or a quoted text") from None


def _at(value: object, path: tuple[str, ...]) -> object:
    for part in path:
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list | tuple) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _equal(left: object, right: object) -> bool:
    # True == 1 in Python, but not in JSON.
    return isinstance(left, bool) is isinstance(right, bool) and left == right


def _ordered(comparison: str, left: object, right: object) -> bool:
    sign = _compared(left, right)
    if sign is None:
        return False
    return {">": sign > 0, ">=": sign >= 0, "<": sign < 0, "<=": sign <= 0}[comparison]


def _compared(left: object, right: object) -> int | None:
    """-1, 0 or 1 for two numbers or two texts; None where there is no order."""
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if isinstance(left, bool) or isinstance(right, bool):
        return None
    if isinstance(left, int | float) and isinstance(right, int | float):
        return (left > right) - (left < right)
    return None
