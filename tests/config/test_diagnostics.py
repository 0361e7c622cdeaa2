"""What is wrong is collected, bounded, ordered and fit to be shown."""

from __future__ import annotations

import pytest

from wfctl.config.diagnostics import MOST_SHOWN, ConfigError, Findings, Mark, Position, Severity, meant
from wfctl.errors import Kind


def mark(line: int, file: str = "infra.yaml", snippet: str = "") -> Mark:
    return Mark(position=Position(file=file, line=line, column=3), snippet=snippet)


def test_without_errors_nothing_is_raised() -> None:
    findings = Findings("infra.yaml")
    findings.warning(mark(1), "odd", "hm")
    findings.raise_errors()
    assert [str(found) for found in findings.warnings] == ["infra.yaml:1:3: odd. hm"]


def test_errors_are_raised_together_in_the_order_of_the_text() -> None:
    findings = Findings("infra.yaml")
    findings.error(mark(9), "late")
    findings.error(mark(2, snippet="  a: b"), "early", "detail")
    findings.warning(mark(5), "between")
    findings.error(None, "the whole")
    with pytest.raises(ConfigError) as caught:
        findings.raise_errors()
    error = caught.value
    assert error.kind is Kind.CONFIG
    assert error.code == "CONFIG_INVALID"
    assert error.message == "infra.yaml has 3 mistakes"
    assert error.details == ("infra.yaml: the whole", "infra.yaml:2:3: early. detail", "infra.yaml:9:3: late")
    assert [found.severity for found in error.diagnostics] == [
        Severity.ERROR,
        Severity.ERROR,
        Severity.WARNING,
        Severity.ERROR,
    ]
    assert error.diagnostics[1].snippet == "  a: b"


def test_the_same_said_twice_counts_once() -> None:
    findings = Findings("infra.yaml")
    for _ in range(3):
        findings.error(mark(1), "wrong")
    assert findings.total == 1


def test_many_errors_are_counted_and_some_are_kept() -> None:
    findings = Findings("infra.yaml")
    for line in range(1, 1001):
        findings.error(mark(line), "wrong")
    assert findings.full
    with pytest.raises(ConfigError) as caught:
        findings.raise_errors()
    assert caught.value.message == "infra.yaml has 1000 mistakes"
    assert len(caught.value.diagnostics) == MOST_SHOWN
    assert caught.value.details[-1] == f"… and {1000 - MOST_SHOWN} more"


def test_text_of_the_file_cannot_speak_to_the_terminal() -> None:
    findings = Findings("infra.yaml")
    findings.error(mark(1, snippet="a: \x1b[31m\u202e" + "x" * 500), "bad \x1b]0;title\x07name")
    with pytest.raises(ConfigError) as caught:
        findings.raise_errors()
    (found,) = caught.value.diagnostics
    assert found.summary == "bad name"
    assert found.snippet.startswith("a: xxx")
    assert len(found.snippet) <= 200


def test_a_slip_of_the_pen_is_recognised() -> None:
    assert meant("databse", ["database", "cache"]) == "did you mean database?"
    assert meant("xyz", ["database", "cache"]) == ""
    assert meant("res-5000x", [f"res-{i}" for i in range(10_000)]) == "did you mean res-5000?"
