"""Scalars mean what Go's yaml.v3 takes them for; the expected values were written by it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfctl.config.yaml_scalars import plain, tagged

PLAIN: list[tuple[str, object]] = [
    ("", None),
    ("~", None),
    ("null", None),
    ("NULL", None),
    ("nUll", "nUll"),
    ("true", True),
    ("False", False),
    ("tRue", "tRue"),
    *(
        (word, word)
        for word in ("yes", "No", "on", "OFF", "y", "N", "=", "<<", "foo", "-", "+", ".", "-.", "0x", "0b", "._1")
    ),
    ("0", 0),
    ("-0", 0),
    ("12", 12),
    ("+12", 12),
    ("0777", 511),
    ("0o777", 511),
    ("-0o17", -15),
    ("010", 8),
    ("08", 8.0),
    ("0b11", 3),
    ("-0B11", -3),
    ("0x1F", 31),
    ("0XfF", 255),
    ("1_000", 1000),
    ("0x_f", 15),
    ("_1", "_1"),
    ("0b-1", -1),
    ("0o-17", -15),
    ("0x-1", "0x-1"),
    ("9223372036854775807", 2**63 - 1),
    ("9223372036854775808", 2**63),
    ("18446744073709551615", 2**64 - 1),
    ("18446744073709551616", 18446744073709551616.0),
    ("+9223372036854775808", 9223372036854775808.0),
    ("-9223372036854775808", -(2**63)),
    ("-9223372036854775809", -9223372036854775809.0),
    ("0xFFFFFFFFFFFFFFFFF", "0xFFFFFFFFFFFFFFFFF"),
    ("1e3", 1000.0),
    ("1.", 1.0),
    (".5", 0.5),
    (".5_0", 0.5),
    ("._5", "._5"),
    ("1_0.5", 10.5),
    ("-1.5E-3", -0.0015),
    ("1e400", "1e400"),
    ("9" * 400, "9" * 400),
    ("1e-400", 0.0),
    ("1e", "1e"),
    ("1.2.3", "1.2.3"),
    ("12:30:45", "12:30:45"),
    ("1:20", "1:20"),
    ("2024-01-02", "2024-01-02T00:00:00Z"),
    ("2024-1-2", "2024-01-02T00:00:00Z"),
    ("2024-02-30", "2024-02-30"),
    ("2023-02-29", "2023-02-29"),
    ("2000-02-29", "2000-02-29T00:00:00Z"),
    ("1900-02-29", "1900-02-29"),
    ("0000-01-01", "0000-01-01T00:00:00Z"),
    ("2024-13-01", "2024-13-01"),
    ("20240-01-01", "20240-01-01"),
    ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
    ("2024-01-02t3:4:5.1200+05:30", "2024-01-02T03:04:05.12+05:30"),
    ("2024-01-02T03:04:05,5Z", "2024-01-02T03:04:05.5Z"),
    ("2024-01-02T03:04:05.12345678901Z", "2024-01-02T03:04:05.123456789Z"),
    ("2024-01-02T03:04:05-00:00", "2024-01-02T03:04:05Z"),
    ("2024-01-02T03:04:05+12:60", "2024-01-02T03:04:05+13:00"),
    ("2024-01-02T03:04:05", "2024-01-02T03:04:05"),
    ("2024-01-02 03:04:05", "2024-01-02T03:04:05Z"),
    ("2024-01-02   03:04:05", "2024-01-02T03:04:05Z"),
    ("2024-01-02 03:04:05Z", "2024-01-02 03:04:05Z"),
    ("2024-01-02T24:00:00Z", "2024-01-02T24:00:00Z"),
    ("2024-01-02T03:04:05+24:00", "2024-01-02T03:04:05+24:00"),
]


@pytest.mark.parametrize(("text", "value"), PLAIN)
def test_plain(text: str, value: object) -> None:
    found = plain(text)
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_and_the_infinities() -> None:
    assert math.isnan(plain(".NaN"))  # type: ignore[arg-type]  # it is a float
    assert [plain(".inf"), plain("+.Inf"), plain("-.INF")] == [math.inf, math.inf, -math.inf]
    assert [plain("inf"), plain("nan"), plain(".iNF")] == ["inf", "nan", ".iNF"]


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        ("!!str", "5", "5"),
        ("!!int", "0x10", 16),
        ("!!float", "3", 3.0),
        ("!!float", ".5", 0.5),
        ("!!bool", "True", True),
        ("!!null", "", None),
        ("!!timestamp", "2024-01-02", "2024-01-02T00:00:00Z"),
        ("!!binary", "aGVs\nbG8=", "hello"),
        ("!own", "5", "5"),
        ("!!set", "5", "5"),
    ],
)
def test_tagged(tag: str, text: str, value: object) -> None:
    found = tagged(tag, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("!!int", "x"),
        ("!!int", "1.5"),
        ("!!int", "2024-01-02"),
        ("!!bool", "yes"),
        ("!!null", "x"),
        ("!!float", "true"),
        ("!!float", "18446744073709551615"),
        ("!!timestamp", "today"),
        ("!!binary", "a"),
        ("!!binary", "/w=="),
    ],
)
def test_a_tag_that_does_not_fit(tag: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"is no|decodes"):
        tagged(tag, text)


@given(st.text())
def test_any_text_has_a_value(text: str) -> None:
    plain(text)


@given(st.text(alphabet="0123456789+-._eExobTtZ: ,"))
def test_numbers_and_dates_of_any_shape_have_a_value(text: str) -> None:
    plain(text)


@given(st.integers(-(2**63), 2**64 - 1))
def test_integers_of_64_bits_are_exact(number: int) -> None:
    assert plain(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_read_as_python_reads_them(number: float) -> None:
    assert plain(repr(number)) == number
