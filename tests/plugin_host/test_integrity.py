from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from wfctl.errors import Kind, WfctlError
from wfctl.plugin_host.integrity import file_digest, read_pins


def test_no_file_means_no_pins(tmp_path: Path) -> None:
    deep = tmp_path / "1/2/3/4"
    deep.mkdir(parents=True)
    assert read_pins(deep) == {}


def test_the_nearest_file_up_to_three_folders_above_counts(tmp_path: Path) -> None:
    deep = tmp_path / "1/2/3"
    deep.mkdir(parents=True)
    (tmp_path / ".wfctl.yaml").write_text("plugins: {cloud: {sha256: AB12}, other: {version: 1.0.0}, none: null}")
    assert read_pins(deep) == {"cloud": "ab12"}
    (tmp_path / "1/2/.wfctl.yaml").write_text("plugins: {}\n")
    assert read_pins(deep) == {}
    (tmp_path / "1/2/.wfctl.yaml").unlink()
    (deep / "4").mkdir()
    assert read_pins(deep / "4") == {}


@pytest.mark.parametrize("text", ["", "# nothing\n", "version: 1\n", "plugins:\n"])
def test_files_without_pins(tmp_path: Path, text: str) -> None:
    (tmp_path / ".wfctl.yaml").write_text(text)
    assert read_pins(tmp_path) == {}


@pytest.mark.parametrize(
    "text", ["plugins: [a", "plugins: [a]", "plugins: {a: b}", "plugins: {a: {sha256: 12}}", "just text"]
)
def test_a_file_that_cannot_be_understood_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / ".wfctl.yaml").write_text(text)
    with pytest.raises(WfctlError) as caught:
        read_pins(tmp_path)
    assert (caught.value.kind, caught.value.code) == (Kind.PLUGIN, "PLUGIN_PINS")
    assert str(tmp_path / ".wfctl.yaml") in caught.value.message


def test_the_digest_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    assert file_digest(tmp_path / "f") == hashlib.sha256(b"abc").hexdigest()
