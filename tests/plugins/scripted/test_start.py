"""A plugin can begin in odd ways, and the engine is told in words what was odd."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.shell import Shell

PROJECT = """\
modules:
  - name: stage
    type: iac.provider
    config: {provider: scripted}
  - name: a
    type: scripted.inverse
    config: {count: 3}
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.write("infra.yaml", PROJECT)
    return shell


@pytest.mark.parametrize(
    "word", ["two_chunks", "crlf", "empty_certificate", "extra_field", "no_newline", "noise_after", "storm", "zombie"]
)
def test_harmless_oddities(shell: Shell, word: str) -> None:
    shell.run("plan", WFCTL_SCRIPTED_START=word)


@pytest.mark.parametrize(("word", "words"), [("noise", "starting up"), ("wrong_protocol", "9"), ("exit", "exit")])
def test_oddities_that_end_it(shell: Shell, word: str, words: str) -> None:
    done = shell.run("plan", code=10, WFCTL_SCRIPTED_START=word)
    assert words in done.stderr


def test_a_plugin_that_is_deaf_to_sigterm_is_ended_all_the_same(shell: Shell) -> None:
    shell.run("apply", "-y", WFCTL_SCRIPTED_START="deaf")


def test_started_by_hand_it_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wfctl_plugin_scripted"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "wfctl starts it" in done.stderr


def test_the_manifests_name_every_type() -> None:
    from wfctl_plugin_scripted.kinds import KINDS

    wanted = {name for kind in KINDS for name in (f"scripted.{kind}", f"infra.scripted_{kind}")}
    for package in ("wfctl_plugin_scripted", "wfctl_plugin_scripted_finalizer"):
        file = Path(__file__).parents[3] / "plugins" / "scripted" / package / "plugin.json"
        manifest = json.loads(file.read_text(encoding="utf-8"))
        assert set(manifest["capabilities"]["iacProvider"]["resourceTypes"]) == wanted
