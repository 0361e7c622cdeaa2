"""A look at a whole ledger: every kind of damage is found, is named, and says what to type."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.ledger.files import COUNT, RUN, config_of, opened, outputs_of, raw
from tests.ledger.makers import (
    Clock,
    append,
    applied,
    batch,
    begun,
    claim,
    dispatched,
    ended,
    finished,
    hook,
    plan_of,
    records,
    vault,
    wanted,
)
from wfctl import __version__
from wfctl.core import events
from wfctl.core.assess import assess
from wfctl.core.outcome import ActionStatus, Failure
from wfctl.core.plan import Document, Provenance, Step
from wfctl.core.run import fold
from wfctl.engine.ports import SecretWrite
from wfctl.errors import WfctlError
from wfctl.ledger.findings import REPAIR, RESTORE
from wfctl.ledger.secret_name import REFERENCE, secret_name
from wfctl.ledger.verify import Report, verify

PASSWORD = secret_name("a", "password")
OUTPUTS: Document = {"password": REFERENCE + PASSWORD}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run as this version writes it. Made once; each test damages a copy."""
    path = tmp_path_factory.mktemp("full") / "ledger.db"
    wants = (wanted(f"r{n:02}", config=config_of(n)) for n in range(COUNT))
    plan = msgspec.structs.replace(plan_of(*wants), engine_version=__version__)
    facts: list[events.Event] = [begun(plan)]
    for n in range(COUNT):
        facts += [dispatched(n), applied(n, id=f"id-{n}", config=config_of(n), outputs=outputs_of(n), config_hash="h")]
    facts.append(finished())
    documents = [document for n in range(COUNT) for document in (config_of(n), outputs_of(n))]
    with opened(path) as store:
        store.create_run(plan, batch(*facts, documents=documents, outcome=assess(fold(records(*facts))))).release()
    with raw(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def path(full: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "ledger.db"
    copy.write_bytes(full.read_bytes())
    return copy


def looked_at(path: Path, *, key: bytes | None = bytes(range(32))) -> Report:
    return verify(path, vault(path.parent, key=key), claim(Clock()))


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


def test_a_sound_ledger_is_clean_and_all_of_it_was_looked_at(path: Path) -> None:
    report = looked_at(path)

    assert (report.findings, report.clean) == ((), True)
    counted = report.counted
    assert (counted.runs, counted.events, counted.documents, counted.resources) == (1, 64, 63, 31)


DAMAGES = {
    "row": ("UPDATE resource SET provider_id = 'id-x' WHERE name = 'r03'", ["ROW_DAMAGED"], "resource r03", REPAIR),
    "no row": (
        "DELETE FROM resource WHERE name = 'r03'",
        ["STATE_NOT_AS_NOTED", "ROW_STRAYED"],
        "workspace default",
        REPAIR,
    ),
    "workspace": ("DELETE FROM workspace", ["WORKSPACE_LOST"], "workspace default", REPAIR),
    "senseless workspace": ("UPDATE workspace SET lineage = NULL", ["WORKSPACE_LOST"], "workspace default", REPAIR),
    "lineage": (
        "UPDATE workspace SET lineage = 'other'",
        ["STATE_NOT_AS_NOTED", "LINEAGE_WRONG"],
        "workspace default",
        REPAIR,
    ),
    "serial": (
        "UPDATE workspace SET serial = 99",
        ["STATE_NOT_AS_NOTED", "SERIAL_WRONG"],
        "workspace default",
        REPAIR,
    ),
    "active": ("UPDATE workspace SET active_run = 'run-1'", ["ACTIVE_RUN_WRONG"], "workspace default", REPAIR),
    "lease": ("DELETE FROM lease", ["LEASE_BEHIND"], "workspace default", REPAIR),
    "event": (
        "UPDATE event SET body = replace(body, 'id-7', 'id-8')",
        ["LEDGER_DAMAGED", "NOT_REBUILT"],
        "run run-1",
        RESTORE,
    ),
    "last event": ("DELETE FROM event WHERE seq = 64", ["LEDGER_DAMAGED", "NOT_REBUILT"], "run run-1", RESTORE),
    "events": ("DELETE FROM event", ["LEDGER_DAMAGED", "NOT_REBUILT"], "run run-1", RESTORE),
    "head": ("UPDATE run SET head_hash = x'00'", ["LEDGER_DAMAGED", "NOT_REBUILT"], "run run-1", RESTORE),
    "run": ("UPDATE run SET status = 'splendid'", ["LEDGER_DAMAGED", "NOT_REBUILT"], "run run-1", RESTORE),
    "run's workspace": (
        "UPDATE run SET workspace = 'defaulu'",
        ["LEDGER_DAMAGED", "NOT_REBUILT"],
        "run run-1",
        RESTORE,
    ),
    "run's end": ("UPDATE run SET result = NULL", ["RUN_DAMAGED"], "run run-1", RESTORE),
    "no run": ("DELETE FROM run", ["RUN_LOST"], "run run-1", RESTORE),
    "outcome's text": (
        "UPDATE action_result SET body = replace(body, 'id-3', 'id-4') WHERE plan_index = 3",
        ["RUN_DAMAGED"],
        "run run-1",
        RESTORE,
    ),
    "exit code": ("UPDATE run SET exit_code = 3", ["RUN_DAMAGED"], "run run-1", RESTORE),
    "run's end's moment": ("UPDATE run SET finished_at = started_at", ["RUN_DAMAGED"], "run run-1", RESTORE),
    "run's owner": ("UPDATE run SET epoch = 0", ["RUN_DAMAGED"], "run run-1", RESTORE),
    "outcome": ("UPDATE action_result SET status = 2", ["RUN_DAMAGED"], "run run-1", RESTORE),
    "no outcome": ("DELETE FROM action_result WHERE plan_index = 3", ["RUN_DAMAGED"], "run run-1", RESTORE),
    "plan": (
        "UPDATE document SET body = x'7b7d' WHERE digest IN (SELECT plan_doc FROM run)",
        ["LEDGER_DAMAGED", "NOT_REBUILT", "DOCUMENT_DAMAGED"],
        "run run-1",
        RESTORE,
    ),
    "plan use": ("DELETE FROM plan_use", ["RUN_DAMAGED"], "run run-1", RESTORE),
    "document": (
        "UPDATE document SET body = x'00' WHERE digest IN (SELECT outputs_doc FROM resource WHERE name = 'r03')",
        ["DOCUMENT_DAMAGED"],
        "document ",
        RESTORE,
    ),
    "no document": (
        "DELETE FROM document WHERE digest IN (SELECT outputs_doc FROM resource WHERE name = 'r03')",
        ["DOCUMENT_MISSING", "DOCUMENT_MISSING"],
        "run run-1",
        RESTORE,
    ),
    "pruned": (
        "INSERT INTO meta VALUES('pruned:run-1', 'run-2'); DELETE FROM event",
        ["PRUNING_WRONG"],
        "run run-1",
        RESTORE,
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found_and_named(path: Path, name: str) -> None:
    sql, expected, subject, hint = DAMAGES[name]
    with raw(path) as connection:
        connection.executescript(sql)

    report = looked_at(path)

    assert not report.clean
    assert [code for code in expected if code not in codes(report)] == []
    first = next(finding for finding in report.findings if finding.code == expected[0])
    assert first.subject.startswith(subject)
    assert first.hint == hint
    assert str(path) not in first.message


def test_every_flipped_byte_of_the_file_is_found_or_means_nothing(path: Path) -> None:
    """Bytes that no row uses may change; whatever is read afterwards is what was written."""
    whole = path.read_bytes()
    rows = Path(path.parent / "flipped.db")
    missed = []
    for at in range(4096, len(whole), 997):
        rows.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        try:
            clean = verify(rows, vault(path.parent), claim(Clock())).clean
        except WfctlError:
            clean = False
        if clean and contents(rows) != contents(path):
            missed.append(at)
    assert missed == []


def contents(path: Path) -> list[object]:
    """Everything that a person could be told from the file, but what is only for locks and pages."""
    with raw(path) as connection:
        tables = ("workspace", "run", "event", "action_result", "document", "resource", "plan_use")
        queries = [f"SELECT * FROM {table} ORDER BY 1, 2" for table in tables]  # noqa: S608  (from the schema)
        return [connection.execute(query).fetchall() for query in queries]


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("not a ledger, but long enough to be taken for something else than an empty file" * 20)

    with pytest.raises(WfctlError) as caught:
        looked_at(path)

    assert caught.value.code == "LEDGER_NOT_A_DATABASE"


# --- what needs a person, and what does not ----------------------------------------------------------------------------


def make(path: Path, *facts: events.Event, with_hook: bool = False) -> None:
    """One run of one action, with these facts after its intent."""
    plan = plan_of(wanted("a", depends_on=("net",)))
    hooks = (hook("smoke"),) if with_hook else ()
    secret = SecretWrite(name=PASSWORD, resource="a", value="hunter2")
    with opened(path) as store:
        writer = store.create_run(plan, batch(begun(plan, hooks=hooks)))
        append(writer, batch(dispatched(), *facts, after=1, documents=[OUTPUTS], secrets=[secret]))
        writer.release()


def end(path: Path, status: ActionStatus = ActionStatus.SUCCESS) -> None:
    with opened(path) as store:
        writer = store.resume_run(RUN)
        append(writer, batch(finished(), after=writer.seq, outcome=ended(status)))
        writer.release()


LOST = events.ActionLeftInDoubt(action=0, step=Step.CREATE, failure=Failure(code="lost", message="gone"))


def test_a_run_that_nobody_drives_is_remarked_and_needs_nobody(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    make(path, applied(outputs=OUTPUTS))

    report = looked_at(path)

    assert report.clean
    assert [(one.code, one.hint) for one in report.findings] == [
        ("RUN_UNFINISHED", "wfctl resume run-1"),
        ("DEPENDENCY_MISSING", "wfctl plan"),
    ]


def test_hooks_that_are_owed_are_remarked(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    make(path, applied(outputs=OUTPUTS), with_hook=True)
    end(path)

    report = looked_at(path)

    assert report.clean
    assert codes(report) == ["DEPENDENCY_MISSING", "HOOKS_PENDING"]


def test_a_quarantined_resource_names_its_run_and_the_words_to_type(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    make(path, LOST)
    unfinished = looked_at(path)
    end(path, ActionStatus.ERROR)

    report = looked_at(path)

    assert not report.clean
    (found,) = [one for one in report.findings if one.code == "QUARANTINED"]
    assert found.subject == "resource local.file.a"
    assert found.hint == "wfctl settle run-1 local.file.a --as present:ID (or absent)"
    assert "wfctl resume run-1" in {one.hint for one in unfinished.findings if one.code == "QUARANTINED"}


def test_a_secret_without_its_key_needs_a_person(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    make(path, applied(outputs=OUTPUTS))
    end(path)
    assert looked_at(path).counted.secrets == 1

    report = looked_at(path, key=bytes(32))

    assert not report.clean
    (found,) = [one for one in report.findings if one.grave]
    assert (found.code, "WFCTL_SECRETS_KEY" in found.hint) == ("SECRETS_KEY_MISSING", True)


def test_a_secret_that_is_damaged_or_gone_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    make(path, applied(outputs=OUTPUTS))
    end(path)
    with raw(path) as connection:
        connection.execute("UPDATE secret SET version = 2")
    damaged = looked_at(path)
    with raw(path) as connection:
        connection.execute("DELETE FROM secret")

    gone = looked_at(path)

    assert [one.subject for one in damaged.findings if one.grave] == [f"secret {PASSWORD}"]
    assert [(one.code, one.subject) for one in gone.findings if one.grave] == [
        ("SECRET_MISSING", "resource local.file.a")
    ]


def test_a_secret_of_an_imported_resource_is_kept_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    plan = plan_of()
    digest = next(iter(batch(documents=[OUTPUTS]).documents))
    entry = events.StateEntry(name="a", type="local.file", outputs=digest, provenance=Provenance.IMPORTED)
    edit = events.StateEdited(verb="import", put=(entry,))
    with opened(path) as store:
        store.create_run(plan, batch(begun(plan), edit, finished(), documents=[OUTPUTS], outcome=ended())).release()

    report = looked_at(path)

    assert report.clean
    assert codes(report) == ["SECRET_ELSEWHERE"]


def test_a_mark_must_name_the_run_that_left_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    plan = plan_of()
    entries = (
        events.StateEntry(name="a", type="local.file", mark="quarantined", mark_run="run-9"),
        events.StateEntry(name="b", type="local.file", mark="half_replaced", mark_run="run-1"),
    )
    edit = events.StateEdited(verb="push", put=entries)
    with opened(path) as store:
        store.create_run(plan, batch(begun(plan), edit, finished(), outcome=ended())).release()

    report = looked_at(path)

    assert [(one.code, one.grave) for one in report.findings] == [("MARK_UNEXPLAINED", True), ("HALF_REPLACED", False)]
    assert "run-9, which does not exist" in report.findings[0].message
