"""Lines of text in styled pieces: what pages are made of before a screen draws them.

Knows nothing of terminals. Style is a word, never markup inside the text, so no text can change how it is drawn.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import NamedTuple

from wfctl.core.text import clean

ID_LIMIT = 120
"""Most characters shown of an id, a name or an address."""

MESSAGE_LIMIT = 4000
"""Most characters shown of one message."""

MESSAGE_LINES = 24
"""Most lines shown of one message."""


class Style(enum.Enum):
    """How a piece of a line is drawn, by meaning."""

    PLAIN = "plain"
    STRONG = "strong"
    FAINT = "faint"
    GOOD = "good"
    CAUTION = "caution"
    BAD = "bad"
    READ = "read"


class Span(NamedTuple):
    """A piece of a line."""

    text: str
    style: Style = Style.PLAIN


Line = tuple[Span, ...]
"""One line, without its end."""

BLANK: Line = ()


def line(text: str, style: Style = Style.PLAIN) -> Line:
    """A line of one piece."""
    return (Span(text, style),)


def plain(pieces: Line) -> str:
    """The text of a line alone, without blanks at its end."""
    if len(pieces) == 1:
        return pieces[0].text.rstrip()
    return "".join(piece.text for piece in pieces).rstrip()


def width(pieces: Line) -> int:
    """How many characters a line has."""
    return sum(len(piece.text) for piece in pieces)


def pad(pieces: Line, to: int) -> Line:
    """The line, filled up with blanks to a width."""
    missing = to - width(pieces)
    return (*pieces, Span(" " * missing)) if missing > 0 else pieces


def one_line(text: str, limit: int = ID_LIMIT) -> str:
    """A stranger's text fit to stand inside a line: cleaned, without line ends, at most about `limit` characters."""
    if len(text) <= limit and text.isascii() and text.isprintable() and "::" not in text and "##" not in text:
        return text
    return clean(text, limit).replace("\n", " ").replace("\t", " ")


def paragraph(text: str, indent: str, first: str | None = None) -> list[Line]:
    """A message of any length as lines: cleaned, capped, each behind `indent`, the first behind `first` if given."""
    rows = clean(text, MESSAGE_LIMIT).rstrip().split("\n")
    if len(rows) > MESSAGE_LINES:
        hidden = len(rows) - MESSAGE_LINES + 1
        rows = [rows[0], f"… {hidden} lines left out", *rows[-(MESSAGE_LINES - 2) :]]
    lead = indent if first is None else first
    return [line(f"{lead if at == 0 else indent}{row}".rstrip()) for at, row in enumerate(rows)]


def names(all_names: Sequence[str], most: int = 5) -> str:
    """A list of names, cut after `most` of them."""
    shown = ", ".join(one_line(name) for name in all_names[:most])
    more = len(all_names) - most
    return f"{shown} and {more:,} more" if more > 0 else shown


def duration(seconds: float) -> str:
    """A length of time in whole seconds, as Terraform writes it: 3s, 1m2s, 1h0m5s."""
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return f"{hours}h{minutes}m{whole % 60}s"
    return f"{minutes}m{whole % 60}s" if minutes else f"{whole}s"


def stopwatch(seconds: float) -> str:
    """A length of time while it still runs: 00m10s."""
    whole = max(0, int(seconds))
    return f"{whole // 60:02d}m{whole % 60:02d}s"


def tenths(seconds: float) -> str:
    """A short length of time with its tenths: 0.4s, 12.0s; longer ones in whole seconds."""
    return f"{max(0.0, seconds):.1f}s" if seconds < 60 else duration(seconds)
