"""The first infra.yaml is a good one."""

from __future__ import annotations

from tests.config.projects import Project
from wfctl.config.init import STARTER


def test_the_starter_is_valid_as_it_is(project: Project) -> None:
    found = project.load(STARTER)
    assert found.warnings == ()
    assert [resource.name for resource in found.resources] == ["site", "index", "checksum"]
    assert found.resources[2].references == ("index",)
    assert {resource.provider_module for resource in found.resources} == {"local"}


def test_what_is_commented_out_is_valid_too(project: Project) -> None:
    told = STARTER.replace("  # hooks:", "  hooks:").replace("  #   - name: smoke", "    - name: smoke")
    for line in ("on: applied", "match:", "exec:", "on_failure: stop"):
        told = told.replace(f"  #     {line}", f"      {line}")
    (hook,) = project.load(told).apply.hooks
    assert hook.name == "smoke"
