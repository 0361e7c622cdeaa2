"""Secrets as they are kept, for a copy of the state: never opened here."""

from __future__ import annotations

import contextlib
from pathlib import Path

from wfctl.ledger import schema
from wfctl.ledger.trouble import named
from wfctl.ledger.vault import Place, Sealed

_NEWEST = (
    "SELECT name, version, key_id, nonce, ciphertext FROM secret AS one WHERE workspace = :workspace AND version = "
    "(SELECT max(version) FROM secret WHERE workspace = :workspace AND name = one.name) ORDER BY name"
)


def sealed(path: Path, workspace: str) -> tuple[tuple[Place, Sealed], ...]:
    """The newest version of each secret of a workspace, with the place it is bound to. Raises WfctlError (ledger)."""
    with named(path), contextlib.closing(schema.connect(path)) as connection:
        rows = connection.execute(_NEWEST, {"workspace": workspace}).fetchall()
    return tuple(
        (Place(workspace=workspace, name=name, version=version), Sealed(key_id=key, nonce=nonce, ciphertext=text))
        for name, version, key, nonce, text in rows
    )
