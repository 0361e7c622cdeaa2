from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.places import settings
from wfctl.app.init import init
from wfctl.config.load import load
from wfctl.errors import WfctlError
from wfctl.views.view import Several

SILENT = Several()


def test_the_first_configuration_is_valid_and_the_record_is_kept_out_of_git(tmp_path: Path) -> None:
    init(settings(tmp_path), Path("new/project"), SILENT)
    assert load(tmp_path / "new/project/infra.yaml", environ={}).resources
    assert (tmp_path / "new/project/.gitignore").read_text() == ".wfctl/\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [("*.pyc", "*.pyc\n.wfctl/\n"), ("*.pyc\n", "*.pyc\n.wfctl/\n"), (".wfctl/\n*.pyc\n", ".wfctl/\n*.pyc\n")],
)
def test_what_git_ignores_already_stays(tmp_path: Path, before: str, after: str) -> None:
    (tmp_path / ".gitignore").write_text(before)
    init(settings(tmp_path), Path(), SILENT)
    assert (tmp_path / ".gitignore").read_text() == after


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "infra.yaml").write_text("mine")
    with pytest.raises(WfctlError) as caught:
        init(settings(tmp_path), Path(), SILENT)
    assert caught.value.code == "INIT_EXISTS"
    assert (tmp_path / "infra.yaml").read_text() == "mine"
    assert not (tmp_path / ".gitignore").exists()


def test_a_directory_that_cannot_be_made_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WfctlError) as caught:
        init(settings(tmp_path), Path("file/project"), SILENT)
    assert caught.value.code == "INIT_FAILED"
