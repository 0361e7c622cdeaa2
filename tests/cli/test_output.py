from __future__ import annotations

import pytest

from tests.cli.shell import Shell

SECRET = """\
modules:
  - {name: here, type: iac.provider, config: {provider: local, root: build}}
  - {name: admin, type: local.password, config: {length: 24}}
  - {name: note, type: local.file, config: {path: note.txt, content: "hi"}}
"""


@pytest.fixture
def applied(shell: Shell) -> Shell:
    shell.write("infra.yaml", SECRET)
    shell.run("apply", "-y")
    return shell


def test_secrets_are_shown_only_when_asked_for(applied: Shell) -> None:
    assert "(sensitive value)" in applied.run("output", "admin").stdout
    (hidden,) = [one for one in applied.document("output", "admin")["outputs"] if one["sensitive"]]
    assert hidden["value"] is None
    secret = applied.run("output", f"admin.{hidden['field']}", "-S", "--raw").stdout.strip()
    assert len(secret) == 24
    for place in (".wfctl/ledger.db",):
        assert secret.encode() not in (applied.folder / place).read_bytes()
    for words in (("state", "show", "admin"), ("runs", "show", "--events"), ("plan",)):
        assert secret not in applied.run(*words).stdout


def test_a_single_output_is_printed_as_it_is(applied: Shell) -> None:
    assert applied.run("output", "note.path", "--raw").stdout == "note.txt\n"
    assert "there is no output note.nothing" in applied.run("output", "note.nothing", code=1).stderr
    assert "holds no resource nobody" in applied.run("output", "nobody", code=1).stderr


def test_the_state_is_listed_and_shown(applied: Shell) -> None:
    assert "local.file.note" in applied.run("state", "list").stdout
    assert "path" in applied.run("state", "show", "local.file.note").stdout
    assert applied.document("state", "show", "note")["resource"]["provider_id"] == "note.txt"


def test_a_broken_configuration_does_not_hide_the_record(applied: Shell) -> None:
    applied.write("infra.yaml", "modules: {")
    assert "looking at workspace default" in (done := applied.run("state", "list")).stderr
    assert "local.file.note" in done.stdout
    assert "local.file.note" in applied.run("state", "list", "--workspace", "default").stdout


def test_neither_does_one_that_is_gone(applied: Shell) -> None:
    (applied.folder / "infra.yaml").unlink()
    assert "there is no infra.yaml here; looking at workspace default" in (done := applied.run("runs", "list")).stderr
    assert "succeeded" in done.stdout
    assert "local.file.note" in applied.run("state", "list").stdout
