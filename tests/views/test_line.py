from __future__ import annotations

import pytest

from wfctl.views.line import (
    MESSAGE_LINES,
    Span,
    Style,
    duration,
    line,
    names,
    one_line,
    pad,
    paragraph,
    plain,
    stopwatch,
    tenths,
)


def test_a_line_is_its_pieces_without_blanks_at_the_end() -> None:
    assert plain((Span("a ", Style.BAD), Span("b  "))) == "a b"
    assert plain(()) == ""
    assert plain(line("alone ")) == "alone"


def test_padding_never_cuts() -> None:
    assert plain((*pad(line("ab"), 4), Span("|"))) == "ab  |"
    assert pad(line("abcdef"), 4) == line("abcdef")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("vol-1", "vol-1"),
        ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket"),
        ("a\nb\tc", "a b c"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("::error::no", ": :error::no"),
        ("x ::set-output name=a::b", "x : :set-output name=a::b"),
        ("\u202eevil", "evil"),
        ("x" * 200, "x" * 119 + "…"),
    ],
)
def test_a_strangers_text_is_fit_for_one_line(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_a_long_message_keeps_its_first_and_its_last_lines() -> None:
    rows = paragraph("\n".join(f"row {at}" for at in range(100)), "  | ", first="  ")
    assert len(rows) == MESSAGE_LINES
    assert plain(rows[0]) == "  row 0"
    assert plain(rows[1]) == "  | … 77 lines left out"
    assert plain(rows[-1]) == "  | row 99"


def test_names_are_counted_when_they_are_too_many() -> None:
    assert names(["a", "b"]) == "a, b"
    assert names([f"r{at}" for at in range(1205)], most=2) == "r0, r1 and 1,203 more"


@pytest.mark.parametrize(
    ("seconds", "long", "running", "short"),
    [
        (0, "0s", "00m00s", "0.0s"),
        (-3, "0s", "00m00s", "0.0s"),
        (0.44, "0s", "00m00s", "0.4s"),
        (62.9, "1m2s", "01m02s", "1m2s"),
        (3605, "1h0m5s", "60m05s", "1h0m5s"),
    ],
)
def test_times(seconds: float, long: str, running: str, short: str) -> None:
    assert (duration(seconds), stopwatch(seconds), tenths(seconds)) == (long, running, short)
