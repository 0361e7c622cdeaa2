"""The Go tool's files: what is read, what is skipped, and every byte of what is written."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from wfctl.errors import Kind, WfctlError
from wfctl.ledger.upstream_state import (
    UpstreamRecord,
    encode,
    file_name,
    go_config_hash,
    is_record,
    read_directory,
    read_files,
    write_directory,
)

FULL = UpstreamRecord(
    resource_id="db",
    resource_type="infra.database",
    provider="digitalocean",
    provider_ref="do",
    provider_id="f-1",
    config_hash="86349a9d997279e0f7317cbef4ef7faefc5ad0e8559169ddbc479694d8ae17b9",
    config={"size": "m", "protected": True, "count": 3},
    outputs={"uri": "secret_ref://db__uri_X", "html": "<a href='x'>&", "ports": [1, 2], "none": {}},
    dependencies=("net",),
    created_at="2026-11-21T10:00:00Z",
    updated_at="2026-11-21T11:00:00Z",
)
TEXT = """{
  "resource_id": "db",
  "resource_type": "infra.database",
  "provider": "digitalocean",
  "provider_ref": "do",
  "provider_id": "f-1",
  "config_hash": "86349a9d997279e0f7317cbef4ef7faefc5ad0e8559169ddbc479694d8ae17b9",
  "status": "active",
  "config": {
    "count": 3,
    "protected": true,
    "size": "m"
  },
  "outputs": {
    "html": "\\u003ca href='x'\\u003e\\u0026",
    "none": {},
    "ports": [
      1,
      2
    ],
    "uri": "secret_ref://db__uri_X"
  },
  "dependencies": [
    "net"
  ],
  "created_at": "2026-11-21T10:00:00Z",
  "updated_at": "2026-11-21T11:00:00Z"
}"""
BARE = """{
  "resource_id": "x",
  "resource_type": "infra.vpc",
  "provider": "",
  "status": "active",
  "config": null,
  "outputs": null,
  "created_at": "",
  "updated_at": ""
}"""


def test_a_file_is_what_go_would_have_written() -> None:
    assert encode(FULL).decode() == TEXT
    assert encode(UpstreamRecord(resource_id="x", resource_type="infra.vpc")).decode() == BARE


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_directory(tmp_path / "state", {"db.json": encode(FULL)}, (), unique="t")

    assert read_directory(tmp_path / "state") == (FULL,)
    assert stat.S_IMODE((tmp_path / "state/db.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o750 & ~_umask()
    assert names(tmp_path) == ["state"], "no draft is left"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_names_of_files_are_upstreams() -> None:
    assert file_name("a/b\\c:d*e") == "a_b_c_d_e.json"
    assert [name for name in ("a.json", "a.lock.json", "metadata.json", "a.txt", ".json") if is_record(name)] == [
        "a.json",
        ".json",
    ]


def test_what_go_skips_is_skipped_and_the_order_is_its_own(tmp_path: Path) -> None:
    for name in ("b", "a", "B"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"resource_id": name, "resource_type": "t"}))
    for name in ("a.lock.json", "metadata.json", "notes.txt", "draft"):
        (tmp_path / name).write_text("{")
    (tmp_path / "folder.json").mkdir()

    assert list(read_files(tmp_path)) == ["B.json", "a.json", "b.json"]
    assert read_directory(tmp_path / "nowhere") == ()


def test_what_is_missing_is_filled_in_as_upstream_does(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(
        '{"resource_id": "x", "resource_type": "t", "provider": null, "unknown": 1, "dependencies": null, '
        '"config": {"region": "nyc3"}, "status": "error"}'
    )

    (record,) = read_directory(tmp_path)

    assert (record.provider_id, record.provider, record.dependencies) == ("x", "", ())
    assert record.config_hash == "d01e2c175df86e6d5d5617fc4a690a905137d0e1bac0a69019538dc69ea2fc74"


def test_numbers_are_hashed_as_go_reads_them() -> None:
    assert go_config_hash({"n": 1.0}) == go_config_hash({"n": 1})
    assert go_config_hash({"n": [123456789012345678]}) == go_config_hash({"n": [123456789012345680]})
    assert go_config_hash({"n": True}) != go_config_hash({"n": 1})
    assert go_config_hash(None) == go_config_hash({}) == ""


DAMAGED = {
    "truncated": "{",
    "trailing": '{"resource_id": "x", "resource_type": "t"}}',
    "wrong kind": '{"resource_id": "x", "resource_type": "t", "config": []}',
    "wrong word": '{"resource_id": 7, "resource_type": "t"}',
    "nothing": "null",
    "no id": '{"resource_type": "t"}',
    "no type": '{"resource_id": "x"}',
    "not UTF-8": '{"resource_id": "x", "resource_type": "\udcff"}',
    "a second one": '{"resource_id": "good", "resource_type": "t"}',
}


@pytest.mark.parametrize("name", DAMAGED)
def test_one_file_that_makes_no_sense_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "good.json").write_text('{"resource_id": "good", "resource_type": "t"}')
    (tmp_path / "x.json").write_bytes(DAMAGED[name].encode("utf-8", "surrogateescape"))

    with pytest.raises(WfctlError) as caught:
        read_directory(tmp_path)

    assert (caught.value.kind, caught.value.code) == (Kind.CONFIG, "UPSTREAM_STATE_DAMAGED")
    assert str(tmp_path / "x.json") in caught.value.message


def test_what_is_no_ordinary_file_or_directory_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.json")
    (tmp_path / "file").write_text("")

    for path, told in ((tmp_path, "x.json"), (tmp_path / "file", "file")):
        with pytest.raises(WfctlError) as caught:
            read_directory(path)
        assert caught.value.code == "UPSTREAM_STATE_UNREADABLE"
        assert told in caught.value.message


def test_other_files_stay_and_those_of_gone_resources_go(tmp_path: Path) -> None:
    for name in ("old.json", "metadata.json", "x.lock.json"):
        (tmp_path / name).write_text("{}")

    write_directory(tmp_path, {"db.json": encode(FULL)}, ["old.json", "never.json"], unique="t")

    assert names(tmp_path) == ["db.json", "metadata.json", "x.lock.json"]


def test_a_draft_that_fails_changes_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "db.json").write_text("before")

    with pytest.raises(OSError, match="x" * 300):
        write_directory(state, {"db.json": b"after", f"{'x' * 300}.json": b""}, ["db.json"], unique="t")

    assert (state / "db.json").read_text() == "before"
    assert names(tmp_path) == ["state"]


def test_the_directory_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    write_directory(tmp_path / "link", {"db.json": encode(FULL)}, (), unique="t")

    assert names(tmp_path / "real") == ["db.json"]
