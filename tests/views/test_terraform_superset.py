"""A program written for Terraform's machine-readable UI finds every field it knows, of the type it knows."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.views.imagined import SHOP
from tests.views.stories import STORIES
from tests.views.tale import BEGUN
from wfctl.core.plan import Operation
from wfctl.errors import Kind, WfctlError
from wfctl.views.json_lines import JsonLines
from wfctl.views.rows import Diagnostic, PlannedRow, PlanPage, RollbackPage, RollbackRow, Severity
from wfctl.views.sink import Sink

TABLE: dict[str, Any] = json.loads((Path(__file__).parent / "terraform_ui.json").read_text(encoding="utf-8"))

IS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "key": lambda value: value is None or isinstance(value, str | int),
    "severity": lambda value: value in ("error", "warning"),
    "operation": lambda value: value in ("plan", "apply", "destroy"),
    "action": lambda value: value in TABLE["actions"],
    "reason": lambda value: value in TABLE["reasons"],
    "resource": lambda value: all(IS[kind](value[name]) for name, kind in TABLE["resource"].items()),
}


def everything() -> list[dict[str, Any]]:
    stream = io.BytesIO()
    for tell in STORIES.values():
        tell(JsonLines(Sink(stream), lambda: BEGUN)).end()
    view = JsonLines(Sink(stream), lambda: BEGUN)
    view.notice("a remark")
    view.diagnostics(
        [
            Diagnostic(severity=Severity.WARNING, summary="w", address="local.file.a"),
            Diagnostic(severity=Severity.ERROR, summary="e", file="infra.yaml", line=1, column=2, snippet="x"),
        ]
    )
    view.plan(PlanPage(actions=(PlannedRow(operation=Operation.CREATE, name="a", type="local.file"),)))
    view.what_if(SHOP)
    view.rollback(
        RollbackPage(run_id="r-1", rows=(RollbackRow(plan_index=0, operation=Operation.CREATE, name="a", type="t"),))
    )
    view.error(WfctlError(Kind.CONFIG, "BAD", "bad"), 1)
    return [json.loads(row) for row in stream.getvalue().splitlines()]


def at(line: dict[str, Any], path: str) -> Iterator[Any]:
    """What stands at a path; nothing where a part marked `?` is missing. Raises KeyError for any other missing part."""
    value: Any = line
    for part in path.split("."):
        name = part.removesuffix("?")
        if part.endswith("?") and name not in value:
            return
        value = value[name]
    yield value


@pytest.fixture(scope="module")
def stream() -> list[dict[str, Any]]:
    return everything()


def test_the_envelope_is_whole(stream: list[dict[str, Any]]) -> None:
    for line in stream:
        assert all(isinstance(line[name], str) for name in TABLE["envelope"])
        assert line["@level"] in TABLE["levels"]
        assert line["@module"] == "wfctl.ui"


def test_the_version_is_the_one_of_the_table(stream: list[dict[str, Any]]) -> None:
    assert {line["ui"] for line in stream if line["type"] == "version"} == {TABLE["ui"]}


@pytest.mark.parametrize("type", TABLE["types"])
def test_a_known_type_has_every_field_it_has_in_terraform(stream: list[dict[str, Any]], type: str) -> None:
    found = [line for line in stream if line["type"] == type]
    assert found
    for line in found:
        for path, kind in TABLE["types"][type].items():
            for value in at(line, path):
                assert IS[kind](value), f"{path} of {line}"


def test_every_other_type_is_a_declared_one_of_ours(stream: list[dict[str, Any]]) -> None:
    assert {line["type"] for line in stream} - set(TABLE["types"]) == set(TABLE["ours"])
