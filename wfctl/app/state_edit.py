"""Put an edit of the state on record: what stands between what a person wants of the state and a run that says so.

Knows nothing of the verbs. Each gives the state as it should be; what changed, the backup and the record follow.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

import msgspec

from wfctl import __version__
from wfctl.app import compose, project, state_file
from wfctl.app.compose import Record
from wfctl.app.orders import Where
from wfctl.app.project import Place
from wfctl.app.settings import Settings
from wfctl.app.state_backup import save_state
from wfctl.app.state_file import Held, StateFile, file_of
from wfctl.app.waiting import expect_free, obtained
from wfctl.core.assess import assess
from wfctl.core.events import Event, Recorded, RunFinished, RunStarted, StateEdited
from wfctl.core.plan import Digest, Plan, RunId, RunPolicy
from wfctl.core.run import fold
from wfctl.engine.ports import Batch, SecretWrite
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.store import Store
from wfctl.views.view import View


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What an edit is made at: the surroundings, who watches, and the ledger, open."""

    settings: Settings
    view: View
    place: Place
    record: Record

    @property
    def store(self) -> Store:
        """The ledger."""
        return self.record.store

    def present(self) -> StateFile:
        """The state of the workspace as it stands. Raises WfctlError (ledger)."""
        return file_of(self.store.state(self.place.workspace))


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of a state: the resources as they should be, by name, and the secrets that come with them.

    `verb` and `arguments` are what was typed, `lineage` is that of a workspace which has none yet.
    """

    verb: str
    arguments: tuple[str, ...]
    after: Held
    reason: str = ""
    secrets: tuple[SecretWrite, ...] = ()
    lineage: str = ""


@contextlib.contextmanager
def desk(settings: Settings, where: Where, view: View, *, create: bool = False) -> Iterator[Desk]:
    """Open the ledger of the workspace that is meant, to change its state.

    Raises WfctlError: NOTHING_RECORDED, what keeps the ledger from being opened, and every mistake of a configuration that
    would have to say which workspace is meant.
    """
    place = _place(settings, where, view)
    with compose.ledger(settings, place, view.notice, create=create) as record:
        if record is None:
            raise nothing_recorded(place)
        yield Desk(settings=settings, view=view, place=place, record=record)


def _place(settings: Settings, where: Where, view: View) -> Place:
    """The workspace that is meant, for certain: what is not named is what a sound configuration says."""
    if where.workspace or project.environment_of(settings, where):
        return project.find(settings, where, view)
    try:
        return project.read(settings, where, view).place
    except WfctlError as error:
        hint = f"{error.hint}, or name the workspace: --workspace NAME"
        raise WfctlError(error.kind, error.code, error.message, hint=hint, details=error.details) from error


def nothing_recorded(place: Place) -> WfctlError:
    """The error for a project of which nothing was ever recorded."""
    message = f"nothing was ever recorded for workspace {place.workspace}: there is no {place.ledger_file}"
    return WfctlError(Kind.USAGE, "NOTHING_RECORDED", message, hint="wfctl apply")


async def free(at: Desk, lock_timeout: float) -> None:
    """Wait until nobody drives the workspace. Raises WfctlError: WORKSPACE_LOCKED, RUN_UNFINISHED."""
    await obtained(at, lock_timeout, lambda: expect_free(at))


async def record(at: Desk, before: StateFile, edit: Edit, *, lock_timeout: float = 0.0) -> RunId | None:
    """Back up the state as it was and put the edit on record; the run that says so, None when nothing changes.

    Raises WfctlError: WORKSPACE_LOCKED, RUN_UNFINISHED, STATE_MOVED when the state is not `before` any more.
    """
    put, gone = state_file.changed({one.name: one for one in before.resources}, edit.after)
    if not put and not gone:
        return None
    entries, documents = [], dict[Digest, bytes]()
    for one in put:
        entry, named = state_file.entry_of(one)
        entries.append(entry)
        documents |= named
    fact = StateEdited(
        verb=edit.verb,
        arguments=edit.arguments,
        actor=at.settings.owner,
        reason=edit.reason,
        gone=tuple(gone),
        put=tuple(entries),
    )
    plan, batch = whole(
        at.settings,
        fact,
        Footing(workspace=at.place.workspace, lineage=before.lineage or edit.lineage, serial=before.serial),
        documents=documents,
        secrets=edit.secrets,
    )
    save_state(at.settings, at.place, before, edit.verb, at.view)
    try:
        writer = await obtained(at, lock_timeout, lambda: at.store.create_run(plan, batch))
    except WfctlError as error:
        if error.code != "STATE_MOVED":
            raise
        message = "the state changed since it was looked at, so nothing was written"
        raise WfctlError(error.kind, error.code, message, hint="look again: wfctl state list") from error
    writer.release()
    return writer.run_id


class Footing(msgspec.Struct, frozen=True, kw_only=True):
    """The state that an edit is made on."""

    workspace: str
    lineage: str
    serial: int


def whole(
    settings: Settings,
    fact: StateEdited,
    footing: Footing,
    *,
    documents: Mapping[Digest, bytes] | None = None,
    secrets: tuple[SecretWrite, ...] = (),
) -> tuple[Plan, Batch]:
    """A run that consists of one edit: its plan without actions, and all its records."""
    word, now = settings.token(), settings.now()
    group = "runs" if fact.verb == "prune" else "state"
    plan = Plan(
        id=f"state-{word}",
        operation=f"{group} {fact.verb}",
        workspace=footing.workspace,
        lineage=footing.lineage,
        prior_serial=footing.serial,
        engine_version=__version__,
    )
    started = RunStarted(
        run_id=RunId(f"r-{word}"),
        plan_id=plan.id,
        operation=plan.operation,
        workspace=plan.workspace,
        lineage=plan.lineage,
        serial=plan.prior_serial,
        actions=(),
        policy=RunPolicy(),
    )
    facts: tuple[Event, ...] = (started, fact)
    records = [Recorded(seq=seq, at=now, event=event) for seq, event in enumerate(facts, 1)]
    so_far = assess(fold(records))
    end = RunFinished(result=so_far.result, exit_code=so_far.exit_code)
    records.append(Recorded(seq=3, at=now, event=end))
    outcome = assess(fold(records))
    return plan, Batch(records=tuple(records), documents=documents or {}, secrets=secrets, outcome=outcome)
