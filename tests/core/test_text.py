from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfctl.core.text import clean


@pytest.mark.parametrize(
    ("dirty", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;c3RvbGVu\x9cafter", "after"),
        ("\x1bPstring\x1b\\after", "after"),
        ("\x1b(Bplain\x1bc", "plain"),
        ("\x1b[2", ""),
        ("back\b\b\bspace\x07\x00", "backspace"),
        ("user\u202egnp.exe\u202c", "usergnp.exe"),
        ("\u2066isolated\u2069\u200e\u200f\u061c", "isolated"),
        ("in\u200bvis\ufeffible\U000e0041", "invisible"),
        ("lone \ud800 half", "lone \ufffd half"),
    ],
)
def test_what_a_terminal_would_obey_is_gone(dirty: str, shown: str) -> None:
    assert clean(dirty, 1000) == shown


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029", "\n"])
def test_every_line_end_is_a_newline(line_end: str) -> None:
    assert clean(f"one{line_end}two", 1000) == "one\ntwo"


@pytest.mark.parametrize(
    ("dirty", "shown"),
    [
        ("::set-env name=PATH::/evil", ": :set-env name=PATH::/evil"),
        ("ok\n  ::add-mask::x", "ok\n  : :add-mask::x"),
        ("ok\r::stop-commands::t", "ok\n: :stop-commands::t"),
        ("a word ::error::wrapped", "a word : :error::wrapped"),
        (":\u200b:error::hidden", ": :error::hidden"),
        ("\x1b[0m::error::painted", ": :error::painted"),
        ("see ##[group]x and ##vso[task.x]y", "see ## [group]x and ## vso[task.x]y"),
        ("##teamcity[x]", "## teamcity[x]"),
        ("std::vector and ::1 and a ## heading #[x]", "std::vector and ::1 and a ## heading #[x]"),
    ],
)
def test_orders_to_build_servers_are_broken_up(dirty: str, shown: str) -> None:
    assert clean(dirty, 1000) == shown


def test_ordinary_text_of_any_script_stays() -> None:
    text = "naïve\tcafé — 日本語, שלום, 👩\u200d🔧\nsecond line: 5 % of $9"
    assert clean(text, 1000) == text


def test_too_long_text_keeps_its_start_or_its_end_and_says_so() -> None:
    assert clean("abcdefgh", 4) == "abc…"
    assert clean("abcdefgh", 4, keep_end=True) == "…fgh"
    assert clean("abcd", 4) == clean("abcd", 4, keep_end=True) == "abcd"


@pytest.mark.parametrize("limit", range(1, 30))
def test_a_cut_cannot_make_an_order(limit: int) -> None:
    assert not re.search(r"^\s*::[a-z]", clean("x\nxxxxxxx::error::boom", limit, keep_end=True), re.MULTILINE)


def test_an_unfinished_escape_hides_no_more_than_its_line() -> None:
    assert clean("\x1b]0;never ended\nthe error", 1000) == "\nthe error"


@given(st.text(max_size=200), st.integers(1, 100), st.booleans())
def test_whatever_comes_in_nothing_dangerous_comes_out(text: str, limit: int, keep_end: bool) -> None:
    shown = clean(text, limit, keep_end=keep_end)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    assert not re.search(r"^\s*::[A-Za-z]|##(?:vso|teamcity)?\[", shown, re.MULTILINE)
    shown.encode()


@given(st.text("\x1b[]0;m:#abv so\r\n\u200b\u202e", max_size=60))
def test_taking_away_makes_nothing_new_to_take_away(text: str) -> None:
    once = clean(text, 1000)
    assert clean(once, 1000) == once
