"""Versions of secrets: written, put back, swept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.makers import digest, vault
from wfctl.engine.ports import SecretWrite
from wfctl.ledger.reading import Reader
from wfctl.ledger.schema import connect, create
from wfctl.ledger.secrets_table import SecretsTable


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    create(tmp_path / "ledger.db", unique="1")
    connection = connect(tmp_path / "ledger.db")
    yield Reader(connection, tmp_path / "ledger.db")
    connection.close()


def table(reader: Reader, workspace: str = "default") -> SecretsTable:
    return SecretsTable(reader, workspace, vault(reader.path.parent))


def secret(name: str, value: object) -> SecretWrite:
    return SecretWrite(name=name, resource="a", value=value)


def versions(reader: Reader) -> list[tuple[str, str, int]]:
    return reader.connection.execute("SELECT workspace, name, version FROM secret ORDER BY 1, 2, 3").fetchall()


def refer(reader: Reader, workspace: str, column: str, *names: str) -> None:
    body = "".join(f"secret_ref://{name} " for name in names).encode()
    reader.connection.execute("INSERT INTO document VALUES(?, 1, ?)", (bytes.fromhex(digest(body)), body))
    reader.connection.execute(
        f"INSERT INTO resource(workspace, name, {column}) VALUES(?, ?, ?)",
        (workspace, f"{workspace}-{column}", bytes.fromhex(digest(body))),
    )


def test_the_newest_version_is_the_value(reader: Reader) -> None:
    secrets = table(reader)

    secrets.write([secret("s", "one"), secret("s", "two"), secret("t", "other")])

    assert secrets.read("s") == "two"
    assert versions(reader) == [("default", "s", 1), ("default", "s", 2), ("default", "t", 1)]
    with pytest.raises(KeyError):
        table(reader, "stage").read("s")


def test_no_plain_text_is_stored(reader: Reader) -> None:
    table(reader).write([secret("s", "hunter2")])

    stored = reader.path.read_bytes() + reader.path.with_name("ledger.db-wal").read_bytes()
    assert b"hunter2" not in stored


def test_putting_back_leaves_the_version_from_before(reader: Reader) -> None:
    secrets = table(reader)
    secrets.write([secret("s", "old"), secret("s", "new"), secret("s", "newer"), secret("t", "untouched")])

    secrets.put_back({"s", "never"})

    assert (secrets.read("s"), secrets.read("t")) == ("old", "untouched")


def test_sweeping_keeps_the_newest_of_what_is_referred_to(reader: Reader) -> None:
    secrets, other = table(reader), table(reader, "stage")
    secrets.write([secret("s", "old"), secret("s", "new"), secret("t", "x"), secret("gone", "y")])
    other.write([secret("gone", "theirs"), secret("gone", "theirs too")])
    refer(reader, "default", "outputs_doc", "s")
    refer(reader, "default", "config_doc", "t")

    secrets.sweep()

    assert versions(reader) == [("default", "s", 2), ("default", "t", 1), ("stage", "gone", 1), ("stage", "gone", 2)]
    assert secrets.read("s") == "new"


def test_sweeping_nothing_is_nothing(reader: Reader) -> None:
    table(reader).sweep()

    assert versions(reader) == []
