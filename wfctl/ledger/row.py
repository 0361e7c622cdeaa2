"""One resource as the ledger holds it, and the hash that says it is what was written.

Knows nothing of events: `projection` says how a row changes.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import msgspec

from wfctl.core.plan import Digest, Document, Provenance, ResourceState

SPEC_VERSION: Final = 1
"""The version of what the columns mean."""

DIGEST_BITS: Final = 1 << 256


class Mark(enum.StrEnum):
    """Why an address may not be touched as if nothing were wrong."""

    QUARANTINED = "quarantined"
    HALF_REPLACED = "half_replaced"
    STALE = "stale"


class ResourceRow(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One row of the resource table. Documents are named by digest, moments are ISO 8601 text.

    `provider` is what the plugin calls itself, `provider_ref` the iac.provider module. `run_id` and `seq` name the event
    that changed the row last, `created_by_run` the run that created the object (empty: none did).
    """

    workspace: str
    name: str
    type: str
    provider: str = ""
    provider_ref: str = ""
    provider_id: str = ""
    config_hash: str = ""
    config_doc: Digest | None = None
    outputs_doc: Digest | None = None
    dependencies: tuple[str, ...] = ()
    protected: bool = False
    provenance: Provenance = Provenance.CREATED
    source: str = "apply"
    fingerprint: str = ""
    hooks_pending: tuple[str, ...] = ()
    spec_version: int = SPEC_VERSION
    created_by_run: str = ""
    run_id: str
    seq: int
    mark: str = ""
    mark_run: str = ""
    created_at: str
    updated_at: str


class Stored(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A row with its hash."""

    row: ResourceRow
    hash: bytes


_pack = msgspec.msgpack.Encoder().encode
_names = msgspec.json.Decoder(tuple[str, ...]).decode


def row_hash(row: ResourceRow) -> bytes:
    """SHA-256 over every field, each with its type and length."""
    return sha256(_pack(row)).digest()


def columns(row: ResourceRow, digest: bytes) -> tuple[object, ...]:
    """The values of the table's columns, in their order; `digest` is the row's hash."""
    values: list[object] = list(msgspec.structs.astuple(row))
    values[7] = bytes.fromhex(row.config_doc) if row.config_doc else None
    values[8] = bytes.fromhex(row.outputs_doc) if row.outputs_doc else None
    values[9] = _list(row.dependencies)
    values[14] = _list(row.hooks_pending)
    values.append(digest)
    return tuple(values)


def _list(names: tuple[str, ...]) -> str:
    return msgspec.json.encode(names).decode() if names else "[]"


def stored_of(values: tuple[object, ...]) -> Stored:
    """The row of a table's columns. Raises ValueError when it is not what was written."""
    *stored, digest = values
    try:
        stored[7] = stored[7].hex() if isinstance(stored[7], bytes) else None
        stored[8] = stored[8].hex() if isinstance(stored[8], bytes) else None
        stored[9], stored[14] = _names(str(stored[9])), _names(str(stored[14]))
        stored[10] = bool(stored[10])
        row = msgspec.convert(stored, ResourceRow)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise ValueError(str(error)) from error
    found = row_hash(row)
    if found != digest:
        raise ValueError("its hash does not fit")
    return Stored(row=row, hash=found)


def sum_with(total: int, gone: bytes | None, come: bytes | None) -> int:
    """The sum of a workspace's row hashes after one row changed: it tells whether a row is missing or doubled."""
    change = int.from_bytes(come or b"", "big") - int.from_bytes(gone or b"", "big")
    return (total + change) % DIGEST_BITS


def state_of(row: ResourceRow, documents: Mapping[Digest, Document]) -> ResourceState:
    """The row in the plan's words. Raises KeyError for a document that is not there."""
    return ResourceState(
        id=row.name,
        name=row.name,
        type=row.type,
        provider=row.provider,
        provider_ref=row.provider_ref,
        provider_id=row.provider_id,
        config_hash=row.config_hash,
        applied_config=documents[row.config_doc] if row.config_doc else None,
        applied_config_source=row.source,
        outputs=documents[row.outputs_doc] if row.outputs_doc else None,
        dependencies=row.dependencies,
        created_at=row.created_at,
        updated_at=row.updated_at,
        provenance=row.provenance,
        protected=row.protected,
        fingerprint=row.fingerprint,
        created_by_run=row.created_by_run,
        hooks_pending=row.hooks_pending,
        mark=row.mark,
    )
