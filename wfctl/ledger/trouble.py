"""What SQLite and the disk complain of, as errors a person can act on.

Knows nothing of what was being done: only the file and the complaint.
"""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from wfctl.errors import Kind, WfctlError

_PRIMARY = 0xFF
"""SQLite's extended result codes keep the primary code in their low byte."""

_DISK_FULL = (
    "LEDGER_DISK_FULL",
    "there is no room left to write",
    "free some space on that disk, then: wfctl resume RUN",
)
_NOT_WRITABLE = (
    "LEDGER_NOT_WRITABLE",
    "the file or its directory may not be written",
    "give yourself write permission on the directory and on every file in it",
)
_IO = ("LEDGER_IO", "the disk answered with an error", "look into the system's log for that disk before you go on")
_BUSY = (
    "LEDGER_BUSY",
    "another process kept it locked",
    "wait for the other wfctl, or find out who holds the file open",
)
_DAMAGED = ("LEDGER_DAMAGED", "the file is damaged", "restore it from a backup; nothing was changed")
_NOT_OURS = (
    "LEDGER_NOT_A_DATABASE",
    "the file is no ledger",
    "move it away, or name the right file; nothing was changed",
)
_OTHER = ("LEDGER_ERROR", "it could not be used", "restore it from a backup if the file was touched by something else")

_BY_CODE = {
    sqlite3.SQLITE_FULL: _DISK_FULL,
    sqlite3.SQLITE_READONLY: _NOT_WRITABLE,
    sqlite3.SQLITE_CANTOPEN: _NOT_WRITABLE,
    sqlite3.SQLITE_PERM: _NOT_WRITABLE,
    sqlite3.SQLITE_IOERR: _IO,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_PROTOCOL: _BUSY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _NOT_OURS,
}

_BY_ERRNO = {
    errno.ENOSPC: _DISK_FULL,
    errno.EDQUOT: _DISK_FULL,
    errno.EACCES: _NOT_WRITABLE,
    errno.EPERM: _NOT_WRITABLE,
    errno.EROFS: _NOT_WRITABLE,
}


def damaged(path: Path, what: str) -> WfctlError:
    """The error for a record that is not what was once written: `what` names it."""
    return WfctlError(
        Kind.LEDGER,
        "LEDGER_DAMAGED",
        f"{path}: {what} is not what was written",
        hint="wfctl state verify finds all that is damaged, and says what to do; nothing was changed",
    )


def translate(error: sqlite3.Error | OSError, path: Path) -> WfctlError:
    """The error to show for a complaint about a file."""
    if isinstance(error, OSError):
        code, meaning, hint = _BY_ERRNO.get(error.errno or 0, _IO)
    else:
        code, meaning, hint = _BY_CODE.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY, _OTHER)
    return WfctlError(Kind.LEDGER, code, f"{path}: {meaning} ({error})", hint=hint)


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn every complaint of SQLite or the disk inside the block into a WfctlError that names the file."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise translate(error, path) from error
    except UnicodeDecodeError as error:
        # SQLite quotes what it found damaged, and Python cannot read the quotation
        raise damaged(path, "its schema") from error
