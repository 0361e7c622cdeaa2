"""Bad input gets a clear error and changes nothing: no traceback, the right exit code, what to type next."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.shell import Shell

PROVIDER = "  - {name: local, type: iac.provider, config: {provider: local, root: w}}\n"
FILE = "  - {name: a, type: local.file, config: {path: x, content: y}}\n"


def modules(*lines: str) -> str:
    return "modules:\n" + PROVIDER + "".join(lines)


CONFIGS = {
    "not YAML": ("modules: [a: {", 1, "not YAML"),
    "wrong type": ("modules: 3\n", 1, "must be a list"),
    "unknown provider": (
        "modules:\n  - {name: p, type: iac.provider, config: {provider: nowhere}}\n  - {name: a, type: nowhere.x}\n",
        10,
        "no plugin is installed for provider nowhere",
    ),
    "provider that is not declared": (
        modules("  - {name: a, type: infra.x, config: {iac_provider: q}}\n"),
        1,
        "no iac.provider module",
    ),
    "unknown type": (modules("  - {name: a, type: local.fil, config: {path: x}}\n"), 1, "did you mean local.file?"),
    "mistyped provider": (modules("  - {name: a, type: locl.file, config: {path: x}}\n"), 1, "did you mean local?"),
    "duplicate name": (modules(FILE, FILE), 1, "a"),
    "cycle": (
        modules(
            '  - {name: a, type: local.file, config: {path: x, content: "${b.id}"}}\n',
            '  - {name: b, type: local.file, config: {path: z, content: "${a.id}"}}\n',
        ),
        1,
        "circle",
    ),
    "unresolved reference": (
        modules('  - {name: a, type: local.file, config: {path: x, content: "${q.id}"}}\n'),
        1,
        "q",
    ),
    "unset variable": (
        modules('  - {name: a, type: local.file, config: {path: x, content: "${NOPE_VAR}"}}\n'),
        1,
        "NOPE_VAR",
    ),
    "refused by the plugin": (
        modules("  - {name: a, type: local.file, config: {path: ../x, content: y}}\n"),
        1,
        "must not contain ..",
    ),
    "unknown key of apply": (modules(FILE) + "apply: {on_failur: stop}\n", 1, "on_failur"),
    "hook without on_failure": (
        modules(FILE) + 'apply: {hooks: [{name: h, on: applied, exec: ["true"]}]}\n',
        1,
        "on_failure",
    ),
}


@pytest.mark.parametrize("case", CONFIGS, ids=str)
@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_a_bad_configuration_is_refused_before_anything_is_made(shell: Shell, case: str, verb: str) -> None:
    text, code, said = CONFIGS[case]
    shell.write("infra.yaml", text)
    flags = ["--auto-approve"] if verb == "apply" else []

    refused = shell.run(verb, *flags, code=code)

    assert said in refused.stderr
    assert "Next:" in refused.stderr
    assert not (shell.folder / "w").exists()


def test_every_mistake_is_told_at_once_with_its_place(shell: Shell) -> None:
    shell.write(
        "infra.yaml",
        modules(
            '  - {name: a, type: local.file, config: {path: x, content: "${q.id}"}}\n',
            '  - {name: a, type: local.file, config: {path: z, content: "${NOPE_VAR}"}}\n',
            "  - {name: c, type: local.file, config: {depends_on: [nobody]}}\n",
        ),
    )

    refused = shell.run("validate", code=1)

    assert all(word in refused.stderr for word in ("infra.yaml:3:", "infra.yaml:4:", "infra.yaml:5:", "nobody"))


@pytest.fixture
def planned(shell: Shell) -> Shell:
    """A project with a saved plan that was not used."""
    shell.write("infra.yaml", modules(FILE))
    shell.run("plan", "--out", "plan.json")
    return shell


def damage(shell: Shell, how: str) -> None:
    text = shell.read("plan.json")
    if how == "truncated":
        shell.write("plan.json", text[: len(text) // 2])
    elif how == "edited":
        shell.write("plan.json", text.replace('"content": "y"', '"content": "z"'))
    elif how == "too new":
        shell.write("plan.json", text.replace('"schema_version": 1', '"schema_version": 9'))
    elif how == "wrong type":
        shell.write("plan.json", text.replace('"schema_version": 1', '"schema_version": "one"'))
    elif how == "not JSON":
        shell.write("plan.json", "hello")
    else:
        (shell.folder / "plan.json").unlink()


@pytest.mark.parametrize("how", ["truncated", "edited", "too new", "wrong type", "not JSON", "missing"])
def test_a_damaged_plan_file_is_refused(planned: Shell, how: str) -> None:
    damage(planned, how)

    refused = planned.run("apply", "plan.json", code=1)

    assert "plan.json" in refused.stderr
    assert not (planned.folder / "w").exists()


@pytest.fixture
def applied(planned: Shell) -> Shell:
    """The same, with the plan applied."""
    planned.run("apply", "plan.json")
    return planned


def test_a_ledger_that_is_no_database_is_left_as_it_is(applied: Shell) -> None:
    ledger = applied.folder / ".wfctl" / "ledger.db"
    ledger.write_text("hello")

    refused = applied.run("apply", "--auto-approve", code=1)

    assert "is no ledger" in refused.stderr
    assert ledger.read_text() == "hello"


def test_a_ledger_of_a_newer_version_is_left_as_it_is(applied: Shell) -> None:
    with sqlite3.connect(applied.folder / ".wfctl" / "ledger.db") as ledger:
        ledger.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")

    assert "newer wfctl" in applied.run("apply", "--auto-approve", code=1).stderr


def test_a_flipped_byte_of_an_event_is_noticed(applied: Shell) -> None:
    path = applied.folder / ".wfctl" / "ledger.db"
    with sqlite3.connect(path) as ledger:
        ledger.execute("UPDATE event SET body = replace(body, 'CREATED', 'CREATEE')")

    assert "is not what was written" in applied.run("runs", "show", code=1).stderr


def test_a_flipped_byte_of_a_resource_is_noticed(applied: Shell) -> None:
    path = applied.folder / ".wfctl" / "ledger.db"
    with sqlite3.connect(path) as ledger:
        ledger.execute("UPDATE resource SET provider_id = 'z'")

    refused = applied.run("plan", code=1)

    assert "local.file.a" in refused.stderr or "resource a" in refused.stderr


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 0", "handshake"),
        ("echo hello", "hello"),
        ("echo '9|9|unix|/nowhere|grpc'", "9"),
        ("echo 'could not find my settings' >&2; exit 3", "could not find my settings"),
    ],
)
def test_a_plugin_that_does_not_start_is_named_with_its_last_words(shell: Shell, script: str, said: str) -> None:
    _plugin(shell.folder, script)
    shell.write(
        "infra.yaml",
        "modules:\n  - {name: p, type: iac.provider, config: {provider: odd}}\n  - {name: a, type: odd.x}\n",
    )

    refused = shell.run("plan", "--plugin-dir", "plugins", code=10)

    assert "odd" in refused.stderr
    assert said in refused.stderr


def test_a_plugin_that_cannot_be_executed_is_named(shell: Shell) -> None:
    _plugin(shell.folder, "exit 0").chmod(0o644)
    shell.write(
        "infra.yaml",
        "modules:\n  - {name: p, type: iac.provider, config: {provider: odd}}\n  - {name: a, type: odd.x}\n",
    )

    assert "odd" in shell.run("plan", "--plugin-dir", "plugins", code=10).stderr


def _plugin(folder: Path, script: str) -> Path:
    directory = folder / "plugins" / "odd"
    directory.mkdir(parents=True)
    (directory / "plugin.json").write_text(
        '{"name": "odd", "version": "1.0.0", "author": "a", "description": "d",'
        ' "capabilities": {"iacProvider": {"name": "odd"}}}'
    )
    program = directory / "odd"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program
