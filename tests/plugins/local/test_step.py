"""local.step, over the wire, with programs that leave marks on the disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.local.process import (
    EXISTS,
    INVALID,
    NOT_FOUND,
    TRANSIENT,
    Got,
    PluginProcess,
    Refused,
    Tag,
    create_request,
    names,
)
from wfctl.protocol import iac_pb2 as pb

KIND = "local.step"
CREATE, REPLACE = pb.PLAN_OPERATION_CREATE, pb.PLAN_OPERATION_REPLACE

SCRIPT = """#!/bin/sh
echo "$WFCTL_STEP" >> calls
case $WFCTL_STEP in
  do) echo "$WFCTL_CREATE_KEY" > effect ;;
  undo) rm -f effect ;;
  read) test -f effect || exit 1; printf '{"port": 8080, "token": "t0ken"}' ;;
esac
"""
WHOLE = {"do": ["./step.sh"], "undo": ["./step.sh"], "read": ["./step.sh"]}


@pytest.fixture
def script(root: Path) -> Path:
    root.mkdir()
    path = root / "step.sh"
    path.write_text(SCRIPT)
    path.chmod(0o755)
    return path


def calls(root: Path) -> list[str]:
    path = root / "calls"
    return path.read_text().split() if path.exists() else []


def without_definition(got: Got) -> dict[str, Any]:
    return {name: value for name, value in got.outputs.items() if name != "definition"}


@pytest.mark.usefixtures("script")
def test_a_step_lives(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "migrate", Tag("key"), **WHOLE, sensitive=["token", "never printed"])
    assert without_definition(made) == {"port": 8080, "token": "t0ken"}
    assert made.sensitive == {"token"}
    assert (root / "effect").read_text() == "key\n"
    assert plugin.read(KIND, "migrate", made.id) == plugin.read(KIND, "migrate", key="key") == made
    assert plugin.diff(KIND, "migrate", made, **WHOLE, sensitive=["token", "never printed"]) == []
    plugin.delete(KIND, "migrate", made.id)
    assert not (root / "effect").exists()
    for again in ({"provider_id": made.id}, {"key": "key"}, {}):
        with pytest.raises(Refused, match=NOT_FOUND):
            plugin.read(KIND, "migrate", **again)
    assert [name for name in names(root / ".wfctl-local") if name.startswith("turn-")] == []


@pytest.mark.usefixtures("script")
def test_an_effect_that_is_gone_is_not_there(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "migrate", Tag("key"), **WHOLE)
    (root / "effect").unlink()
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "migrate", made.id)
    before = calls(root)
    plugin.delete(KIND, "migrate", made.id)
    assert calls(root) == [*before, "read"]


@pytest.mark.usefixtures("script")
def test_a_create_that_comes_again_does_nothing_twice(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "migrate", Tag("key"), **WHOLE)
    assert plugin.create(KIND, "migrate", Tag("key"), **WHOLE) == made
    with pytest.raises(Refused, match=f"{EXISTS}: this root has a step named migrate"):
        plugin.create(KIND, "migrate", Tag("another key"), **WHOLE)
    assert calls(root).count("do") == 1


@pytest.mark.usefixtures("script")
def test_only_do_needs_a_new_step(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "migrate", Tag("key"), **WHOLE)
    changes = plugin.diff(
        KIND, "migrate", made, do=["./step.sh", "again"], undo=["true"], read=["./step.sh"], timeout="1m"
    )
    assert {(change.path, change.force_new) for change in changes} == {
        ("do", True),
        ("undo", False),
        ("timeout", False),
    }
    with pytest.raises(Refused, match=f"{INVALID}: do: cannot be changed in place"):
        plugin.update(KIND, "migrate", made.id, do=["./step.sh", "again"])
    after = {**WHOLE, "undo": ["sh", "-c", "mv effect undone"]}
    changed = plugin.update(KIND, "migrate", made.id, **after)
    assert plugin.diff(KIND, "migrate", changed, **after) == []
    plugin.delete(KIND, "migrate", made.id)
    assert (root / "undone").exists()
    assert calls(root).count("do") == 1


@pytest.mark.usefixtures("script")
def test_arguments_are_not_shown(plugin: PluginProcess) -> None:
    made = plugin.create(KIND, "migrate", do=["./step.sh", "s3cret"])
    assert "s3cret" not in repr(made)
    assert "s3cret" not in repr(plugin.diff(KIND, "migrate", made, do=["./step.sh", "0ther"]))


@pytest.mark.usefixtures("script")
def test_a_step_is_undone(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "migrate", Tag("key"), **WHOLE)
    assert plugin.undo(KIND, "migrate", CREATE, made.id).result == pb.UNDO_RESULT_DONE
    assert not (root / "effect").exists()
    assert plugin.undo(KIND, "migrate", CREATE, made.id).result == pb.UNDO_RESULT_NOTHING_TO_UNDO
    assert calls(root).count("undo") == 1


@pytest.mark.usefixtures("script")
def test_a_step_without_undo_says_so(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "migrate", do=["./step.sh"])
    undone = plugin.undo(KIND, "migrate", CREATE, made.id)
    assert (undone.result, undone.code) == (pb.UNDO_RESULT_REFUSED, "no_undo")
    assert plugin.undo(KIND, "migrate", REPLACE, made.id, "old").code == "not_declared"
    plugin.delete(KIND, "migrate", made.id)
    assert (root / "effect").exists()


def test_what_it_declares(plugin: PluginProcess) -> None:
    policy = plugin.policy(KIND)
    assert (policy.create, policy.update) == (pb.COMPENSATION_MODE_CUSTOM, pb.COMPENSATION_MODE_INVERSE)
    assert (policy.replace, policy.delete) == (pb.COMPENSATION_MODE_NONE,) * 2


def test_what_do_prints_is_the_output_where_nothing_reads(plugin: PluginProcess) -> None:
    made = plugin.create(KIND, "greet", Tag("key"), do=["sh", "-c", """printf '{"said": "%s"}' "$WFCTL_NAME" """])
    assert without_definition(made) == {"said": "greet"}
    assert plugin.read(KIND, "greet", made.id) == made


@pytest.mark.parametrize("printed", ["", "hello", "[1]", "12"])
def test_words_are_no_outputs(plugin: PluginProcess, printed: str) -> None:
    made = plugin.create(KIND, "greet", Tag("key"), do=["printf", "%s", printed])
    assert without_definition(made) == {}


def test_half_an_object_is_no_success(plugin: PluginProcess) -> None:
    with pytest.raises(Refused, match="do printed something that is no JSON object"):
        plugin.create(KIND, "greet", Tag("key"), do=["printf", "%s", '{"said": '])


@pytest.mark.usefixtures("script")
def test_its_id_is_told_before_anything_is_run(plugin: PluginProcess, root: Path) -> None:
    config = {**WHOLE, "do": ["sh", "-c", 'echo "$WFCTL_ID" > effect']}
    first, second = plugin.told_by_create(KIND, "migrate", Tag("key"), **config)
    identity = (root / "effect").read_text().strip()
    assert (first, second) == (f"provider_id {identity}", f"output {identity}")
    again = plugin.told_by_create(KIND, "migrate", Tag("key"), **config)
    assert again == [first, second]
    (refused,) = plugin.told_by_create(KIND, "migrate", Tag("another key"), **config)
    assert EXISTS in refused


def test_programs_know_what_they_run_for(plugin: PluginProcess, root: Path) -> None:
    plugin.create(KIND, "tell", Tag("key", "run-7"), do=["sh", "-c", "env | grep ^WFCTL_ | sort > told"])
    told = dict(line.split("=", 1) for line in (root / "told").read_text().splitlines())
    assert told.pop("WFCTL_ID")
    assert told == {
        "WFCTL_STEP": "do",
        "WFCTL_NAME": "tell",
        "WFCTL_RUN_ID": "run-7",
        "WFCTL_ATTEMPT": "1",
        "WFCTL_KEY": "key",
        "WFCTL_CREATE_KEY": "key",
    }


# --- what does not end well ------------------------------------------------------------------------------------------------


def test_a_program_that_cannot_be_started_changes_nothing(plugin: PluginProcess, root: Path) -> None:
    with pytest.raises(Refused, match=f"{INVALID}: do: ./none cannot be started: No such file"):
        plugin.create(KIND, "bad", Tag("key"), do=["./none"])
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "bad", key="key")


@pytest.mark.usefixtures("script")
def test_a_failure_without_an_effect_leaves_nothing(plugin: PluginProcess) -> None:
    config = {"do": ["sh", "-c", "echo no such table >&2; exit 3"], "read": ["./step.sh"]}
    with pytest.raises(Refused, match=r"^do ended with exit status 3: no such table$") as failed:
        plugin.create(KIND, "bad", Tag("key"), **config)
    assert "wfctl-provider-id" not in failed.value.trailing
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "bad", key="key")


@pytest.mark.usefixtures("script")
def test_a_failure_with_an_effect_names_it(plugin: PluginProcess) -> None:
    config = {"do": ["sh", "-c", "touch effect; exit 3"], "read": ["./step.sh"]}
    with pytest.raises(Refused, match="partly applied") as failed:
        plugin.create(KIND, "bad", Tag("key"), **config)
    assert plugin.read(KIND, "bad", key="key").id == str(failed.value.trailing["wfctl-provider-id"])


KILLED = ["sh", "-c", "kill -9 $$"]


def test_without_read_a_step_that_says_it_failed_has_no_effect(plugin: PluginProcess) -> None:
    with pytest.raises(Refused, match=r"do ended with exit status 1$") as failed:
        plugin.create(KIND, "bad", Tag("key"), do=["false"])
    assert "wfctl-provider-id" not in failed.value.trailing
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "bad", key="key")
    made = plugin.create(KIND, "bad", Tag("key"), do=["true"])
    assert plugin.read(KIND, "bad", made.id) == made


def test_one_that_was_killed_and_that_nothing_reads_stays_open(plugin: PluginProcess) -> None:
    with pytest.raises(Refused, match=r"do was ended by signal 9$"):
        plugin.create(KIND, "bad", Tag("key"), do=KILLED)
    for again in ({"key": "key"}, {}):
        with pytest.raises(Refused, match="its effect is unknown") as failed:
            plugin.read(KIND, "bad", **again)
        assert NOT_FOUND not in str(failed.value)
    for tag in (Tag("key"), Tag("another key"), Tag("another key", run="")):
        with pytest.raises(Refused, match="its effect is unknown"):
            plugin.create(KIND, "bad", tag, do=["true"])


def test_an_id_that_was_told_is_not_said_to_exist(plugin: PluginProcess) -> None:
    told, failed = plugin.told_by_create(KIND, "bad", Tag("key"), do=["false"])
    assert told.startswith("provider_id ")
    assert failed == "failed do ended with exit status 1"


def test_another_run_asks_anew_only_when_somebody_has_looked(plugin: PluginProcess) -> None:
    with pytest.raises(Refused):
        plugin.create(KIND, "bad", Tag("key"), do=KILLED)
    made = plugin.create(KIND, "bad", Tag("another key", "run-2"), do=["true"])
    assert plugin.read(KIND, "bad", made.id) == made


def test_an_update_of_a_step_in_doubt_says_that_it_is_there(plugin: PluginProcess) -> None:
    told, _ = plugin.told_by_create(KIND, "bad", Tag("key"), do=KILLED)
    identity = told.removeprefix("provider_id ")
    settled = Got(identity, "bad", KIND, {}, frozenset(), "")
    (change,) = plugin.diff(KIND, "bad", settled, do=KILLED)
    assert (change.path, change.force_new) == ("definition", False)
    kept = plugin.update(KIND, "bad", identity, do=KILLED)
    assert plugin.diff(KIND, "bad", kept, do=KILLED) == []
    assert plugin.read(KIND, "bad", identity) == kept


def test_a_read_that_cannot_tell_is_not_an_absence(plugin: PluginProcess) -> None:
    config = {"do": ["true"], "read": ["sh", "-c", "echo gone fishing >&2; exit 2"]}
    with pytest.raises(
        Refused, match=r"partly applied.*do ended well, but read ended with exit status 2: gone fishing"
    ):
        plugin.create(KIND, "bad", Tag("key"), **config)
    with pytest.raises(Refused, match=r"^read ended with exit status 2: gone fishing$"):
        plugin.read(KIND, "bad", key="key")


def test_an_effect_that_is_not_found_is_no_success(plugin: PluginProcess) -> None:
    with pytest.raises(Refused, match="do ended well, but read does not find its effect"):
        plugin.create(KIND, "bad", Tag("key"), do=["true"], read=["false"])
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "bad", key="key")


@pytest.mark.parametrize(
    ("printed", "complaint"),
    [
        ("hello", "no JSON object"),
        ("[1]", "JSON that is no object"),
        ('{"a": NaN}', "no JSON object"),
        ('{"definition": 1}', "which is taken"),
    ],
)
def test_what_read_prints_has_a_form(plugin: PluginProcess, printed: str, complaint: str) -> None:
    with pytest.raises(Refused, match=complaint):
        plugin.create(KIND, "bad", do=["true"], read=["printf", "%s", printed])


def test_a_program_that_prints_too_much_is_ended(plugin: PluginProcess) -> None:
    with pytest.raises(Refused, match=f"{TRANSIENT}: do printed more than 1048576 bytes"):
        plugin.create(KIND, "bad", do=["yes"])


def test_a_program_that_takes_too_long_is_ended(plugin: PluginProcess, root: Path) -> None:
    config = {
        "do": ["sh", "-c", "echo $$ > pid; touch effect; sleep 60"],
        "timeout": 0.5,
        "read": ["test", "-f", "effect"],
    }
    with pytest.raises(Refused, match=r"partly applied, .* exists: do took too long"):
        plugin.create(KIND, "slow", Tag("key"), **config)
    with pytest.raises(ProcessLookupError):
        os.kill(int((root / "pid").read_text()), 0)
    assert plugin.read(KIND, "slow", key="key").key == "key"


def test_an_undo_that_does_not_help_is_a_failure(plugin: PluginProcess, root: Path) -> None:
    config = {"do": ["touch", "effect"], "read": ["test", "-f", "effect"]}
    made = plugin.create(KIND, "sticky", Tag("key"), **config, undo=["true"])
    with pytest.raises(Refused, match="undo ended well, but read still finds the effect"):
        plugin.delete(KIND, "sticky", made.id)
    plugin.update(KIND, "sticky", made.id, **config, undo=["sh", "-c", "exit 4"])
    with pytest.raises(Refused, match="undo ended with exit status 4"):
        plugin.undo(KIND, "sticky", CREATE, made.id)
    assert plugin.read(KIND, "sticky", made.id).id == made.id


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({}, "do"),
        ({"do": "rm -rf /"}, "do"),
        ({"do": []}, "do"),
        ({"do": [""]}, "do"),
        ({"do": ["a\0"]}, "do"),
        ({"do": [1]}, "do"),
        ({"do": ["true"], "undo": "true"}, "undo"),
        ({"do": ["true"], "timeout": 0}, "timeout"),
        ({"do": ["true"], "timeout": "soon"}, "timeout"),
        ({"do": ["true"], "timeout": "48h"}, "timeout"),
        ({"do": ["true"], "sensitive": "token"}, "sensitive"),
        ({"do": ["true"], "sensitive": ["definition"]}, "sensitive"),
        ({"do": ["true"], "shell": True}, "shell"),
        ({"do": ["true"], "defer": "later"}, "defer"),
    ],
)
def test_what_cannot_be_right_is_named(plugin: PluginProcess, config: dict[str, object], field: str) -> None:
    with pytest.raises(Refused, match=f"{INVALID}: {field}: "):
        plugin.create(KIND, "bad", **config)


def test_a_step_that_is_put_off_is_not_there_yet(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "late", Tag("key"), do=["touch", "effect"], defer=True)
    assert plugin.create(KIND, "late", Tag("key"), do=["touch", "effect"], defer=True) == made
    assert not (root / "effect").exists()
    with pytest.raises(Refused, match=f"{NOT_FOUND}: the step late is put off until the end of the run"):
        plugin.read(KIND, "late", made.id)
    assert plugin.undo(KIND, "late", CREATE, made.id).result == pb.UNDO_RESULT_NOTHING_TO_UNDO
    anew = plugin.create(KIND, "late", Tag("another key"), do=["true"], defer=True)
    plugin.delete(KIND, "late", anew.id)
    assert calls(root) == []


# --- a plugin that is killed while a program runs --------------------------------------------------------------------------


def test_a_program_does_not_outlive_a_plugin_that_is_killed(plugin: PluginProcess, root: Path, tmp_path: Path) -> None:
    root.mkdir()
    os.mkfifo(root / "started")
    config = {"do": ["sh", "-c", "echo $$ > started; read forever < started"], "read": ["test", "-f", "effect"]}
    doomed = PluginProcess(tmp_path)
    doomed.configure(root=str(root))
    under_way = doomed.driver.Create.future(create_request(KIND, "long", config), metadata=Tag("key").metadata)
    pid = int((root / "started").read_text())
    doomed.kill()
    assert under_way.exception()
    doomed.close()
    # A read waits for the turn, so when it answers the program has ended.
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "long", key="key")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_call_that_is_given_up_ends_its_program(plugin: PluginProcess, root: Path) -> None:
    root.mkdir()
    os.mkfifo(root / "started")
    config = {"do": ["sh", "-c", "echo $$ > started; read forever < started"], "read": ["false"]}
    under_way = plugin.driver.Create.future(create_request(KIND, "long", config), metadata=Tag("key").metadata)
    pid = int((root / "started").read_text())
    under_way.cancel()
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "long", key="key")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_daemon_left_behind_does_not_hold_the_turn(plugin: PluginProcess, root: Path) -> None:
    do = "sleep 300 </dev/null >/dev/null 2>&1 & echo $! > daemon"
    made = plugin.create(KIND, "serve", Tag("key"), do=["sh", "-c", do], undo=["sh", "-c", "kill $(cat daemon)"])
    pid = int((root / "daemon").read_text())
    os.kill(pid, 0)
    assert plugin.read(KIND, "serve", made.id) == made
    plugin.delete(KIND, "serve", made.id)
