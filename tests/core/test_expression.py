"""Conditions: what can be read, what holds, and that nothing else gets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfctl.core.expression import Condition, ExpressionError, parse

PAYLOAD: dict[str, object] = {
    "effect": "CREATED",
    "status": None,
    "outputs": {
        "port": 8080,
        "ratio": 0.5,
        "none": 0,
        "name": "web",
        "empty": "",
        "on": True,
        "off": False,
        "list": ["a", {"b": 1}],
        "bare": [],
        "with-dash": 1,
    },
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab0"), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("outputs.port", Condition(path=("outputs", "port"))),
        ("  outputs.list.1.b ", Condition(path=("outputs", "list", "1", "b"))),
        ("effect = 'CREATED'", Condition(path=("effect",), comparison="=", literal="CREATED")),
        ('effect=="CREATED"', Condition(path=("effect",), comparison="=", literal="CREATED")),
        ("x != null", Condition(path=("x",), comparison="!=", literal=None)),
        ("x >= -1.5e3", Condition(path=("x",), comparison=">=", literal=-1500.0)),
        ("x<2", Condition(path=("x",), comparison="<", literal=2)),
        ("x = true", Condition(path=("x",), comparison="=", literal=True)),
        ("x = ''", Condition(path=("x",), comparison="=", literal="")),
        ("x = '\"'", Condition(path=("x",), comparison="=", literal='"')),
        ("x = '1 > 2'", Condition(path=("x",), comparison="=", literal="1 > 2")),
        ("x\n=\n1", Condition(path=("x",), comparison="=", literal=1)),
    ],
)
def test_what_can_be_read(text: str, expected: Condition) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            ".",
            "a.",
            ".a",
            "a..b",
            "0.a",
            "a b",
            "a = ",
            "= 1",
            "a ! 1",
            "a =! 1",
            "a = = 1",
            "a and b",
            "f(x)",
        ),
        *("a = x", "a = 01", "a = 1 2", "a = 'x", "a = NaN", "a = Infinity", "a = 1e999", "a = [1]", "a = {}"),
        *("a = " + "[" * 1000, 'a = "\ud800"', "__import__('os')", "a.__class__()"),
    ],
)
def test_what_cannot(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


def test_a_condition_has_a_limit() -> None:
    assert parse("a" * 1024).path == ("a" * 1024,)
    with pytest.raises(ExpressionError, match="longer"):
        parse("a" * 1025)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("outputs.port", True),
        ("outputs.none", False),
        ("outputs.empty", False),
        ("outputs.bare", False),
        ("outputs.off", False),
        ("outputs.on", True),
        ("outputs.with-dash", True),
        ("outputs.missing", False),
        ("missing.at.all", False),
        ("outputs.port.deeper", False),
        ("status", False),
        ("outputs.list.0 = 'a'", True),
        ("outputs.list.1.b = 1", True),
        ("outputs.list.2", False),
        ("outputs.list.b", False),
        ("effect = 'CREATED'", True),
        ("effect != 'CREATED'", False),
        ("status = null", True),
        ("missing = null", True),
        ("missing != null", False),
        ("outputs.port = 8080.0", True),
        ("outputs.port = '8080'", False),
        ("outputs.port != '8080'", True),
        ("outputs.on = true", True),
        ("outputs.on = 1", False),
        ("outputs.none = false", False),
        ("outputs.port > 1024", True),
        ("outputs.port >= 8080", True),
        ("outputs.port < 8080", False),
        ("outputs.port <= 8080", True),
        ("outputs.ratio < 1", True),
        ("outputs.name > 'app'", True),
        ("outputs.name < 'app'", False),
        ("outputs.name > 1", False),
        ("outputs.name <= 1", False),
        ("outputs.on > 0", False),
        ("outputs.on > false", False),
        ("outputs.list > 0", False),
        ("missing < 1", False),
        ("missing >= 1", False),
    ],
)
def test_what_holds(text: str, holds: bool) -> None:
    assert parse(text).holds(PAYLOAD) is holds


@given(st.text(max_size=60) | st.text("ab.=!<>'\"01 []{}-_\n", max_size=30))
def test_any_text_is_a_condition_or_is_refused(text: str) -> None:
    try:
        condition = parse(text)
    except ExpressionError:
        return
    assert condition.holds(PAYLOAD) in (True, False)


@given(JSON, st.sampled_from(["a", "a = 1", "a != 'x'", "a > 0", "a.b.0 <= 'z'", "a = null"]))
def test_a_condition_has_an_answer_to_every_payload(value: object, text: str) -> None:
    assert parse(text).holds({"a": value}) in (True, False)


@given(JSON, st.integers() | st.text(max_size=5))
def test_a_comparison_and_its_opposite_never_both_hold(value: object, literal: int | str) -> None:
    payload = {"a": value}
    equal, unequal, less, more = (
        Condition(path=("a",), comparison=sign, literal=literal).holds(payload) for sign in ("=", "!=", "<", ">")
    )

    assert equal is not unequal
    assert [equal, less, more].count(True) <= 1
