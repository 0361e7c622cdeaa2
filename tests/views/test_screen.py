from __future__ import annotations

import io
import subprocess
import sys

from wfctl.views.line import BLANK, Span, Style, line
from wfctl.views.screen import PlainScreen, Terminal, open_screen
from wfctl.views.sink import Sink


def test_a_plain_screen_writes_text_alone() -> None:
    stream = io.BytesIO()
    screen = open_screen(Sink(stream), Terminal())
    screen.show([(Span("bad", Style.BAD), Span(" [bold]news[/bold]")), BLANK, line("end")])
    screen.status([line("not for a log")])
    screen.close()
    assert isinstance(screen, PlainScreen)
    assert not screen.live
    assert stream.getvalue() == b"bad [bold]news[/bold]\n\nend\n"


def test_a_place_without_colour_and_status_needs_no_drawing_library() -> None:
    program = (
        "import io, sys; from wfctl.views.screen import *; from wfctl.views.sink import Sink\n"
        "open_screen(Sink(io.BytesIO()), Terminal()); sys.exit('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
