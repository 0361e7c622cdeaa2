"""Forget resources: they stay in the world, and the state does not know them any more."""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

from wfctl.app.orders import ForgetOrder
from wfctl.app.settings import Settings
from wfctl.app.state_edit import Edit, desk, free, record
from wfctl.app.state_file import Held
from wfctl.app.state_find import found
from wfctl.errors import Kind, WfctlError
from wfctl.views.view import View

Ask = Callable[[str], bool]
"""Puts a question to a person; whether the answer was yes."""


async def forget(settings: Settings, order: ForgetOrder, view: View, ask: Ask | None) -> None:
    """Forget them, on record. `ask` None = there is nobody to ask.

    Raises WfctlError: RESOURCE_UNKNOWN, NOBODY_TO_ASK, DECLINED, and what an edit raises.
    """
    with desk(settings, order.where, view) as at:
        await free(at, order.lock_timeout)
        before = at.present()
        held = {one.name: one for one in before.resources}
        going = {found(held, address).name: None for address in order.addresses}
        for line in dependants(held, going):
            view.notice(line)
        if not order.approved:
            expect_yes(ask, _question([held[name].address for name in going]))
        edit = Edit(verb="rm", arguments=tuple(going), after=without(held, going), reason=order.reason)
        run = await record(at, before, edit, lock_timeout=order.lock_timeout)
        for name in going:
            known = f" {held[name].provider_id}" if held[name].provider_id else ""
            view.notice(f"Forgot {held[name].address}; the object{known} itself was not touched.")
        view.notice(f"On record as run {run}.")


def without(held: Held, going: Collection[str]) -> Held:
    """The state without some resources, and without dependencies on them."""
    return {
        name: msgspec.structs.replace(one, dependencies=tuple(need for need in one.dependencies if need not in going))
        for name, one in held.items()
        if name not in going
    }


def dependants(held: Held, going: Collection[str]) -> list[str]:
    """A warning for each resource that stays and depends on one that goes."""
    found_ = []
    for one in held.values():
        lost = [need for need in one.dependencies if need in going]
        if one.name not in going and lost:
            found_.append(f"{one.address} depends on {', '.join(lost)}: this dependency is forgotten too.")
    return found_


def _question(addresses: list[str]) -> str:
    shown = ", ".join(addresses[:10]) + (f" and {len(addresses) - 10} more" if len(addresses) > 10 else "")
    return f"Do you want the state to forget {shown}? Nothing is deleted."


def expect_yes(ask: Ask | None, question: str) -> None:
    """Raises WfctlError (declined): NOBODY_TO_ASK, DECLINED."""
    if ask is None:
        message = "nobody can be asked here whether to go on, and nothing was changed"
        raise WfctlError(Kind.DECLINED, "NOBODY_TO_ASK", message, hint="give --auto-approve")
    if not ask(question):
        raise WfctlError(Kind.DECLINED, "DECLINED", "not approved; nothing was changed")
