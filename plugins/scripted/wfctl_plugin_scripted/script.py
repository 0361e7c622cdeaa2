"""Scripts: what each call of one resource is to come to, turn by turn.

It knows the words from `vocabulary` and nothing of what they do. A script is a mapping from calls to turns:

    create: lost                       every time
    read: [absent, absent]             the first two times; after that as it should be
    delete: [{do: refuse, as: forbidden, times: 3}]
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wfctl.plugin_sdk import ValidationError
from wfctl_plugin_scripted.vocabulary import BEHAVIOURS, CALLS, CHOICES, COMMON, Argument

TURNS = 1000
"""Turns one call may have."""

MOST = 64 * 1024 * 1024
"""The largest number an argument may be."""


class BadScript(ValidationError):
    """A script says something that has no meaning; `place` says where, as `create[1].times`."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place}: {what}")
        self.place = place


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What somebody else does just before a call: sets values of the object, or takes it away."""

    set: Mapping[str, Any] = field(default_factory=dict)
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What one call is to come to. `arguments` has every argument the behaviour knows."""

    do: str = "ok"
    arguments: Mapping[str, Argument] = field(default_factory=lambda: dict(COMMON))
    meanwhile: Meanwhile | None = None

    def word(self, name: str) -> str:
        """An argument that is a word; empty if the behaviour has no such argument."""
        return str(self.arguments.get(name, ""))

    def number(self, name: str) -> int:
        """An argument that is a number; 0 if the behaviour has no such argument."""
        return int(self.arguments.get(name, 0))


AS_IT_SHOULD = Turn()


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of one call: one after the other, or one that is for `ever`."""

    each: tuple[Turn, ...] = ()
    ever: bool = False

    def at(self, number: int) -> Turn:
        """The turn of a call, counted from 0."""
        if self.ever:
            return self.each[0]
        return self.each[number] if number < len(self.each) else AS_IT_SHOULD


@dataclass(frozen=True, slots=True)
class Script:
    """All turns of one resource. `digest` tells one script from another: with a new one, counting begins anew."""

    turns: Mapping[str, Turns] = field(default_factory=dict)
    digest: str = ""

    def of(self, call: str) -> Turns:
        """The turns of one call."""
        return self.turns.get(call, Turns())


def parse(script: object, place: str = "script") -> Script:
    """Read a script. Raises BadScript."""
    if script is None:
        return Script()
    calls = _mapping(script, place, "a mapping from calls to turns")
    turns = {call: _turns(said, f"{place}.{call}", _known(call, CALLS, place, "call")) for call, said in calls.items()}
    body = json.dumps(script, sort_keys=True, default=str).encode()
    return Script(turns, hashlib.sha256(body).hexdigest()[:12])


def _turns(said: object, place: str, call: str) -> Turns:
    if not isinstance(said, list | tuple):
        return Turns((_turn(said, place, call),), ever=True)
    each = tuple(turn for number, one in enumerate(said) for turn in _repeated(one, f"{place}[{number}]", call))
    if len(each) > TURNS:
        raise BadScript(place, f"has more than {TURNS} turns")
    return Turns(each)


def _repeated(said: object, place: str, call: str) -> Iterator[Turn]:
    turn = _turn(said, place, call)
    times = turn.number("times")
    if not 1 <= times <= TURNS:
        raise BadScript(f"{place}.times", f"must be from 1 to {TURNS}")
    yield from [turn] * times


def _turn(said: object, place: str, call: str) -> Turn:
    if isinstance(said, str):
        said = {"do": said}
    words = dict(_mapping(said, place, "the name of a behaviour, or a mapping with `do`"))
    do = words.pop("do", "ok")
    if not isinstance(do, str):
        raise BadScript(f"{place}.do", "must be the name of a behaviour")
    behaviour = BEHAVIOURS[_known(do, [name for name, one in BEHAVIOURS.items() if call in one.calls], place, call)]
    meanwhile = _meanwhile(words.pop("meanwhile"), f"{place}.meanwhile") if "meanwhile" in words else None
    allowed = {**behaviour.arguments, **COMMON}
    for name, value in words.items():
        _known(name, allowed, place, f"argument of {do}")
        _check(value, allowed[name], f"{place}.{name}", CHOICES.get((do, name), ()))
    return Turn(do, {**allowed, **words}, meanwhile)


def _meanwhile(said: object, place: str) -> Meanwhile:
    words = _mapping(said, place, "a mapping with `set` or `remove`")
    for name in words:
        _known(name, ("set", "remove"), place, "thing somebody can do")
    remove = words.get("remove", False)
    if not isinstance(remove, bool):
        raise BadScript(f"{place}.remove", "must be true or false")
    return Meanwhile(dict(_mapping(words.get("set", {}), f"{place}.set", "a mapping from fields to values")), remove)


def _check(value: object, default: Argument, place: str, choices: Collection[str]) -> None:
    if choices:
        _known(value, choices, place, "word here")
    elif isinstance(default, str) and not isinstance(value, str):
        raise BadScript(place, "must be a text")
    elif isinstance(default, int) and (isinstance(value, bool) or not isinstance(value, int)):
        raise BadScript(place, "must be a whole number")
    elif isinstance(value, int) and not 0 <= value <= MOST:
        raise BadScript(place, f"must be from 0 to {MOST}")


def _mapping(value: object, place: str, wanted: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise BadScript(place, f"must be {wanted}")
    return value


def _known(word: object, words: Collection[str], place: str, what: str) -> str:
    if isinstance(word, str) and word in words:
        return word
    near = difflib.get_close_matches(str(word), words, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(words))}"
    raise BadScript(place, f"{word!r} is no {what}; {hint}")
