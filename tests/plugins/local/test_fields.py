"""Reading configs."""

from __future__ import annotations

import pytest
from wfctl_plugin_local.fields import BadField, Fields, octal


def test_what_speaks_to_the_engine_is_passed_over() -> None:
    fields = Fields({"path": "a", "protected": True, "depends_on": ["b"], "size": "m", "mode": None}, "path", "mode")
    assert fields.text("path") == "a"
    assert "mode" not in fields


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(BadField, match="paht: not known here; known are path, mode"):
        Fields({"paht": "a"}, "path", "mode")


@pytest.mark.parametrize(("text", "mode"), [("0644", 0o644), ("644", 0o644), (None, None)])
def test_modes(text: str | None, mode: int | None) -> None:
    assert Fields({"mode": text}, "mode").mode("mode", owner=0o400) == mode


@pytest.mark.parametrize("value", [420, 644, 0.5, "0o644", "u+x", "4755", "0044", True, ["0644"]])
def test_modes_that_could_mean_anything(value: object) -> None:
    with pytest.raises(BadField, match=r"^iac: validation error: mode: "):
        Fields({"mode": value}, "mode").mode("mode", owner=0o400)


@pytest.mark.parametrize(
    ("value", "seconds"), [(5, 5.0), (0.5, 0.5), ("90s", 90), ("1.5m", 90), ("1h", 3600), (None, 7)]
)
def test_times(value: object, seconds: float) -> None:
    assert Fields({"timeout": value}, "timeout").seconds("timeout", 7, 3600) == seconds


@pytest.mark.parametrize("value", [0, -1, 3601, "61m", "5", "1d", True, [5], float("nan")])
def test_times_that_cannot_be(value: object) -> None:
    with pytest.raises(BadField):
        Fields({"timeout": value}, "timeout").seconds("timeout", 7, 3600)


@pytest.mark.parametrize("value", [3, 3.0])
def test_whole_numbers(value: object) -> None:
    assert Fields({"n": value}, "n").whole("n", 0, 1, 5) == 3


@pytest.mark.parametrize("value", [0, 6, 3.5, "3", True, [3], float("nan"), float("inf")])
def test_what_is_no_whole_number_within_bounds(value: object) -> None:
    with pytest.raises(BadField):
        Fields({"n": value}, "n").whole("n", 0, 1, 5)


@pytest.mark.parametrize("value", [["a"] * 257, ["a" * 40000]])
def test_programs_have_limits(value: object) -> None:
    with pytest.raises(BadField, match="at most"):
        Fields({"do": value}, "do").argv("do")


def test_lists_of_names_are_sets() -> None:
    assert Fields({"names": ["b", "a", "b"]}, "names").names("names") == ("a", "b")


@pytest.mark.parametrize("value", ["a", 1, 1.5, True, None])
def test_scalars(value: object) -> None:
    assert Fields({"rotation": value}, "rotation").scalar("rotation") == value
    with pytest.raises(BadField):
        Fields({"rotation": [value]}, "rotation").scalar("rotation")


def test_modes_are_written_as_they_are_read() -> None:
    assert octal(0o100644) == "0644"
