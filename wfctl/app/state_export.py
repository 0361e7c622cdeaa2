"""Write the state where the Go tool reads it. The state itself does not change.

What the Go tool cannot be told is refused rather than left out: a resource nobody is sure of would look like a sound one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from wfctl.app import compose, project
from wfctl.app.orders import ExportOrder
from wfctl.app.settings import Settings
from wfctl.app.state_backup import save_files
from wfctl.app.state_edit import Desk, desk, free
from wfctl.app.state_file import HeldResource, StateFile
from wfctl.app.state_import import FILESYSTEM, directory_of
from wfctl.app.state_rm import Ask, expect_yes
from wfctl.core import references
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.hold import hold
from wfctl.ledger.secret_name import REFERENCE
from wfctl.ledger.upstream_state import UpstreamRecord, encode, file_name, is_record, read_files, write_directory
from wfctl.views.view import View

_MOST_LINES = 20


async def export(settings: Settings, order: ExportOrder, view: View, ask: Ask | None) -> None:
    """Write it. `ask` None = there is nobody to ask before files are changed or taken away.

    Raises WfctlError: EXPORT_NOWHERE, EXPORT_MARKED, EXPORT_COLLISION, EXPORT_FAILED, UPSTREAM_STATE_DAMAGED for files that are
    there and make no sense, WORKSPACE_LOCKED, RUN_UNFINISHED, NOBODY_TO_ASK, DECLINED.
    """
    with desk(settings, order.where, view) as at:
        directory = order.directory or _configured(at, order)
        await free(at, order.lock_timeout)
        with hold(at.place.ledger_file, compose.claim(settings), at.place.workspace, "state export"):
            _export(at, order, directory, ask)


def _export(at: Desk, order: ExportOrder, directory: Path, ask: Ask | None) -> None:
    state, path = at.present(), at.settings.cwd / directory
    files, there = files_of(state), read_files(path)
    written = {name: encode(one) for name, one in files.items() if name not in there or _differs(there[name], one)}
    gone = [name for name in there if name not in files]
    _remark(state, at.view)
    lost = [name for name in (*written, *gone) if name in there]
    if lost:
        for line in _summary(there, written, gone):
            at.view.notice(line)
        if not order.approved:
            expect_yes(ask, f"Do you want to change the Go tool's state in {directory}?")
        save_files(at.settings, at.place, "export", {name: (path / name).read_bytes() for name in lost}, at.view)
    try:
        write_directory(path, written, gone, unique=f"wfctl-{at.settings.pid}")
    except OSError as problem:
        message = f"the state could not be written to {directory}: {problem.strerror} ({problem.filename})"
        hint = "give write permission on it and on the directory it is in; then export again"
        raise WfctlError(Kind.USAGE, "EXPORT_FAILED", message, hint=hint) from problem
    count = f"{len(files)} resource{'' if len(files) == 1 else 's'}"
    at.view.notice(f"{directory} holds {count} now: {len(written)} written, {len(gone)} taken away.")


def _differs(there: UpstreamRecord, one: UpstreamRecord) -> bool:
    """Moments do not count: the Go tool writes that of the last save into both, and reads neither."""
    return msgspec.structs.replace(there, created_at=one.created_at, updated_at=one.updated_at) != one


def _configured(at: Desk, order: ExportOrder) -> Path:
    module = project.read(at.settings, order.where, at.view).config.state
    if module is None or module.backend != FILESYSTEM:
        message = "the configuration has no iac.state module with a filesystem backend"
        raise WfctlError(
            Kind.USAGE, "EXPORT_NOWHERE", message, hint="name a directory: wfctl state export --to filesystem DIR"
        )
    return directory_of(module, at.settings.environment)


def _summary(there: Collection[str], written: Mapping[str, bytes], gone: list[str]) -> list[str]:
    lines = [f"{'Changes' if name in there else 'Adds'} {name}." for name in written]
    lines += [f"Takes away {name}: the state does not hold it." for name in gone]
    rest = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], *([f"And {rest} more."] if rest > 0 else [])]


# --- what is written ---------------------------------------------------------------------------------------------------


def files_of(state: StateFile) -> dict[str, UpstreamRecord]:
    """What is to be in each file, by its name. Raises WfctlError: EXPORT_MARKED, EXPORT_COLLISION."""
    files: dict[str, UpstreamRecord] = {}
    owners: dict[str, str] = {}
    for one in state.resources:
        if one.mark:
            message = f"{one.address} is {one.mark}, which the Go tool cannot be told"
            raise WfctlError(Kind.NEEDS_PERSON, "EXPORT_MARKED", message, hint="wfctl state verify")
        name = file_name(one.name)
        first = owners.setdefault(name, one.name)
        if first != one.name or not is_record(name):
            why = f"shares the file {name} with {first}" if first != one.name else f"would be {name}, which it skips"
            raise WfctlError(
                Kind.USAGE, "EXPORT_COLLISION", f"for the Go tool {one.name} {why}", hint="wfctl state mv OLD NEW"
            )
        files[name] = _record(one)
    return files


def _record(one: HeldResource) -> UpstreamRecord:
    return UpstreamRecord(
        resource_id=one.name,
        resource_type=one.type,
        provider=one.provider,
        provider_ref=one.provider_ref,
        provider_id=one.provider_id,
        config_hash=one.config_hash,
        config=one.applied_config,
        outputs=one.outputs,
        dependencies=one.dependencies,
        created_at=_seconds(one.created_at),
        updated_at=_seconds(one.updated_at),
    )


def _seconds(moment: str) -> str:
    """A moment as Go writes one with seconds; its zero time where there is none."""
    try:
        at = datetime.fromisoformat(moment).astimezone(UTC)
    except (ValueError, OverflowError):
        return "0001-01-01T00:00:00Z"
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _remark(state: StateFile, view: View) -> None:
    """Say what is not written as the Go tool itself would write it."""
    variables = [one.name for one in state.resources if references.environment_names(one.applied_config)]
    secret = [one.name for one in state.resources if REFERENCE in str(one.outputs) + str(one.applied_config)]
    if variables:
        names = ", ".join(variables[:5]) + (" and others" if len(variables) > 5 else "")
        view.notice(f"Variables stay text in the configs of {names}: the Go tool writes their values there.")
    if secret:
        names = ", ".join(secret[:5]) + (" and others" if len(secret) > 5 else "")
        view.notice(f"Secrets of {names} are written as references; their values stay in this ledger.")
