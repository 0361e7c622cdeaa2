"""What is not as it was written is never taken for it."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.ledger.files import COUNT, RUN, make_full, opened, raw, read_everything
from tests.ledger.makers import digest
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.reading import Reader

PAGE = 4096


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("full") / "ledger.db"
    make_full(path)
    return path


@pytest.fixture
def copy(full: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(full, tmp_path / "ledger.db"))


def refused(read: Callable[[], object]) -> str:
    with pytest.raises(WfctlError) as caught:
        read()
    assert (caught.value.kind, caught.value.code) == (Kind.LEDGER, "LEDGER_DAMAGED")
    return caught.value.message


def test_the_ledger_that_is_damaged_below_holds_64_events(full: Path) -> None:
    events, state, plan = read_everything(full)

    assert (len(events), len(state.resources), len(plan.steps)) == (64, COUNT, COUNT)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE event SET body = replace(body, 'key-5', 'key-6') WHERE seq = 12",
        "UPDATE event SET hash = CAST(substr(hash, 2) || 'x' AS BLOB) WHERE seq = 12",
        "UPDATE event SET epoch = 2 WHERE seq = 12",
        "UPDATE event SET recorded_at = replace(recorded_at, '2026', '2025') WHERE seq = 12",
        "UPDATE event SET type = 'ActionApplied' WHERE seq = 12",
        "UPDATE event SET action = 6 WHERE seq = 12",
        "DELETE FROM event WHERE seq = 12",
        "UPDATE event SET seq = 99 WHERE seq = 12",
        "UPDATE event SET run_id = 'run-2' WHERE seq = 12",
        "UPDATE event SET body = NULL WHERE seq = 12",
        "UPDATE event SET hash = (SELECT hash FROM event AS other WHERE other.seq = 13) WHERE seq = 12",
    ],
)
def test_an_event_that_changed_is_named(copy: Path, sql: str) -> None:
    with raw(copy) as connection:
        connection.execute(sql)

    assert "event 12 of run run-1" in refused(lambda: read_everything(copy))


@pytest.mark.parametrize(
    "sql", ["DELETE FROM event WHERE seq > 60", "UPDATE run SET head_seq = 63", "UPDATE run SET head_hash = x'00'"]
)
def test_a_lost_tail_is_seen(copy: Path, sql: str) -> None:
    with raw(copy) as connection:
        connection.execute(sql)

    assert "the end of run run-1" in refused(lambda: read_everything(copy))


def test_an_event_added_behind_our_back_is_seen(copy: Path) -> None:
    with raw(copy) as connection:
        connection.execute(
            "INSERT INTO event SELECT run_id, 65, epoch, recorded_at, type, action, body, hash FROM event WHERE seq = 64"
        )

    assert "event 65" in refused(lambda: read_everything(copy))


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE run SET plan_doc = (SELECT digest FROM document WHERE digest <> plan_doc LIMIT 1)",
        "UPDATE run SET operation = 'destroy'",
        "UPDATE run SET workspace = 'stage'",
        "UPDATE run SET rules = 2",
        "UPDATE run SET started_at = finished_at",
        "UPDATE run SET plan_doc = NULL",
        "DELETE FROM run",
    ],
)
def test_a_run_does_not_change_what_it_was_started_with(copy: Path, sql: str) -> None:
    with raw(copy) as connection:
        connection.execute(sql)

    refused(lambda: read_everything(copy))


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("UPDATE resource SET provider_id = 'id-6' WHERE name = 'r05'", "resource r05 of workspace default"),
        ("UPDATE resource SET protected = 1 WHERE name = 'r05'", "resource r05 of workspace default"),
        ("UPDATE resource SET mark = 'quarantined' WHERE name = 'r05'", "resource r05 of workspace default"),
        ("UPDATE resource SET dependencies = '[' WHERE name = 'r05'", "resource r05 of workspace default"),
        ("UPDATE resource SET provenance = 'stolen' WHERE name = 'r05'", "resource r05 of workspace default"),
        ("UPDATE resource SET row_hash = NULL WHERE name = 'r05'", "resource r05 of workspace default"),
        ("UPDATE resource SET name = 'r99' WHERE name = 'r05'", "resource r99 of workspace default"),
        ("UPDATE resource SET workspace = 'stage' WHERE name = 'r05'", "resource r05 of workspace stage"),
        ("DELETE FROM resource WHERE name = 'r05'", "the list of resources of workspace default"),
        ("UPDATE meta SET value = 'x' WHERE key = 'state:default'", "the list of resources of workspace default"),
        ("DELETE FROM workspace", "the list of resources of workspace default"),
        ("UPDATE workspace SET serial = 30", "the list of resources of workspace default"),
        ("UPDATE workspace SET lineage = 'lim'", "the list of resources of workspace default"),
        ("DELETE FROM meta WHERE key = 'state:default'", "the list of resources of workspace default"),
    ],
)
def test_a_resource_that_changed_or_is_missing_is_named(copy: Path, sql: str, names: str) -> None:
    with raw(copy) as connection:
        connection.execute(sql)

    assert names in refused(lambda: read_everything(copy))


def test_a_document_that_changed_is_named(copy: Path) -> None:
    with raw(copy) as connection:
        connection.execute(
            "UPDATE document SET body = CAST(replace(body, '/srv/5', '/srv/6') AS BLOB) WHERE size < 100"
        )

    assert "document " in refused(lambda: read_everything(copy))


def test_a_document_that_is_gone_is_damage_and_not_an_empty_config(copy: Path) -> None:
    with raw(copy) as connection:
        connection.execute("DELETE FROM document WHERE size < 100")

    assert "document " in refused(lambda: read_everything(copy))


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ("UPDATE run SET status = 'dancing'", "run"),
        ("UPDATE run SET cause = '{'", "run"),
        ("UPDATE run SET started_at = 'yesterday'", "run"),
        ("UPDATE action_result SET body = '{}'", "action_results"),
        ("UPDATE action_result SET body = NULL", "action_results"),
    ],
)
def test_rows_that_cannot_be_read_are_damage(copy: Path, sql: str, read: str) -> None:
    with raw(copy) as connection:
        connection.execute(sql)

    with opened(copy) as store:
        refused(lambda: getattr(store, read)(RUN))


def test_a_document_of_another_type_is_damage(tmp_path: Path) -> None:
    # no ledger can be made to hold this, but a flipped byte turns the one type into the other
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE document(digest, size, body)")
        connection.execute("INSERT INTO document VALUES(?, 2, '{}')", (bytes.fromhex(digest(b"{}")),))

        refused(lambda: Reader(connection, tmp_path).document(digest(b"{}")))


def test_a_schema_that_cannot_even_be_quoted_is_damage(full: Path, tmp_path: Path) -> None:
    path, original = tmp_path / "ledger.db", full.read_bytes()
    word = original.index(b"CREATE TABLE document")
    path.write_bytes(original[:word] + b"CRE\xff" + original[word + 4 :])

    refused(lambda: read_everything(path))


def test_a_damaged_run_is_not_reopened(copy: Path) -> None:
    with raw(copy) as connection:
        connection.execute("UPDATE event SET epoch = 2 WHERE seq = 12")

    with opened(copy) as store:
        refused(lambda: store.reopen_run(RUN))
        lease = store.lease("default")

    assert lease is not None
    assert (lease.run_id, lease.epoch) == (None, 1)


def same_or_refused(path: Path, expected: object) -> bool:
    """Whether reading was refused. Anything else than a refusal or the very same content fails the test."""
    try:
        found = read_everything(path)
    except WfctlError as error:
        return error.kind is Kind.LEDGER or pytest.fail(f"a damaged file is called {error.code}")
    assert found == expected
    return False


def test_flipped_bytes_anywhere_in_the_file_are_seen_or_mean_nothing(full: Path, tmp_path: Path) -> None:
    original, expected = full.read_bytes(), read_everything(full)
    path, seen = tmp_path / "ledger.db", 0
    # a stride without a common factor with the page size reaches every kind of place in the end
    for position, mask in zip(range(0, len(original), 149), itertools.cycle((0x01, 0x55, 0x80, 0xFF)), strict=False):
        broken = bytearray(original)
        broken[position] ^= mask
        path.write_bytes(bytes(broken))
        seen += same_or_refused(path, expected)
        _clean(path)

    assert seen > len(original) // 149 // 4


def test_a_truncated_file_is_seen_wherever_it_ends(full: Path, tmp_path: Path) -> None:
    original, expected = full.read_bytes(), read_everything(full)
    path = tmp_path / "ledger.db"
    ends = sorted({*range(0, len(original), PAGE), *range(1, len(original), 2311), 16, 99, 100})
    for end in ends:
        path.write_bytes(original[:end])
        assert same_or_refused(path, expected), end
        _clean(path)


def test_a_tail_of_zeros_is_seen_or_means_nothing(full: Path, tmp_path: Path) -> None:
    original, expected = full.read_bytes(), read_everything(full)
    path = tmp_path / "ledger.db"
    for start in range(PAGE, len(original), PAGE):
        path.write_bytes(original[:start] + bytes(len(original) - start))
        same_or_refused(path, expected)
        _clean(path)


def _clean(path: Path) -> None:
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
