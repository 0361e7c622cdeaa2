"""The README leaves no behaviour, no argument, no type and no odd start out, and what it shows works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from wfctl_plugin_scripted import start
from wfctl_plugin_scripted.kinds import KINDS
from wfctl_plugin_scripted.vocabulary import BEHAVIOURS, CHOICES, COMMON
from wfctl_plugin_scripted.world import World

from tests.cli.shell import Shell

PAGE = (Path(__file__).parents[3] / "plugins" / "scripted" / "README.md").read_text(encoding="utf-8")
ARGUMENTS = {name for one in BEHAVIOURS.values() for name in one.arguments} | set(COMMON)
WORDS = {word for words in CHOICES.values() for word in words}


@pytest.mark.parametrize(
    "word",
    sorted({*BEHAVIOURS, *ARGUMENTS, *WORDS, *(f"scripted.{kind}" for kind in KINDS), *start.STARTS, *start.OTHERS}),
)
def test_it_leaves_nothing_out(word: str) -> None:
    assert re.search(rf"`[^`]*\b{re.escape(word)}\b[^`]*`", PAGE), word


def test_a_create_that_lies(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.write("infra.yaml", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
    shell.run("apply", "-y")
    assert "deleted outside wfctl" in shell.run("plan").stdout
    world = World(tmp_path / "world.jsonl")
    assert [thing.values["count"] for thing in world.named("ghost")] == []
    assert [(call.call, call.does) for call in world.calls][:1] == [("create", "lie")]
    world.close()


def test_the_other_examples_have_a_meaning() -> None:
    import yaml
    from wfctl_plugin_scripted.script import parse

    script = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1])["script"]
    assert parse(script).of("delete").at(2).do == "refuse"
