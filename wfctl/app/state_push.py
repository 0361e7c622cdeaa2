"""Make a file the state: what pull printed and a person corrected, or a backup. The world is not touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wfctl.app import state_file
from wfctl.app.compose import new_lineage
from wfctl.app.orders import PushOrder
from wfctl.app.settings import Settings
from wfctl.app.state_edit import Desk, Edit, desk, free, record
from wfctl.app.state_file import Held, StateFile
from wfctl.app.state_secrets import Vaulted, refuse_in_clear, restored
from wfctl.errors import Kind, WfctlError
from wfctl.views.view import View

_MOST_LINES = 20


async def push(settings: Settings, order: PushOrder, view: View) -> None:
    """Make it the state, on record.

    Raises WfctlError: STATE_FILE_NOT_READ, STATE_FILE_INVALID, STATE_FILE_VERSION, LINEAGE_DIFFERS, SERIAL_DIFFERS,
    SECRETS_IN_CLEAR, SECRETS_UNKNOWN, and what an edit raises.
    """
    pushed = state_file.decode(_contents(settings, order), order.file)
    with desk(settings, order.where, view, create=True) as at:
        await free(at, order.lock_timeout)
        before = at.present()
        for difference in _refused_without_force(before, pushed):
            _refuse(difference, order, view)
        held = {one.name: one for one in before.resources}
        after = {one.name: one for one in pushed.resources}
        vaulted = Vaulted(at, pushed)
        refuse_in_clear(held, after, vaulted)
        edit = Edit(
            verb="push",
            arguments=(order.file,),
            after=after,
            reason=order.reason,
            secrets=restored(held, after, vaulted, forced=order.force),
            lineage=pushed.lineage or new_lineage(settings),
        )
        run = await record(at, before, edit, lock_timeout=order.lock_timeout)
        _tell(at, held, after, run)


def _contents(settings: Settings, order: PushOrder) -> bytes:
    hint = "wfctl state push FILE"
    try:
        body = _read(settings.cwd / order.file) if order.given is None else order.given
    except OSError as problem:
        message = f"{order.file} could not be read: {problem.strerror}"
        raise WfctlError(Kind.USAGE, "STATE_FILE_NOT_READ", message, hint=hint) from problem
    if len(body) > state_file.LARGEST:
        message = f"{order.file} is larger than {state_file.LARGEST >> 20} MiB"
        raise WfctlError(Kind.USAGE, "STATE_FILE_NOT_READ", message, hint=hint)
    return body


def _read(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(state_file.LARGEST + 1)


def _refused_without_force(before: StateFile, pushed: StateFile) -> Iterator[tuple[str, str]]:
    """The code and text of each reason to believe that this is the wrong file. A state without a history takes any."""
    if not before.lineage:
        return
    if pushed.lineage != before.lineage:
        yield (
            "LINEAGE_DIFFERS",
            f"it is another state: lineage {pushed.lineage or 'none'}, and here is {before.lineage}",
        )
    elif pushed.serial != before.serial:
        yield "SERIAL_DIFFERS", f"it was pulled at serial {pushed.serial}, and the state is at {before.serial} now"


def _refuse(difference: tuple[str, str], order: PushOrder, view: View) -> None:
    code, told = difference
    if not order.force:
        hint = "pull again: wfctl state pull; or, if you know better: --force --reason TEXT"
        raise WfctlError(Kind.USAGE, code, f"{order.file}: {told}", hint=hint)
    view.notice(f"{order.file}: {told}; pushed all the same.")


def _tell(at: Desk, held: Held, after: Held, run: str | None) -> None:
    if run is None:
        at.view.notice("The state is as the file says already; nothing was written.")
        return
    put, gone = state_file.changed(held, after)
    lines = [f"{'Changed' if one.name in held else 'Added'} {one.address}." for one in put]
    lines += [f"Forgot {held[name].address}; the object itself was not touched." for name in gone]
    for line in lines[:_MOST_LINES]:
        at.view.notice(line)
    if len(lines) > _MOST_LINES:
        at.view.notice(f"And {len(lines) - _MOST_LINES} more.")
    at.view.notice(f"On record as run {run}.")
