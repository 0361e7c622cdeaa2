"""The life of a plugin process: where it listens, and the three ways it ends.

It knows nothing of what is offered.
"""

from __future__ import annotations

import os
import signal
import tempfile
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType
from urllib.parse import quote

LOOK = 0.5
LOOK_CLOSELY = 0.01
PATH_LIMIT = 100


class End(Enum):
    """Why the process ends."""

    ASKED = auto()
    TERMINATED = auto()
    ENGINE_GONE = auto()


class Socket:
    """A unix socket that only this user can reach, in a private folder unless the engine names one."""

    def __init__(self, folder: str | None) -> None:
        self._own = None if folder else Path(tempfile.mkdtemp(prefix="plugin"))
        self.path = (self._own or Path(str(folder))) / f"plugin{os.getpid()}"

    @property
    def target(self) -> str:
        """The form grpc takes, which is a URI."""
        return f"unix:{quote(os.fsencode(self.path))}"

    @property
    def too_long(self) -> bool:
        """Whether the system would refuse the path."""
        return len(os.fsencode(self.path)) > PATH_LIMIT

    def keep_private(self) -> None:
        """Once it exists."""
        self.path.chmod(0o600)

    def remove(self) -> None:
        """Leave nothing behind."""
        self.path.unlink(missing_ok=True)
        if self._own:
            self._own.rmdir()


class Life:
    """Waits for the reason to end. Made in the main thread, as early as possible."""

    def __init__(self) -> None:
        """Take note of the engine, and of signals.

        The terminal's interrupt is meant for the engine. It gets a handler that does nothing, because a signal that is
        ignored would be ignored by every program a driver starts as well.
        """
        self._reasons: SimpleQueue[End | None] = SimpleQueue()
        self._engine = os.getppid()
        signal.signal(signal.SIGINT, lambda _number, _frame: None)
        signal.signal(signal.SIGTERM, self._terminate)

    def end(self) -> None:
        """The engine asked the process to end."""
        self._reasons.put(End.ASKED)

    def look(self) -> None:
        """The engine closed a connection it normally keeps: look closely whether it still lives."""
        self._reasons.put(None)

    def wait(self) -> End:
        """Until there is a reason to end.

        A plugin that outlived its engine could still change the world while the next engine already looks at it.
        """
        pause = LOOK
        while os.getppid() == self._engine:
            with suppress(Empty):
                reason = self._reasons.get(timeout=pause)
                if reason is not None:
                    return reason
                pause = LOOK_CLOSELY
        return End.ENGINE_GONE

    def _terminate(self, _number: int, _frame: FrameType | None) -> None:
        self._reasons.put(End.TERMINATED)


def die_of(number: int) -> None:
    """Let whoever waits for this process see the signal that ended it."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
