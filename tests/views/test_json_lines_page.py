"""The reference page names every type and every field that is written, and no type that is not."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.views.stories import STORIES
from tests.views.tale import BEGUN
from tests.views.test_terraform_superset import everything
from wfctl.views.json_lines import JsonLines
from wfctl.views.sink import Sink

PAGE = (Path(__file__).parents[2] / "docs/reference/json-lines.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def stream() -> list[dict[str, Any]]:
    return everything()


def test_every_type_has_its_row(stream: list[dict[str, Any]]) -> None:
    types = {line["type"] for line in stream}
    tables = PAGE.split("## Types of Terraform")[1].split("### `action_outcome`")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", tables, re.MULTILINE)) == types


def test_every_field_is_named_somewhere(stream: list[dict[str, Any]]) -> None:
    named = set(re.findall(r"\w+", PAGE))
    payload = {name for line in stream for name in line if not name.startswith("@")}
    fields = {name for line in stream for part in line.values() if isinstance(part, dict) for name in part}
    assert payload | fields <= named


def test_the_example_is_a_stream_of_ours() -> None:
    block = PAGE.split("## An example")[1].split("```")[1]
    shown = re.findall(r'"type":"(\w+)"', block)
    stream = io.BytesIO()
    STORIES["compensated"](JsonLines(Sink(stream), lambda: BEGUN)).end()
    real = [json.loads(row)["type"] for row in stream.getvalue().splitlines()]
    assert shown[0] == "version"
    assert shown[-1] == "run_complete"
    assert set(shown) <= set(real)
