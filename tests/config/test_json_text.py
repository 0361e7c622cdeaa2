"""JSON read the quick way means what YAML makes of it, or is left to YAML."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wfctl.config import yaml_nodes
from wfctl.config.diagnostics import Findings
from wfctl.config.json_text import NotPlainJson, decode, element_offsets
from wfctl.config.source import Source
from wfctl.core.canonical import go_json


def as_yaml(text: str) -> object:
    findings = Findings("a.json")
    node = yaml_nodes.parse(Source("a.json", text), findings)
    findings.raise_errors()
    return node.value if node else None


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "b": [1.0, 1e3, -0, -0.0, 0.5E-3], "c": "x\\n\\u00e9\\/", "d": null, "e": true}',
        "[9223372036854775807, 18446744073709551615, 18446744073709551616, -9223372036854775809]",
        "[1e400, 123456789012345678901234567890]",
        '{"yes": "2024-01-02", "n": "0777"}',
        "5",
    ],
)
def test_both_ways_agree(text: str) -> None:
    assert go_json(decode(text)) == go_json(as_yaml(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"a": 1,}',
        '{"a": 1} x',
        "# comment\n{}",
        "{a: 1}",
        '{"a": 1, "a": 2}',
        '{"a": {"b": 1, "b": 2}}',
        "[NaN]",
        "[-Infinity]",
        '["\\ud800"]',
        '{"\\ud800": 1}',
        '["\x01"]',
        "[" * 200 + "]" * 200,
        "[" * 100_000,
    ],
)
def test_the_rest_is_left_to_yaml(text: str) -> None:
    with pytest.raises(NotPlainJson):
        decode(text)


def test_surrogate_pairs_are_a_character() -> None:
    assert decode('["\\ud834\\udd1e"]') == ["𝄞"]


def test_elements_are_found_where_they_begin() -> None:
    text = '{ "x": [1, {"modules": []}], "modules" : [ {"a": "]"},\n\n {"b": [2]} , 3], "y": 1}'
    assert [text[at : at + 4] for at in element_offsets(text, "modules")] == ['{"a"', '{"b"', "3], "]


@pytest.mark.parametrize("text", ["{}", '{"modules": []}', '{"modules": 5}', "[]", "5", '{"a": 1, "b": 2}'])
def test_no_elements(text: str) -> None:
    assert element_offsets(text, "modules") == ()


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=50), inner, max_size=4),
    max_leaves=12,
)


@given(documents, st.sampled_from([None, 1]))
def test_what_json_writes_is_read_alike(document: object, indent: int | None) -> None:
    text = json.dumps(document, indent=indent)
    assume("\\ud" not in text)
    assume("\\u007f" not in text)
    assert go_json(decode(text)) == go_json(as_yaml(text))


@given(st.lists(documents, max_size=6), st.dictionaries(st.text(), documents, max_size=3))
def test_offsets_point_at_the_elements(modules: list[object], other: dict[str, object]) -> None:
    text = json.dumps({**other, "modules": modules, "z": 1}, indent=2)
    offsets = element_offsets(text, "modules")
    assert len(offsets) == len(modules)
    decoder = json.JSONDecoder()
    assert [decoder.raw_decode(text, at)[0] for at in offsets] == modules
