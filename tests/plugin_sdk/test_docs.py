"""The page that shows how to write a plugin, taken at its word."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin_sdk.child import PATIENCE, ROOT, started
from wfctl.protocol import iac_pb2 as pb

PAGE = (ROOT / "docs/how-to/write-a-plugin.md").read_text(encoding="utf-8")
SCREEN = 60


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes"
    path.write_text(blocks("python")[0], encoding="utf-8")
    return path


def test_the_first_plugin_fits_on_a_screen() -> None:
    assert len(blocks("python")[0].splitlines()) <= SCREEN


def test_the_first_plugin_works(notes: Path, tmp_path: Path) -> None:
    spec = pb.ResourceSpec(name="shopping", type="notes.note", config_json=b'{"iac_provider": "desk", "text": "tea"}')
    ref = pb.ResourceRef(name="shopping", type="notes.note", provider_id="shopping.txt")
    note = tmp_path / "shopping.txt"
    with started(notes) as plugin:
        config = json.dumps({"folder": str(tmp_path)}).encode()
        plugin.call("IaCProviderRequired/Initialize", pb.InitializeRequest(config_json=config))
        made = plugin.call(
            "ResourceDriver/Create", pb.ResourceCreateRequest(resource_type="notes.note", spec=spec)
        ).output
        assert note.read_text() == "tea"
        assert plugin.call("ResourceDriver/Diff", diff(spec, made)).result == pb.DiffResult()
        spec.config_json = b'{"text": "cake"}'
        assert plugin.call("ResourceDriver/Diff", diff(spec, made)).result.needs_update
        update = pb.ResourceUpdateRequest(resource_type="notes.note", ref=ref, spec=spec)
        plugin.call("ResourceDriver/Update", update)
        read = pb.ResourceReadRequest(resource_type="notes.note", ref=ref)
        assert plugin.call("ResourceDriver/Read", read).output.outputs_json == b'{"text":"cake"}'
        plugin.call("ResourceDriver/Delete", pb.ResourceDeleteRequest(resource_type="notes.note", ref=ref))
        assert not note.exists()
        assert plugin.failure("ResourceDriver/Read", read).text.startswith("iac: resource not found")
        assert plugin.shut_down() == 0


def test_its_own_test_passes(notes: Path, tmp_path: Path) -> None:
    (shown,) = (block for block in blocks("python") if block.startswith("def test_"))
    file = tmp_path / "test_notes.py"
    file.write_text(f"from wfctl.plugin_sdk import Ref, Spec\n{notes.read_text()}\n\n{shown}", encoding="utf-8")
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(file)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert "1 passed" in done.stdout


def test_its_manifest_names_the_provider() -> None:
    manifest = json.loads(blocks("json")[0])
    assert manifest["capabilities"]["iacProvider"]["name"] == "notes"
    assert manifest.keys() >= {"name", "version", "author", "description"}


def test_the_reference_speaks_of_every_export() -> None:
    import wfctl.plugin_sdk as sdk

    reference = (ROOT / "docs/reference/plugin-sdk.md").read_text(encoding="utf-8")
    assert [name for name in sdk.__all__ if not re.search(rf"\b{name}\b", reference)] == []


def diff(spec: pb.ResourceSpec, current: pb.ResourceOutput) -> pb.ResourceDiffRequest:
    return pb.ResourceDiffRequest(resource_type="notes.note", desired=spec, current=current)
