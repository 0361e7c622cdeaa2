"""The values a project is made of are complete and travel."""

from __future__ import annotations

import msgspec

from tests.config.projects import PROVIDER, Project
from wfctl.config.project import Config


def test_a_config_survives_json(project: Project) -> None:
    found = project.load(
        PROVIDER
        + """
  - {name: a, type: local.file, config: {x: [1, 2.5, null, "é", 2024-01-02]}}
apply:
  hooks: [{name: h, on: applied, exec: [x], on_failure: warn, match: {action: [create]}, secrets: {A: a.b}}]
  providers: {local: {env: []}}
"""
    )
    assert msgspec.json.decode(msgspec.json.encode(found), type=Config) == found
