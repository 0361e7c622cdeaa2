"""A project of scripted resources, and the real program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from wfctl_plugin_scripted.world import World

from tests.cli.shell import Shell

STAGE = {"name": "stage", "type": "iac.provider", "config": {"provider": "scripted"}}


class Told:
    """What a run said with --json."""

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        self.lines = lines
        self.outcomes: dict[str, dict[str, Any]] = {
            line["outcome"]["resource"]["resource_name"]: line["outcome"]
            for line in lines
            if line["type"] == "action_outcome"
        }

    @property
    def statuses(self) -> dict[str, str]:
        """By resource, in plan order."""
        return {name: outcome["status"] for name, outcome in self.outcomes.items()}

    def code(self, name: str, which: str = "error") -> str:
        """The code of an error of a resource; empty if it has none."""
        found = self.outcomes[name][which]
        return str(found["code"]) if found else ""


class Project:
    """A configuration, its world, and what people type."""

    def __init__(self, folder: Path) -> None:
        self.shell = Shell(folder)
        self.world = World(folder / "world.jsonl")

    def write(self, *modules: dict[str, object], **apply: object) -> None:
        """The configuration."""
        retries = {"max_attempts": 3, "first": "1ms", "max": "1ms"}
        config = {"modules": [STAGE, *modules], "apply": {"retries": retries, **apply}}
        self.shell.write("infra.yaml", json.dumps(config))

    def apply(self, *flags: str, code: int = 0) -> Told:
        """Apply without a question, and expect an exit code."""
        return Told(self.shell.lines("apply", "-y", *flags, code=code))

    def destroy(self, code: int = 0) -> Told:
        """Destroy without a question."""
        return Told(self.shell.lines("destroy", "-y", code=code))

    def state(self) -> list[str]:
        """The names of what the state has."""
        listed = self.shell.document("state", "list")
        return sorted(row["name"] for row in listed["resources"])

    def calls(self, name: str, *kinds: str) -> list[str]:
        """The calls of some kinds that came for a resource."""
        return [call.call for call in self.world.calls if call.name == name and call.call in kinds]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = Project(tmp_path)
    yield project
    project.world.close()


def thing(name: str, kind: str = "inverse", *needs: str, **config: object) -> dict[str, object]:
    """One scripted resource."""
    more: dict[str, object] = {"depends_on": list(needs)} if needs else {}
    return {"name": name, "type": f"scripted.{kind}", "config": {"count": 1, **config, **more}}


def hook(name: str, *, on_failure: str = "stop", program: str = "/bin/false", on: str = "applied") -> dict[str, object]:
    """A hook that fails, around the resources of a name."""
    return {"name": f"hook-{name}", "on": on, "match": {"name": name}, "exec": [program], "on_failure": on_failure}
