from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.cli.shell import Shell

MURKY = Path(__file__).with_name("plugins") / "murky.py"
MANIFEST = {
    "name": "murky",
    "version": "1.0.0",
    "author": "a test",
    "description": "boxes in the fog",
    "capabilities": {"iacProvider": {"name": "murky"}},
}
BOX = """\
modules:
  - {name: here, type: iac.provider, config: {provider: murky}}
  - {name: box, type: murky.box, config: {}}
apply:
  retries: {first: 10ms, max: 10ms}
"""


@pytest.fixture
def murky(shell: Shell) -> Shell:
    """A project with one box, made by a plugin in a folder."""
    shell.write("infra.yaml", BOX)
    shell.write("data/plugins/murky/plugin.json", json.dumps(MANIFEST))
    shell.write("data/plugins/murky/murky", f"#!/bin/sh\nexec {sys.executable} {MURKY}\n", mode=0o755)
    shell.environment["MURKY"] = str(shell.folder)
    return shell


@pytest.fixture
def in_doubt(murky: Shell) -> str:
    """A run of which nobody can tell whether its box was made; its id."""
    os.mkfifo(murky.folder / "gate")
    running = murky.start("apply", "-y")
    running.until("murky.box.box: Creating...")
    running.signal(signal.SIGKILL)
    running.end()
    (murky.folder / "gate").unlink()
    (murky.folder / "fog").touch()
    assert "wfctl settle" in murky.run("resume", code=5).stdout
    return str(murky.document("runs", "list")["runs"][0]["run_id"])


def test_what_no_probe_can_tell_a_person_says(murky: Shell, in_doubt: str) -> None:
    assert f"wfctl settle {in_doubt} murky.box.box" in murky.run("plan", code=5).stderr, "quarantined"
    assert "--no-verify" in murky.run("settle", in_doubt, "box", "--as", "absent", code=1).stderr

    murky.run("settle", in_doubt, "murky.box.box", "--as", "absent", "--no-verify", "--reason", "I looked")
    assert murky.document("state", "list")["resources"] == []
    again = murky.run("settle", in_doubt, "box", "--as", "absent", "--no-verify", "--reason", "again", code=1)
    assert "no open question" in again.stderr
    (murky.folder / "fog").unlink()
    murky.run("apply", "-y")


def test_what_a_person_says_is_checked_with_the_driver(murky: Shell, in_doubt: str) -> None:
    murky.write("box-box", "")
    assert "could not tell: " in murky.run("settle", in_doubt, "box", "--as", "present:box-box", code=1).stderr
    (murky.folder / "fog").unlink()
    assert "it is not there" in murky.run("settle", in_doubt, "box", "--as", "present:box-fox", code=1).stderr

    murky.run("settle", in_doubt, "box", "--as", "present:box-box")
    (kept,) = murky.document("state", "list")["resources"]
    assert (kept["provider_id"], kept["provenance"], kept["mark"]) == ("box-box", "settled", "")
    assert "No changes." in murky.run("plan").stdout
    assert "r-none" in murky.run("settle", "r-none", "box", "--as", "absent", code=1).stderr
    assert "no action for fox" in murky.run("settle", in_doubt, "fox", "--as", "absent", code=1).stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("maybe",), "none of present:ID, absent, restored"),
        (("present",), "needs the id"),
        (("absent:7",), "takes no id"),
        (("absent", "--no-verify"), "needs a --reason"),
    ],
)
def test_words_that_make_no_sense_are_refused_at_once(shell: Shell, words: tuple[str, ...], complaint: str) -> None:
    assert complaint in shell.run("settle", "r-1", "a", "--as", *words, code=1).stderr
