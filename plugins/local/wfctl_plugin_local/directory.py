"""`local.directory`: a folder.

It knows nothing of what is put into it, except how many things there are: a folder that is not empty is never removed.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from wfctl.plugin_sdk import Compensation, Spec, Undo, ValidationError
from wfctl_plugin_local.fields import Fields, octal
from wfctl_plugin_local.placed import PlacedDriver
from wfctl_plugin_local.root import Place, normal

DEFAULT_MODE = 0o755
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_STAGE = re.compile(r"\.wfctl-[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as it is wanted. A mode that is None is left as it is."""

    path: str
    mode: int | None


class DirectoryDriver(PlacedDriver[Folder]):
    """Makes folders."""

    type = "local.directory"
    noun = "directory"
    # Only an empty folder is ever removed, so making it again loses nothing.
    compensation = Compensation(
        create=Undo.INVERSE,
        update=Undo.INVERSE,
        replace=Undo.INVERSE,
        delete=Undo.INVERSE,
        emptiness_output="entries",
    )

    def wanted(self, spec: Spec) -> Folder:
        """`path`, and perhaps `mode`."""
        fields = Fields(spec.config, "path", "mode")
        return Folder(normal(fields.text("path"), "path"), fields.mode("mode", owner=0o500))

    def path(self, wanted: Folder) -> str:
        """Its place."""
        return wanted.path

    def expected_outputs(self, spec: Spec) -> Mapping[str, Any]:
        """The mode counts only where it is asked for."""
        wanted = self.wanted(spec)
        expected: dict[str, Any] = {"path": wanted.path}
        if wanted.mode is not None:
            expected["mode"] = octal(wanted.mode)
        return expected

    def make(self, place: Place, wanted: Folder) -> None:
        """With exactly the mode that is asked for, whatever the umask."""
        os.mkdir(place.name, 0o700, dir_fd=place.folder)
        try:
            _set_mode(place, DEFAULT_MODE if wanted.mode is None else wanted.mode)
            place.settle()
        except OSError:
            os.rmdir(place.name, dir_fd=place.folder)
            raise

    def change(self, place: Place, wanted: Folder) -> None:
        """The mode is all that can change in place."""
        if wanted.mode is not None:
            _set_mode(place, wanted.mode)

    def remove(self, place: Place) -> None:
        """Refuses a folder that holds anything but what crashed writes of this plugin left behind."""
        with _opened(place) as folder:
            kept, left = _entries(folder)
            for name in () if kept else left:
                os.unlink(name, dir_fd=folder)
        if kept:
            raise _not_empty(place, len(kept))
        try:
            os.rmdir(place.name, dir_fd=place.folder)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                raise _not_empty(place, 1) from None
            raise
        place.settle()

    def find(self, place: Place) -> Mapping[str, Any] | None:
        """Its path, its mode and the number of things in it."""
        there = place.look()
        if there is None or not stat.S_ISDIR(there.st_mode):
            return None
        with _opened(place) as folder:
            kept, _ = _entries(folder)
            mode = os.fstat(folder).st_mode
        return {"path": place.path, "mode": octal(mode), "entries": len(kept)}

    def mark(self, wanted: Folder) -> Mapping[str, Any]:  # noqa: ARG002 - one folder is like another
        """Nothing tells one new folder from another; the worst that comes of it is an empty folder removed."""
        return {}


@contextmanager
def _opened(place: Place) -> Iterator[int]:
    folder = os.open(place.name, _OPEN, dir_fd=place.folder)
    try:
        yield folder
    finally:
        os.close(folder)


def _entries(folder: int) -> tuple[list[str], list[str]]:
    """What is in a folder, and what crashed writes left there."""
    names = os.listdir(folder)
    return [name for name in names if not _STAGE.fullmatch(name)], [name for name in names if _STAGE.fullmatch(name)]


def _set_mode(place: Place, mode: int) -> None:
    with _opened(place) as folder:
        os.fchmod(folder, mode)
        os.fsync(folder)


def _not_empty(place: Place, count: int) -> ValidationError:
    return ValidationError(
        f"path: {place.path} is not empty ({count} or more entries), and only empty folders are removed"
    )
