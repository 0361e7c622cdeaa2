"""Ask the person at the terminal. Only the word `yes` is a yes.

Knows nothing of what is asked about.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable


def asked(question: str) -> bool:
    """Put a question; whether the answer was yes. The end of the input and Ctrl-C are a no."""
    sys.stdout.flush()
    restore = _interruptible()  # before the question is seen, for it can be answered as soon as it is
    try:
        sys.stderr.write(f"\n{question}\n  Only yes is accepted: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        line = ""
    finally:
        restore()
    if not line.endswith("\n"):
        sys.stderr.write("\n")
    return line.strip() == "yes"


def _interruptible() -> Callable[[], object]:
    """Let Ctrl-C end a blocking read; the event loop would only take note of it. Returns what puts things back."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    return lambda: signal.signal(signal.SIGINT, before)
