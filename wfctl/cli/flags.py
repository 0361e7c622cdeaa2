"""The options that several verbs share, each declared once, and the orders they become.

Knows nothing of what an order leads to.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import click
import typer

from wfctl.app.orders import PlanOrder, RunOrder, Where
from wfctl.cli.options import Common, names, seconds
from wfctl.core.plan import OnCancel, OnFailure

# --- what to plan ------------------------------------------------------------------------------------------------------

Refresh = Annotated[
    bool,
    typer.Option(
        "--refresh/--no-refresh",
        help="Read every resource back before comparing (default), or trust the state.",
        show_default=False,
    ),
]
AllowReplace = Annotated[
    list[str] | None,
    typer.Option(metavar="NAMES", help="Protected resources that may be replaced or deleted, separated by commas."),
]
Include = Annotated[
    list[str] | None,
    typer.Option("--include", "--target", metavar="NAMES", help="Plan for these resources alone, separated by commas."),
]
RequireCompensable = Annotated[
    bool, typer.Option("--require-compensable", help="Refuse a plan with an action that could not be undone.")
]
Destroy = Annotated[bool, typer.Option("--destroy", help="Plan to delete everything the workspace holds.")]

# --- how to run --------------------------------------------------------------------------------------------------------

AutoApprove = Annotated[bool, typer.Option("--auto-approve", "--yes", "-y", help="Do not ask.")]
Input = Annotated[
    bool,
    typer.Option("--input/--no-input", help="Ask where there is a terminal (default), or never.", show_default=False),
]
OnFailureOption = Annotated[
    OnFailure | None,
    typer.Option("--on-failure", help="After a failed action: go on elsewhere, stop, or undo everything."),
]
OnCancelOption = Annotated[
    OnCancel | None,
    typer.Option("--on-cancel", help="After an interruption: stop and stay resumable, or undo everything."),
]
Parallelism = Annotated[
    int | None,
    typer.Option("--parallelism", "--parallel", min=1, metavar="N", help="Calls at the same time (default 10)."),
]
Timeout = Annotated[
    float | None,
    typer.Option("--timeout", parser=seconds, metavar="DURATION", help="Stop the run after this long."),
]
Grace = Annotated[
    float | None,
    typer.Option(
        "--grace", parser=seconds, metavar="DURATION", help="After an interruption, wait this long for calls."
    ),
]
ActionTimeout = Annotated[
    float | None,
    typer.Option(
        "--action-timeout", parser=seconds, metavar="DURATION", help="Give a single call this long (default 1h)."
    ),
]
LockTimeout = Annotated[
    float | None,
    typer.Option("--lock-timeout", parser=seconds, metavar="DURATION", help="Wait this long for the workspace's lock."),
]

# --- how to show -------------------------------------------------------------------------------------------------------

JsonInto = Annotated[
    Path | None,
    typer.Option("--json-into", metavar="FILE", help="Write the JSON lines to a file, besides what is shown."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing of what goes well.")]


def where(common: Common) -> Where:
    """The project and workspace the common options name."""
    return Where(config=common.config, env=common.env, workspace=common.workspace, plugin_dir=common.plugin_dir)


def listed(values: list[str] | None) -> tuple[str, ...]:
    """The names of a repeatable option whose values may hold several."""
    return tuple(name for value in values or () for name in names(value))


def plan_order(
    common: Common,
    *,
    destroy: bool = False,
    refresh: bool = True,
    include: list[str] | None = None,
    allow_replace: list[str] | None = None,
    require_compensable: bool = False,
    out: Path | None = None,
) -> PlanOrder:
    """The order to plan."""
    return PlanOrder(
        where=where(common),
        destroy=destroy,
        refresh=refresh,
        include=listed(include),
        allow_replace=listed(allow_replace),
        require_compensable=require_compensable,
        out=out,
    )


def run_order(
    *,
    on_failure: OnFailure | None = None,
    on_cancel: OnCancel | None = None,
    parallelism: int | None = None,
    timeout: float | None = None,
    grace: float | None = None,
    action_timeout: float | None = None,
    lock_timeout: float | None = None,
) -> RunOrder:
    """The order to run."""
    return RunOrder(
        on_failure=on_failure,
        on_cancel=on_cancel,
        parallelism=parallelism,
        timeout=timeout,
        grace=grace,
        action_timeout=action_timeout,
        lock_timeout=lock_timeout or 0.0,
    )


def one_of(ctx: click.Context, **given: object) -> None:
    """Refuse options that exclude each other. Raises click.UsageError."""
    set_ = [name for name, value in given.items() if value]
    if len(set_) > 1:
        raise click.UsageError(f"{' and '.join(set_)} cannot be given together", ctx=ctx)
