"""Files that appear whole or not at all, and that only their owner may read.

Knows nothing of what is in them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_DIRECTORY = 0o700

Identity = tuple[int, int]
"""Device and inode: which file stands behind a path."""


def identity(path: Path) -> Identity | None:
    """Which file a path leads to now; None when there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def private_directory(path: Path) -> None:
    """Make a directory that only its owner may enter, and make its name durable. Raises OSError."""
    try:
        path.mkdir(mode=PRIVATE_DIRECTORY)
    except FileExistsError:
        return
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable: a file's own fsync does not cover its name. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def publish(path: Path, fill: Callable[[Path], None], *, unique: str) -> bool:
    """Make a private file appear under `path` with everything in it, or not at all.

    `fill` writes an empty file of another name, made unique among processes by `unique`. Returns False, with nothing
    changed, when somebody else published first. Raises OSError and whatever `fill` raises.
    """
    draft = path.with_name(f".{path.name}.{unique}.new")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE_FILE))
    try:
        fill(draft)
        _sync(draft)
        return _link(draft, path)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _link(draft: Path, path: Path) -> bool:
    # A link never replaces what is there, a rename would: two processes that start together must end up with one file.
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return False
    sync_directory(path.parent)
    return True
