"""The grammar of `${…}`: what is found in a config, and what stands there afterwards."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfctl.core.references import (
    BadReferenceError,
    BrokenReference,
    EnvironmentReference,
    MalformedReferenceError,
    OutputReference,
    UnresolvedReferenceError,
    dotted,
    environment_names,
    expand_environment,
    module_references,
    printed,
    references,
    rename,
    resolve,
    substitute,
)

OUTPUTS: dict[tuple[str, str], object] = {
    ("db", "port"): 5432,
    ("db", "host"): "db.local",
    ("db", "tags"): ["a", {"z": 1.0, "b": True}],
    ("db", "big"): 1000000.0,
    ("db", "ratio"): 0.25,
    ("db", "ready"): True,
    ("db", "nothing"): None,
    ("db", "evil"): "${HOME} $HOME ${db.port}",
    ("db", "a.b"): "deep",
}


def lookup(name: str, field: str) -> object:
    return OUTPUTS[name, field]


def test_outputs_and_variables_are_told_apart_by_the_dot() -> None:
    config = {"url": "http://${db.host}:${PORT}/$NAME", "list": ["${net.id.x}", {"k": "${}"}], "n": 3, "${no.key}": 1}
    assert references(config) == (
        OutputReference(text="${db.host}", path=("url",), name="db", field="host"),
        EnvironmentReference(text="${PORT}", path=("url",), variable="PORT"),
        EnvironmentReference(text="$NAME", path=("url",), variable="NAME"),
        OutputReference(text="${net.id.x}", path=("list", 0), name="net", field="id.x"),
        BrokenReference(text="${}", path=("list", 1, "k"), reason="names nothing"),
    )


@pytest.mark.parametrize("text", ["${.x}", "${x.}", "${.}", "${..}"])
def test_half_a_reference_is_malformed(text: str) -> None:
    assert isinstance(references(text)[0], BrokenReference)
    with pytest.raises(MalformedReferenceError, match=r"at a\[0\]: needs"):
        substitute({"a": [text]}, lookup)


def test_an_unclosed_brace_is_malformed_where_the_shell_grammar_holds_and_text_elsewhere() -> None:
    assert references("a${b") == (BrokenReference(text="${", path=(), reason="is never closed by a }"),)
    assert references("a${b", bare=False) == ()
    assert substitute("a${b", lookup) == "a${b"


# What Go's os.Expand asks for, name by name.
SHELL = [
    ("$FOO_x", ["FOO_x"]),
    ("$$", ["$"]),
    ("$$FOO", ["$"]),
    ("\\$FOO", ["FOO"]),
    ("${}", []),
    ("${", []),
    ("$", []),
    ("a$", []),
    ("$1x", ["1"]),
    ("$*$-$@$#$!$?", ["*", "-", "@", "#", "!", "?"]),
    ("${FOO:-d}", ["FOO:-d"]),
    ("a$.b", []),
    ("100%$", []),
    ("${${A}}", ["${A"]),
    ("${a\nb}", ["a\nb"]),
    ("${é}$é", ["é"]),
    ("${*}", ["*"]),
]


@pytest.mark.parametrize(("text", "names"), SHELL)
def test_the_environment_is_scanned_as_os_expand_scans_it(text: str, names: list[str]) -> None:
    assert environment_names({"x": [text]}) == tuple(sorted(names))
    variables = [found.variable for found in references(text) if isinstance(found, EnvironmentReference)]
    assert variables == names


def test_names_are_sorted_and_listed_once_and_outputs_are_not_variables() -> None:
    config = {"b": "$B ${A}", "env_vars": {"x": "$B $C", "y": "${db.port}"}}
    assert environment_names(config) == ("A", "B", "C")
    assert environment_names(None) == ()


def test_module_references_are_sorted_pairs() -> None:
    config = {"b": ["${net.id}", "${db.port} ${net.id}"], "a": "${HOME} ${.x} ${x.} ${a.b.c}"}
    assert module_references(config) == (("a", "b.c"), ("db", "port"), ("net", "id"))
    assert module_references(None) == ()


def test_a_string_that_is_one_reference_takes_the_value_with_its_type() -> None:
    config = {"port": "${db.port}", "tags": "${db.tags}", "none": "${db.nothing}", "deep": "${db.a.b}", "n": 1.5}
    assert substitute(config, lookup) == {
        "port": 5432,
        "tags": ["a", {"z": 1.0, "b": True}],
        "none": None,
        "deep": "deep",
        "n": 1.5,
    }


def test_inside_longer_text_values_are_printed_plainly() -> None:
    assert substitute("${db.host}:${db.port}", lookup) == "db.local:5432"
    assert substitute("n=${db.big}, r=${db.ratio}, ok=${db.ready}", lookup) == "n=1000000, r=0.25, ok=true"
    assert substitute("tags ${db.tags}", lookup) == 'tags ["a",{"b":true,"z":1}]'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-0.0, "0"),
        (1e6, "1000000"),
        (1e21, "1" + "0" * 21),
        (1e-05, "1e-05"),
        ("", ""),
    ],
)
def test_printed_values(value: object, text: str) -> None:
    assert printed(value) == text


@pytest.mark.parametrize("value", [None, math.nan, math.inf, [math.nan], b"raw"])
def test_values_that_cannot_stand_in_text_are_refused(value: object) -> None:
    with pytest.raises(UnresolvedReferenceError) as caught:
        substitute({"k": "x ${a.b}"}, lambda _name, _field: value)
    assert caught.value.text == "${a.b}"
    assert caught.value.path == ("k",)


def test_an_output_that_is_not_there_names_the_reference_and_its_place() -> None:
    with pytest.raises(UnresolvedReferenceError) as caught:
        substitute({"a": {"b": ["", "${db.missing}"]}}, lookup)
    assert str(caught.value) == "${db.missing} at a.b[1]: db has no output missing, or is not known yet"
    assert isinstance(caught.value, ValueError)


def test_substitution_leaves_the_environment_alone() -> None:
    config = {"a": "${HOME}/$USER/${db.port}", "b": "${HOME}"}
    assert substitute(config, lookup) == {"a": "${HOME}/$USER/5432", "b": "${HOME}"}


def test_expansion_leaves_outputs_alone() -> None:
    config = {"a": "$HOME/${db.port}", "b": ["${HOME}", 1], "c": "${HOME}x"}
    assert expand_environment(config, {"HOME": "/h"}) == {"a": "/h/${db.port}", "b": ["/h", 1], "c": "/hx"}


def test_a_variable_may_be_set_to_nothing_but_not_unset() -> None:
    assert expand_environment({"a": "x${EMPTY}y"}, {"EMPTY": ""}) == {"a": "xy"}
    with pytest.raises(UnresolvedReferenceError) as caught:
        expand_environment({"a": "x${TOKEN}"}, {"OTHER": "hidden"})
    assert str(caught.value) == "${TOKEN} at a: the environment variable TOKEN is not set"
    assert "hidden" not in str(caught.value)


def test_kept_variables_are_written_in_braces() -> None:
    assert expand_environment(["$SECRET-x", "${SECRET}"], {}, keep={"SECRET"}) == ["${SECRET}-x", "${SECRET}"]


def test_bare_names_are_text_below_the_maps_of_foreign_processes() -> None:
    config = {"env_vars": {"PATH": "$PATH:/x", "LOG": "${LOG}", "deep": {"p": ["$5"]}}, "path": "$PATH"}
    assert expand_environment(config, {"PATH": "/bin", "LOG": "debug"}) == {
        "env_vars": {"PATH": "$PATH:/x", "LOG": "debug", "deep": {"p": ["$5"]}},
        "path": "/bin",
    }


def test_plan_files_of_the_go_tool_hold_plain_dollars() -> None:
    config = {"a": "pa$$w0rd$HOME${HOME}"}
    assert expand_environment(config, {"HOME": "/h"}, bare=False) == {"a": "pa$$w0rd$HOME/h"}
    assert resolve({"a": "$${db.port}"}, lookup, {}, bare=False) == {"a": "$5432"}


def test_what_was_filled_in_is_never_read_again() -> None:
    config = {"a": "${db.evil}", "b": "x${db.evil}", "c": "${VAR}"}
    assert resolve(config, lookup, {"VAR": "${db.port}${HOME}", "HOME": "/h"}) == {
        "a": "${HOME} $HOME ${db.port}",
        "b": "x${HOME} $HOME ${db.port}",
        "c": "${db.port}${HOME}",
    }


def test_filling_copies_and_changes_nothing_in_place() -> None:
    inner = {"x": "${db.port}"}
    config = {"a": inner, "t": ("$HOME",)}
    assert resolve(config, lookup, {"HOME": "/h"}) == {"a": {"x": 5432}, "t": ["/h"]}
    assert inner == {"x": "${db.port}"}


def test_renaming_changes_references_and_nothing_else() -> None:
    config = {"a": "${net.id.x} ${network.id} $net ${net} ${} net.id", "b": ["${net.id}", 5]}
    assert rename(config, {"net": "staging-net"}) == {
        "a": "${staging-net.id.x} ${network.id} $net ${net} ${} net.id",
        "b": ["${staging-net.id}", 5],
    }


def test_dotted_paths() -> None:
    assert dotted(("a", "b", 0, 1, "c")) == "a.b[0][1].c"
    assert dotted(()) == ""


texts = st.text(alphabet="${}.aB_1* é\n")
configs = st.recursive(
    texts | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8
)


@given(configs)
def test_a_config_without_dollars_is_left_as_it_is(config: object) -> None:
    if not references(config):
        assert resolve(config, lookup, {}) == config


@given(configs)
def test_every_reference_found_is_asked_for_and_nothing_else(config: object) -> None:
    found = references(config)
    broken = [reference for reference in found if isinstance(reference, BrokenReference)]
    asked: list[object] = []

    class Environment(dict[str, str]):
        def __missing__(self, key: str) -> str:
            asked.append(key)
            return "v"

    def output(name: str, field: str) -> object:
        asked.append((name, field))
        return "v"

    if broken:
        with pytest.raises(BadReferenceError):
            resolve(config, output, Environment())
    else:
        resolve(config, output, Environment())
        assert asked == [
            (ref.name, ref.field) if isinstance(ref, OutputReference) else ref.variable
            for ref in found
            if not isinstance(ref, BrokenReference)
        ]
