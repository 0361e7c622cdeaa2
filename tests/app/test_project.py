from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.places import settings
from wfctl.app import project
from wfctl.app.orders import Where
from wfctl.errors import Kind, WfctlError
from wfctl.views.view import Several

SILENT = Several()


def folder(tmp_path: Path, text: str = "modules: []\n") -> Path:
    (tmp_path / "infra.yaml").write_text(text)
    return tmp_path


def test_the_configuration_is_the_flags_the_variables_or_a_usual_one(tmp_path: Path) -> None:
    named = settings(tmp_path, {"WFCTL_CONFIG_FILE": "b.yaml"})
    assert project.config_file(named, Where(config=Path("a.yaml"))) == Path("a.yaml")
    assert project.config_file(named, Where()) == Path("b.yaml")
    assert project.config_file(settings(tmp_path), Where()) == Path("infra.yaml")
    (tmp_path / "config").mkdir()
    (tmp_path / "config/infra.yaml").touch()
    assert project.config_file(settings(tmp_path), Where()) == Path("config/infra.yaml")
    (tmp_path / "infra.yaml").touch()
    assert project.config_file(settings(tmp_path), Where()) == Path("infra.yaml")


def test_the_record_lies_beside_the_configuration_unless_it_is_put_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder(tmp_path))
    place = project.find(settings(tmp_path), Where(), SILENT)
    assert (place.ledger_file, place.key_file) == (Path(".wfctl/ledger.db"), Path(".wfctl/secrets.key"))
    assert (place.workspace, place.name) == ("default", tmp_path.name)
    elsewhere = project.find(settings(tmp_path, {"WFCTL_DATA_DIR": "data"}), Where(), SILENT)
    assert elsewhere.record == tmp_path / "data"


def test_a_project_that_is_not_there_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(WfctlError) as caught:
        project.read(settings(tmp_path), Where(), SILENT)
    assert (caught.value.code, caught.value.kind) == ("NO_CONFIG", Kind.CONFIG)
    assert "wfctl init" in caught.value.hint


def test_a_workspace_that_is_named_needs_no_readable_configuration(tmp_path: Path) -> None:
    broken = settings(folder(tmp_path, "modules: {"))
    assert project.find(broken, Where(workspace="shop"), SILENT).workspace == "shop"
    assert project.find(broken, Where(env="staging"), SILENT).workspace == "staging"
