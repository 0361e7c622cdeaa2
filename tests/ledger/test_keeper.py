"""A lease in its table, and the thread that keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.ledger.files import raw
from tests.ledger.makers import Clock, claim
from wfctl.errors import WfctlError
from wfctl.ledger.keeper import Keeper, read_lease, transaction, write_lease
from wfctl.ledger.lease import Lease, new_lease
from wfctl.ledger.reading import Reader
from wfctl.ledger.schema import connect, create


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create(tmp_path / "ledger.db", unique="1")
    return tmp_path / "ledger.db"


@pytest.fixture
def reader(path: Path) -> Iterator[Reader]:
    connection = connect(path)
    yield Reader(connection, path)
    connection.close()


def kept(path: Path, clock: Clock) -> tuple[Keeper, Lease]:
    lease = new_lease(None, "default", claim(clock), run_id="run-1", engine="local")
    connection = connect(path)
    write_lease(connection, lease)
    return Keeper(connection, path, lease, clock.clocks()), lease


@pytest.mark.parametrize(
    "lease",
    [
        new_lease(None, "default", claim(Clock()), run_id="run-1", engine="local"),
        Lease(workspace="default", epoch=3),
        Lease(workspace="default", epoch=3, run_id="r", engine="temporal", expires_at=None),
    ],
    ids=["held", "free", "held elsewhere"],
)
def test_a_lease_comes_back(reader: Reader, lease: Lease) -> None:
    write_lease(reader.connection, lease)

    assert lease == read_lease(reader, "default")
    assert read_lease(reader, "stage") is None


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE lease SET epoch = NULL",
        "UPDATE lease SET expires_at = 'soon'",
        "UPDATE lease SET expires_boot = NULL",
        "UPDATE lease SET owner = NULL",
    ],
)
def test_a_lease_that_cannot_be_read_is_damage(reader: Reader, sql: str) -> None:
    write_lease(reader.connection, Lease(workspace="default", epoch=3, run_id="r"))
    reader.connection.execute(sql)

    with pytest.raises(WfctlError) as caught:
        read_lease(reader, "default")

    assert caught.value.code == "LEDGER_DAMAGED"


def test_a_transaction_is_all_or_nothing(reader: Reader) -> None:
    def fail() -> None:
        with transaction(reader.connection):
            reader.connection.execute("INSERT INTO meta VALUES('x', 'y')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert not reader.connection.in_transaction
    assert reader.connection.execute("SELECT 1 FROM meta WHERE key = 'x'").fetchone() is None


def test_renewing_moves_both_ends_of_the_lease(path: Path, reader: Reader) -> None:
    clock = Clock()
    keeper, lease = kept(path, clock)
    clock.wall += 20
    clock.boot += 30

    assert keeper.renew()
    found = read_lease(reader, "default")
    keeper.release()

    assert msgspec.structs.replace(lease, expires_at=clock.wall + 60, expires_boot=clock.boot + 60) == found


def test_a_lease_taken_by_another_is_lost_for_good(path: Path) -> None:
    keeper, lease = kept(path, Clock())
    with raw(path) as connection:
        write_lease(connection, msgspec.structs.replace(lease, epoch=2))

    assert keeper.may_send()
    assert not keeper.renew()
    assert not keeper.may_send()
    assert not keeper.renew()
    keeper.release()
    with raw(path) as connection:
        assert connection.execute("SELECT run_id FROM lease").fetchone() == ("run-1",)


def test_a_lease_that_cannot_be_written_runs_out_by_itself(path: Path) -> None:
    clock = Clock()
    keeper, _ = kept(path, clock)
    with raw(path) as connection:
        connection.execute("DROP TABLE lease")

    with pytest.raises(WfctlError):
        keeper.renew()
    clock.pass_(51)

    assert not keeper.may_send()
    keeper.release()


def test_what_is_given_back_is_free_under_the_same_epoch(path: Path, reader: Reader) -> None:
    keeper, lease = kept(path, Clock())

    keeper.release()

    assert msgspec.structs.replace(lease, run_id=None) == read_lease(reader, "default")
    assert not keeper.may_send()
    assert not keeper.renew()
