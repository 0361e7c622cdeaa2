"""Look at a whole ledger: is everything what was written, and does the state follow from the events?

Changes nothing. Everything is read in one transaction, so a run that goes on meanwhile does not look like damage.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from wfctl.ledger import schema
from wfctl.ledger.check_record import check_documents, check_runs
from wfctl.ledger.check_secrets import check_secrets
from wfctl.ledger.check_state import check_rows, check_workspaces
from wfctl.ledger.findings import RESTORE, Counted, Finding, Findings
from wfctl.ledger.lease import Claim
from wfctl.ledger.reading import Reader
from wfctl.ledger.trouble import named
from wfctl.ledger.vault import Vault

_MOST_COMPLAINTS = 20


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at a ledger came to."""

    findings: tuple[Finding, ...]
    counted: Counted

    @property
    def clean(self) -> bool:
        """Nobody is needed."""
        return not any(finding.grave for finding in self.findings)


def verify(path: Path, vault: Vault, claim: Claim) -> Report:
    """Look at everything; what is wrong is a finding. Raises WfctlError for a file that cannot be opened as a ledger."""
    schema.check(path)
    findings = Findings(path)
    with named(path), contextlib.closing(schema.connect(path)) as connection:
        reader = Reader(connection, path)
        with reader.snapshot():
            _look(reader, vault, claim, findings)
    return Report(findings=tuple(findings.found), counted=findings.counted)


def _look(reader: Reader, vault: Vault, claim: Claim, findings: Findings) -> None:
    with findings.of("the database"):
        for (complaint,) in reader.connection.execute(f"PRAGMA integrity_check({_MOST_COMPLAINTS})"):
            if complaint != "ok":
                findings.add("DATABASE_DAMAGED", "the database", str(complaint), RESTORE)
    record = check_runs(reader, claim, findings)
    check_documents(reader, record, findings)
    rows = check_rows(reader, findings)
    check_workspaces(reader, rows, record, findings)
    check_secrets(reader, vault, rows, findings)
