"""One batch is one transaction, and a ledger that is not the one it was is noticed."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ledger.files import RUN, opened, raw
from tests.ledger.makers import append, applied, batch, begun, digest, dispatched, ended, finished, plan_of, wanted
from wfctl.core.outcome import ActionStatus
from wfctl.engine.ports import Batch, SecretWrite
from wfctl.errors import Kind, WfctlError

PLAN = plan_of(wanted("a"))


def test_a_removed_ledger_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))
        path.unlink()

        with pytest.raises(WfctlError) as caught:
            append(writer, batch(dispatched(), after=1))

    assert (caught.value.kind, caught.value.code) == (Kind.LEDGER, "LEDGER_REPLACED")
    assert str(path) in caught.value.message


def test_a_replaced_ledger_is_noticed_and_the_other_one_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))
        shutil.copy(path, tmp_path / "copy")
        (tmp_path / "copy").replace(path)
        before = path.read_bytes()

        with pytest.raises(WfctlError) as caught:
            append(writer, batch(dispatched(), after=1))

        assert caught.value.code == "LEDGER_REPLACED"
        assert before == path.read_bytes()


def test_a_batch_that_fails_late_leaves_nothing_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    document = b'{"never":"kept"}'
    with opened(path) as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))
        with raw(path) as connection:
            connection.execute("CREATE TRIGGER no BEFORE UPDATE ON run BEGIN SELECT raise(ABORT, 'no'); END")
        facts = batch(dispatched(), applied(), after=1, secrets=[SecretWrite(name="s", resource="a", value="x")])

        with pytest.raises(WfctlError) as caught:
            append(writer, Batch(records=facts.records, secrets=facts.secrets, documents={digest(document): document}))

        assert caught.value.code == "LEDGER_ERROR"
        assert (writer.seq, len(list(store.events(RUN))), store.state("default").resources) == (1, 1, ())
        assert store.state("default").serial == 0
        for missing in (store.documents("default").document, store.documents("default").secret):
            with pytest.raises(KeyError):
                missing(digest(document))

        with raw(path) as connection:
            connection.execute("DROP TRIGGER no")
        append(writer, facts)
        assert [found.name for found in store.state("default").resources] == ["a"]


def test_a_run_that_moved_on_without_us_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))
        with raw(path) as connection:
            connection.execute("UPDATE run SET head_seq = 5")

        with pytest.raises(WfctlError) as caught:
            append(writer, batch(dispatched(), after=1))

    assert caught.value.code == "LEDGER_DIVERGED"


def test_the_last_outcome_counts(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.db") as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))
        append(writer, batch(finished(), after=1, outcome=ended(ActionStatus.ERROR)))
        append(writer, batch(after=2, outcome=ended(ActionStatus.SUCCESS)))

        assert [outcome.status for outcome in store.action_results(RUN)] == [ActionStatus.SUCCESS]
        assert store.run(RUN).finished_at > 0


FILL = """
import resource, sys
from pathlib import Path
from tests.ledger.files import opened
from tests.ledger.makers import append, batch, begun, digest, dispatched, plan_of, wanted
from wfctl.engine.ports import Batch
from wfctl.errors import WfctlError
path, plan = Path(sys.argv[1]), plan_of(wanted("a"))
with opened(path) as store:
    writer = store.create_run(plan, batch(begun(plan)))
    append(writer, batch(dispatched(), after=1))
    limit = path.with_name("ledger.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    body = b"x" * 100_000
    try:
        append(writer, Batch(records=batch(dispatched(attempt=2), after=2).records, documents={digest(body): body}))
    except WfctlError as error:
        print(error.code, str(path) in error.message, writer.seq)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    append(writer, batch(dispatched(attempt=2), after=2))
    print(writer.seq, len(list(store.events(writer.run_id))))
"""


def test_a_disk_that_takes_no_more_is_named_and_the_next_append_goes_on(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path / "ledger.db")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )

    assert done.stdout.splitlines() == ["LEDGER_IO True 2", "3 3"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
