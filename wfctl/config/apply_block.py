"""The `apply:` block: how a run is to behave.

Knows nothing of modules, except through the names it is asked to compare with. Every key that is not known is a mistake.
"""

from __future__ import annotations

import re

import msgspec

from wfctl.config.diagnostics import Mark, meant
from wfctl.config.project import (
    ApplySettings,
    CompensationSettings,
    HookMatch,
    HookSettings,
    ProviderSettings,
    Rerun,
    Timeouts,
)
from wfctl.config.schema import Table
from wfctl.core import expression
from wfctl.core.expression import ExpressionError
from wfctl.core.plan import HookFailure, HookPoint, OnCancel, OnFailure, Operation, Retries

MOST_PARALLEL = 1000
MOST_ATTEMPTS = 100

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORKSPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_OWN_VARIABLES = frozenset({"WFCTL_SECRETS_KEY"})
_UNDONE = frozenset({HookPoint.APPLIED, HookPoint.DELETED})


class ApplyBlock(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a block, and the resources it names with the places where it does."""

    settings: ApplySettings = ApplySettings()
    resources: tuple[tuple[str, Mark], ...] = ()


def read(table: Table | None) -> ApplyBlock:
    """The settings of a block, and the defaults where it says nothing."""
    if table is None:
        return ApplyBlock()
    named: list[tuple[str, Mark]] = []
    workspace = table.text("workspace")
    if workspace and not _WORKSPACE.fullmatch(workspace):
        table.wrong("apply.workspace must be letters, digits, dots, dashes and underscores", "", "workspace")
    settings = ApplySettings(
        workspace=workspace,
        on_failure=table.choice("on_failure", OnFailure.CONTINUE),
        on_cancel=table.choice("on_cancel", OnCancel.STOP),
        parallelism=table.integer("parallelism", 10, 1, MOST_PARALLEL),
        providers=_providers(table.table("providers")),
        timeouts=_timeouts(table.table("timeouts")),
        retries=_retries(table.table("retries")),
        compensation=_compensation(table.table("compensation")),
        hooks=_hooks(table, named),
    )
    if table.has("gates"):
        table.wrong("gates are not supported yet", "remove apply.gates, or hold the run back before it starts", "gates")
    table.finish()
    return ApplyBlock(settings=settings, resources=tuple(named))


def _providers(table: Table | None) -> dict[str, ProviderSettings]:
    found: dict[str, ProviderSettings] = {}
    for name, inner in table.named_tables() if table else ():
        if inner is None:
            continue
        found[name] = ProviderSettings(
            parallelism=inner.integer("parallelism", 0, 1, MOST_PARALLEL),
            rate=inner.number("rate", 0.0),
            env=inner.texts("env"),
        )
        inner.finish()
    return found


def _timeouts(table: Table | None) -> Timeouts:
    if table is None:
        return Timeouts()
    found = Timeouts(
        action=table.duration("action", 3600.0),
        run=table.duration("run", 0.0, unlimited=True),
        grace=table.duration("grace", 0.0, unlimited=True),
        undo=table.duration("undo", 600.0),
    )
    table.finish()
    return found


def _retries(table: Table | None) -> Retries:
    if table is None:
        return Retries()
    found = Retries(
        max_attempts=table.integer("max_attempts", 4, 1, MOST_ATTEMPTS),
        first=table.duration("first", 1.0),
        max=table.duration("max", 30.0),
    )
    if found.first > found.max:
        table.wrong("apply.retries.first is longer than max", "the first pause is the shortest", "first")
    table.finish()
    return found


def _compensation(table: Table | None) -> CompensationSettings:
    if table is None:
        return CompensationSettings()
    found = CompensationSettings(max=table.integer("max", 0, 0, 1_000_000), require=table.flag("require"))
    table.finish()
    return found


def _hooks(table: Table, named: list[tuple[str, Mark]]) -> tuple[HookSettings, ...]:
    found: dict[str, HookSettings] = {}
    for inner in table.tables("hooks"):
        hook = _hook(inner, named)
        first = found.setdefault(hook.name, hook)
        if first is not hook and hook.name:
            inner.wrong(f"two hooks are called {hook.name}", f"the first stands at {first.position}", "name")
    return tuple(found.values())


def _hook(table: Table, named: list[tuple[str, Mark]]) -> HookSettings:
    name = table.text("name", required=True)
    point = _point(table)
    hook = HookSettings(
        name=name,
        on=point,
        exec=_exec(table),
        on_failure=table.choice("on_failure", HookFailure.STOP, required=True),
        match=_match(table.table("match")),
        when=_when(table),
        secrets=_secrets(table.table("secrets"), named),
        timeout=table.duration("timeout", 60.0),
        retries=table.integer("retries", 0, 0, MOST_ATTEMPTS),
        rerun=table.choice("rerun", Rerun.ALWAYS),
        undo=_undo(table, point),
        position=table.position,
    )
    table.finish()
    return hook


def _point(table: Table) -> HookPoint:
    if table.value.get("on") == "plan_complete":
        table.has("on")
        table.wrong("hooks on plan_complete are not supported yet", "run the program after wfctl apply", "on")
        return HookPoint.COMPLETE
    return table.choice("on", HookPoint.APPLIED, required=True)


def _exec(table: Table) -> tuple[str, ...]:
    if table.has("http"):
        table.wrong("hooks over http are not supported yet", "call a program that sends the request: exec", "http")
        table.has("exec")
        return ()
    if not table.value.get("exec"):
        table.texts("exec")
        table.wrong(
            f"exec{_of(table)} is missing", 'a list: the program and its arguments, as in ["./smoke.sh", "-v"]', "exec"
        )
        return ()
    return table.texts("exec") or ()


def _undo(table: Table, point: HookPoint) -> tuple[str, ...]:
    inner = table.table("undo")
    if inner is None:
        return ()
    if point not in _UNDONE:
        table.wrong(f"a hook on {point} has nothing to undo", "undo belongs to applied and deleted hooks", "undo")
    command = _exec(inner)
    inner.finish()
    return command


def _when(table: Table) -> str:
    text = table.text("when")
    if text:
        try:
            expression.parse(text)
        except ExpressionError as problem:
            table.wrong("when is no condition", str(problem), "when")
    return text


def _match(table: Table | None) -> HookMatch:
    if table is None:
        return HookMatch()
    actions = table.texts("action") or ()
    words = [operation.value for operation in Operation]
    for number, action in enumerate(actions):
        if action not in words:
            hint = meant(action, words) or f"known are {', '.join(words)}"
            table.wrong("no such action", hint, "action", number)
    found = HookMatch(
        type=table.text("type", "*"),
        name=table.text("name", "*"),
        action=tuple(Operation(action) for action in actions if action in words),
    )
    table.finish()
    return found


def _secrets(table: Table | None, named: list[tuple[str, Mark]]) -> dict[str, str]:
    found: dict[str, str] = {}
    if table is None:
        return found
    for variable in table.value:
        field = table.text(variable)
        name, _, output = field.partition(".")
        if not _VARIABLE.fullmatch(variable) or variable in _OWN_VARIABLES:
            table.wrong(f"{variable} is no name for a variable of a hook", "", variable)
        elif field and not (name and output):
            table.wrong(f"the secret {variable} must be written as resource.output", "", variable)
        elif field:
            found[variable] = field
            named.append((name, table.mark(variable)))
    return found


def _of(table: Table) -> str:
    name = table.value.get("name")
    return f" of hook {name}" if isinstance(name, str) else ""
