"""Facts on their way into the record and back: every class, with whatever it may hold."""

from __future__ import annotations

import enum
import types
import typing
from typing import NewType, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfctl.core import events
from wfctl.core.events import ActionEvent, Event, RunEvent, decode, encode
from wfctl.core.outcome import Existence, Failure
from wfctl.core.plan import Step

CLASSES = get_args(Event)

_TEXT = st.text(max_size=8)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=4,
)


def values(kind: object) -> st.SearchStrategy[object]:
    """Whatever a field of this type may hold."""
    if isinstance(kind, NewType):
        return values(kind.__supertype__)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return built(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return st.sampled_from(list(kind))
    if kind in _PLAIN:
        return _PLAIN[kind]
    inner = [values(each) for each in get_args(kind) if each is not Ellipsis]
    match get_origin(kind):
        case typing.Union | types.UnionType:
            return st.one_of(inner)
        case origin if origin is tuple:
            return st.lists(inner[0], max_size=2).map(tuple)
        case origin if origin is dict:
            return st.dictionaries(_TEXT, inner[1], max_size=2)
    raise AssertionError(f"no values for {kind}")


_PLAIN: dict[object, st.SearchStrategy[object]] = {
    str: _TEXT,
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    object: _JSON,
}


def built(kind: type[msgspec.Struct]) -> st.SearchStrategy[object]:
    """Any instance of a class."""
    fields = {name: values(hint) for name, hint in get_type_hints(kind).items() if name in kind.__struct_fields__}
    return st.builds(kind, **fields)


@pytest.mark.parametrize("kind", CLASSES, ids=[kind.__name__ for kind in CLASSES])
def test_every_fact_comes_back_as_it_was(kind: type[msgspec.Struct]) -> None:
    @given(built(kind))
    @settings(max_examples=30)
    def there_and_back(event: Event) -> None:
        assert decode(encode(event)) == event
        assert type(decode(encode(event).decode())) is kind

    there_and_back()


def test_a_fact_says_what_it_is() -> None:
    event = events.ActionFailed(
        action=3, step=Step.CREATE, failure=Failure(code="quota", message="no room"), effect=Existence.UNKNOWN
    )

    assert msgspec.json.decode(encode(event)) == {
        "type": "ActionFailed",
        "action": 3,
        "step": "create",
        "failure": {"code": "quota", "message": "no room"},
        "effect": "unknown",
        "provider_id": "",
        "residue": [],
    }


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"ActionVanished","action":0}',
        b'{"action":0}',
        b'{"type":"BackoffElapsed"}',
        b'{"type":"BackoffElapsed","action":"0"}',
        b'{"type":"ActionFoundAbsent","action":0,"step":"explode"}',
        b"[]",
        b"null",
    ],
)
def test_what_is_no_fact_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(body)


@pytest.mark.parametrize("body", [b"", b"{", b"{}x", b'{"type":"BackoffElapsed","action":0'])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(body)


def test_the_wrong_field_is_named() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.failure\.code"):
        decode(b'{"type":"ActionLeftInDoubt","action":0,"step":"create","failure":{"code":1,"message":""}}')


def test_a_fact_written_by_a_later_version_may_hold_more() -> None:
    assert decode(b'{"type":"BackoffElapsed","action":2,"mood":"fine"}') == events.BackoffElapsed(action=2)


def test_facts_are_frozen_and_know_their_action() -> None:
    with pytest.raises(AttributeError):
        events.BackoffElapsed(action=1).action = 2  # type: ignore[misc]
    for kind in get_args(ActionEvent):
        assert kind.__struct_fields__[0] == "action"
    for kind in get_args(RunEvent):
        assert "action" not in kind.__struct_fields__


def test_no_two_facts_share_a_name() -> None:
    assert (
        len({kind.__name__ for kind in CLASSES}) == len(CLASSES) == len(get_args(ActionEvent)) + len(get_args(RunEvent))
    )
