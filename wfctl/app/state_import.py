"""Begin with the state of the Go tool, where this project has one and the workspace has nothing of its own yet.

It is read once and never written to: a plan takes it into memory, and the first apply puts it on record with its run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from wfctl.app.compose import Workshop
from wfctl.app.state_edit import Footing, whole
from wfctl.app.state_file import HeldResource, entry_of
from wfctl.config.project import StateModule
from wfctl.core import references
from wfctl.core.events import StateEdited
from wfctl.core.plan import Digest, Plan, Provenance, ResourceState, RunId
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.projection import Moment, edited
from wfctl.ledger.row import DIGEST_BITS, row_hash
from wfctl.ledger.store import WorkspaceState
from wfctl.ledger.upstream_state import DEFAULT, UpstreamRecord, read_directory

FILESYSTEM: Final = "filesystem"
_OURS: Final = ("memory",)
"""Backends that keep nothing: our own ledger is the state."""


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """What the Go tool knows: the fact that would record it, its documents, the same as resources, and a digest of it."""

    fact: StateEdited
    documents: Mapping[Digest, bytes]
    resources: tuple[ResourceState, ...]
    digest: str


def standing(shop: Workshop) -> WorkspaceState:
    """The state a plan starts from: the ledger's, or that of the Go tool where the ledger never had one.

    Raises WfctlError: what keeps the Go tool's state from being read, STATE_BACKEND_NOT_READ.
    """
    workspace = shop.place.workspace
    state = shop.record.store.state(workspace) if shop.record else WorkspaceState(workspace=workspace)
    imported = to_import(shop)
    if imported is None:
        return state
    (source,) = imported.fact.arguments
    count = len(imported.resources)
    shop.view.notice(
        f"{count} resource{'' if count == 1 else 's'} taken over from the Go tool's state in {source}, which is only read."
    )
    return msgspec.structs.replace(state, digest=imported.digest, resources=imported.resources)


def to_import(shop: Workshop) -> Import | None:
    """What is still to be taken over; None where the workspace has a state, or there is nothing to take over."""
    module = shop.config.state
    if module is None or module.backend in _OURS or _has_history(shop):
        return None
    if module.backend != FILESYSTEM:
        raise _not_read(module)
    directory = directory_of(module, shop.settings.environment)
    records = read_directory(shop.settings.cwd / directory)
    return _import(shop, records, str(directory)) if records else None


def expect_same(plan: Plan, imported: Import) -> None:
    """Raise WfctlError (stale_plan, STATE_MOVED) when the Go tool's state is not the one a plan was made for."""
    if plan.prior_state_digest not in ("", imported.digest):
        (source,) = imported.fact.arguments
        message = f"the Go tool's state in {source} changed since the plan was made"
        raise WfctlError(Kind.STALE_PLAN, "STATE_MOVED", message, hint="make the plan again: wfctl plan")


def record_alone(shop: Workshop, plan: Plan) -> None:
    """Put it on record although there is nothing else to do."""
    imported = to_import(shop)
    if imported is not None:
        expect_same(plan, imported)
        footing = Footing(workspace=shop.place.workspace, lineage=plan.lineage, serial=plan.prior_serial)
        own, batch = whole(shop.settings, imported.fact, footing, documents=imported.documents)
        shop.store.create_run(own, batch).release()


def directory_of(module: StateModule, environment: Mapping[str, str]) -> Path:
    """The directory of a filesystem backend, from where wfctl runs (as upstream). Raises WfctlError (config)."""
    written = module.config.get("directory") or DEFAULT
    try:
        filled = references.expand_environment(written, environment)
    except references.BadReferenceError as problem:
        message = f"{module.position}: module {module.name}: directory: {problem}"
        raise WfctlError(Kind.CONFIG, "STATE_DIRECTORY", message, hint="set the variable") from problem
    if not isinstance(filled, str) or not filled:
        message = f"{module.position}: module {module.name}: directory is no text"
        raise WfctlError(Kind.CONFIG, "STATE_DIRECTORY", message, hint="config.directory names a directory")
    return Path(filled)


def _has_history(shop: Workshop) -> bool:
    """Whether the workspace ever had a resource: then what the Go tool knows is older."""
    known = shop.record.store.workspace(shop.place.workspace) if shop.record else None
    return known is not None and known.serial > 0


def _not_read(module: StateModule) -> WfctlError:
    return WfctlError(
        Kind.CONFIG,
        "STATE_BACKEND_NOT_READ",
        f"{module.position}: the Go tool keeps this project's state in {module.backend}, which is not read yet",
        hint="move it to a filesystem backend with the Go tool, or, if nothing exists yet, take the iac.state module out",
    )


def _import(shop: Workshop, records: tuple[UpstreamRecord, ...], source: str) -> Import:
    held = [_held(record, shop.config.providers) for record in records]
    entries, documents = [], dict[Digest, bytes]()
    for one in held:
        entry, named = entry_of(one)
        entries.append(entry)
        documents |= named
    fact = StateEdited(verb="import", arguments=(source,), actor=shop.settings.owner, put=tuple(entries))
    return Import(
        fact=fact,
        documents=documents,
        resources=tuple(_state(one) for one in held),
        digest=_digest(fact, shop.place.workspace),
    )


def _digest(fact: StateEdited, workspace: str) -> str:
    """As the ledger makes one, over rows that no run has written yet."""
    rows = edited(fact, workspace, RunId(""), Moment(seq=0, at=""))
    total = sum(int.from_bytes(row_hash(row), "big") for _, row in rows if row is not None) % DIGEST_BITS
    return f"{total:064x}"


def _held(record: UpstreamRecord, providers: Collection[str]) -> HeldResource:
    config = record.config or {}
    named = (config.get(key) for key in ("iac_provider", "provider"))
    # Another word than the name of a module would make a plan believe that the resource changed hands.
    fallback = next((name for name in named if isinstance(name, str) and name in providers), "")
    return HeldResource(
        name=record.resource_id,
        type=record.resource_type,
        provider=record.provider,
        provider_ref=record.provider_ref or fallback,
        provider_id=record.provider_id,
        config_hash=record.config_hash,
        applied_config=record.config,
        outputs=record.outputs,
        dependencies=record.dependencies,
        protected=config.get("protected") is True,
        provenance=Provenance.IMPORTED,
        created_at=_moment(record.created_at),
    )


def _moment(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return ""
    return text


def _state(held: HeldResource) -> ResourceState:
    return ResourceState(
        id=held.name,
        name=held.name,
        type=held.type,
        provider=held.provider,
        provider_ref=held.provider_ref,
        provider_id=held.provider_id,
        config_hash=held.config_hash,
        applied_config=held.applied_config,
        outputs=held.outputs,
        dependencies=held.dependencies,
        provenance=held.provenance,
        protected=held.protected,
    )
