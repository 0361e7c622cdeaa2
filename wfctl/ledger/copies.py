"""Copies of a ledger file, made while others may be using it.

Knows nothing of what is in it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from wfctl.ledger import schema
from wfctl.ledger.files import PRIVATE_FILE, private_directory, sync_directory
from wfctl.ledger.trouble import named


def copy(path: Path, target: Path) -> None:
    """Copy a ledger, as it is at one moment, into a new file that its owner alone may read, in one file without a log.

    Raises WfctlError, naming the file that could not be read or written.
    """
    with named(target):
        private_directory(target.parent)
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE_FILE))
    try:
        _copy(path, target)
        with named(target):
            sync_directory(target.parent)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _copy(path: Path, target: Path) -> None:
    with (
        named(path),
        contextlib.closing(schema.connect(path)) as source,
        contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copied,
    ):
        source.backup(copied)
        copied.execute("PRAGMA journal_mode = DELETE")
