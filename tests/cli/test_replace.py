"""A replacement that makes the new object before the old one goes: whoever refers to it gets what is new."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.shell import Shell

BEFORE = """\
modules:
  - {name: stage, type: iac.provider, config: {provider: scripted}}
  - {name: site, type: scripted.inverse_swap, config: {shape: round, script: {create: [ok]}}}
  - {name: label, type: scripted.inverse, config: {of: "${site.id}", shape: "${site.shape}"}}
  - {name: note, type: scripted.inverse, config: {of: "${site.id}", text: "version ${site.version}"}}
"""


def replaced(shell: Shell, create: str) -> dict[str, Any]:
    """Make the objects, replace the first, whose create comes to what is named; the lines of the run."""
    shell.write("infra.yaml", BEFORE)
    shell.run("apply", "-y")
    shell.write("infra.yaml", BEFORE.replace("round", "square").replace("[ok]", f"[{create}]"))
    shell.run("apply", "-y")
    found: dict[str, Any] = {one["name"]: one for one in json.loads(shell.run("state", "pull").stdout)["resources"]}
    return found


@pytest.mark.parametrize("create", ["ok", "lost", "die_after"])
def test_whoever_refers_to_it_gets_the_outputs_and_the_id_of_the_new_object(shell: Shell, create: str) -> None:
    there = replaced(shell, create)
    assert there["site"]["provider_id"] == "site-2"
    assert there["label"]["outputs"]["of"] == "site-2"
    assert there["label"]["outputs"]["shape"] == "square"
    assert there["note"]["outputs"]["of"] == "site-2"
    assert "No changes" in shell.run("plan").stdout


def test_the_run_names_the_new_object(shell: Shell) -> None:
    replaced(shell, "ok")
    run = shell.document("runs", "show")
    assert [one["provider_id"] for one in run["outcome"]["actions"] if one["name"] == "site"] == ["site-2"]


def test_of_two_objects_that_are_left_both_are_named(shell: Shell) -> None:
    hook = '{name: smoke, on: applied, match: {name: site, action: [replace]}, exec: ["false"], on_failure: stop}'
    project = BEFORE.replace("inverse_swap", "none_swap") + f"apply:\n  hooks:\n    - {hook}\n"
    shell.write("infra.yaml", project)
    shell.run("apply", "-y")
    shell.write("infra.yaml", project.replace("round", "square"))
    shell.run("apply", "-y", code=5)

    both = "the old object was not deleted and is there as well [id=site-1]"
    assert both in shell.run("runs", "show").stdout
    (left,) = shell.run("runs", "list", "--residue").stdout.splitlines()[1:2]
    assert "site-2" in left
    assert both in left
