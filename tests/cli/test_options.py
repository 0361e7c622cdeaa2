from __future__ import annotations

import click
import pytest

from wfctl.cli.flags import listed, one_of
from wfctl.cli.options import names, seconds


@pytest.mark.parametrize(
    ("text", "span"), [("30s", 30.0), ("5m", 300.0), ("1h30m", 5400.0), (" 0 ", 0.0), ("250ms", 0.25)]
)
def test_durations_are_gos(text: str, span: float) -> None:
    assert seconds(text) == span


@pytest.mark.parametrize("text", ["", "5", "-5s", "5 minutes"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="5m"):
        seconds(text)


def test_names_are_separated_by_commas_and_repeated_options_add_up() -> None:
    assert names(" a, b,,c ") == ("a", "b", "c")
    assert listed(["a,b", "c"]) == ("a", "b", "c")
    assert listed(None) == ()


def test_options_that_exclude_each_other_are_named() -> None:
    context = click.Context(click.Command("x"))
    one_of(context, **{"--a": None, "--b": True})
    with pytest.raises(click.UsageError, match="--a and --b"):
        one_of(context, **{"--a": "x", "--b": True})
