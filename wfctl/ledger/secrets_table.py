"""Secrets in their table: versions written, put back, and swept away when nothing refers to them.

How a value is sealed is `vault`'s. An undo needs the values from before, so old versions stay until the run that replaced
them is over; then the newest version of each secret that some resource still refers to is all that is kept.
"""

from __future__ import annotations

from collections.abc import Iterable

from wfctl.core.plan import Digest
from wfctl.engine.ports import SecretWrite
from wfctl.ledger.reading import Reader
from wfctl.ledger.secret_name import references_in
from wfctl.ledger.vault import Place, Sealed, Vault

_NEWEST = "SELECT coalesce(max(version), 0) FROM secret WHERE workspace = ? AND name = ?"
_VERSIONS = "SELECT version, key_id, nonce, ciphertext FROM secret WHERE workspace = ? AND name = ? ORDER BY version"
_OLDEST = f"{_VERSIONS} LIMIT 1"
_LATEST = f"{_VERSIONS} DESC LIMIT 1"
_INSERT = "INSERT INTO secret VALUES(?, ?, ?, ?, ?, ?)"
_OLDEST_ONLY = (
    "DELETE FROM secret WHERE workspace = :workspace AND name = :name AND version > "
    "(SELECT min(version) FROM secret WHERE workspace = :workspace AND name = :name)"
)
_NEWEST_ONLY = (
    "DELETE FROM secret AS old WHERE workspace = :workspace AND version < "
    "(SELECT max(version) FROM secret WHERE workspace = :workspace AND name = old.name)"
)
_REFERRING = (
    "SELECT body FROM document WHERE instr(body, CAST('secret_ref://' AS BLOB)) AND digest IN "
    "(SELECT config_doc FROM resource WHERE workspace = :workspace "
    "UNION SELECT outputs_doc FROM resource WHERE workspace = :workspace)"
)


class SecretsTable:
    """The secrets of one workspace. Every method but `read` and `document` belongs into a transaction that is open."""

    def __init__(self, reader: Reader, workspace: str, vault: Vault) -> None:
        self._reader = reader
        self._connection = reader.connection
        self._workspace = workspace
        self._vault = vault

    def write(self, secrets: Iterable[SecretWrite]) -> None:
        """A new version of each. Raises WfctlError when there is no key to seal with."""
        for secret in secrets:
            (newest,) = self._connection.execute(_NEWEST, (self._workspace, secret.name)).fetchone()
            first = newest == 0 and self._connection.execute("SELECT 1 FROM secret LIMIT 1").fetchone() is None
            place = Place(workspace=self._workspace, name=secret.name, version=newest + 1)
            sealed = self._vault.seal(place, secret.value, first=first)
            row = (self._workspace, secret.name, place.version, sealed.key_id, sealed.nonce, sealed.ciphertext)
            self._connection.execute(_INSERT, row)

    def read(self, name: str, *, former: bool = False) -> object:
        """The newest value in clear, or the one from before the run that is going on. Raises KeyError, WfctlError."""
        row = self._connection.execute(_OLDEST if former else _LATEST, (self._workspace, name)).fetchone()
        if row is None:
            raise KeyError(name)
        place = Place(workspace=self._workspace, name=name, version=row[0])
        return self._vault.open(place, Sealed(key_id=row[1], nonce=row[2], ciphertext=row[3]))

    def put_back(self, names: Iterable[str]) -> None:
        """The values from before this run count again: what it wrote over them goes.

        The oldest version is the one from before, since the end of each run leaves one version.
        """
        self._connection.executemany(
            _OLDEST_ONLY, [{"workspace": self._workspace, "name": name} for name in sorted(names)]
        )

    def sweep(self) -> None:
        """The run is over: keep the newest version of what the workspace's resources refer to, and nothing else."""
        sql = "SELECT DISTINCT name FROM secret WHERE workspace = ?"
        names = {name for (name,) in self._connection.execute(sql, (self._workspace,))}
        if not names:
            return
        bodies = self._connection.execute(_REFERRING, {"workspace": self._workspace})
        referred = {name for (body,) in bodies for name in references_in(body)}
        gone = [(self._workspace, name) for name in sorted(names - referred)]
        self._connection.executemany("DELETE FROM secret WHERE workspace = ? AND name = ?", gone)
        self._connection.execute(_NEWEST_ONLY, {"workspace": self._workspace})

    def document(self, digest: Digest) -> bytes:
        """A stored document, to see which secrets it refers to. Raises KeyError."""
        return self._reader.document(digest)
