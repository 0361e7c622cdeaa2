"""A copy is whole and private, also while the ledger is being written."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.ledger.files import make_full, opened, raw, read_everything
from tests.ledger.makers import batch, begun, plan_of, wanted
from wfctl.errors import WfctlError
from wfctl.ledger.copies import copy


def test_a_copy_is_a_ledger_of_its_own(tmp_path: Path) -> None:
    path, target = tmp_path / "ledger.db", tmp_path / "backups" / "copy.db"
    make_full(path)
    plan = plan_of(wanted("x"), id="plan-2")
    with opened(path) as store:
        store.create_run(plan, batch(begun(plan, "run-2", serial=31)))
        copy(path, target)

    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o700
    assert [one.name for one in target.parent.iterdir()] == ["copy.db"], "no log beside it"
    with raw(target) as connection:
        assert connection.execute("SELECT count(*) FROM run").fetchone() == (2,)
    assert read_everything(target) == read_everything(path)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path, target = tmp_path / "ledger.db", tmp_path / "copy.db"
    make_full(path)
    target.write_text("mine")

    with pytest.raises(WfctlError, match=r"copy\.db"):
        copy(path, target)

    assert target.read_text() == "mine"


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("no database" * 100)

    with pytest.raises(WfctlError):
        copy(path, tmp_path / "copy.db")

    assert not (tmp_path / "copy.db").exists()
