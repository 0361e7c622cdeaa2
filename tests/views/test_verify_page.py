from __future__ import annotations

from wfctl.views.line import plain
from wfctl.views.verify_page import FindingRow, VerifyPage, verify_page

COUNTED = {"run": 1, "event": 2000, "secret": 0}
REMARK = FindingRow(grave=False, subject="run r-1", message="it is not over", next="wfctl resume r-1")
DAMAGE = FindingRow(grave=True, subject="resource a", message="its row\nis odd", next="wfctl state repair")


def told(*findings: FindingRow, hints: bool = True) -> list[str]:
    page = VerifyPage(ledger=".wfctl/ledger.db", counted=COUNTED, findings=findings)
    return [plain(line) for line in verify_page(page, hints=hints)]


def test_a_clean_ledger_is_three_lines() -> None:
    assert told() == [
        "Ledger .wfctl/ledger.db: 1 run, 2,000 events, 0 secrets.",
        "",
        "Everything is what was written, and the resources follow from the events.",
    ]


def test_what_needs_a_person_comes_first_and_on_one_line() -> None:
    assert told(REMARK, DAMAGE)[1:] == [
        "",
        "resource a: its row is odd",
        "  Next: wfctl state repair",
        "",
        "run r-1: it is not over",
        "  Next: wfctl resume r-1",
        "",
        "1 thing needs a person, and 1 remark.",
    ]


def test_remarks_alone_leave_it_sound() -> None:
    assert told(REMARK, hints=False)[2:] == [
        "run r-1: it is not over",
        "",
        "Everything is what was written, and the resources follow from the events. 1 remark.",
    ]


def test_a_ledger_that_cannot_be_read_says_so() -> None:
    page = VerifyPage(ledger="x.db", counted={}, findings=(DAMAGE, DAMAGE))
    lines = [plain(line) for line in verify_page(page)]
    assert (lines[0], lines[-1]) == ("Ledger x.db: it cannot be read.", "2 things need a person.")
