"""What every test run says at its end: which tests this machine could not run, by name.

A test that needs something a machine may lack skips with that thing as the reason: `pytest.skip("Go")`.
On a build server (`CI=true`) nothing may be left out, so a skip there fails the run. And a test that hangs fails.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator

import pytest


class LeftOut:
    """Counts the tests left out, by the thing that was missing."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test skipped by a fixture or by itself; an expected failure is not left out."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self.counts[_reason(report)] += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Count a whole file that skipped itself while it was read."""
        if report.skipped:
            self.counts[_reason(report)] += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a build server that left something out."""
        if self.counts and _on_build_server() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name what was left out, the most costly first."""
        if not self.counts:
            return
        named = ", ".join(f"{reason} ({count})" for reason, count in self.counts.most_common())
        terminalreporter.write_line(f"Left out on this machine: {named}", yellow=True)
        if _on_build_server():
            terminalreporter.write_line("CI=true: a build server leaves nothing out", red=True)


LONGEST = 180
"""Seconds a test may take before it counts as hanging: far beyond any that works, also on a busy machine."""


class HangingError(Exception):
    """A test waits for something that will not come."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Fail a test that hangs, with the place where it does, instead of letting a whole build run out of time."""

    def hangs(*_: object) -> None:
        raise HangingError(f"{item.nodeid} has not ended after {LONGEST} s")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(LONGEST)
    try:
        return (yield)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def pytest_configure(config: pytest.Config) -> None:
    """Start counting. A shell that runs tests in the background has them ignore Ctrl-C; they and their children must not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.pluginmanager.register(LeftOut(), "left-out")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _on_build_server() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true"}
