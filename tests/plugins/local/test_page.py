"""What the page about the plugin shows can be used, and it leaves no field and no output out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.plugins.local.process import PluginProcess, call, spec
from wfctl.protocol import iac_pb2 as pb

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "docs" / "reference" / "plugin-local.md", ROOT / "plugins" / "local" / "README.md"]
PAGE = PAGES[0].read_text(encoding="utf-8")

EXAMPLES: dict[str, dict[str, object]] = {
    "directory": {"path": "d", "mode": "0755"},
    "file": {"path": "f", "template": "{{ a }}", "values": {"a": "b"}, "mode": "0644"},
    "symlink": {"path": "l", "target": "f"},
    "password": {"length": 20, "special": True},
    "key_pair": {"path": "k", "comment": "c", "rotation": 1},
    "step": {"do": ["true"], "undo": ["true"], "read": ["true"], "timeout": 5, "sensitive": []},
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_can_be_used(plugin: PluginProcess, page: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    provider, *modules = yaml.safe_load(example)["modules"]
    plan = pb.IaCPlan(
        actions=[
            pb.PlanAction(action="create", resource=spec(one["type"], one["name"], one["config"])) for one in modules
        ]
    )
    assert provider["config"]["provider"] == "local"
    assert not call(plugin.validator.ValidatePlan, pb.ValidatePlanRequest(plan=plan)).diagnostics


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_field_and_every_output_is_described(plugin: PluginProcess, kind: str) -> None:
    section = PAGE.split(f"\n## local.{kind}\n")[1].split("\n## ")[0]
    made = plugin.create(f"local.{kind}", "it", **EXAMPLES[kind])
    for name in (*EXAMPLES[kind], *made.outputs):
        assert f"`{name}`" in section, name
