"""A workspace can be held without a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger.files import make_full, opened
from tests.ledger.makers import Clock, batch, begun, claim, owner, plan_of, wanted
from wfctl.errors import WfctlError
from wfctl.ledger.hold import hold

PLAN = plan_of(wanted("x"), id="plan-2")


def test_nobody_else_gets_in_while_it_is_held(tmp_path: Path) -> None:
    path, clock = tmp_path / "ledger.db", Clock()
    make_full(path)
    with opened(path, clock, claim(clock, owner(pid=1, started=""))) as store:
        with hold(path, claim(clock), "default", "state export"), pytest.raises(WfctlError) as caught:
            store.create_run(PLAN, batch(begun(PLAN, "run-2", serial=31)))
        store.create_run(PLAN, batch(begun(PLAN, "run-2", serial=31))).release()

    assert (caught.value.code, "state export" in caught.value.message) == ("WORKSPACE_LOCKED", True)


@pytest.mark.parametrize(("driven", "code"), [(True, "WORKSPACE_LOCKED"), (False, "RUN_UNFINISHED")])
def test_a_workspace_with_a_run_is_not_held(tmp_path: Path, driven: bool, code: str) -> None:
    path, clock = tmp_path / "ledger.db", Clock()
    make_full(path)
    with opened(path, clock) as store:
        writer = store.create_run(PLAN, batch(begun(PLAN, "run-2", serial=31)))
        if not driven:
            writer.release()

        with pytest.raises(WfctlError) as caught, hold(path, claim(clock), "default", "state export"):
            pass

    assert caught.value.code == code
