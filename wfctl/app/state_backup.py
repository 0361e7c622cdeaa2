"""Keep the state as it was before somebody changes it by hand.

Knows nothing of what is about to change it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from wfctl.app import state_file
from wfctl.app.project import Place
from wfctl.app.settings import Settings
from wfctl.app.state_file import SealedSecret, StateFile
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.copies import copy
from wfctl.ledger.files import private_directory, publish
from wfctl.ledger.sealed import sealed
from wfctl.views.view import View

BACKUPS: Final = "backups"
"""The directory of backups, in that of the ledger."""


def save_state(settings: Settings, place: Place, state: StateFile, verb: str, view: View) -> Path:
    """Write the state into a new file, secrets sealed, and say where. Raises WfctlError BACKUP_FAILED."""
    secrets = tuple(
        SealedSecret(
            name=found.name, version=found.version, key_id=kept.key_id, nonce=kept.nonce, ciphertext=kept.ciphertext
        )
        for found, kept in sealed(place.ledger_file, place.workspace)
    )
    at = datetime.fromtimestamp(settings.now(), UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    body = state_file.encode(msgspec.structs.replace(state, before=verb, at=at, sealed_secrets=secrets))
    try:
        private_directory(place.record / BACKUPS)
        path = _free(settings, place, verb, ".json")
        while not publish(path, partial(_write, body=body), unique=str(settings.pid)):
            path = _free(settings, place, verb, ".json")
    except OSError as problem:
        raise _failed(problem) from problem
    view.notice(f"Backup: {path}")
    return path


def save_ledger(settings: Settings, place: Place, verb: str, view: View) -> Path:
    """Copy the whole ledger into a new file, and say where. Raises WfctlError (ledger)."""
    path = _free(settings, place, verb, ".db")
    copy(place.ledger_file, path)
    view.notice(f"Backup: {path}")
    return path


def save_files(settings: Settings, place: Place, verb: str, files: Mapping[str, bytes], view: View) -> Path:
    """Copy files into a new directory, and say where. Raises WfctlError BACKUP_FAILED."""
    try:
        private_directory(place.record / BACKUPS)
        path = _free(settings, place, verb, "")
        private_directory(path)
        for name, body in files.items():
            publish(path / name, partial(_write, body=body), unique=str(settings.pid))
    except OSError as problem:
        raise _failed(problem) from problem
    view.notice(f"Backup: {path}")
    return path


def _failed(problem: OSError) -> WfctlError:
    message = f"no backup could be made, so nothing was changed: {problem}"
    return WfctlError(Kind.LEDGER, "BACKUP_FAILED", message, hint="make room or give write permission")


def _free(settings: Settings, place: Place, verb: str, ending: str) -> Path:
    """A name that sorts by time and is not taken."""
    moment = datetime.fromtimestamp(settings.now(), UTC).strftime("%Y%m%dT%H%M%SZ")
    folder, number = place.record / BACKUPS, 1
    path = folder / f"{moment}-{verb}{ending}"
    while path.exists():
        number += 1
        path = folder / f"{moment}-{verb}-{number}{ending}"
    return path


def _write(path: Path, body: bytes) -> None:
    path.write_bytes(body)
