"""Making a ledger file, and refusing what is none."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from wfctl.errors import Kind, WfctlError
from wfctl.ledger.schema import VERSION, check, connect, create


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".wfctl" / "ledger.db"


def refused(path: Path) -> WfctlError:
    with pytest.raises(WfctlError) as caught:
        check(path)
    assert caught.value.kind == Kind.LEDGER
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value


def test_a_new_ledger_is_private_and_passes(path: Path) -> None:
    create(path, unique="1")
    check(path)

    assert (stat.S_IMODE(path.parent.stat().st_mode), stat.S_IMODE(path.stat().st_mode)) == (0o700, 0o600)
    assert [path] == list(path.parent.iterdir())


def test_what_sqlite_puts_beside_it_is_private_too(path: Path) -> None:
    create(path, unique="1")
    with closing(connect(path)) as connection:
        connection.execute("INSERT INTO meta VALUES('x', 'y')")
        modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

    assert {0o600} == modes


def test_every_commit_is_on_the_disk_when_it_returns(path: Path) -> None:
    create(path, unique="1")
    with closing(connect(path)) as connection:
        settings = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert settings == ["wal", 2]


def test_a_ledger_that_is_there_is_kept(path: Path) -> None:
    create(path, unique="1")
    with closing(connect(path)) as connection:
        connection.execute("INSERT INTO meta VALUES('x', 'y')")
    before = path.read_bytes()

    create(path, unique="2")

    assert before == path.read_bytes()


def test_every_table_is_strict(path: Path) -> None:
    create(path, unique="1")
    with closing(connect(path)) as connection:
        tables = connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").fetchall()

    strict = {name: strict for name, strict in tables if not name.startswith("sqlite_")}
    assert {1} == set(strict.values())
    assert {
        "action_result",
        "document",
        "event",
        "inbox",
        "lease",
        "meta",
        "plan_use",
        "resource",
        "run",
        "secret",
        "workspace",
    } == set(strict)


def test_no_ledger_is_no_ledger(path: Path) -> None:
    assert refused(path).code == "LEDGER_MISSING"


def test_a_newer_ledger_is_left_alone(path: Path) -> None:
    create(path, unique="1")
    with closing(connect(path)) as connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (str(VERSION + 1),))
    before = path.read_bytes()

    error = refused(path)

    assert error.code == "LEDGER_NEWER"
    assert f"version {VERSION + 1}" in error.message
    assert before == path.read_bytes()


@pytest.mark.parametrize("content", [b"this is no database at all " * 40, b"SQLite format 3\0" + b"\xff" * 4080])
def test_what_is_no_database_is_left_alone(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)

    error = refused(path)

    assert error.code in {"LEDGER_NOT_A_DATABASE", "LEDGER_DAMAGED"}
    assert content == path.read_bytes()


def test_somebody_elses_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE meta(key, value)")
    before = path.read_bytes()

    assert refused(path).code == "LEDGER_NOT_OURS"
    assert before == path.read_bytes()


def test_an_empty_file_is_not_taken_for_a_ledger(path: Path) -> None:
    path.parent.mkdir()
    path.touch()

    assert refused(path).code == "LEDGER_NOT_OURS"
    assert path.read_bytes() == b""


def test_a_directory_is_no_ledger(path: Path) -> None:
    path.mkdir(parents=True)

    assert refused(path).code == "LEDGER_NOT_WRITABLE"


CREATE = """
import os, sys
from pathlib import Path
from wfctl.errors import WfctlError
from wfctl.ledger.schema import check, create
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    create(Path(sys.argv[1]), unique="1")
    check(Path(sys.argv[1]))
except WfctlError as error:
    print(error.kind, error.code)
"""


@pytest.fixture
def open_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that other users can reach too: the superuser is refused nothing, so the child is somebody else."""
    path = tmp_path_factory.mktemp("open")
    for directory in (path, *path.parents) if os.getuid() == 0 else ():
        mode = directory.stat().st_mode
        if mode & 0o005 == 0o005:
            break
        directory.chmod(mode | 0o055)
    return path


def as_somebody(path: Path) -> str:
    done = subprocess.run([sys.executable, "-c", CREATE, str(path)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_read_only_directory_is_named(open_directory: Path) -> None:
    open_directory.chmod(0o555)

    assert as_somebody(open_directory / ".wfctl" / "ledger.db") == "ledger LEDGER_NOT_WRITABLE"
    assert list(open_directory.iterdir()) == []
    open_directory.chmod(0o755)


def test_a_ledger_in_a_read_only_directory_is_named(open_directory: Path) -> None:
    create(open_directory / "ledger.db", unique="1")
    (open_directory / "ledger.db").chmod(0o444)
    open_directory.chmod(0o555)

    assert as_somebody(open_directory / "ledger.db") == "ledger LEDGER_NOT_WRITABLE"
    open_directory.chmod(0o755)


def test_many_processes_make_one_ledger(path: Path) -> None:
    program = "import sys\nfrom pathlib import Path\nfrom wfctl.ledger.schema import check, create\nsys.stdin.read(1)\n"
    program += "create(Path(sys.argv[1]), unique=sys.argv[2]); check(Path(sys.argv[1])); print(Path(sys.argv[1]).stat().st_ino)"
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path), str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for n in range(6)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"!")
        child.stdin.flush()
    inodes = {child.communicate()[0].strip() for child in children}

    assert {str(path.stat().st_ino).encode()} == inodes
    assert [path] == list(path.parent.iterdir())


def test_a_copy_is_a_ledger_too(path: Path, tmp_path: Path) -> None:
    create(path, unique="1")
    shutil.copy(path, tmp_path / "copy.db")

    check(tmp_path / "copy.db")
