"""What of a driver's comparison may be kept and shown: values in clear become what the config says instead.

A driver compares in clear, so its answer may hold secrets and the values of variables. Where a change is about a field
that the config takes from a variable or another resource, the config's own text stands for the new value; where it is
about a secret, nothing is shown; and any other text that contains such a value has it replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from wfctl.core.plan import FieldChange
from wfctl.core.references import Path, dotted
from wfctl.planner.reading import SENSITIVE, Reading, value_at

_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")
_SHORTEST = 4
"""Anything shorter occurs everywhere by chance: it is replaced only where it is the whole text."""


def shown(
    changes: Iterable[FieldChange], reading: Reading, secret_outputs: Mapping[str, object]
) -> tuple[FieldChange, ...]:
    """The changes as they may be shown. `secret_outputs` are the resource's own, by key, in clear where that is known."""
    private = {value: SENSITIVE for value in secret_outputs.values() if isinstance(value, str)} | reading.private
    private.pop("", None)
    return tuple(_shown(change, reading, secret_outputs, private) for change in changes)


def overlap(one: str, other: str) -> bool:
    """Whether two dotted paths lead to the same value, or one into the other."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and long[len(short) : len(short) + 1] in ("", ".", "[")


def redacted(value: object, private: Mapping[str, str]) -> object:
    """A copy of a value with every private text replaced."""
    match value:
        case str():
            return _redacted(value, private)
        case dict():
            return {key: redacted(item, private) for key, item in value.items()}
        case list() | tuple():
            return [redacted(item, private) for item in value]
        case _:
            return value


def _redacted(text: str, private: Mapping[str, str]) -> str:
    if text in private:
        return private[text]
    for value in sorted(private, key=len, reverse=True):
        if len(value) >= _SHORTEST and value in text:
            text = text.replace(value, private[value])
    return text


def _shown(
    change: FieldChange, reading: Reading, secret_outputs: Mapping[str, object], private: Mapping[str, str]
) -> FieldChange:
    path = change.path.removeprefix("config.")
    steps = _steps(path)
    taken = [one for one in reading.references if overlap(dotted(one.path), path)]
    secret = any(one in reading.secret for one in taken) or (bool(steps) and steps[0] in secret_outputs)
    if secret:
        return msgspec.structs.replace(change, old=_hidden(change.old), new=_hidden(change.new))
    new = _in_text(reading, steps, change.new, private) if taken else redacted(change.new, private)
    return msgspec.structs.replace(change, old=redacted(change.old, private), new=new)


def _hidden(value: object) -> str | None:
    return None if value is None else SENSITIVE


def _steps(path: str) -> Path:
    return tuple(int(step[1:-1]) if step.startswith("[") else step for step in _STEP.findall(path))


def _in_text(reading: Reading, steps: Path, otherwise: object, private: Mapping[str, str]) -> object:
    try:
        return value_at(reading.text, steps)
    except (LookupError, TypeError):
        return redacted(otherwise, private)
