"""Files that are written whole or not at all.

It knows nothing of configs and registries. A new version is prepared under another name in the same folder, made durable, and
takes its place in one step. Nobody ever sees half of it, and a crash leaves the old version or the new one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from wfctl.plugin_sdk import Transient
from wfctl_plugin_local.root import Place

_STAGE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file as it is: hex SHA-256 of its content, its size in bytes, its permission bits."""

    digest: str
    size: int
    mode: int


def find(place: Place | None) -> Found | None:
    """The regular file at a place; None if there is none."""
    file = _open(place) if place else None
    if file is None:
        return None
    with open(file, "rb") as content:  # noqa: PTH123 - a descriptor, not a path
        facts = os.fstat(file)
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return Found(digest, facts.st_size, stat.S_IMODE(facts.st_mode))


def _open(place: Place) -> int | None:
    there = place.look()
    if there is None or not stat.S_ISREG(there.st_mode):
        return None
    try:
        file = os.open(place.name, _READ, dir_fd=place.folder)
    except FileNotFoundError:
        return None
    if stat.S_ISREG(os.fstat(file).st_mode):
        return file
    os.close(file)
    return None


def add(place: Place, body: bytes, mode: int) -> None:
    """Write a file where nothing is. Raises FileExistsError if something is there, whatever it is."""
    with _staged(place, body, mode):
        os.link(place.stage, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder, follow_symlinks=False)
        os.unlink(place.stage, dir_fd=place.folder)
        place.settle()


def put(place: Place, body: bytes, mode: int) -> None:
    """Write a file in the place of another one, or where nothing is."""
    with _staged(place, body, mode):
        os.rename(place.stage, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)
        place.settle()


def set_mode(place: Place, mode: int) -> None:
    """Change the permission bits of a regular file. Raises FileNotFoundError."""
    file = _open(place)
    if file is None:
        raise FileNotFoundError(place.path)
    try:
        os.fchmod(file, mode)
        os.fsync(file)
    finally:
        os.close(file)


def remove(place: Place) -> None:
    """Remove a name that is no folder, and what a crash may have left of a new version. Raises FileNotFoundError."""
    with suppress(FileNotFoundError):
        os.unlink(place.stage, dir_fd=place.folder)
    os.unlink(place.name, dir_fd=place.folder)
    place.settle()


def tidy(place: Place) -> None:
    """Take the stage's name from a file that has its own, if a crash came in between and nobody is at it now."""
    try:
        file = os.open(place.stage, _READ, dir_fd=place.folder)
    except OSError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        there = place.look()
        if there is not None and os.path.samestat(there, os.fstat(file)):
            os.unlink(place.stage, dir_fd=place.folder)
            place.settle()
    except (BlockingIOError, FileNotFoundError):
        return
    finally:
        os.close(file)


@contextmanager
def _staged(place: Place, body: bytes, mode: int) -> Iterator[None]:
    """A durable file under the stage's name, which is free again afterwards."""
    file = _stage(place)
    try:
        with open(file, "wb", closefd=False) as stream:
            stream.truncate(0)
            stream.write(body)
        os.fchmod(file, mode)
        os.fsync(file)
        yield
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(place.stage, dir_fd=place.folder)
        raise
    finally:
        os.close(file)


def _stage(place: Place) -> int:
    """Open the stage and hold it alone. Raises Transient if somebody else is writing the same file."""
    file = os.open(place.stage, _STAGE, 0o600, dir_fd=place.folder)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        facts = os.fstat(file)
        if facts.st_nlink == 1 and os.path.samestat(facts, os.lstat(place.stage, dir_fd=place.folder)):
            return file
        if facts.st_nlink > 1:
            # A crash came between giving the file its name and taking the stage's away: this is the file itself.
            os.unlink(place.stage, dir_fd=place.folder)
    except BaseException as error:
        os.close(file)
        if isinstance(error, BlockingIOError | FileNotFoundError):
            raise Transient(f"{place.path} is being written by somebody else") from None
        raise
    os.close(file)
    return _stage(place)
