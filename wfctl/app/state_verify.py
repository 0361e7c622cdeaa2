"""Look the whole ledger through, and say of each thing that is not as it should be what to type. Changes nothing."""

from __future__ import annotations

from wfctl.app import compose, project
from wfctl.app.orders import Where
from wfctl.app.settings import Settings
from wfctl.app.state_edit import nothing_recorded
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.findings import RESTORE, Counted, Finding
from wfctl.ledger.verify import Report, verify
from wfctl.views.verify_page import FindingRow, VerifyPage
from wfctl.views.view import View

_NOT_DAMAGED = ("LEDGER_NEWER", "LEDGER_NOT_WRITABLE", "LEDGER_DISK_FULL", "LEDGER_BUSY", "LEDGER_IO")
"""What keeps a ledger from being opened that may be as good as ever: an older copy in its place would lose what it knows."""


def look_through(settings: Settings, where: Where, view: View) -> tuple[Report, str]:
    """What was found, and the file that was looked at. A file that cannot even be opened is a finding too.

    Raises WfctlError NOTHING_RECORDED where there is no ledger.
    """
    place = project.find(settings, where, view)
    if not place.ledger_file.exists():
        raise nothing_recorded(place)
    try:
        report = verify(place.ledger_file, compose.vault(settings, place, view.notice), compose.claim(settings))
    except WfctlError as error:
        if error.kind is not Kind.LEDGER:
            raise
        hint = error.hint if error.code in _NOT_DAMAGED else RESTORE
        finding = Finding(code=error.code, subject="the ledger", message=error.message, hint=hint)
        report = Report(findings=(finding,), counted=Counted())
    return report, str(place.ledger_file)


def page_of(report: Report, ledger: str) -> VerifyPage:
    """The report as it is shown."""
    counted = report.counted
    return VerifyPage(
        ledger=ledger,
        counted={
            "run": counted.runs,
            "event": counted.events,
            "document": counted.documents,
            "resource": counted.resources,
            "secret": counted.secrets,
        },
        findings=tuple(_row(finding) for finding in report.findings),
    )


def _row(finding: Finding) -> FindingRow:
    place = f" of workspace {finding.workspace}" if finding.workspace and "workspace" not in finding.subject else ""
    return FindingRow(grave=finding.grave, subject=finding.subject + place, message=finding.message, next=finding.hint)
