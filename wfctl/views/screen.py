"""Where lines are drawn: for good, or as a status that the next one replaces.

The plain screen is here; the one that draws on a terminal is `wfctl.views.terminal`, imported only when there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import msgspec

from wfctl.views.line import Line, plain
from wfctl.views.sink import Sink


class Terminal(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the place written to.

    `live`: a status may be drawn at the bottom and drawn over; `color`: styles may be used; `size` tells columns and rows
    as they are at the moment.
    """

    live: bool = False
    color: bool = False
    size: Callable[[], tuple[int, int]] = lambda: (80, 25)


class Screen(Protocol):
    """Somewhere to draw. Nothing here raises for what becomes of the place."""

    @property
    def live(self) -> bool:
        """Whether `status` shows anything."""
        ...

    def show(self, lines: Iterable[Line]) -> None:
        """Draw lines that stay, above the status."""
        ...

    def status(self, lines: Sequence[Line]) -> None:
        """Replace the status; no lines take it away."""
        ...

    def close(self) -> None:
        """Take the status away and let go. Safe to call twice."""
        ...


class PlainScreen:
    """Lines of text, one after the other, each call written at once."""

    live = False

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def show(self, lines: Iterable[Line]) -> None:
        """Write the lines without their styles."""
        text = "".join([f"{plain(pieces)}\n" for pieces in lines])
        if text:
            self._sink.write(text)
            self._sink.flush()

    def status(self, lines: Sequence[Line]) -> None:
        """Nothing: a log has no place for what is drawn over."""

    def close(self) -> None:
        """Write what is left."""
        self._sink.flush()


def open_screen(sink: Sink, terminal: Terminal) -> Screen:
    """The screen that fits a place. The library that draws on terminals is imported only if it is needed."""
    if not (terminal.live or terminal.color):
        return PlainScreen(sink)
    from wfctl.views.terminal import TerminalScreen

    return TerminalScreen(sink, terminal)
