"""Configs read field by field.

It knows nothing of what the fields are for. Every complaint names its field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wfctl.plugin_sdk import ValidationError
from wfctl.plugin_sdk.driver import ENGINE_KEYS

ARGUMENTS = 256
ARGUMENT = 32 * 1024
"""Characters of one argument: what every system we run on takes."""

_MODE = re.compile(r"0?[0-7]{3}")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)(s|m|h)")
_UNITS = {"s": 1, "m": 60, "h": 3600}


class BadField(ValidationError):
    """A field of a config cannot be right; nothing was changed."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


class Fields:
    """The fields of one config. Raises BadField for one that is not known; what speaks to the engine is passed over."""

    def __init__(self, config: Mapping[str, Any], *known: str) -> None:
        for name in config:
            if name not in known and name not in ENGINE_KEYS:
                raise BadField(name, f"not known here; known are {', '.join(known)}")
        self._config = {name: value for name, value in config.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._config

    def text(self, name: str, default: str | None = None) -> str:
        """A text; required if there is no default. Raises BadField."""
        value = self._config.get(name, default)
        if value is None:
            raise BadField(name, "required")
        if not isinstance(value, str):
            raise BadField(name, f"must be a text, not {_kind(value)}")
        return value

    def line(self, name: str, default: str | None = None) -> str:
        """A text without line breaks and other control characters. Raises BadField."""
        value = self.text(name, default)
        if not value.isprintable():
            raise BadField(name, "must be one line of printable characters")
        return value

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds. Raises BadField."""
        value = self._config.get(name, default)
        if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
            raise BadField(name, f"must be a whole number, not {_kind(value)}")
        if not low <= value <= high:
            raise BadField(name, f"must be from {low} to {high}, not {value:g}")
        return int(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false. Raises BadField."""
        value = self._config.get(name, default)
        if not isinstance(value, bool):
            raise BadField(name, f"must be true or false, not {_kind(value)}")
        return value

    def mode(self, name: str, owner: int) -> int | None:
        """Permission bits written as in `chmod`, which must leave the owner the bits `owner`. Raises BadField.

        Numbers are refused: a YAML reader takes 0644 for 420 and leaves 644 alone, so nobody could tell what was meant.
        """
        value = self._config.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not _MODE.fullmatch(value):
            raise BadField(name, 'must be three octal digits in quotes, such as "0644"')
        mode = int(value, 8)
        if mode & owner != owner:
            raise BadField(name, f"must leave the owner at least {owner:04o}")
        return mode

    def seconds(self, name: str, default: float, high: float) -> float:
        """A time as a number of seconds, or as `90s`, `5m`, `1h`. Raises BadField."""
        value = self._config.get(name, default)
        match = _SECONDS.fullmatch(value) if isinstance(value, str) else None
        if match:
            value = float(match[1]) * _UNITS[match[2]]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadField(name, "must be a number of seconds, or such as 90s, 5m or 1h")
        if not 0 < value <= high:
            raise BadField(name, f"must be more than 0 and at most {high:g} seconds")
        return float(value)

    def argv(self, name: str) -> tuple[str, ...]:
        """A program and its arguments; () if there is none. Raises BadField."""
        value = self._config.get(name, [])
        if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
            raise BadField(name, "must be a list of texts: a program and its arguments, for there is no shell")
        if len(value) > ARGUMENTS or any(len(word) > ARGUMENT or "\0" in word for word in value):
            raise BadField(name, f"at most {ARGUMENTS} arguments of {ARGUMENT} characters, none of them NUL")
        if value and not value[0]:
            raise BadField(name, "the program has no name")
        return tuple(value)

    def names(self, name: str) -> tuple[str, ...]:
        """A list of texts, sorted, each once. Raises BadField."""
        value = self._config.get(name, [])
        if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
            raise BadField(name, "must be a list of texts")
        return tuple(sorted(set(value)))

    def scalar(self, name: str) -> str | int | float | bool | None:
        """A text, a number, true, false or nothing. Raises BadField."""
        value = self._config.get(name)
        if value is not None and not isinstance(value, str | int | float | bool):
            raise BadField(name, f"must be a text or a number, not {_kind(value)}")
        return value

    def mapping(self, name: str) -> Mapping[str, Any]:
        """A mapping; empty if there is none. Raises BadField."""
        value = self._config.get(name, {})
        if not isinstance(value, Mapping):
            raise BadField(name, f"must be a mapping of names to values, not {_kind(value)}")
        return value


def octal(mode: int) -> str:
    """Permission bits as they are written in a config."""
    return f"{mode & 0o7777:04o}"


def _kind(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"
