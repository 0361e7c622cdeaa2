"""What each exit code means: the one table behind `wfctl help exit-codes`, the reference page and the step summary.

Knows nothing of how a code comes about: the rows are ordered so that the first one that is true is the code.
"""

from __future__ import annotations

from typing import Final

import msgspec


class ExitCode(msgspec.Struct, frozen=True, kw_only=True):
    """One exit code: its number, when it is given, and what to do about it."""

    code: int
    name: str
    when: str
    then: str


TABLE: Final[tuple[ExitCode, ...]] = (
    ExitCode(
        code=10,
        name="plugin",
        when="a plugin could not be started or does not fit this wfctl, and nothing had been sent",
        then="repair or replace the plugin and run again",
    ),
    ExitCode(
        code=7,
        name="stale plan",
        when="the saved plan does not fit the state any more or was used up, or what is to be rolled back has moved since; "
        "nothing had been sent",
        then="make a new plan, or resume the run that used this one",
    ),
    ExitCode(
        code=8,
        name="refused",
        when="a policy or a --require flag forbids what is planned, and nothing had been sent",
        then="change the plan or the policy",
    ),
    ExitCode(
        code=9,
        name="not approved",
        when="the answer was not yes, or nobody could be asked and --auto-approve was not given",
        then="approve it",
    ),
    ExitCode(
        code=6,
        name="lock",
        when="another process holds the workspace and did not let go in time, took it over, or left a run there that is not over",
        then="wait for it (--lock-timeout), or see what it does: wfctl runs list",
    ),
    ExitCode(
        code=1,
        name="error",
        when="the command line or the configuration is wrong, or wfctl itself failed before anything was sent",
        then="read the message; nothing has changed",
    ),
    ExitCode(
        code=5,
        name="needs a person",
        when="something was left that wfctl could neither undo nor look up, or its record is incomplete",
        then="look at what is named, then tell wfctl: wfctl settle",
    ),
    ExitCode(
        code=130,
        name="interrupted",
        when="the run was stopped by Ctrl-C (SIGINT) and can be resumed",
        then="wfctl resume RUN",
    ),
    ExitCode(
        code=143,
        name="terminated",
        when="the run was stopped by SIGTERM and can be resumed",
        then="wfctl resume RUN",
    ),
    ExitCode(
        code=129,
        name="hung up",
        when="the run was stopped because its terminal went away (SIGHUP) and can be resumed",
        then="wfctl resume RUN",
    ),
    ExitCode(
        code=11,
        name="timeout",
        when="the run reached its --timeout and can be resumed",
        then="wfctl resume RUN",
    ),
    ExitCode(
        code=12,
        name="waiting",
        when="the run waits at a gate, --no-wait was given, and it can be resumed",
        then="answer the gate, then wfctl resume RUN",
    ),
    ExitCode(
        code=4,
        name="undone",
        when="the run failed or was cancelled, and nothing it did is left: all of it is verified to be undone",
        then="repair the cause and apply again",
    ),
    ExitCode(
        code=3,
        name="incomplete",
        when="not everything succeeded; what is there is known and recorded",
        then="repair the cause and apply again: only what is missing will be done",
    ),
    ExitCode(
        code=2,
        name="changes",
        when="--detailed-exitcode was given to plan or drift, and there are changes",
        then="apply them if they are wanted",
    ),
    ExitCode(
        code=0,
        name="done",
        when="everything asked for is done, or there was nothing to do",
        then="",
    ),
)

_BY_CODE: Final = {row.code: row for row in TABLE}


def exit_code(code: int) -> ExitCode:
    """The row of a code. Raises KeyError for a code that wfctl never gives."""
    return _BY_CODE[code]


def meaning(code: int) -> str:
    """When a code is given, as a clause; empty for a code that wfctl never gives."""
    row = _BY_CODE.get(code)
    return row.when if row else ""


def markdown() -> str:
    """The table for the reference page, in the order in which the rows are tried."""
    rows = [f"| {row.code} | {row.name} | {row.when} | {row.then} |" for row in TABLE]
    return "\n".join(["| code | name | when | what to do |", "|---|---|---|---|", *rows]) + "\n"
