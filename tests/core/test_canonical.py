"""The hashed bytes are Go's, character for character."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wfctl.core.canonical import (
    CanonicalError,
    Fields,
    config_hash,
    desired_hash,
    go_float,
    go_json,
    go_json_indent,
)

# Written by Go's encoding/json and hashed with sha256sum.
HASHES: list[tuple[Mapping[str, object], bytes, str]] = [
    (
        {"region": "nyc3"},
        b'[{"K":"region","V":"nyc3"}]',
        "d01e2c175df86e6d5d5617fc4a690a905137d0e1bac0a69019538dc69ea2fc74",
    ),
    (
        {"b": 2, "a": 1, "nested": {"z": 1, "a": [1, True, None, "x"]}},
        b'[{"K":"a","V":1},{"K":"b","V":2},{"K":"nested","V":{"a":[1,true,null,"x"],"z":1}}]',
        "67c83477e6f41ba65dd15abcabef11c704ee5f06c4a1de714b9815ec977e5d08",
    ),
    (
        {"html": "<a href='x'>&", "uni": "é\u2028", "ctl": "\b\f\n\t\x01\x7f"},
        (
            b'[{"K":"ctl","V":"\\b\\f\\n\\t\\u0001\x7f"},{"K":"html","V":"\\u003ca href=\'x\'\\u003e\\u0026"},'
            b'{"K":"uni","V":"\xc3\xa9\\u2028"}]'
        ),
        "8c9fcb7895274b3fb4902871b0090bc2523cb8c2508d6d71f9ae47da44887411",
    ),
    (
        {
            "f1": 1.0,
            "f2": 1e21,
            "f3": 1e20,
            "f4": 1e-7,
            "f5": 0.000001,
            "f6": 123456789012345678,
            "f7": 1.5e300,
            "f8": -0.0,
            "f9": 3.14,
        },
        (
            b'[{"K":"f1","V":1},{"K":"f2","V":1e+21},{"K":"f3","V":100000000000000000000},{"K":"f4","V":1e-7},'
            b'{"K":"f5","V":0.000001},{"K":"f6","V":123456789012345678},{"K":"f7","V":1.5e+300},{"K":"f8","V":-0},'
            b'{"K":"f9","V":3.14}]'
        ),
        "d86dc77e6302aaffc9d0d4645f6228222e12e41c84e0438c7eb82b8280030042",
    ),
    (
        {"protected": True, "size": "m", "count": 3},
        b'[{"K":"count","V":3},{"K":"protected","V":true},{"K":"size","V":"m"}]',
        "86349a9d997279e0f7317cbef4ef7faefc5ad0e8559169ddbc479694d8ae17b9",
    ),
    (
        {"empty_map": {}, "empty_list": [], "nul": None},
        b'[{"K":"empty_list","V":[]},{"K":"empty_map","V":{}},{"K":"nul","V":null}]',
        "e07d3b31732e8a8926cc97db711c0273558ab0ad000dda20367b1038b7bccdb7",
    ),
]
EMPTY_INPUT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text()
numbers = st.floats(allow_nan=False, allow_infinity=False)
floatless = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
values = st.recursive(
    scalars | numbers, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@pytest.mark.parametrize(("config", "data", "digest"), HASHES)
def test_a_config_hashes_as_upstream_hashes_it(config: Mapping[str, object], data: bytes, digest: str) -> None:
    assert go_json([{"K": key, "V": config[key]} for key in sorted(config)]) == data
    assert config_hash(config) == digest == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("nothing", [None, {}])
def test_no_config_has_no_hash(nothing: Mapping[str, object] | None) -> None:
    assert config_hash(nothing) == ""


@pytest.mark.parametrize("value", [math.nan, math.inf, {1: "a"}, {"x": {True: 1}}, {"x": b"raw"}, {"x": {1, 2}}])
def test_a_config_without_json_hashes_as_empty_input(value: object) -> None:
    assert config_hash({"a": value}) == EMPTY_INPUT
    assert desired_hash([{"name": "a", "type": "t", "config": {"a": value}}]) == "hash-error"
    with pytest.raises(CanonicalError):
        go_json(value)


def test_a_config_that_is_nested_too_deeply_hashes_as_empty_input() -> None:
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]
    assert config_hash({"a": deep}) == EMPTY_INPUT


class Text(str):
    """A string that is not exactly a str."""

    __slots__ = ()


class Whole(int):
    """Likewise an int."""


class Real(float):
    """Likewise a float."""


def test_a_value_of_a_subclass_is_written_as_the_value() -> None:
    assert go_json({"a": Text("x<"), "b": Whole(2), "c": Real(1e21)}) == b'{"a":"x\\u003c","b":2,"c":1e+21}'


def test_keys_of_mixed_types_have_no_json() -> None:
    with pytest.raises(CanonicalError):
        go_json({"a": 1.5, 2: 3})
    assert config_hash({"a": 1, 2: 3}) == EMPTY_INPUT  # type: ignore[dict-item]


def test_the_plan_hash_is_upstreams() -> None:
    specs: list[dict[str, object]] = [
        {"name": "c", "type": "infra.dns", "config": {}, "hints": {}},
        {"name": "a", "type": "infra.database", "config": None, "size": "m", "hints": {"cpu": "1"}},
        {"name": "b", "type": "infra.vpc", "config": {"region": "nyc3"}, "depends_on": ["a"]},
    ]
    assert desired_hash(specs) == "14a6f7e9508d48768b96a571302136714e5cbdcdcd3a7588a82038016e822616"
    assert desired_hash([]) == "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "-0"),
        (-1.5, "-1.5"),
        (0.05, "0.05"),
        (1234.5678, "1234.5678"),
        (9.99999999999999e-07, "9.99999999999999e-7"),
        (1.25e-10, "1.25e-10"),
        (999999999999999900000.0, "999999999999999900000"),
        (1.2345e22, "1.2345e+22"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
    ],
)
def test_floats_are_printed_as_go_prints_them(number: float, text: str) -> None:
    assert go_float(number) == text


@given(numbers)
def test_a_printed_float_reads_back_as_itself(number: float) -> None:
    back = float(go_float(number))
    assert back == number
    assert math.copysign(1, back) == math.copysign(1, number)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("\u2028\u2029", b'"\\u2028\\u2029"'),
        ("\ufffd", b'"\xef\xbf\xbd"'),
        ("\udc80é\ud800", b'"\\ufffd\xc3\xa9\\ufffd"'),
        ("\x00\x1f\r\\/", b'"\\u0000\\u001f\\r\\\\/"'),
        ("𝄞", b'"\xf0\x9d\x84\x9e"'),
    ],
)
def test_strings_are_escaped_as_go_escapes_them(text: str, data: bytes) -> None:
    assert go_json(text) == data
    assert go_json([text, 0.5]) == b"[" + data + b",0.5]"


def test_html_may_be_left_alone() -> None:
    assert go_json({"a": "<&>\u2028"}, escape_html=False) == b'{"a":"<&>\\u2028"}'


def test_map_keys_are_sorted_by_their_bytes_and_fields_are_not() -> None:
    keys = {"é": 1, "z": 2, "Z": 3, "\uffff": 4, "𝄞": 5, "a-": 6, "a": 7, "": 8}
    assert list(json.loads(go_json(keys))) == sorted(keys, key=str.encode)
    assert go_json(Fields({"b": {"d": 1, "c": 2}, "a": Fields({"z": 1, "y": 1.5})})) == (
        b'{"b":{"c":2,"d":1},"a":{"z":1,"y":1.5}}'
    )


def test_indented_json_is_go_s() -> None:
    plan = Fields({"id": "plan-1", "actions": [{"b": [], "a": {}}, ["<"]], "empty": {}, "nothing": None, "f": 1.0})
    assert go_json_indent(plan).decode() == (
        '{\n  "id": "plan-1",\n  "actions": [\n    {\n      "a": {},\n      "b": []\n    },\n'
        '    [\n      "\\u003c"\n    ]\n  ],\n  "empty": {},\n  "nothing": null,\n  "f": 1\n}'
    )
    assert go_json_indent([]) == b"[]"


@given(floatless)
def test_without_floats_and_html_it_is_what_python_writes(value: object) -> None:
    python = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assume("\u2028" not in python and "\u2029" not in python)
    assert go_json(value, escape_html=False).decode() == python


@given(values)
def test_what_is_written_reads_back(value: object) -> None:
    data = go_json(value)
    assert go_json(read(data)) == data == go_json(read(go_json_indent(value)))


def read(data: bytes) -> object:
    return json.loads(data, parse_int=lambda digits: -0.0 if digits == "-0" else int(digits))


@given(st.dictionaries(st.text(max_size=5), scalars | numbers, min_size=2, max_size=8))
def test_the_order_of_keys_does_not_change_a_hash(config: dict[str, object]) -> None:
    assert config_hash(dict(reversed(config.items()))) == config_hash(config)


def test_nesting_without_end_is_refused() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    for write in (go_json, go_json_indent):
        with pytest.raises(CanonicalError, match="deep"):
            write(value)


def test_ten_thousand_resources_are_hashed_from_one_pass() -> None:
    config: dict[str, object] = {"path": "a/b", "tags": {"x": "1"}, "ports": [80, 443], "weight": 0.5}
    specs: list[dict[str, object]] = [
        {"name": f"r{i:05}", "type": "infra.x", "config": {**config, "index": i}} for i in range(10_000)
    ]
    assert desired_hash(specs) == desired_hash(reversed(specs))
