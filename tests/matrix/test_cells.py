"""Each cell of the matrix, played with the real engine and compared with what was promised."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.matrix.cells import CELLS, CHOSEN, EXCLUDED, Cell, Mode, Op, Then, Undo, facets
from tests.matrix.model import ANY, SUBJECT, Promise, promise
from tests.matrix.theatre import ATTEMPTS, Seen, Theatre


def test_a_cell(theatre: Theatre, cell: Cell) -> None:
    wanted, seen = promise(cell), theatre.play(cell)
    assert told(seen) == promised(wanted, seen)
    subject = seen.outcomes[SUBJECT]
    if wanted.effect:
        assert subject.effect == wanted.effect
    if wanted.both_errors:
        assert subject.error is not None
        assert subject.error_phase == "hook"
        assert subject.undo_error is not None
    for first, second in wanted.before:
        assert last(seen, first) < last(seen, second), "dependants are taken back first"


@pytest.mark.parametrize("mode", [Mode.INVERSE, Mode.CUSTOM])
def test_an_undo_is_not_tried_for_ever(theatre: Theatre, mode: Mode) -> None:
    theatre.play(Cell(op=Op.CREATE, mode=mode, then=Then.HOOK, undo=Undo.LOST_BEFORE))
    sent = [call for call in theatre.world.calls if call.does == "lost_before" and call.name == f"s{theatre.played}"]
    assert len(sent) == ATTEMPTS
    assert len({call.key for call in sent}) == 1


def told(seen: Seen) -> dict[str, object]:
    return {
        "status": {role: int(outcome.status) for role, outcome in seen.outcomes.items()},
        "world": seen.world,
        "state": seen.state,
        "exit code": seen.exit_code,
        "result": seen.result,
    }


def promised(wanted: Promise, seen: Seen) -> dict[str, object]:
    state = {role: seen.state.get(role) if said == ANY else said for role, said in wanted.state.items()}
    return {
        "status": wanted.status,
        "world": {role: sorted(things) for role, things in wanted.world.items()},
        "state": state,
        "exit code": wanted.exit_code,
        "result": wanted.result,
    }


def last(seen: Seen, role: str) -> int:
    """When the world last changed for a role."""
    return max(number for number, effect in enumerate(seen.effects) if effect[0] == role)


def test_any_three_values_that_can_meet_do_meet() -> None:
    def meetings(cells: list[Cell]) -> set[tuple[str, ...]]:
        return {facet for cell in cells for facet in facets(cell)}

    assert meetings(CHOSEN) == meetings(CELLS)
    assert len(CHOSEN) >= 500


def test_every_rule_excludes_something() -> None:
    reasons = {
        node.value
        for node in ast.walk(ast.parse(Path(__file__).with_name("cells.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in EXCLUDED
    }
    assert len(reasons) == len(EXCLUDED) >= 15


def test_the_model_is_short_and_knows_nothing_of_the_engine() -> None:
    for name in ("model.py", "cells.py"):
        text = Path(__file__).with_name(name).read_text(encoding="utf-8")
        assert "wfctl" not in text
        assert len(text.splitlines()) <= 300
