from __future__ import annotations

import json
import os
import signal

from tests.cli.kept import STATE, damage
from tests.cli.shell import Shell


def test_a_sound_ledger_is_clean(kept: Shell) -> None:
    told = kept.run("state", "verify").stdout
    document = kept.document("state", "verify")

    assert "1 run, 8 events, 7 documents, 3 resources, 1 secret." in told
    assert "Everything is what was written, and the resources follow from the events." in told
    assert (document["clean"], document["findings"], document["counted"]["resources"]) == (True, [], 3)


def test_damage_is_exit_5_and_says_what_to_type(kept: Shell) -> None:
    damage(kept, "UPDATE resource SET provider_id = 'elsewhere.txt' WHERE name = 'first'")

    told = kept.run("state", "verify", code=5).stdout
    done = kept.run("state", "verify", "--json", code=5)

    assert "resource first of workspace default: its row is not what was written" in told
    assert "Next: wfctl state repair" in told
    assert "1 thing needs a person." in told
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["code"], finding["hint"], finding["grave"]) == ("ROW_DAMAGED", "wfctl state repair", True)
    assert "wfctl state verify" in kept.run("state", "list", code=1).stderr


def test_a_file_that_is_no_ledger_is_a_finding(kept: Shell) -> None:
    kept.write(".wfctl/ledger.db", "lost" * 1000)

    assert "Next: restore the ledger from a copy" in kept.run("state", "verify", code=5).stdout


def test_a_ledger_that_cannot_be_opened_is_not_called_damaged(kept: Shell) -> None:
    # Permissions would not keep the superuser out; a folder of that name keeps everybody out.
    (kept.folder / ".wfctl/ledger.db").rename(kept.folder / "aside.db")
    (kept.folder / ".wfctl/ledger.db").mkdir()

    told = kept.run("state", "verify", code=5).stdout

    assert "unable to open database file" in told
    assert "Next: give yourself write permission" in told
    assert "restore" not in told


def test_without_the_key_of_the_secrets_a_person_is_needed(kept: Shell) -> None:
    assert kept.run("state", "verify", WFCTL_SECRETS_KEY="00" * 32).returncode == 0, "the old key is in its file"
    (kept.folder / ".wfctl/secrets.key").unlink()

    assert "WFCTL_SECRETS_KEY" in kept.run("state", "verify", code=5).stdout


def test_a_killed_run_is_remarked_and_needs_only_a_resume(project: Shell) -> None:
    os.mkfifo(project.folder / "gate")
    running = project.start("apply", "-y")
    running.until("local.step.slow: Creating...")
    running.signal(signal.SIGKILL)
    running.end()
    (project.folder / "gate").unlink()

    told = project.run("state", "verify").stdout
    project.run("resume")

    assert "it is not over, and nobody drives it" in told
    assert "Next: wfctl resume r-" in told
    assert project.document("state", "verify")["findings"] == []


def test_a_run_that_goes_on_is_no_finding(project: Shell) -> None:
    os.mkfifo(project.folder / "gate")
    running = project.start("apply", "-y")
    running.until("local.step.slow: Creating...")

    found = project.document("state", "verify")["findings"]

    with (project.folder / "gate").open("w") as gate:
        gate.write("go\n")
    assert (running.end(), found) == (0, [])


def test_pull_prints_the_state_and_no_secret(kept: Shell) -> None:
    told = kept.run("state", "pull")
    pulled = json.loads(told.stdout)
    password = kept.document("output", "pw.value", "--show-sensitive")["outputs"]

    assert [one["name"] for one in pulled["resources"]] == ["first", "pw", "second"]
    assert pulled["lineage"]
    assert json.dumps(password) not in told.stdout
    assert pulled["resources"][1]["outputs"]["value"].startswith("secret_ref://")
    assert kept.run("state", "pull", "--json").stdout == told.stdout


def test_nothing_recorded_is_an_empty_state_and_nothing_to_verify(shell: Shell) -> None:
    shell.write("infra.yaml", STATE)

    assert json.loads(shell.run("state", "pull").stdout)["resources"] == []
    assert "nothing was ever recorded" in shell.run("state", "verify", code=1).stderr
