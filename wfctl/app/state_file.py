"""The state of a workspace as a file: what pull prints, push takes and backups hold.

Knows nothing of ledgers. Secrets are references; a backup holds them sealed besides, so that it can be put back.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import msgspec

from wfctl.core.events import StateEntry
from wfctl.core.plan import Digest, Document, Provenance, ResourceState
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.row import Mark
from wfctl.ledger.store import WorkspaceState

VERSION: Final = "1.0"
"""The version of the format: a new minor adds, a new major changes."""

LARGEST: Final = 256 * 1024 * 1024
"""The largest file that is read, in bytes."""


class HeldResource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One resource; the keys are those of a plan's `current`, and `mark_run`, the run that left the mark."""

    name: str
    type: str
    provider: str = ""
    provider_ref: str = ""
    provider_id: str = ""
    config_hash: str = ""
    applied_config: Document | None = None
    applied_config_source: str = ""
    outputs: Document | None = None
    dependencies: tuple[str, ...] = ()
    protected: bool = False
    provenance: Provenance = Provenance.CREATED
    fingerprint: str = ""
    hooks_pending: tuple[str, ...] = ()
    created_by_run: str = ""
    mark: str = ""
    mark_run: str = ""
    created_at: str = ""
    updated_at: str = ""

    @property
    def address(self) -> str:
        """`type.name`, as shown to people."""
        return f"{self.type}.{self.name}"


class SealedSecret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One secret as the ledger keeps it: encrypted, and bound to workspace, name and version."""

    name: str
    version: int
    key_id: str
    nonce: bytes
    ciphertext: bytes


class StateFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The state of a workspace. A backup says what it was made before, and when (ISO 8601)."""

    format_version: str
    workspace: str
    lineage: str
    serial: int
    resources: tuple[HeldResource, ...]
    before: str = ""
    at: str = ""
    sealed_secrets: tuple[SealedSecret, ...] = ()


Held = dict[str, HeldResource]
"""Resources by name."""


def file_of(state: WorkspaceState) -> StateFile:
    """A state as a file."""
    return StateFile(
        format_version=VERSION,
        workspace=state.workspace,
        lineage=state.lineage,
        serial=state.serial,
        resources=tuple(_held(one, state.mark_runs.get(one.name, "")) for one in state.resources),
    )


def _held(state: ResourceState, mark_run: str) -> HeldResource:
    return HeldResource(
        name=state.name,
        type=state.type,
        provider=state.provider,
        provider_ref=state.provider_ref,
        provider_id=state.provider_id,
        config_hash=state.config_hash,
        applied_config=state.applied_config,
        applied_config_source=state.applied_config_source,
        outputs=state.outputs,
        dependencies=state.dependencies or (),
        protected=state.protected,
        provenance=state.provenance,
        fingerprint=state.fingerprint,
        hooks_pending=state.hooks_pending,
        created_by_run=state.created_by_run,
        mark=state.mark,
        mark_run=mark_run,
        created_at=state.created_at,
        updated_at=state.updated_at,
    )


def entry_of(held: HeldResource) -> tuple[StateEntry, dict[Digest, bytes]]:
    """A resource as an edit writes it, and the documents that it names."""
    documents: dict[Digest, bytes] = {}
    entry = StateEntry(
        name=held.name,
        type=held.type,
        provider=held.provider,
        provider_ref=held.provider_ref,
        provider_id=held.provider_id,
        config_hash=held.config_hash,
        config=_stored(held.applied_config, documents),
        outputs=_stored(held.outputs, documents),
        dependencies=held.dependencies,
        protected=held.protected,
        provenance=held.provenance,
        source=held.applied_config_source,
        fingerprint=held.fingerprint,
        hooks_pending=held.hooks_pending,
        created_by_run=held.created_by_run,
        mark=held.mark,
        mark_run=held.mark_run,
        created_at=held.created_at,
    )
    return entry, documents


def _stored(document: Document | None, documents: dict[Digest, bytes]) -> Digest | None:
    if document is None:
        return None
    body = msgspec.json.encode(document, order="sorted")
    digest = Digest(sha256(body).hexdigest())
    documents[digest] = body
    return digest


# --- the text ----------------------------------------------------------------------------------------------------------


def encode(file: StateFile) -> bytes:
    """The file as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def decode(body: bytes, name: str) -> StateFile:
    """The state in a file. Raises WfctlError (usage): STATE_FILE_INVALID, saying where; STATE_FILE_NEWER."""
    try:
        found = msgspec.json.decode(body, type=StateFile)
    except msgspec.MsgspecError as problem:
        newer = _newer(body)
        raise newer or _invalid(name, str(problem)) from problem
    if found.format_version.split(".")[0] != VERSION.split(".", maxsplit=1)[0]:
        raise _version(found.format_version)
    _expect_sound(found, name)
    return found


def _newer(body: bytes) -> WfctlError | None:
    """What could not be read may be of another version, and then that is what is to be said."""
    try:
        version = msgspec.json.decode(body, type=dict[str, msgspec.Raw]).get("format_version", b"")
        text = msgspec.json.decode(version, type=str)
    except msgspec.MsgspecError:
        return None
    return None if text == VERSION else _version(text)


def _expect_sound(file: StateFile, name: str) -> None:
    seen: set[str] = set()
    known = {one.name for one in file.resources}
    for one in file.resources:
        if not one.name or not one.type:
            raise _invalid(name, "a resource has no name or no type")
        if one.name in seen:
            raise _invalid(name, f"it has {one.name} twice")
        seen.add(one.name)
        lost = [need for need in one.dependencies if need not in known]
        if lost:
            raise _invalid(name, f"{one.name} depends on {', '.join(lost)}, which it does not have")
        if one.mark and one.mark not in set(Mark):
            raise _invalid(name, f"{one.name} has the mark {one.mark}; there are {', '.join(Mark)}")
        if bool(one.mark) != bool(one.mark_run):
            raise _invalid(name, f"{one.name} must have both mark and mark_run, or neither")


def _invalid(name: str, why: str) -> WfctlError:
    message = f"{name} is no state: {why}"
    return WfctlError(Kind.USAGE, "STATE_FILE_INVALID", message, hint="wfctl state pull prints what one looks like")


def _version(version: str) -> WfctlError:
    message = f"the file has format {version}, and this wfctl writes and reads {VERSION}"
    return WfctlError(Kind.USAGE, "STATE_FILE_VERSION", message, hint="use the wfctl that wrote it")


# --- differences -------------------------------------------------------------------------------------------------------


def changed(
    before: Mapping[str, HeldResource], after: Mapping[str, HeldResource]
) -> tuple[list[HeldResource], list[str]]:
    """What is to be written and what is to be forgotten, so that a state becomes another; moments of change do not count."""
    put = [one for name, one in after.items() if name not in before or _timeless(before[name]) != _timeless(one)]
    return put, [name for name in before if name not in after]


def _timeless(held: HeldResource) -> HeldResource:
    return msgspec.structs.replace(held, updated_at="")
