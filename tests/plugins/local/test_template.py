"""Filling `{{ name }}`."""

from __future__ import annotations

import pytest
from wfctl_plugin_local.fields import BadField
from wfctl_plugin_local.template import fill


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("", {}, ""),
        ("a {{ b }} {{b}} {{  b  }}", {"b": "c"}, "a c c c"),
        ("{{ n }} {{ f }} {{ g }} {{ t }}", {"n": 1, "f": 1.5, "g": 2.0, "t": False}, "1 1.5 2 false"),
        ("${HOME} $x {a} {{}} {{ 1 }} {{ a b }} }}{{", {}, "${HOME} $x {a} {{}} {{ 1 }} {{ a b }} }}{{"),
        ("{{ a }}", {"a": "{{ b }} \\1"}, "{{ b }} \\1"),
        ("{{ db.port }} {{ a-b }}", {"db.port": 5432, "a-b": "x"}, "5432 x"),
    ],
)
def test_filling(template: str, values: dict[str, object], text: str) -> None:
    assert fill(template, values) == text


@pytest.mark.parametrize(
    ("template", "values", "field"),
    [
        ("{{ a }}", {}, "values"),
        ("a", {"a": 1}, "values"),
        ("{{ a }}", {"a": None}, "values.a"),
        ("{{ a }}", {"a": {}}, "values.a"),
    ],
)
def test_what_does_not_fit(template: str, values: dict[str, object], field: str) -> None:
    with pytest.raises(BadField) as refused:
        fill(template, values)
    assert refused.value.field == field
