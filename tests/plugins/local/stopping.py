"""The plugin, except that it stops for ever at a point the test names, to be killed there.

`STOP_AT` names the point, `STOP_SAY` a pipe that is told when it is reached.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wfctl_plugin_local.provider import LocalProvider
from wfctl_plugin_local.registry import Entry, Registry
from wfctl_plugin_local.root import Place, Root

from wfctl.plugin_sdk import serve


def reach(point: str) -> None:
    if os.environ["STOP_AT"] != point:
        return
    Path(os.environ["STOP_SAY"]).write_text(point)
    threading.Event().wait()


class StoppingRoot(Root):
    """Stops before a path is used for the first time after its owner was noted."""

    begun = False

    @contextmanager
    def place(self, path: str, field: str) -> Iterator[Place | None]:
        if self.begun:
            reach(f"use {path}")
        with super().place(path, field) as place:
            yield place


class StoppingRegistry(Registry):
    finished = 0

    def begin(self, entry: Entry, *, alone: bool = False) -> None:
        super().begin(entry, alone=alone)
        assert isinstance(self._root, StoppingRoot)
        self._root.begun = True
        reach("begun")

    def finish(self, entry: Entry) -> None:
        self.finished += 1
        reach(f"before finish {self.finished}")
        super().finish(entry)
        reach("after finish")

    def forget(self, entry: Entry) -> None:
        reach("before forget")
        super().forget(entry)

    def retire(self, entry: Entry, run: str) -> None:
        reach("before retire")
        super().retire(entry, run)

    def reinstate(self, entry: Entry, instead_of: str) -> None:
        reach("before reinstate")
        super().reinstate(entry, instead_of)


if __name__ == "__main__":
    serve(
        LocalProvider(
            directory=Path.cwd(),
            environment=dict(os.environ),
            clock=time.time,
            root=StoppingRoot,
            registry=StoppingRegistry,
        )
    )
