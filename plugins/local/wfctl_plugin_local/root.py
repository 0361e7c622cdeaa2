"""The folder everything lives in, and the way to a path in it that cannot lead out.

It knows nothing of the kinds of objects. A path is followed one folder at a time, each opened relative to the one before and
never through a symbolic link. So neither `..` nor a link leads outside, not even a link put in place while we look.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from wfctl_plugin_local.fields import BadField

PRIVATE = ".wfctl-local"
"""The folder in the root that belongs to this plugin alone."""

PATH = 4095
NAME = 255
"""Bytes of the longest path and of the longest name in it: the limits of common systems."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object is or may be.

    Attributes:
        folder: Descriptor of the folder around it.
        name: Its name in there.
        path: Its path from the root.
    """

    folder: int
    name: str
    path: str

    @property
    def stage(self) -> str:
        """The name under which a new version is prepared: always the same, so that a crash leaves one at most."""
        return f".wfctl-{sha256(self.name.encode()).hexdigest()[:16]}"

    def look(self) -> os.stat_result | None:
        """What is there, links not followed; None if nothing is."""
        try:
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def settle(self) -> None:
        """Make the names in the folder durable."""
        os.fsync(self.folder)


class Root:
    """The root. It is made when something is first put in."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def make(self) -> None:
        """Make the root if it is missing."""
        self.path.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def place(self, path: str, field: str) -> Iterator[Place | None]:
        """The place of a path, while the block lasts; None if a folder on the way is not there. Raises BadField."""
        *folders, name = normal(path, field).split("/")
        folder = self._follow(folders, field)
        if folder is None:
            yield None
            return
        try:
            yield Place(folder, name, "/".join((*folders, name)))
        finally:
            os.close(folder)

    def _follow(self, folders: list[str], field: str) -> int | None:
        try:
            folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        for count, step in enumerate(folders, 1):
            try:
                deeper = _enter(folder, step, "/".join(folders[:count]), field)
            finally:
                os.close(folder)
            if deeper is None:
                return None
            folder = deeper
        return folder


def _enter(folder: int, name: str, path: str, field: str) -> int | None:
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError:
        # What a link answers differs between systems, so it is asked for.
        there = Place(folder, name, path).look()
        if there is not None and stat.S_ISLNK(there.st_mode):
            raise BadField(field, f"{path} is a symbolic link, and paths do not lead through links") from None
        if there is not None and stat.S_ISDIR(there.st_mode):
            raise
        return None


def no_folder(path: str) -> BadField:
    """What to say of a path whose folder is not there: one resource makes one object, so it is not made along the way."""
    folder = path.rpartition("/")[0] or "root"
    return BadField("path", f"the folder {folder} does not exist; declare it as a local.directory")


def normal(path: str, field: str) -> str:
    """A path from the root without detours. Raises BadField for one that leads out of the root or into what is ours."""
    try:
        encoded = path.encode()
    except UnicodeEncodeError:
        raise BadField(field, "is not valid UTF-8") from None
    if not path.isprintable():
        raise BadField(field, "must be one line of printable characters")
    if path.startswith("/"):
        raise BadField(field, f"{path} must be relative to the root")
    steps = [step for step in path.split("/") if step not in ("", ".")]
    if ".." in steps:
        raise BadField(field, f"{path} must not contain ..")
    if not steps:
        raise BadField(field, "must name something in the root")
    if len(encoded) > PATH or any(len(step.encode()) > NAME for step in steps):
        raise BadField(field, f"at most {PATH} bytes, and {NAME} for each name in it")
    # Some file systems do not tell capitals from small letters.
    if steps[0].casefold() == PRIVATE:
        raise BadField(field, f"{PRIVATE} belongs to the plugin")
    return "/".join(steps)
