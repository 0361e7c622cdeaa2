"""The state as a file: written, read back, compared."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from wfctl.app import state_file
from wfctl.app.state_file import HeldResource, SealedSecret, StateFile
from wfctl.core.plan import Provenance, ResourceState
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.store import WorkspaceState

WEB = HeldResource(
    name="web",
    type="local.file",
    provider_id="web.txt",
    applied_config={"b": 1, "a": [1.5, None, "ä"]},
    outputs={"size": 4},
    dependencies=("net",),
    provenance=Provenance.ADOPTED,
    mark="quarantined",
    mark_run="r-1",
    created_at="2026-01-01T00:00:00.000000Z",
)
NET = HeldResource(name="net", type="local.directory")
FILE = StateFile(format_version="1.0", workspace="default", lineage="lin", serial=7, resources=(NET, WEB))


def test_what_is_written_is_read_back() -> None:
    sealed = SealedSecret(name="s", version=2, key_id="k", nonce=b"\x00\xff", ciphertext=b"\x01")
    file = msgspec.structs.replace(FILE, before="rm", at="2026-01-01T00:00:00Z", sealed_secrets=(sealed,))

    body = state_file.encode(file)

    assert state_file.decode(body, "x") == file
    assert body.endswith(b"}\n")
    assert b'\n  "lineage": "lin"' in body


def test_a_state_without_a_backup_says_nothing_of_backups() -> None:
    assert set(json.loads(state_file.encode(FILE))) == {
        "format_version",
        "workspace",
        "lineage",
        "serial",
        "resources",
    }


def test_the_file_says_what_the_ledger_holds() -> None:
    resource = ResourceState(name="web", type="local.file", mark="quarantined", outputs={"x": 1}, protected=True)
    state = WorkspaceState(workspace="w", lineage="l", serial=3, resources=(resource,), mark_runs={"web": "r-9"})

    file = state_file.file_of(state)

    assert (file.workspace, file.lineage, file.serial) == ("w", "l", 3)
    (held,) = file.resources
    assert (held.address, held.mark, held.mark_run, held.outputs, held.protected) == (
        "local.file.web",
        "quarantined",
        "r-9",
        {"x": 1},
        True,
    )


def test_an_entry_names_documents_as_the_engine_does() -> None:
    entry, documents = state_file.entry_of(WEB)

    assert entry.config is not None
    assert entry.outputs is not None
    assert documents[entry.config] == '{"a":[1.5,null,"ä"],"b":1}'.encode()
    assert (entry.source, entry.mark_run, entry.created_at) == ("", "r-1", "2026-01-01T00:00:00.000000Z")
    assert state_file.entry_of(NET)[1] == {}


def test_only_what_differs_is_written() -> None:
    touched = msgspec.structs.replace(NET, updated_at="2026-02-02T00:00:00Z")
    moved = msgspec.structs.replace(WEB, provider_id="elsewhere")
    before = {"net": NET, "web": WEB}

    assert state_file.changed(before, {"net": touched, "web": WEB}) == ([], [])
    assert state_file.changed(before, {"web": moved}) == ([moved], ["net"])
    assert state_file.changed({}, before) == ([NET, WEB], [])


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({"format_version": "1.1"}, "", ""),
        ({"format_version": "2.0"}, "STATE_FILE_VERSION", "format 2.0"),
        ({"format_version": "2.0", "shape": "new"}, "STATE_FILE_VERSION", "format 2.0"),
        ({"shape": "new"}, "STATE_FILE_INVALID", "shape"),
        ({"serial": "7"}, "STATE_FILE_INVALID", "$.serial"),
        ({"resources": None}, "STATE_FILE_INVALID", "$.resources"),
    ],
)
def test_what_is_no_state_of_this_format_is_refused(change: dict[str, Any], code: str, told: str) -> None:
    body = json.dumps(json.loads(state_file.encode(FILE)) | change).encode()
    if not code:
        assert state_file.decode(body, "x.json").serial == 7
        return

    with pytest.raises(WfctlError) as caught:
        state_file.decode(body, "x.json")

    assert (caught.value.kind, caught.value.code) == (Kind.USAGE, code)
    assert told in caught.value.message


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"format_version": 1}'])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(WfctlError) as caught:
        state_file.decode(body, "x.json")
    assert caught.value.code == "STATE_FILE_INVALID"
