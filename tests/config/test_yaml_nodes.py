"""YAML structure means what Go's yaml.v3 takes it for, and every value knows its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfctl.config.diagnostics import ConfigError, Findings
from wfctl.config.source import Source
from wfctl.config.yaml_nodes import DEEPEST, MOST_ALIASED, MappingNode, Node, OddKey, SequenceNode, parse
from wfctl.core.canonical import go_json


def root(text: str) -> Node:
    findings = Findings("a.yaml")
    node = parse(Source("a.yaml", text), findings)
    findings.raise_errors()
    assert node is not None
    return node


def value(text: str) -> object:
    return root(text).value


def mistakes(text: str) -> list[str]:
    findings = Findings("a.yaml")
    parse(Source("a.yaml", text), findings)
    with pytest.raises(ConfigError) as caught:
        findings.raise_errors()
    return [f"{d.line}:{d.column} {d.summary}{f' | {d.detail}' if d.detail else ''}" for d in caught.value.diagnostics]


def test_every_value_knows_its_place() -> None:
    node = root("a: 1\nb:\n  - x\n  - {c: 'é', d: y}\n")
    assert isinstance(node, MappingNode)
    assert (node.line, node.column, node.size) == (1, 1, 7)
    assert node.key_places == {"a": (1, 1), "b": (2, 1)}
    listed = node.children["b"]
    assert isinstance(listed, SequenceNode)
    assert (listed.line, listed.column) == (3, 3)
    inner = listed.items[1]
    assert isinstance(inner, MappingNode)
    assert inner.key_places["d"] == (4, 14)
    assert (inner.children["d"].line, inner.children["d"].column) == (4, 17)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{on: off, yes: no}", {"on": "off", "yes": "no"}),
        ("a: |\n  x\n   y\nb: >-\n  p\n  q\n", {"a": "x\n y\n", "b": "p q"}),
        (
            "a: '5'\nb: \"5\"\nc: !!str 5\nd: ! 5\ne: !own 5\nf: ! '5'",
            {"a": "5", "b": "5", "c": "5", "d": 5, "e": "5", "f": "5"},
        ),
        ("a: !!float 3\nb: !!binary aGk=", {"a": 3.0, "b": "hi"}),
        ("d: 2024-01-02", {"d": "2024-01-02T00:00:00Z"}),
        ("a:\nb: ~\nc: ''", {"a": None, "b": None, "c": ""}),
        ("&x a: &y [1, 2]\nb: *y\nc: {*x : 3}", {"a": [1, 2], "b": [1, 2], "c": {"a": 3}}),
        ("- &a 1\n- &a 2\n- *a", [1, 2, 2]),
        ("- &a [&a 1, *a]\n- *a", [[1, 1], 1]),
        ("--- # one document\na: b\n...\n", {"a": "b"}),
        ("just text", "just text"),
    ],
)
def test_values(text: str, expected: object) -> None:
    assert value(text) == expected


def test_merge_keys_fill_what_is_missing() -> None:
    text = """
base: &base {a: 1, b: {x: 1}}
more: &more {a: 2, c: 3}
one:
  <<: *base
  b: 5
both:
  d: 4
  <<: [*more, *base]
inline:
  <<: {z: 1}
quoted: {"<<": *base}
"""
    found = value(text)
    assert isinstance(found, dict)
    assert found["one"] == {"b": 5, "a": 1}
    assert found["both"] == {"d": 4, "a": 2, "c": 3, "b": {"x": 1}}
    assert found["inline"] == {"z": 1}
    assert found["quoted"] == {"<<": {"a": 1, "b": {"x": 1}}}


def test_a_merged_value_stands_where_it_was_written() -> None:
    node = root("a: &a\n  x: 1\nb:\n  <<: *a\n")
    assert isinstance(node, MappingNode)
    merged = node.children["b"]
    assert isinstance(merged, MappingNode)
    assert merged.key_places["x"] == (2, 3)


@pytest.mark.parametrize("text", ["a: 1\n<<: 5", "<<: [5]", "<<:", "b: &b [{x: 1}]\na:\n  <<: *b"])
def test_only_mappings_are_merged(text: str) -> None:
    assert "<< takes a mapping or a list of mappings" in mistakes(text)[0]


def test_all_repeated_keys_are_found_at_once() -> None:
    assert mistakes("a: 1\nb: {x: 1, 'x': 2}\na: 3\n<<: {}\n<<: {}\n") == [
        "2:11 the key x stands here twice | first in line 2",
        "3:1 the key a stands here twice | first in line 1",
        "5:1 the key << stands here twice | first in line 4",
    ]


def test_keys_that_are_no_text_are_kept_as_their_text_and_marked() -> None:
    found = value("80: a\ntrue: b\n'90': c\n2024-01-02: d\n")
    assert isinstance(found, dict)
    assert found == {"80": "a", "true": "b", "90": "c", "2024-01-02T00:00:00Z": "d"}
    assert [type(key) is OddKey for key in found] == [True, True, False, False]
    assert mistakes("80: a\n'80': b") == ["2:1 the key 80 stands here twice | first in line 1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1, 2", "2:1 not YAML: did not find expected ',' or ']' | a [ is not closed, or a comma is missing"),
        ("a: {b: 1", "2:1 not YAML: did not find expected ',' or '}' | a { is not closed, or a comma is missing"),
        ("a: b: c", "1:5 not YAML: mapping values are not allowed in this context | quote text that holds a colon"),
        ("a:\n\t- b", "2:1 not YAML: found character that cannot start any token | quote text that begins with @"),
        ("a: 'b", "1:4 not YAML: found unexpected end of stream | a quote is not closed"),
        ("a: @b", "1:4 not YAML: found character that cannot start any token"),
        ("a: \x01", "1:4 not YAML: the character U+0001 is not allowed"),
        ("é: 1\nb: \x07", "2:4 not YAML: the character U+0007 is not allowed"),
        ("a: *b", "1:4 nothing is called &b"),
        ("a: &a [*a]", "1:8 *a stands inside itself"),
        ("? [a]\n: b", "1:3 a list or mapping cannot be a key"),
        ("a: &a 5\n*a : b", "2:1 a key must be text"),
        ("a: b\n---\nc: d", "2:1 a second document"),
        ("a: !!int x", "1:4 the value is no int"),
        ("a: !!binary /w==", "1:4 the value decodes to bytes that are no UTF-8 text"),
    ],
)
def test_what_cannot_be_read(text: str, message: str) -> None:
    assert mistakes(text)[0].startswith(message)


def test_an_empty_text_has_no_value() -> None:
    assert parse(Source("a.yaml", "# nothing\n"), Findings("a.yaml")) is None


def test_nesting_has_a_limit() -> None:
    assert value("[" * DEEPEST + "]" * DEEPEST) is not None
    assert f"nested more than {DEEPEST} deep" in mistakes("[" * 100_000)[0]


def test_laughing_aliases_are_stopped_early() -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    assert "the aliases repeat too much" in mistakes("\n".join(lines))[0]
    merges = ["a0: &a0 {x: {y: [1, 2, 3]}}"] + [f"a{i}: &a{i} {{p: *a{i - 1}, q: *a{i - 1}}}" for i in range(1, 40)]
    assert "the aliases repeat too much" in mistakes("\n".join(merges))[0]


def test_aliases_do_not_nest_beyond_the_limit() -> None:
    lines = ["a0: &a0 [x]", *(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, DEEPEST - 1))]
    assert value("\n".join(lines)) is not None
    lines.append(f"b: [*a{DEEPEST - 2}]")
    assert mistakes("\n".join(lines)) == [f"{DEEPEST}:5 nested more than {DEEPEST} deep"]


def test_honest_aliases_are_not_stopped() -> None:
    text = "base: &base {a: 1, b: 2}\nlist:\n" + "  - *base\n" * 1000
    node = root(text)
    assert node.size < MOST_ALIASED
    assert len(node.value["list"]) == 1000  # type: ignore[index]  # a mapping


def test_many_values_take_their_own_places() -> None:
    node = root("\n".join(f"- {{name: r{i}}}" for i in range(1000)))
    assert isinstance(node, SequenceNode)
    assert [item.line for item in node.items] == list(range(1, 1001))


finite = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)  # -0 is an integer in YAML
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | finite | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=50), inner, max_size=4),
    max_leaves=12,
)


@given(documents)
def test_canonical_json_is_yaml_with_the_same_value(document: object) -> None:
    data = go_json(document, escape_html=False).decode()
    # libyaml allows neither DEL nor most C1 controls unescaped, and no surrogate pairs
    text = "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in data)
    assert go_json(value(text), escape_html=False).decode() == data


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    findings = Findings("a.yaml")
    parse(Source("a.yaml", text), findings)
    if findings.total:
        assert all(found[0].isdigit() and found[0] != "0" for found in mistakes(text))


@given(st.text(alphabet="ab:- \n\t[]{},&*!'\"|>#%@`?<\\", max_size=40))
def test_any_punctuation_is_read_or_refused_with_a_place(text: str) -> None:
    findings = Findings("a.yaml")
    parse(Source("a.yaml", text), findings)
    if findings.total:
        assert all(found[0].isdigit() and found[0] != "0" for found in mistakes(text))
