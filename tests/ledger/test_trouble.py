"""What SQLite and the disk complain of, in words one can act on. Every complaint here is a real one."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from wfctl.errors import Kind, WfctlError
from wfctl.ledger.trouble import damaged, named, translate


def full(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA max_page_count = 3")
    connection.execute("CREATE TABLE t(x)")
    connection.execute("INSERT INTO t VALUES(zeroblob(100000))")


def not_a_database(path: Path) -> None:
    path.write_bytes(b"plain text, and more than enough of it " * 50)
    sqlite3.connect(path).execute("SELECT * FROM t")


def missing(path: Path) -> None:
    sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute("SELECT 1 FROM t")


def read_only(path: Path) -> None:
    sqlite3.connect(path).execute("CREATE TABLE t(x)")
    sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute("INSERT INTO t VALUES(1)")


def busy(path: Path) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    sqlite3.connect(path, timeout=0).execute("CREATE TABLE t(x)")


def no_table(path: Path) -> None:
    sqlite3.connect(path).execute("SELECT * FROM nothing")


def closed(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.close()
    connection.execute("SELECT 1")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize(
    ("provoke", "code"),
    [
        (full, "LEDGER_DISK_FULL"),
        (not_a_database, "LEDGER_NOT_A_DATABASE"),
        (missing, "LEDGER_NOT_WRITABLE"),
        (read_only, "LEDGER_NOT_WRITABLE"),
        (busy, "LEDGER_BUSY"),
        (no_table, "LEDGER_ERROR"),
        (closed, "LEDGER_ERROR"),
    ],
)
def test_a_complaint_of_sqlite(provoke: Callable[[Path], None], code: str, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"

    with pytest.raises(WfctlError) as caught, named(path):
        provoke(path)

    assert (Kind.LEDGER, code) == (caught.value.kind, caught.value.code)
    assert str(path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "LEDGER_DISK_FULL"),
        (errno.EDQUOT, "LEDGER_DISK_FULL"),
        (errno.EACCES, "LEDGER_NOT_WRITABLE"),
        (errno.EROFS, "LEDGER_NOT_WRITABLE"),
        (errno.EIO, "LEDGER_IO"),
    ],
)
def test_a_complaint_of_the_disk(number: int, code: str, tmp_path: Path) -> None:
    assert code == translate(OSError(number, "no"), tmp_path).code


def test_damage_names_the_record(tmp_path: Path) -> None:
    error = damaged(tmp_path, "event 3 of run r")

    assert (error.kind, error.code) == (Kind.LEDGER, "LEDGER_DAMAGED")
    assert f"{tmp_path}: event 3 of run r is not what was written" == error.message


def test_other_trouble_is_not_ours_to_name(tmp_path: Path) -> None:
    with pytest.raises(KeyError), named(tmp_path):
        raise KeyError("x")
