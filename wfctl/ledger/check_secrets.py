"""Whether every secret of a ledger can be opened, and every one that a resource refers to is there.

Values are opened and thrown away.
"""

from __future__ import annotations

from wfctl.core.plan import Provenance
from wfctl.errors import WfctlError
from wfctl.ledger.check_state import Rows
from wfctl.ledger.findings import RESTORE, Findings
from wfctl.ledger.reading import Reader
from wfctl.ledger.row import ResourceRow
from wfctl.ledger.secret_name import references_in
from wfctl.ledger.vault import VARIABLE, Place, Sealed, Vault

_KEY = f"set {VARIABLE} to the key they were sealed with"
_SECRETS = "SELECT workspace, name, version, key_id, nonce, ciphertext FROM secret ORDER BY workspace, name, version"


def check_secrets(reader: Reader, vault: Vault, rows: Rows, findings: Findings) -> None:
    """Every version of every secret, then what the resources refer to."""
    there: set[tuple[str, str]] = set()
    unopened: dict[str, int] = {}
    with findings.of("the secrets"):
        for workspace, name, version, key_id, nonce, ciphertext in reader.connection.execute(_SECRETS):
            findings.counted.secrets += 1
            there.add((workspace, name))
            try:
                place = Place(workspace=workspace, name=name, version=version)
                vault.open(place, Sealed(key_id=key_id, nonce=nonce, ciphertext=ciphertext))
            except WfctlError as error:
                if error.code.startswith("SECRETS_KEY"):
                    unopened[key_id] = unopened.get(key_id, 0) + 1
                else:
                    told = f"version {version} is not what was written"
                    findings.within(workspace).add("SECRET_DAMAGED", f"secret {name}", told, RESTORE)
    for key_id, count in unopened.items():
        told = f"the key is not at hand that opens {count} of them"
        findings.add("SECRETS_KEY_MISSING", f"secrets of key {key_id}", told, _KEY)
    for workspace in rows.sound:
        for row in rows.of(workspace).values():
            _check_references(reader, row, there, findings.within(workspace))


def _check_references(reader: Reader, row: ResourceRow, there: set[tuple[str, str]], findings: Findings) -> None:
    for digest in filter(None, (row.config_doc, row.outputs_doc)):
        try:
            referred = references_in(reader.document(digest))
        except (KeyError, WfctlError):
            continue  # told already
        for name in sorted(name for name in referred if (row.workspace, name) not in there):
            _lost(row, name, findings)


def _lost(row: ResourceRow, name: str, findings: Findings) -> None:
    subject = f"resource {row.type}.{row.name}"
    if row.provenance is Provenance.IMPORTED:
        told = f"secret {name} is kept by the Go tool's secrets provider, not here"
        findings.remark("SECRET_ELSEWHERE", subject, told)
    else:
        told = f"it refers to secret {name}, which is not in the vault"
        hint = f"replace the resource to make a new one: change its config, then wfctl plan (or {RESTORE})"
        findings.add("SECRET_MISSING", subject, told, hint)
