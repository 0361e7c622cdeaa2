"""Settle: put on record what a person says of an action that no probe could resolve."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec

from wfctl.app import compose
from wfctl.app.compose import Workshop
from wfctl.app.orders import SettleOrder
from wfctl.app.settings import Settings
from wfctl.app.waiting import expect_free, obtained
from wfctl.core.action import ActionFacts, ActionState, may_settle, questioned_id
from wfctl.core.assess import assess
from wfctl.core.events import ActionSettled, Recorded
from wfctl.core.plan import ActionOutline, Digest, RunId
from wfctl.core.run import RunState, evolve, fold
from wfctl.engine.ports import Absence, Batch, CallFailed, LeaseLostError, Output, Ref, SecretWrite
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.secret_name import REFERENCE, secret_name
from wfctl.ledger.store import RunWriter
from wfctl.views.view import View

_UNASKED: Final = "look for it yourself, then say so without asking the driver, by adding --no-verify --reason TEXT"
_AGAINST: Final = "look again, or say so against the driver, by adding --no-verify --reason TEXT"


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What the driver said when it was asked: the outputs as they may be recorded, and their secrets apart."""

    outputs: Digest | None = None
    documents: Mapping[Digest, bytes] = {}
    secrets: tuple[SecretWrite, ...] = ()


async def settle(settings: Settings, order: SettleOrder, view: View) -> None:
    """Put it on record. Raises WfctlError: RUN_UNKNOWN, ADDRESS_UNKNOWN, NOTHING_TO_SETTLE, NOT_AS_SAID."""
    async with compose.workshop(settings, order.where, view, write=True) as shop:
        run = shop.store.run(RunId(order.run_id))
        await obtained(shop, order.lock_timeout, lambda: expect_free(shop, run.run_id))
        state = fold(shop.store.events(run.run_id))
        index = _index(state, order)
        _expect_open(state, index, order)
        verified = await _verified(shop, state, index, order) if order.verify else None
        writer = await obtained(shop, order.lock_timeout, lambda: shop.store.reopen_run(run.run_id))
        try:
            await _record(shop, writer, index, order, verified)
        finally:
            writer.release()
        view.notice(f"{state.facts[index].outline.address}: {order.as_}, on record in run {run.run_id}.")


def _index(state: RunState, order: SettleOrder) -> int:
    for facts in state.facts:
        outline = facts.outline
        if order.address in (outline.name, outline.address, f"{outline.type}/{outline.name}"):
            return outline.index
    raise WfctlError(
        Kind.USAGE,
        "ADDRESS_UNKNOWN",
        f"run {order.run_id} has no action for {order.address}",
        hint=f"wfctl runs show {order.run_id}",
    )


def _expect_open(state: RunState, index: int, order: SettleOrder) -> None:
    if not may_settle(state.actions[index]):
        raise WfctlError(
            Kind.USAGE,
            "NOTHING_TO_SETTLE",
            f"run {order.run_id} has no open question about {order.address}",
            hint=f"wfctl runs show {order.run_id}",
        )


# --- asking the driver -------------------------------------------------------------------------------------------------


async def _verified(shop: Workshop, state: RunState, index: int, order: SettleOrder) -> Verified:
    """See that it is as was said. Raises WfctlError (usage, NOT_AS_SAID) when it is not, or cannot be told."""
    outline = state.facts[index].outline
    wanted = order.provider_id or _known_id(state.facts[index], state.actions[index])
    if not wanted:
        raise _not_as_said(order, "no id is known to ask the driver by", _UNASKED)
    await shop.open_drivers([outline.provider])
    try:
        found = await shop.pool.driver(outline.provider).read(
            Ref(name=outline.name, type=outline.type, provider_id=wanted)
        )
    except CallFailed as problem:
        raise _not_as_said(order, f"the driver could not tell: {problem.failure.message}", _UNASKED) from problem
    if (order.as_ == "absent") is not isinstance(found, Absence):
        there = "it is not there" if isinstance(found, Absence) else "it is there"
        raise _not_as_said(order, f"the driver says of {wanted}: {there}", _AGAINST)
    return Verified() if isinstance(found, Absence) else _kept(outline, found)


def _known_id(facts: ActionFacts, action: ActionState) -> str:
    left = (residue.provider_id for residue in action.residue if residue.provider_id)
    return next(left, "") or questioned_id(facts, action)


def _kept(outline: ActionOutline, found: Output) -> Verified:
    document = dict(found.outputs or {})
    secrets = []
    for key in sorted(set(found.sensitive) & document.keys()):
        name = secret_name(outline.name, key)
        secrets.append(SecretWrite(name=name, resource=outline.name, value=document[key]))
        document[key] = REFERENCE + name
    body = msgspec.json.encode(document, order="sorted")
    digest = Digest(hashlib.sha256(body).hexdigest())
    return Verified(outputs=digest, documents={digest: body}, secrets=tuple(secrets))


def _not_as_said(order: SettleOrder, why: str, hint: str) -> WfctlError:
    return WfctlError(
        Kind.USAGE,
        "NOT_AS_SAID",
        f"{order.address} cannot be settled as {order.as_}: {why}",
        hint=hint,
    )


# --- the record --------------------------------------------------------------------------------------------------------


async def _record(shop: Workshop, writer: RunWriter, index: int, order: SettleOrder, verified: Verified | None) -> None:
    """Add the fact under the lease, and what the run comes to with it."""
    state = fold(shop.store.events(writer.run_id))
    _expect_open(state, index, order)
    found = verified or Verified()
    event = ActionSettled(
        action=index,
        as_=order.as_,
        provider_id=order.provider_id,
        actor=shop.settings.owner,
        reason=order.reason,
        verified=verified is not None,
        outputs=found.outputs,
    )
    recorded = Recorded(seq=state.seq + 1, at=shop.settings.now(), event=event)
    evolve(state, recorded)
    outcome = assess(state) if state.finished is not None else None
    batch = Batch(records=(recorded,), documents=found.documents, secrets=found.secrets, outcome=outcome)
    try:
        await writer.append(batch)
    except LeaseLostError as lost:
        message = f"another process took workspace {shop.place.workspace} over: {lost}"
        raise WfctlError(Kind.LOCK, "LEASE_LOST", message, hint="settle it again") from lost
