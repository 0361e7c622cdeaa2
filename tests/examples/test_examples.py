"""Every example runs as its README says and prints what it promises."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
WFCTL = Path(sys.executable).with_name("wfctl")


def wfctl(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(WFCTL), *arguments], cwd=directory, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def outcomes(directory: Path) -> list[dict[str, object]]:
    shown = json.loads(wfctl(directory, "runs", "show", "--json").stdout)
    found: list[dict[str, object]] = shown["outcome"]["actions"]
    return found


@pytest.fixture(autouse=True)
def no_build_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples are for people: what a build server sets must not change them."""
    for name in ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WFCTL_SECRETS_KEY", "11" * 32)


def test_the_demo_passes() -> None:
    demo = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "demo" / "demo.py")], capture_output=True, text=True, check=False
    )

    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "COMPENSATED  exit 4" in demo.stdout
    assert "COMPENSATION_FAILED  exit 5" in demo.stdout
    assert "7/7 destroy" in demo.stdout


def test_the_saga_takes_back_what_was_booked(tmp_path: Path) -> None:
    project = tmp_path / "saga"
    shutil.copytree(ROOT / "examples" / "saga", project)
    ran = wfctl(project, "apply", "--on-failure=compensate", "--auto-approve")
    promised = re.search(r"```\n(flight booked.*?)```", (project / "README.md").read_text(), re.DOTALL)

    assert ran.returncode == 4, ran.stdout + ran.stderr
    assert [outcome["status"] for outcome in outcomes(project)] == [4, 4, 2]
    assert promised is not None
    assert (project / "world" / "journal").read_text() == promised[1]
    shown = json.loads(wfctl(project, "runs", "show", "--json").stdout)
    assert shown["outcome"]["cause"]["plan_index"] == 2


def test_a_key_that_could_not_be_handed_out_is_revoked(tmp_path: Path) -> None:
    project = tmp_path / "key-rotation"
    shutil.copytree(ROOT / "examples" / "key-rotation", project)
    world = project / "world"
    assert wfctl(project, "apply", "--auto-approve").returncode == 0
    before = {path.name: path.read_text() for path in world.iterdir() if path.is_file()}
    (world / "beta.down").touch()
    rotate = ("apply", "--config", "rotate.yaml", "--on-failure=compensate", "--auto-approve")
    ran = wfctl(project, *rotate)

    assert ran.returncode == 4, ran.stdout + ran.stderr
    assert [outcome["status"] for outcome in outcomes(project)] == [4, 4]
    (world / "beta.down").unlink()
    assert {path.name: path.read_text() for path in world.iterdir() if path.is_file()} == before

    assert wfctl(project, *rotate).returncode == 0
    assert [server.read_text().count("deploy@") for server in (world / "alpha", world / "beta")] == [2, 2]
    old, _, new = (project / "rotate.yaml").read_text().partition("  - name: key-2025")
    (project / "rotate.yaml").write_text(old + new[new.index("  - name: key-2026") :])
    retired = wfctl(project, *rotate)
    assert retired.returncode == 0, retired.stdout + retired.stderr
    assert "2025" not in (world / "alpha").read_text() + (world / "beta").read_text()
    assert not (world / "key-2025").exists()


def test_a_new_version_that_is_not_healthy_is_stopped_again(tmp_path: Path) -> None:
    project = tmp_path / "replace-with-rollback"
    shutil.copytree(ROOT / "examples" / "replace-with-rollback", project)
    program = project / "data" / "plugins" / "shop" / "shop"
    program.write_text(program.read_text().replace("/usr/bin/env python3", sys.executable))
    assert wfctl(project, "apply", "--auto-approve").returncode == 0
    ran = wfctl(project, "apply", "--config", "next.yaml", "--auto-approve")
    promised = re.search(r"```\n(started 1.*?)```", (project / "README.md").read_text(), re.DOTALL)

    assert ran.returncode == 4, ran.stdout + ran.stderr
    assert "undo: recreate" in ran.stdout
    assert [outcome["status"] for outcome in outcomes(project)] == [4]
    assert promised is not None
    assert (program.parent / "running" / "journal").read_text() == promised[1]
    assert wfctl(project, "plan", "--detailed-exitcode").returncode == 0


def test_the_way_out_leads_out(tmp_path: Path) -> None:
    project = tmp_path / "way-out"
    shutil.copytree(ROOT / "examples" / "way-out", project)
    readme = (project / "README.md").read_text()
    typed = [line for block in re.findall(r"```sh\n(.*?)```", readme, re.DOTALL) for line in block.splitlines()]
    codes: dict[str, list[int]] = {}
    for line in typed:
        shown = json.loads(wfctl(project, "runs", "list", "--json").stdout)["runs"]
        program, *arguments = line.replace("RUN", shown[0]["run_id"] if shown else "RUN").split()
        if program == "rm":
            (project / arguments[0]).unlink()
            continue
        ran = wfctl(project, *arguments)
        codes.setdefault(arguments[0], []).append(ran.returncode)
        if "--residue" in arguments:
            assert "local.step.print-posters" in ran.stdout
        if ran.returncode == 5:
            assert "Runbook of run" in ran.stdout
            assert [outcome["status"] for outcome in outcomes(project)] == [1, 5, 4]
    promised = re.search(r"```\n(tent rented.*?)```", readme, re.DOTALL)

    assert codes == {"apply": [0], "runs": [0, 0], "rollback": [0, 5, 0], "settle": [0]}
    assert promised is not None
    assert (project / "world" / "journal").read_text() == promised[1]
    assert [outcome["status"] for outcome in outcomes(project)] == [4, 4, 4]
    assert "Nothing is left behind" in wfctl(project, "runs", "list", "--residue").stdout


def test_the_plugin_of_the_readme_works(tmp_path: Path) -> None:
    code = re.search(r"<!-- plugin:begin -->\n```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert code is not None
    folder = tmp_path / "data" / "plugins" / "notes"
    folder.mkdir(parents=True)
    program = folder / "notes"
    program.write_text(code[1].replace("/usr/bin/env python3", sys.executable))
    program.chmod(0o755)
    manifest = {
        "name": "notes",
        "version": "0.1.0",
        "author": "you",
        "description": "notes",
        "capabilities": {"iacProvider": {"name": "notes"}},
    }
    (folder / "plugin.json").write_text(json.dumps(manifest))
    (tmp_path / "infra.yaml").write_text(
        "modules:\n"
        "  - {name: desk, type: iac.provider, config: {provider: notes}}\n"
        "  - {name: shopping, type: notes.note, config: {text: bread}}\n"
    )

    ran = wfctl(tmp_path, "apply", "--auto-approve")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (folder / "pages" / "shopping.txt").read_text() == "bread"
    assert wfctl(tmp_path, "plan", "--detailed-exitcode").returncode == 0
