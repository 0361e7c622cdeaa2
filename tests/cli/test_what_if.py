"""`wfctl plan --what-if`, as a person or a build server types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.views.imagined import CALM, SHOP
from wfctl.app.what_if import refuse_residue
from wfctl.errors import WfctlError

MURKY = """\
modules:
  - name: here
    type: iac.provider
    config: {provider: local, root: build}
  - name: first
    type: local.file
    config: {path: first.txt, content: "one\\n"}
  - name: code
    type: local.password
    config: {depends_on: [first]}
  - name: last
    type: local.file
    config: {path: last.txt, content: "two\\n", depends_on: [code]}
"""


def test_the_failures_follow_the_plan_and_nothing_is_done(project: Shell) -> None:
    said = project.run("plan", "--what-if").stdout
    at = said.index("Plan: 3 to add")
    assert "What if: 12 single failures played (on failure: continue, on cancel: stop, parallelism 10)" in said[at:]
    assert not (project.folder / ".wfctl").exists()
    assert not (project.folder / "build").exists()


def test_the_policy_of_the_imagined_run_may_be_tried(project: Shell) -> None:
    said = project.run("plan", "--what-if", "--on-failure", "compensate", "--on-cancel=compensate", "--parallelism=2")
    assert "(on failure: compensate, on cancel: compensate, parallelism 2)" in said.stdout


def test_a_policy_without_a_run_to_imagine_is_a_mistake(project: Shell) -> None:
    said = project.run("plan", "--on-failure", "stop", code=1)
    assert "give --what-if" in said.stderr


def test_too_much_left_behind_is_refused_and_nothing_is_saved(shell: Shell) -> None:
    shell.write("infra.yaml", MURKY)
    policy = ("--on-failure", "compensate", "--out", "plan.json")
    said = shell.run("plan", "--max-residue", "0", *policy, code=8)
    assert "What if:" in said.stdout
    assert "a single failure would leave more behind than is allowed: 2 things, and not 0 at most" in said.stderr
    assert not (shell.folder / "plan.json").exists()
    shell.run("plan", "--max-residue", "9", *policy)
    assert (shell.folder / "plan.json").exists()


def test_programs_get_every_failure_and_the_numbers(project: Shell) -> None:
    lines = project.lines("plan", "--what-if")
    found = [line["what_if"] for line in lines if line["type"] == "what_if"]
    summary = next(line["what_if"] for line in lines if line["type"] == "what_if_summary")
    assert summary["played"] == len(found) == 12
    assert {one["failure"]["kind"] for one in found} == {"refused", "lost", "cancelled", "hook_failed", "undo_failed"}
    assert sum(summary["exit_codes"].values()) == 12


def test_a_refusal_is_an_error_for_programs_too(project: Shell) -> None:
    lines = project.lines("plan", "--max-residue", "0", code=8)
    assert [line["diagnostic"]["code"] for line in lines if line["type"] == "diagnostic"] == ["RESIDUE"]


def test_a_build_server_shows_the_failures_on_its_summary(project: Shell, tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    server = {"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_STEP_SUMMARY": str(page)}
    project.run("plan", "--max-residue", "0", code=8, **server)
    told = page.read_text(encoding="utf-8")
    assert "### What if: 12 single failures played" in told
    assert "RESIDUE" in told.replace("&#95;", "_")


def test_a_plan_without_changes_has_nothing_to_go_wrong(shell: Shell) -> None:
    shell.write("infra.yaml", MURKY)
    shell.run("apply", "-y")
    assert "nothing would be done, so nothing can go wrong" in shell.run("plan", "--what-if").stdout


def test_what_is_refused_is_named_the_worst_first() -> None:
    refuse_residue(CALM, 0)
    refuse_residue(SHOP, SHOP.scenarios[0].left_behind)
    with pytest.raises(WfctlError) as refused:
        refuse_residue(SHOP, 2)
    assert refused.value.message.startswith("3 of 18 single failures would leave more behind")
    assert [detail.partition(":")[0] for detail in refused.value.details] == ["local.password.admin", "t.db", "t.web"]
    assert refused.value.hint.endswith("--max-residue 3")
