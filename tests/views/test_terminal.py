from __future__ import annotations

import io

from wfctl.views.line import Span, Style, line
from wfctl.views.screen import Terminal, open_screen
from wfctl.views.sink import Sink

ESC = "\x1b["


def drawn(terminal: Terminal, *, width: int = 40) -> tuple[io.BytesIO, object]:
    stream = io.BytesIO()
    return stream, open_screen(Sink(stream), terminal)


def test_styles_are_drawn_and_text_is_never_markup() -> None:
    stream = io.BytesIO()
    screen = open_screen(Sink(stream), Terminal(color=True))
    screen.show([(Span("no", Style.BAD), Span(" [red]:smile: https://example.org 'quoted' 12"))])
    assert stream.getvalue().decode() == f"{ESC}31mno{ESC}0m [red]:smile: https://example.org 'quoted' 12\n"


def test_lines_that_stay_are_not_broken_at_the_edge() -> None:
    stream = io.BytesIO()
    screen = open_screen(Sink(stream), Terminal(color=True, size=lambda: (30, 10)))
    screen.show([line("x" * 100)])
    assert stream.getvalue().decode() == "x" * 100 + "\n"


def test_without_colour_a_live_screen_draws_no_style() -> None:
    stream = io.BytesIO()
    screen = open_screen(Sink(stream), Terminal(live=True, size=lambda: (30, 10)))
    screen.show([line("plain", Style.BAD)])
    screen.status([line("y" * 100, Style.FAINT)])
    text = stream.getvalue().decode()
    screen.close()
    assert f"{ESC}31m" not in text
    assert f"{ESC}2m" not in text
    assert "y" * 29 + "…" in text
    assert "y" * 30 not in text


def test_the_status_is_taken_away_and_the_cursor_comes_back() -> None:
    stream = io.BytesIO()
    screen = open_screen(Sink(stream), Terminal(live=True, color=True, size=lambda: (30, 10)))
    screen.status([line("working")])
    assert f"{ESC}?25l" in stream.getvalue().decode()
    screen.show([line("stays")])
    screen.status([])
    screen.close()
    screen.close()
    text = stream.getvalue().decode()
    assert text.rstrip().endswith(f"{ESC}2K")
    assert f"{ESC}?25h" in text
    assert text.count("stays") == 1


def test_showing_nothing_draws_nothing() -> None:
    stream = io.BytesIO()
    screen = open_screen(Sink(stream), Terminal(live=True, color=True))
    screen.show([])
    screen.status([])
    assert stream.getvalue() == b""
