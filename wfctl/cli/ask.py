"""Ask the person at the terminal. Only the word `yes` is a yes.

Knows nothing of what is asked about.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def asked(question: str) -> bool:
    """Put a question; whether the answer was yes. The end of the input, Ctrl-C and other signals are a no."""
    sys.stdout.flush()
    restore = _interruptible()  # before the question is seen, for it can be answered as soon as it is
    try:
        sys.stderr.write(f"\n{question}\n  Only yes is accepted: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
    except (KeyboardInterrupt, OSError):  # the terminal may be gone
        line = ""
    finally:
        restore()
    if not line.endswith("\n"):
        sys.stderr.write("\n")
    return line.strip() == "yes"


def _interruptible() -> Callable[[], object]:
    """Let a signal end a blocking read; the event loop would only take note of it. Returns what puts things back."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    return lambda: [signal.signal(number, handler) for number, handler in before.items()]
