"""Rename a resource in the state; the world is not touched.

Whatever names it goes along: the dependencies of others, references in configs, and the names of its secrets, under which a new
resource of the old name would otherwise write its own.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping

import msgspec

from wfctl.app import project
from wfctl.app.orders import MoveOrder
from wfctl.app.settings import Settings
from wfctl.app.state_edit import Desk, Edit, desk, free, record
from wfctl.app.state_file import Held, HeldResource
from wfctl.app.state_find import found
from wfctl.config.resources import usable_name
from wfctl.core import references
from wfctl.core.canonical import config_hash
from wfctl.core.plan import Document
from wfctl.engine.ports import SecretWrite
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.secret_name import REFERENCE, secret_name
from wfctl.views.view import View

_REFERENCE = re.compile(re.escape(REFERENCE) + r"([A-Za-z0-9_]+)")


async def move(settings: Settings, order: MoveOrder, view: View) -> None:
    """Rename it, on record.

    Raises WfctlError: RESOURCE_UNKNOWN, RESOURCE_EXISTS, RESOURCE_MARKED, NAME_UNUSABLE, TYPE_FIXED, and what an edit raises.
    """
    with desk(settings, order.where, view) as at:
        await free(at, order.lock_timeout)
        before = at.present()
        held = {one.name: one for one in before.resources}
        old = found(held, order.old)
        new = _new_name(held, old, order.new)
        values = _own_secrets(at, old)
        names = {secret_name(old.name, key): secret_name(new, key) for key in values}
        edit = Edit(
            verb="mv",
            arguments=(old.name, new),
            after=renamed(held, old.name, new, names),
            reason=order.reason,
            secrets=tuple(
                SecretWrite(name=secret_name(new, key), resource=new, value=value) for key, value in values.items()
            ),
        )
        run = await record(at, before, edit, lock_timeout=order.lock_timeout)
        view.notice(f"{old.address} is {old.type}.{new} now, on record as run {run}.")
        _remind(at, order, old.name, new)


def renamed(held: Held, old: str, new: str, secrets: Mapping[str, str]) -> Held:
    """The state with a resource under another name, and everything that named it following. `secrets` are names, old to new."""
    after: Held = {}
    for one in held.values():
        config = _followed(one.applied_config, {old: new}, secrets)
        after[new if one.name == old else one.name] = msgspec.structs.replace(
            one,
            name=new if one.name == old else one.name,
            applied_config=config,
            config_hash=_hash(one, config),
            outputs=_followed(one.outputs, {}, secrets),
            dependencies=tuple(new if name == old else name for name in one.dependencies),
        )
    return after


def _followed(document: Document | None, names: Mapping[str, str], secrets: Mapping[str, str]) -> Document | None:
    if document is None:
        return None
    moved = references.rename(document, names) if names else document
    return {key: _with_secrets(value, secrets) for key, value in moved.items()} if isinstance(moved, dict) else None


def _with_secrets(value: object, secrets: Mapping[str, str]) -> object:
    match value:
        case str() if REFERENCE in value:
            return _REFERENCE.sub(lambda match: REFERENCE + secrets.get(match[1], match[1]), value)
        case dict():
            return {key: _with_secrets(item, secrets) for key, item in value.items()}
        case list():
            return [_with_secrets(item, secrets) for item in value]
        case _:
            return value


def _hash(one: HeldResource, config: Document | None) -> str:
    """The hash of the config as it reads now. Where variables are part of it nobody knows it any more, and it stays."""
    known = one.config_hash == config_hash(one.applied_config)
    return config_hash(config) if known else one.config_hash


def _new_name(held: Held, old: HeldResource, typed: str) -> str:
    new = typed.removeprefix(f"{old.type}.").removeprefix(f"{old.type}/")
    if new in held:
        message = f"there is a resource {new} already: {held[new].address}"
        raise WfctlError(Kind.USAGE, "RESOURCE_EXISTS", message, hint=f"wfctl state show {new}")
    if old.mark:
        message = f"{old.address} is {old.mark}: run {old.mark_run} knows it by this name"
        raise WfctlError(Kind.NEEDS_PERSON, "RESOURCE_MARKED", message, hint=f"wfctl runs show {old.mark_run}")
    if not usable_name(new):
        raise WfctlError(Kind.USAGE, "NAME_UNUSABLE", f"{new!r} cannot be a name", hint="wfctl state mv OLD NEW")
    return new


def _own_secrets(at: Desk, held: HeldResource) -> dict[str, object]:
    """The outputs that are kept in the vault under the resource's own name, in clear. What the Go tool keeps is not there."""
    documents = at.store.documents(at.place.workspace)
    values: dict[str, object] = {}
    for key, value in (held.outputs or {}).items():
        name = secret_name(held.name, key)
        if value == REFERENCE + name:
            with contextlib.suppress(KeyError):
                values[key] = documents.secret(name)
    return values


def _remind(at: Desk, order: MoveOrder, old: str, new: str) -> None:
    """Say so if the configuration still has the old name: the next plan would make one and delete the other."""
    try:
        config = project.read(at.settings, order.where, at.view).config
    except WfctlError:
        return
    if old in {one.name for one in config.resources}:
        at.view.notice(
            f"{config.path} still calls it {old}: rename it there too, or the next plan makes that anew and deletes {new}."
        )
