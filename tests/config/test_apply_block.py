"""The `apply:` block: what it may say, and every mistake in it with its place."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from tests.config.projects import PROVIDER, Project
from wfctl.config.project import (
    ApplySettings,
    CompensationSettings,
    HookMatch,
    HookSettings,
    ProviderSettings,
    Rerun,
    Timeouts,
)
from wfctl.core.plan import HookFailure, HookPoint, OnCancel, OnFailure, Operation, Retries

DB = PROVIDER + "  - {name: db, type: local.file}\n"


def settings(project: Project, block: str, head: str = DB) -> ApplySettings:
    return project.load(head + "apply:\n" + textwrap.indent(textwrap.dedent(block), "  ")).apply


@pytest.mark.parametrize("text", [PROVIDER, PROVIDER + "apply:\n", PROVIDER + "apply: {}\n"])
def test_the_defaults(project: Project, text: str) -> None:
    assert project.load(text).apply == ApplySettings()
    assert ApplySettings() == ApplySettings(
        workspace="",
        on_failure=OnFailure.CONTINUE,
        on_cancel=OnCancel.STOP,
        parallelism=10,
        timeouts=Timeouts(action=3600.0, run=0.0, grace=0.0, undo=600.0),
        retries=Retries(max_attempts=4, first=1.0, max=30.0),
        compensation=CompensationSettings(max=0, require=False),
    )


def test_everything_that_can_be_said(project: Project) -> None:
    block = """
    workspace: blue
    on_failure: compensate
    on_cancel: compensate
    parallelism: 4
    providers: {local: {parallelism: 2, rate: 1.5, env: [PATH, HOME]}}
    timeouts: {action: 30m, run: 2h, grace: 1m30s, undo: 5m}
    retries: {max_attempts: 1, first: 500ms, max: 1s}
    compensation: {max: 3, require: true}
    hooks:
      - name: smoke
        on: applied
        match: {type: "local.*", name: "d*", action: [create, update]}
        when: 'outputs.port > 0'
        exec: ["./smoke.sh", "-v"]
        secrets: {PGPASSWORD: db.password.value}
        timeout: 5s
        retries: 2
        on_failure: warn
        rerun: never
        undo: {exec: ["./unsmoke.sh"]}
      - {name: policy, on: before, exec: [./policy], on_failure: stop}
    """
    found = settings(project, block)
    smoke, policy = found.hooks
    assert found == ApplySettings(
        workspace="blue",
        on_failure=OnFailure.COMPENSATE,
        on_cancel=OnCancel.COMPENSATE,
        parallelism=4,
        providers={"local": ProviderSettings(parallelism=2, rate=1.5, env=("PATH", "HOME"))},
        timeouts=Timeouts(action=1800.0, run=7200.0, grace=90.0, undo=300.0),
        retries=Retries(max_attempts=1, first=0.5, max=1.0),
        compensation=CompensationSettings(max=3, require=True),
        hooks=(smoke, policy),
    )
    assert smoke == HookSettings(
        name="smoke",
        on=HookPoint.APPLIED,
        match=HookMatch(type="local.*", name="d*", action=(Operation.CREATE, Operation.UPDATE)),
        when="outputs.port > 0",
        exec=("./smoke.sh", "-v"),
        secrets={"PGPASSWORD": "db.password.value"},
        timeout=5.0,
        retries=2,
        on_failure=HookFailure.WARN,
        rerun=Rerun.NEVER,
        undo=("./unsmoke.sh",),
        position=smoke.position,
    )
    assert (smoke.position.line, smoke.position.column) == (17, 7)
    assert policy.match == HookMatch()
    assert policy.timeout == 60.0


@pytest.mark.parametrize(
    ("block", "mistakes"),
    [
        ("on_failur: stop", ["1:3 unknown key on_failur in apply | did you mean on_failure?"]),
        ("on_failure: undo", ["1:15 apply.on_failure must be continue, stop or compensate"]),
        ("on_cancel: 5", ["1:14 apply.on_cancel must be stop or compensate | it is 5"]),
        ("parallelism: 0", ["1:16 apply.parallelism must be a whole number from 1 to 1000, not 0"]),
        ("workspace: a/b", ["1:14 apply.workspace must be letters, digits, dots, dashes and underscores"]),
        ("workspace: 5", ["1:14 apply.workspace must be text, not 5"]),
        ("timeouts: {action: 0s}", ["1:22 apply.timeouts.action must be longer than 0s"]),
        ("timeouts: {run: 5}", ["1:19 apply.timeouts.run must be a duration such as 30s, 5m or 1h30m, not 5"]),
        ("timeouts: {stop: 1s}", ["1:14 unknown key stop in apply.timeouts | known are action, run, grace, undo"]),
        (
            "retries: {first: 1m, max: 1s}",
            ["1:20 apply.retries.first is longer than max | the first pause is the shortest"],
        ),
        ("retries: {max_attempts: 0}", ["1:27 apply.retries.max_attempts must be a whole number from 1 to 100, not 0"]),
        ("compensation: {max: -1}", ["1:23 apply.compensation.max must be a whole number from 0 to 1000000, not -1"]),
        ("compensation: {require: maybe}", ["1:27 apply.compensation.require must be true or false, not text"]),
        ("providers: {locla: {rate: 1}}", ["1:22 no iac.provider module is called locla | did you mean local?"]),
        ("providers: {local: {rate: 0}}", ["1:29 apply.providers.local.rate must be a number greater than 0, not 0"]),
        ("providers: {local: {env: PATH}}", ["1:28 apply.providers.local.env must be a list of texts, not text"]),
        (
            "gates: [{name: prod}]",
            ["1:10 gates are not supported yet | remove apply.gates, or hold the run back before it starts"],
        ),
        ("hooks: {}", ["1:10 apply.hooks must be a list, not a mapping"]),
    ],
)
def test_mistakes(apply_mistakes: Callable[[str], list[str]], block: str, mistakes: list[str]) -> None:
    assert apply_mistakes(block) == mistakes


@pytest.mark.parametrize(
    ("hook", "mistakes"),
    [
        (
            "{}",
            [
                '1:11 exec is missing | a list: the program and its arguments, as in ["./smoke.sh", "-v"]',
                "1:11 name of apply.hooks[0] is missing",
                "1:11 on of apply.hooks[0] is missing",
                "1:11 on_failure of apply.hooks[0] is missing",
            ],
        ),
        (
            "{name: a, on: aplied, exec: [x], on_failure: stop}",
            ["1:25 apply.hooks[0].on must be before, applied, deleted or complete | did you mean applied?"],
        ),
        (
            "{name: a, on: applied, exec: [x], on_failure: stop, when: 'port >'}",
            ["1:69 when is no condition | "],
        ),
        (
            "{name: a, on: applied, exec: ./x, on_failure: stop}",
            ["1:40 apply.hooks[0].exec must be a list of texts, not text"],
        ),
        ("{name: a, on: applied, exec: [x, 5], on_failure: stop}", ["1:44 apply.hooks[0].exec[1] must be text, not 5"]),
        ("{name: a, on: applied, exec: [x], on_failure: warn, undo: {}}", ["1:69 exec is missing | a list"]),
        (
            "{name: a, on: before, exec: [x], on_failure: stop, undo: {exec: [y]}}",
            ["1:68 a hook on before has nothing to undo"],
        ),
        (
            "{name: a, on: applied, exec: [x], on_failure: stop, timeout: 0s}",
            ["1:72 apply.hooks[0].timeout must be longer"],
        ),
        (
            "{name: a, on: applied, exec: [x], on_failure: stop, rerun: twice}",
            ["1:70 apply.hooks[0].rerun must be always or never"],
        ),
        (
            "{name: a, on: applied, exec: [x], on_failure: stop, match: {action: [craete]}}",
            ["1:80 no such action | did you mean create?"],
        ),
        (
            "{name: a, on: applied, exec: [x], on_failure: stop, match: {typ: x}}",
            ["1:71 unknown key typ in apply.hooks[0].match | did you mean type?"],
        ),
        (
            "{name: a, on: applied, exec: [x], on_failure: stop, secrets: {1A: a.b}}",
            ["1:77 1A is no name for a variable of a hook"],
        ),
        (
            "{name: a, on: applied, exec: [x], on_failure: stop, secrets: {WFCTL_SECRETS_KEY: a.b}}",
            ["1:92 WFCTL_SECRETS_KEY is no name"],
        ),
        (
            "{name: a, on: applied, exec: [x], on_failure: stop, secrets: {A: ab}}",
            ["1:76 the secret A must be written as resource.output"],
        ),
        (
            "{name: a, on: applied, exec: [x], on_failure: stop, secrets: {A: nope.b}}",
            ["1:76 no resource is called nope"],
        ),
        (
            "{name: a, on: applied, exec: [x], on_failure: stop, secrets: {A: local.b}}",
            ["1:76 no resource is called local | it is a module of type iac.provider"],
        ),
        (
            "{name: a, on: applied, http: {url: x}, on_failure: stop}",
            ["1:40 hooks over http are not supported yet | call a program"],
        ),
        (
            "{name: a, on: plan_complete, exec: [x], on_failure: stop}",
            ["1:25 hooks on plan_complete are not supported yet"],
        ),
        (
            "{name: a, on: applied, exec: [x], on_failure: stop, command: y}",
            ["1:63 unknown key command in apply.hooks[0] | known are"],
        ),
    ],
)
def test_mistakes_in_a_hook(apply_mistakes: Callable[[str], list[str]], hook: str, mistakes: list[str]) -> None:
    found = apply_mistakes(f"hooks: [{hook}]")
    assert len(found) == len(mistakes)
    assert [line[: len(mistake)] for line, mistake in zip(sorted(found), mistakes, strict=True)] == mistakes


def test_two_hooks_of_one_name(apply_mistakes: Callable[[str], list[str]]) -> None:
    hook = "  - {name: a, on: applied, exec: [x], on_failure: stop}\n"
    (mistake,) = apply_mistakes("hooks:\n" + hook + hook)
    assert mistake.startswith("3:14 two hooks are called a | the first stands at ")
    assert mistake.endswith("infra.yaml:7:7")


def test_an_on_in_a_hook_is_no_boolean(project: Project) -> None:
    found = settings(project, "hooks: [{name: a, on: deleted, exec: [x], on_failure: continue}]")
    assert found.hooks[0].on is HookPoint.DELETED
