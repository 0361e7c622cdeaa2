"""Secrets are handed out as they are kept."""

from __future__ import annotations

from pathlib import Path

from tests.ledger.files import opened
from tests.ledger.makers import append, batch, begun, plan_of, vault, wanted
from wfctl.engine.ports import SecretWrite
from wfctl.ledger.sealed import sealed


def test_the_newest_version_of_each_secret_of_the_workspace(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    for number, workspace in enumerate(("default", "prod")):
        plan = plan_of(wanted("a"), id=f"plan-{workspace}")
        with opened(path) as store:
            writer = store.create_run(plan, batch(begun(plan, f"run-{number}", workspace=workspace)))
            for value in ("old", f"new in {workspace}"):
                append(writer, batch(after=1, secrets=[SecretWrite(name="s", resource="a", value=value)]))
            writer.release()

    ((place, kept),) = sealed(path, "prod")

    assert (place.workspace, place.name, place.version) == ("prod", "s", 2)
    assert b"new" not in kept.ciphertext
    assert vault(tmp_path).open(place, kept) == "new in prod"
    assert sealed(path, "none") == ()
