"""Drawing on a terminal with rich: styles, and a status at the bottom that is drawn over.

Knows nothing of what the lines say. Text goes in as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, Final, cast

from rich.console import Console
from rich.live import Live
from rich.text import Text

from wfctl.views.line import Line, Style
from wfctl.views.screen import Terminal
from wfctl.views.sink import Sink

_STYLES: Final = {
    Style.PLAIN: "",
    Style.STRONG: "bold",
    Style.FAINT: "dim",
    Style.GOOD: "green",
    Style.CAUTION: "yellow",
    Style.BAD: "red",
    Style.READ: "cyan",
}


class TerminalScreen:
    """A terminal. Lines that stay are left unbroken, so that they can be copied; the status is cut to the width."""

    def __init__(self, sink: Sink, terminal: Terminal) -> None:
        self.live = terminal.live
        self._sink = sink
        self._size = terminal.size
        self._console = Console(
            file=cast("IO[str]", sink),
            force_terminal=True,
            force_interactive=terminal.live,
            color_system="standard" if terminal.color else None,
            no_color=not terminal.color,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
            _environ={},
        )
        self._area: Live | None = None

    def show(self, lines: Iterable[Line]) -> None:
        """Draw lines above the status."""
        texts = [_text(pieces) for pieces in lines]
        if not texts:
            return
        self._fit()
        self._console.print(Text("\n").join(texts), soft_wrap=True)
        self._sink.flush()

    def status(self, lines: Sequence[Line]) -> None:
        """Draw the status anew."""
        if not self.live:
            return
        self._fit()
        if not lines:
            self._stop()
        else:
            self._draw(Text("\n", no_wrap=True, overflow="ellipsis").join(_text(pieces) for pieces in lines))
        self._sink.flush()

    def close(self) -> None:
        """Take the status away and show the cursor again."""
        self._stop()
        self._sink.flush()

    def _draw(self, text: Text) -> None:
        if self._area is None:
            self._area = Live(
                text,
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._area.start()
        self._area.update(text, refresh=True)

    def _stop(self) -> None:
        if self._area is not None:
            self._area.stop()
            self._area = None

    def _fit(self) -> None:
        columns, rows = self._size()
        self._console.size = (max(columns, 20), max(rows, 4))


def _text(pieces: Line) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis", end="")
    for piece in pieces:
        text.append(piece.text, _STYLES[piece.style])
    return text
