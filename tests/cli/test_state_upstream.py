"""From the Go tool's state and back to it."""

from __future__ import annotations

import json
import stat
from typing import Any

import pytest

from tests.cli.shell import Shell

PROJECT = """\
modules:
  - {name: here, type: iac.provider, config: {provider: local, root: build}}
  - {name: tf, type: iac.state, config: {backend: filesystem, directory: ./state}}
  - {name: first, type: local.file, config: {iac_provider: here, path: first.txt, content: "one"}}
  - {name: second, type: local.file, config: {path: second.txt, content: "${WHO} ${first.sha256}", depends_on: [first]}}
  - {name: pw, type: local.password, config: {length: 20}}
"""


@pytest.fixture
def go(shell: Shell) -> Shell:
    """A project whose state is in files of the Go tool's, and nowhere else."""
    shell.write("infra.yaml", PROJECT)
    shell.environment["WHO"] = "ana"
    shell.run("apply", "-y")
    shell.run("state", "export", "--to", "filesystem")
    (shell.folder / ".wfctl").rename(shell.folder / "before")
    return shell


def files(shell: Shell, folder: str = "state") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((shell.folder / folder).iterdir())}


def edit(shell: Shell, name: str, **changes: object) -> None:
    path = shell.folder / "state" / name
    record: dict[str, Any] = json.loads(path.read_text())
    path.write_text(json.dumps({key: value for key, value in (record | changes).items() if value != "gone"}))


def resources(shell: Shell) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in shell.document("state", "list")["resources"]}


# --- import ------------------------------------------------------------------------------------------------------------


def test_a_plan_begins_with_the_go_tools_state_and_writes_nothing(go: Shell) -> None:
    before = files(go)

    told = go.run("plan").stdout

    assert "3 resources taken over from the Go tool's state in state, which is only read." in told
    assert "No changes." in told
    assert files(go) == before
    assert not (go.folder / ".wfctl").exists()


def test_an_apply_with_nothing_to_do_records_what_it_took_over(go: Shell) -> None:
    assert "No changes." in go.run("apply", "-y").stdout

    held = resources(go)
    assert {one["provenance"] for one in held.values()} == {"imported"}
    assert (held["second"]["provider_ref"], held["second"]["dependencies"]) == ("here", ["first"])
    (run,) = go.document("runs", "list")["runs"]
    assert (run["operation"], run["result"]) == ("state import", "succeeded")
    assert "taken over" not in go.run("plan").stdout
    assert [one["code"] for one in go.document("state", "verify")["findings"]] == ["SECRET_ELSEWHERE"]


def test_an_apply_with_something_to_do_records_both_in_one_run(go: Shell) -> None:
    go.write("infra.yaml", PROJECT.replace('content: "one"', 'content: "uno"'))

    assert "2 changed" in go.run("apply", "-y").stdout

    page = go.document("runs", "show", "--events")
    assert [one["event"]["type"] for one in page["events"][:3]] == ["RunStarted", "StateEdited", "ActionDispatched"]
    assert resources(go)["pw"]["provenance"] == "imported"
    assert [one["code"] for one in go.document("state", "verify")["findings"]] == ["SECRET_ELSEWHERE"]
    assert "No changes." in go.run("plan").stdout


def test_what_was_imported_is_never_deleted_by_an_undo(go: Shell) -> None:
    go.write(
        "infra.yaml",
        PROJECT.replace('content: "one"', 'content: "uno"')
        + 'apply:\n  hooks: [{name: no, on: applied, match: {name: second}, exec: ["/bin/false"], on_failure: stop}]\n',
    )

    go.run("apply", "-y", "--on-failure", "compensate", code=4)

    assert (go.folder / "build/first.txt").read_text() == "one"
    assert set(resources(go)) == {"first", "second", "pw"}
    assert resources(go)["first"]["provenance"] == "imported"


def test_a_saved_plan_fits_as_long_as_the_files_do(go: Shell) -> None:
    go.write("infra.yaml", PROJECT.replace('content: "one"', 'content: "uno"'))
    go.run("plan", "--out", "plan.json")
    before = files(go)
    edit(go, "pw.json", provider_id="another")
    assert "state: its content" in go.run("apply", "plan.json", code=7).stderr

    (go.folder / "state/pw.json").write_bytes(before["pw.json"])
    assert "2 changed" in go.run("apply", "plan.json").stdout


def test_what_the_files_leave_out_is_filled_in(go: Shell) -> None:
    for name in ("first.json", "second.json"):
        edit(go, name, provider_ref="gone", config_hash="gone")
    go.run("apply", "-y")

    held = resources(go)
    assert held["first"]["provider_ref"] == "here", "from its config"
    assert held["first"]["config_hash"]
    assert held["second"]["provider_ref"] == "", "its config does not say"
    assert "No changes." in go.run("plan").stdout


def test_one_damaged_file_stops_everything(go: Shell) -> None:
    go.write("state/second.json", "{")

    for verb in (["plan"], ["apply", "-y"], ["destroy", "-y"]):
        assert "state/second.json is damaged" in go.run(*verb, code=1).stderr
    assert not (go.folder / ".wfctl/ledger.db").exists() or go.document("runs", "list")["runs"] == []


def test_it_is_imported_once(go: Shell) -> None:
    go.run("destroy", "-y")
    assert files(go)

    told = go.run("plan").stdout

    assert "3 to add" in told
    assert "taken over" not in told


@pytest.mark.parametrize("backend", ["postgres", "spaces", "s3", "gcs", "azure"])
def test_a_backend_that_is_not_read_is_said_before_anything_is_made_twice(shell: Shell, backend: str) -> None:
    shell.write("infra.yaml", PROJECT.replace("backend: filesystem", f"backend: {backend}"))

    for verb in (["plan"], ["apply", "-y"]):
        told = shell.run(*verb, code=1, WHO="ana").stderr
        assert f"infra.yaml:3:5: the Go tool keeps this project's state in {backend}, which is not read yet" in told
    assert not (shell.folder / "build").exists()


def test_a_backend_that_keeps_nothing_is_no_reason_to_stop(shell: Shell) -> None:
    shell.write("infra.yaml", PROJECT.replace("backend: filesystem", "backend: memory"))
    assert "3 to add" in shell.run("plan", WHO="ana").stdout


def test_the_directory_may_hold_a_variable(go: Shell) -> None:
    go.write("infra.yaml", PROJECT.replace("./state", "'${WHERE}/state'"))
    assert "No changes." in go.run("plan", WHERE=str(go.folder)).stdout


# --- export ------------------------------------------------------------------------------------------------------------


def test_a_round_trip_changes_nothing(go: Shell) -> None:
    before = files(go)
    go.run("apply", "-y")

    told = go.run("state", "export", "--to", "filesystem").stdout
    go.run("state", "export", "--to", "filesystem", "copy")

    assert "state holds 3 resources now: 0 written, 0 taken away." in told
    assert files(go) == before
    content = {name: without_times(body) for name, body in files(go, "copy").items()}
    assert content == {name: without_times(body) for name, body in before.items()}


def without_times(body: bytes) -> list[str]:
    return [line for line in body.decode().split("\n") if '_at": ' not in line]


def test_what_is_written_is_said(go: Shell) -> None:
    go.run("apply", "-y")

    told = go.run("state", "export", "--to", "filesystem", "out").stdout

    assert "Variables stay text in the configs of second" in told
    assert "Secrets of pw are written as references" in told
    assert "${WHO}" in go.read("out/second.json")
    assert stat.S_IMODE((go.folder / "out/pw.json").stat().st_mode) == 0o600
    assert not go.read("out/pw.json").endswith("\n")


def test_files_that_are_there_are_changed_only_with_a_yes_and_a_copy(go: Shell) -> None:
    before = files(go)
    go.write("state/metadata.json", "{}")
    go.write("infra.yaml", PROJECT.replace("  - {name: pw, type: local.password, config: {length: 20}}\n", ""))
    go.write("infra.yaml", go.read("infra.yaml").replace('content: "one"', 'content: "uno"'))
    go.run("apply", "-y")

    refused = go.run("state", "export", "--to", "filesystem", code=9)
    assert files(go) == before | {"metadata.json": b"{}"}
    told = go.run("state", "export", "--to", "filesystem", "-y").stdout

    assert "Changes first.json." in refused.stdout
    assert "Takes away pw.json: the state does not hold it." in refused.stdout
    assert sorted(files(go)) == ["first.json", "metadata.json", "second.json"]
    (copy,) = [line.removeprefix("Backup: ") for line in told.splitlines() if line.startswith("Backup: ")]
    assert files(go, copy) == before


def test_what_makes_no_sense_is_not_written_over(go: Shell) -> None:
    go.run("apply", "-y")
    go.write("state/other.json", "{")
    assert "other.json is damaged" in go.run("state", "export", "--to", "filesystem", "-y", code=1).stderr


def test_there_must_be_a_place_to_export_to(shell: Shell) -> None:
    shell.write("infra.yaml", "\n".join(line for line in PROJECT.splitlines() if "iac.state" not in line))
    shell.run("apply", "-y", WHO="ana")

    assert "name a directory" in shell.run("state", "export", "--to", "filesystem", code=1, WHO="ana").stderr
    assert "only filesystem" in shell.run("state", "export", "--to", "s3", code=1, WHO="ana").stderr
    told = shell.run("state", "export", "--to", "filesystem", "x" * 250, "--workspace", "default", code=1).stderr
    assert "could not be written" in told
    assert "--workspace" in shell.run("state", "export", "--to", "filesystem", "out", code=1).stderr, "WHO is not set"


def test_resources_the_go_tool_could_not_tell_apart_are_refused(shell: Shell) -> None:
    modules = "".join(
        f'  - {{name: "{name}", type: local.file, config: {{path: "{number}.txt", content: "x"}}}}\n'
        for number, name in enumerate(("a:b", "a_b"))
    )
    shell.write("infra.yaml", "\n".join(PROJECT.splitlines()[:2]) + "\n" + modules)
    shell.run("apply", "-y")

    assert "shares the file a_b.json" in shell.run("state", "export", "--to", "filesystem", "out", code=1).stderr
    shell.run("state", "mv", "a:b", "metadata")
    assert "which it skips" in shell.run("state", "export", "--to", "filesystem", "out", code=1).stderr
    assert not (shell.folder / "out").exists()
