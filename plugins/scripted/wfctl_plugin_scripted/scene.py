"""One call, played as its turn says: what happens, and what is answered.

It knows nothing of what the call is for: that is a Deed, which tells what would happen and what would be answered.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Generic, NoReturn, TypeVar

from wfctl.plugin_sdk import (
    AlreadyExists,
    DriverError,
    Forbidden,
    ImageNotInRegistry,
    MethodUnimplemented,
    PartlyApplied,
    RateLimited,
    Transient,
    Unauthorized,
    ValidationError,
)
from wfctl_plugin_scripted.script import Turn
from wfctl_plugin_scripted.wire import status
from wfctl_plugin_scripted.world import Fact, World

T = TypeVar("T")

_LOOK = 0.005
_ERRORS: Mapping[str, type[DriverError]] = {
    "validation": ValidationError,
    "forbidden": Forbidden,
    "unauthorized": Unauthorized,
    "already_exists": AlreadyExists,
    "image_not_in_registry": ImageNotInRegistry,
    "unimplemented": MethodUnimplemented,
}


class Broken(Exception):
    """What a driver raises that knows no names for failures."""


@dataclass(frozen=True, slots=True)
class Deed(Generic[T]):
    """What a call would come to.

    Attributes:
        name: The resource.
        facts: What would happen.
        answer: What would be said then.
        half: What happens if only a part does.
        identity: The object it is about.
    """

    name: str
    facts: tuple[Fact, ...]
    answer: T
    half: tuple[Fact, ...] = ()
    identity: str = ""


def play(turn: Turn, world: World, plan: Callable[[], Deed[T]], cancelled: Event) -> T:
    """Play one call. `plan` tells the deed; it is asked while nobody else can change the world, and may raise."""
    _prelude(turn, world, cancelled)
    with world.alone():
        refuse(turn)
        deed = plan()
        _happen(turn, world, deed)
    _wait(world, turn.word("gate_after"), cancelled)
    _answer(turn, deed, cancelled)
    return deed.answer


def refuse(turn: Turn) -> None:
    """End the call here where its turn says that nothing happens."""
    match turn.do:
        case "refuse":
            raise _error(turn)
        case "busy":
            raise _limit(turn)
        case "exists":
            raise AlreadyExists(_text(turn, "there is one of that name already"))
        case "blocked":
            raise status("failed_precondition", _text(turn, "something still uses it"))
        case "fail":
            raise _failure(turn)
        case "panic":
            raise RuntimeError(_text(turn, "nobody expected this"))
        case "lost_before":
            _lose(turn)
        case "die":
            os._exit(3)


@contextmanager
def looking(turn: Turn, world: World, cancelled: Event) -> Iterator[None]:
    """Play one call that changes nothing."""
    _prelude(turn, world, cancelled)
    refuse(turn)
    yield
    _wait(world, turn.word("gate_after"), cancelled)
    if turn.do == "lost":
        _lose(turn)


def hang(cancelled: Event) -> NoReturn:
    """Never answer; ends when nobody waits any more."""
    cancelled.wait()
    raise Broken("nobody waits any more")


def _prelude(turn: Turn, world: World, cancelled: Event) -> None:
    for number in range(turn.number("noise")):
        sys.stdout.write(f"noise {number}\n")
    for number in range(turn.number("storm")):
        sys.stderr.write(f"storm {number} {'.' * 200}\n")
    if turn.number("delay_ms"):
        cancelled.wait(turn.number("delay_ms") / 1000)
    _wait(world, turn.word("gate"), cancelled)
    if turn.do == "hang":
        hang(cancelled)


def _wait(world: World, gate: str, cancelled: Event) -> None:
    path = Path(world.path.parent, gate)
    while gate and not path.exists():
        if cancelled.wait(_LOOK):
            raise Broken(f"nobody waits for {gate} any more")


def _happen(turn: Turn, world: World, deed: Deed[T]) -> None:
    if turn.do in ("lie", "nothing", "refused", "not_found"):
        return
    if turn.do == "late":
        for fact in deed.facts:
            world.later(deed.name, turn.number("after"), fact)
        return
    was = world.things.get(deed.identity)
    for fact in deed.half if turn.do == "half" else deed.facts:
        world.write(fact)
    if turn.do == "resurrect" and was is not None:
        world.later(deed.name, turn.number("after"), {"is": "there", "by": "resurrect", "thing": _again(was)})


def _again(thing: object) -> dict[str, object]:
    return {name: getattr(thing, name) for name in ("id", "name", "type", "values", "key", "version")}


def _answer(turn: Turn, deed: Deed[T], cancelled: Event) -> None:
    """End the call where its turn says that what happened is not told, or not truly."""
    match turn.do:
        case "lost" | "late" | "half":
            _lose(turn)
        case "fail_after":
            raise _failure(turn)
        case "partly":
            raise PartlyApplied(_text(turn, "the rest of it failed"), provider_id=deed.identity)
        case "hang_after":
            hang(cancelled)
        case "die_after":
            os._exit(3)


def _lose(turn: Turn) -> NoReturn:
    raise status(turn.word("status"), _text(turn, "the answer was lost"))


def _error(turn: Turn) -> Exception:
    text = _text(turn, "the script refuses it")
    named = turn.word("as")
    return _ERRORS[named](text) if named in _ERRORS else status(named, text)


def _limit(turn: Turn) -> Exception:
    text = _text(turn, "not now")
    if turn.word("as") == "resource_exhausted":
        return status("resource_exhausted", text)
    return RateLimited(text, retry_after=turn.number("retry_after_ms") / 1000)


def _failure(turn: Turn) -> Exception:
    text = _text(turn, "the script lets it fail")
    return Transient(text) if turn.word("as") == "transient" else Broken(text)


def _text(turn: Turn, otherwise: str) -> str:
    return turn.word("text") or otherwise
