from __future__ import annotations

import pytest

from tests.views.tale import BEGUN, same_as_golden
from wfctl.core.plan import Operation
from wfctl.views.line import plain
from wfctl.views.rollback_page import rollback_lines
from wfctl.views.rows import Fate, RollbackPage, RollbackRow


def row(name: str, fate: Fate, operation: Operation = Operation.CREATE, **more: object) -> RollbackRow:
    known = {"plan_index": 0, "operation": operation, "name": name, "type": "local.file", "fate": fate, **more}
    return RollbackRow(**known)  # type: ignore[arg-type]


PAGE = RollbackPage(
    run_id="r-7k3q",
    operation="apply",
    result="succeeded",
    workspace="staging",
    project="shop",
    finished_at=BEGUN,
    rows=(
        row("banner", Fate.UNDO, undos=("delete",), provider_id="banner.txt"),
        row("index", Fate.UNDO, Operation.UPDATE, undos=("restore",), provider_id="index.html"),
        row("deploy", Fate.UNDO, Operation.REPLACE, undos=("recreate", "delete"), provider_id="new"),
        row("old", Fate.UNDO, Operation.DELETE, undos=("recreate",)),
        row("gone", Fate.ALREADY, undos=("delete",), why="read: already absent"),
        row(
            "logs",
            Fate.REFUSED,
            undos=("delete",),
            why="holds_data: local.file.logs holds data (3)",
            provider_id="logs",
        ),
        row("site", Fate.STAYS, why="blocked_by local.file.logs"),
        row("motd", Fate.SKIPPED, provider_id="motd"),
        row("note", Fate.ORPHANED, provider_id="note"),
    ),
)


def test_it_says_what_would_be_undone_and_why_the_rest_stays() -> None:
    same_as_golden("rollback.txt", "\n".join(plain(line) for line in rollback_lines(PAGE)) + "\n")


@pytest.mark.parametrize("evil", ["\x1b[2J", "a\nb", "\u202e"])
def test_what_strangers_say_stays_on_its_line(evil: str) -> None:
    page = RollbackPage(run_id="r-1", rows=(row("a", Fate.REFUSED, why=f"x{evil}y", provider_id=evil),))
    for line in rollback_lines(page):
        assert evil not in plain(line)
