"""Files that can be read, files that cannot, and places in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wfctl.config import source
from wfctl.config.diagnostics import Findings, Mark, Position
from wfctl.config.source import MOST_BYTES, Source


def complaint(path: Path, asked_at: Mark | None = None) -> str:
    findings = Findings("infra.yaml")
    assert source.read(path, path.name, findings, asked_at) is None
    with pytest.raises(Exception, match="1 mistake") as caught:
        findings.raise_errors()
    return str(caught.value).split("\n")[1].strip()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_in_the_encodings_of_yaml(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("name: é𝄞\n".encode(encoding))
    text = source.read(path, "a.yaml", Findings("a.yaml"))
    assert text is not None
    assert text.text == "name: é𝄞\n"


def test_a_missing_file_is_said_where_it_was_asked_for(tmp_path: Path) -> None:
    assert complaint(tmp_path / "no.yaml") == "infra.yaml: no.yaml does not exist. `wfctl init` writes a first one"
    asked_at = Mark(position=Position(file="main.yaml", line=2, column=5))
    assert complaint(tmp_path / "no.yaml", asked_at) == "main.yaml:2:5: no.yaml does not exist"


def test_what_is_no_file(tmp_path: Path) -> None:
    assert complaint(tmp_path).endswith(" is a folder, not a file")
    (tmp_path / "file").touch()
    assert complaint(tmp_path / "file" / "infra.yaml") == "infra.yaml: infra.yaml does not exist"
    (tmp_path / "loop").symlink_to("loop")
    assert "cannot be read" in complaint(tmp_path / "loop")
    assert "cannot be read" in complaint(tmp_path / "nul\0")


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.touch()
    os.truncate(path, MOST_BYTES + 1)
    assert complaint(path) == "infra.yaml: big.yaml is larger than 64 MiB"


def test_a_wrong_encoding_has_a_place(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("a: 1\nb: caf\xe9\n".encode("latin-1"))
    assert complaint(path) == "latin.yaml:2:7: latin.yaml is not UTF-8: byte 0xe9 is none. save it as UTF-8"
    path.write_bytes(b"\xff\xfea")
    assert "is not UTF-8" in complaint(path)


def test_places_count_lines_as_yaml_does() -> None:
    text = Source("a.yaml", "a\r\nbé\rc\u2028d\n")
    found = [text.place(offset) for offset in (0, 3, 4, 6, 8, 10)]
    assert found == [(1, 1), (2, 1), (2, 2), (3, 1), (4, 1), (5, 1)]
    assert text.mark_at(4) == Mark(position=Position(file="a.yaml", line=2, column=2), snippet="bé")
    assert text.mark(9, 1).snippet == ""
    assert str(text.mark(2, 2).position) == "a.yaml:2:2"
