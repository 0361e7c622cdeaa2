from __future__ import annotations

import json
import os
import pty
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.kept import STATE, damage
from tests.cli.shell import Shell


def names(shell: Shell) -> list[str]:
    return [one["name"] for one in shell.document("state", "list")["resources"]]


def pulled(shell: Shell) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shell.run("state", "pull").stdout)
    return found


def backup(told: str) -> str:
    (line,) = [line for line in told.splitlines() if line.startswith("Backup: ")]
    return line.removeprefix("Backup: ")


def secret(shell: Shell, address: str) -> str:
    return shell.run("output", address, "--show-sensitive", "--raw").stdout


def last_run(shell: Shell) -> dict[str, Any]:
    run: dict[str, Any] = shell.document("runs", "show", "--events")
    return run


# --- mv ----------------------------------------------------------------------------------------------------------------


def test_a_renamed_resource_is_the_same_one(kept: Shell) -> None:
    told = kept.run("state", "mv", "local.file.first", "one", "--reason", "a better name").stdout

    assert "infra.yaml still calls it first" in told
    assert names(kept) == ["one", "pw", "second"]
    kept.write("infra.yaml", STATE.replace("name: first", "name: one").replace("${first.", "${one."))
    assert "No changes." in kept.run("plan").stdout
    assert kept.document("state", "show", "second")["resource"]["dependencies"] == ["one"]
    kept.run("state", "verify")


def test_who_renamed_what_and_why_is_on_record(kept: Shell) -> None:
    told = kept.run("state", "mv", "first", "one", "--reason", "a better name").stdout
    page = last_run(kept)

    edit = page["events"][1]["event"]
    assert page["run"]["operation"] == "state mv"
    assert f"on record as run {page['run']['run_id']}" in told
    assert (edit["verb"], edit["arguments"], edit["reason"]) == ("mv", ["first", "one"], "a better name")
    assert edit["actor"].startswith("ana@")
    path = kept.folder / backup(told)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one["name"] for one in json.loads(path.read_text())["resources"]] == ["first", "pw", "second"]


def test_a_new_resource_of_the_old_name_leaves_the_renamed_ones_secret_alone(kept: Shell) -> None:
    before = secret(kept, "pw.value")
    kept.run("state", "mv", "pw", "old-pw")
    assert secret(kept, "old-pw.value") == before
    elsewhere = "  - {name: there, type: iac.provider, config: {provider: local, root: other}}\n"
    new = "  - {name: pw, type: local.password, config: {iac_provider: there, length: 20}}\n"
    old = STATE.replace(
        "name: pw, type: local.password, config: {", "name: old-pw, type: local.password, config: {iac_provider: here, "
    )
    kept.write(
        "infra.yaml",
        old.replace("local.file, config: {", "local.file, config: {iac_provider: here, ") + elsewhere + new,
    )

    kept.run("apply", "-y")

    assert secret(kept, "old-pw.value") == before
    assert secret(kept, "pw.value") != before
    kept.run("state", "verify")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("first", "second", "there is a resource second already"),
        ("nobody", "one", "holds no resource nobody"),
        ("first", "${x}", "cannot be a name"),
        ("first", " ", "cannot be a name"),
    ],
)
def test_what_cannot_be_renamed_is_refused(kept: Shell, old: str, new: str, complaint: str) -> None:
    before = pulled(kept)
    assert complaint in kept.run("state", "mv", old, new, code=1).stderr
    assert pulled(kept) == before
    assert not (kept.folder / ".wfctl/backups").exists()


# --- rm ----------------------------------------------------------------------------------------------------------------


def test_a_forgotten_resource_stays_in_the_world(kept: Shell) -> None:
    assert "--auto-approve" in kept.run("state", "rm", "first", code=9).stderr
    assert names(kept) == ["first", "pw", "second"]

    told = kept.run("state", "rm", "first", "local.password.pw", "-y").stdout

    assert "local.file.second depends on first: this dependency is forgotten too." in told
    assert "Forgot local.file.first; the object first.txt itself was not touched." in told
    assert names(kept) == ["second"]
    assert (kept.folder / "build/first.txt").exists()
    assert kept.document("state", "verify")["findings"] == []
    assert kept.document("state", "verify")["counted"]["secrets"] == 0


def test_a_backup_brings_everything_back_secrets_too(kept: Shell) -> None:
    before, password = pulled(kept), secret(kept, "pw.value")
    path = backup(kept.run("state", "rm", "first", "pw", "-y").stdout)
    assert password not in kept.read(path)

    assert "at 4 now" in kept.run("state", "push", path, code=1).stderr
    assert "--reason" in kept.run("state", "push", path, "--force", code=1).stderr
    kept.run("state", "push", path, "--force", "--reason", "rm was a mistake")

    assert timeless(pulled(kept)) == timeless(before)
    assert secret(kept, "pw.value") == password
    assert "No changes." in kept.run("plan").stdout
    kept.run("state", "verify")


def timeless(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [{key: value for key, value in one.items() if key != "updated_at"} for one in state["resources"]]


def test_only_the_word_yes_makes_it_forget(kept: Shell) -> None:
    for word, code in (("no", 9), ("yes", 0)):
        leader, follower = pty.openpty()
        done = subprocess.Popen(
            Shell._argv(("state", "rm", "first")),
            cwd=kept.folder,
            env=kept.environment,
            stdin=follower,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.close(follower)
        os.write(leader, f"{word}\n".encode())
        _, complaint = done.communicate(timeout=60)
        os.close(leader)
        assert done.returncode == code, complaint
        assert b"Nothing is deleted." in complaint
    assert names(kept) == ["pw", "second"]


# --- push --------------------------------------------------------------------------------------------------------------


def push(shell: Shell, state: dict[str, Any], *more: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    return shell.run("state", "push", "-", *more, code=code, stdin=json.dumps(state))


def test_a_corrected_state_is_the_state(kept: Shell) -> None:
    state = pulled(kept)
    assert "nothing was written" in push(kept, state).stdout
    state["resources"][0]["protected"] = True

    told = push(kept, state).stdout

    assert "Changed local.file.first." in told
    assert kept.document("state", "show", "first")["resource"]["protected"]
    assert "it was pulled at serial" in push(kept, state, code=1).stderr, "the state has moved on"
    kept.run("state", "verify")


def test_another_history_is_refused(kept: Shell) -> None:
    state = pulled(kept) | {"lineage": "another"}
    assert "lineage another" in push(kept, state, code=1).stderr


def test_a_workspace_without_a_history_takes_one(kept: Shell) -> None:
    state = pulled(kept)
    before = secret(kept, "pw.value")
    path = backup(kept.run("state", "rm", "first", "-y").stdout)

    refused = kept.run("state", "push", "-", "--workspace", "new", code=1, stdin=json.dumps(state))
    kept.run("state", "push", path, "--workspace", "new")

    assert "neither in the vault nor in the file" in refused.stderr
    assert json.loads(kept.run("state", "pull", "--workspace", "new").stdout)["lineage"] == state["lineage"]
    assert kept.run("output", "pw.value", "-S", "--raw", "--workspace", "new").stdout == before
    kept.run("state", "verify")


def test_secrets_in_clear_are_refused_and_not_repeated(kept: Shell) -> None:
    state, password = pulled(kept), secret(kept, "pw.value")
    state["resources"][1]["outputs"]["value"] = "another password"
    state["resources"][0]["applied_config"]["content"] = f"it is {password}!"

    told = push(kept, state, code=1).stderr

    assert "local.password.pw: outputs.value" in told
    assert "local.file.first: applied_config.content" in told
    assert password not in told


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda s: s["resources"][0].update(colour="red"), "unknown field `colour` - at `$.resources[0]`"),
        (lambda s: s["resources"][0].update(provenance="found"), "provenance"),
        (lambda s: s["resources"].append(s["resources"][0]), "it has first twice"),
        (lambda s: s["resources"].pop(0), "second depends on first, which it does not have"),
        (lambda s: s["resources"][0].update(mark="odd", mark_run="r-1"), "has the mark odd"),
        (lambda s: s["resources"][0].update(mark="stale"), "must have both mark and mark_run"),
        (lambda s: s["resources"][0].update(name=""), "has no name"),
        (lambda s: s.update(format_version="2.0"), "format 2.0"),
        (lambda s: s.update(format_version="2.0", colour="red"), "format 2.0"),
    ],
)
def test_a_file_that_is_no_state_is_refused(
    kept: Shell, spoil: Callable[[dict[str, Any]], object], complaint: str
) -> None:
    state = pulled(kept)
    spoil(state)
    assert complaint in push(kept, state, code=1).stderr


def test_what_is_no_json_or_no_file_is_refused(shell: Shell) -> None:
    shell.write("infra.yaml", STATE)
    shell.write("state.json", "{")
    assert "state.json is no state" in shell.run("state", "push", "state.json", code=1).stderr
    assert "could not be read" in shell.run("state", "push", "none.json", code=1).stderr
    assert not (shell.folder / ".wfctl").exists()


# --- repair ------------------------------------------------------------------------------------------------------------


def test_repair_shows_asks_copies_and_records(kept: Shell) -> None:
    before = pulled(kept)
    damage(kept, "UPDATE resource SET provider_id = 'elsewhere.txt' WHERE name = 'first'")

    refused = kept.run("state", "repair", code=9)
    assert "resource first: its row is not what was written" in refused.stdout
    kept.run("state", "verify", code=5)
    told = kept.run("state", "repair", "-y", "--reason", "a flipped byte").stdout

    assert pulled(kept)["resources"] == before["resources"]
    assert kept.document("state", "verify")["findings"] == []
    assert stat.S_IMODE((kept.folder / backup(told)).stat().st_mode) == 0o600
    assert last_run(kept)["events"][1]["event"]["reason"] == "a flipped byte"
    assert "nothing to repair" in kept.run("state", "repair", "-y").stdout
    assert "No changes." in kept.run("plan").stdout


def test_damaged_events_are_not_repaired(kept: Shell) -> None:
    damage(kept, "UPDATE event SET body = replace(body, 'first.txt', 'fir5t.txt')")

    assert "the events themselves are damaged" in kept.run("state", "repair", "-y", code=5).stderr
    assert not (kept.folder / ".wfctl/backups").exists()


# --- beside runs -------------------------------------------------------------------------------------------------------


@pytest.fixture
def held_up(project: Shell) -> Shell:
    os.mkfifo(project.folder / "gate")
    return project


EDITS = (("mv", "first", "one"), ("rm", "first", "-y"), ("export", "--to", "filesystem", "out"))


def test_nothing_is_edited_while_a_run_goes_on_or_is_not_over(held_up: Shell) -> None:
    running = held_up.start("apply", "-y")
    running.until("local.step.slow: Creating...")
    for edit in EDITS:
        assert "is locked by ana@" in held_up.run("state", *edit, code=6).stderr
    running.signal(signal.SIGKILL)
    running.end()
    for edit in EDITS:
        assert "wfctl resume" in held_up.run("state", *edit, code=6).stderr
    (held_up.folder / "gate").unlink()


def test_a_killed_run_with_a_damaged_state_is_repaired_and_resumed(held_up: Shell) -> None:
    running = held_up.start("apply", "-y")
    running.until("local.step.slow: Creating...")
    running.signal(signal.SIGKILL)
    running.end()
    (held_up.folder / "gate").unlink()
    damage(held_up, "UPDATE resource SET provider_id = 'elsewhere.txt' WHERE name = 'first'")
    assert "wfctl state verify" in held_up.run("resume", code=1).stderr

    held_up.run("state", "repair", "-y")
    held_up.run("resume")

    assert held_up.document("state", "verify")["findings"] == []
    assert names(held_up) == ["first", "last", "slow"]


def test_edits_of_two_people_do_not_mix(kept: Shell) -> None:
    """Whoever comes second works on what the first left, or is told."""
    processes = [kept.start("state", "mv", "first", name) for name in ("one", "uno")]
    codes = sorted(process.end() for process in processes)

    assert codes in ([0, 1], [0, 6], [0, 7]), [process.said for process in processes]
    assert len(names(kept)) == 3
    kept.run("state", "verify")


def test_the_folder_of_backups_is_private(kept: Shell) -> None:
    kept.run("state", "mv", "first", "one")
    assert stat.S_IMODE(Path(kept.folder / ".wfctl/backups").stat().st_mode) == 0o700
