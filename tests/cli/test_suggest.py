"""What is printed as the next command can be typed as it stands, wherever the configuration is and whatever it is for."""

from __future__ import annotations

import re
import shlex

from tests.cli.shell import Shell

CONFIG = """\
modules:
  - {name: here, type: iac.provider, config: {provider: local, root: build}}
  - {name: first, type: local.file, config: {path: first.txt, content: one}}
  - {name: wrong, type: local.step, config: {do: ["false"], undo: ["true"]}}
environments: {prod: {}}
"""
HERE = ("--config", "my infra.yaml", "--env", "prod")


def next_of(text: str) -> list[str]:
    """The arguments of the command that was suggested last."""
    found = re.findall(r"^Next: (wfctl .*?)(?:     .*)?$", text, re.MULTILINE)
    return shlex.split(found[-1])[1:]


def test_each_suggestion_leads_to_the_next(shell: Shell) -> None:
    shell.write("my infra.yaml", CONFIG)

    planned = next_of(shell.run("plan", *HERE).stdout)
    assert planned == ["apply", *HERE]
    failed = shell.run(*planned, "-y", code=3)
    assert next_of(failed.stdout) == ["apply", *HERE]
    run = re.search(r"Details: wfctl (runs show .*?)     ", failed.stdout)
    assert run is not None
    shown = shell.run(*shlex.split(run[1]))
    assert next_of(shown.stdout) == ["apply", *HERE]


def test_a_remark_and_an_error_name_it_too(shell: Shell) -> None:
    shell.write("my infra.yaml", CONFIG)
    saved = shell.run("plan", *HERE, "--out", "tf.plan").stdout
    assert "wfctl apply --config 'my infra.yaml' --env prod tf.plan" in saved

    refused = shell.run("resume", *HERE, code=1)
    assert next_of(refused.stderr) == ["runs", "list", *HERE]
    last = shell.lines("resume", *HERE, code=1)[-1]
    assert last["run"]["next_command"] == "wfctl runs list --config 'my infra.yaml' --env prod"


def test_the_end_of_a_run_says_it_to_programs(shell: Shell) -> None:
    shell.write("my infra.yaml", CONFIG)
    last = shell.lines("apply", *HERE, "-y", code=3)[-1]
    assert last["run"]["next_command"] == "wfctl apply --config 'my infra.yaml' --env prod"


def test_without_options_a_command_is_as_short_as_can_be(shell: Shell) -> None:
    shell.write("infra.yaml", CONFIG)
    assert next_of(shell.run("plan").stdout) == ["apply"]
