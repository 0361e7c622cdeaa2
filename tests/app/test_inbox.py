from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.places import settings
from wfctl.app import compose, project
from wfctl.app.inbox import Inbox, cancel_letter
from wfctl.app.mapping import run_started
from wfctl.app.orders import RunOrder, Stop, Where
from wfctl.config.project import ApplySettings
from wfctl.core.events import CancelRequested, Recorded
from wfctl.core.plan import Plan, RunId
from wfctl.core.run import RunState
from wfctl.engine.ports import Batch
from wfctl.ledger.store import Letter, Store
from wfctl.views.view import Several

RUN = RunId("r-1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "infra.yaml").write_text("modules: []\n")
    place = project.find(settings(tmp_path), Where(config=tmp_path / "infra.yaml"), Several())
    plan = Plan(id="p", workspace="default", lineage="l")
    started = run_started(plan, run_id=RUN, apply=ApplySettings(), order=RunOrder(), providers=())
    with compose.ledger(settings(tmp_path), place, print, create=True) as record:
        assert record is not None
        record.store.create_run(plan, Batch(records=(Recorded(seq=1, at=1.0, event=started),)))
        yield record.store


def stop(store: Store, *, final: bool = False) -> None:
    store.put(cancel_letter(RUN, Stop(final=final), actor="ana", at=2.0))


def test_a_letter_becomes_a_fact_once_and_is_noted_when_that_is_durable(store: Store) -> None:
    inbox = Inbox(store, RUN)
    stop(store, final=True)
    (fact,) = inbox.poll()
    assert fact == CancelRequested(reason="cli", final=True)
    assert inbox.poll() == []
    assert len(store.letters(RUN)) == 1, "until its fact is on record it can still be lost"
    inbox.publish([Recorded(seq=7, at=3.0, event=CancelRequested(reason="SIGINT"))], RunState())
    assert len(store.letters(RUN)) == 1
    inbox.publish([Recorded(seq=8, at=3.0, event=fact)], RunState())
    assert store.letters(RUN) == ()


def test_whoever_takes_a_run_up_again_wants_it_to_go_on_unless_it_was_to_end_for_good(store: Store) -> None:
    stop(store)
    assert Inbox(store, RUN).left_behind(9, obeyed=False) == []
    assert Inbox(store, RUN).poll() == []
    stop(store, final=True)
    assert Inbox(store, RUN).left_behind(9, obeyed=False) == [CancelRequested(reason="cli", final=True)]


def test_letters_nobody_understands_are_left_alone(store: Store) -> None:
    store.put(Letter(run_id=RUN, kind="riddle", body="{}", actor="ana", at=2.0))
    store.put(Letter(run_id=RUN, kind="cancel", body="no JSON", actor="ana", at=2.0))
    assert Inbox(store, RUN).poll() == [CancelRequested(reason="cli", final=False)]
