"""What can be looked up, as lists: runs, resources, outputs, plugins.

Knows nothing of where the rows come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from wfctl.views.again import again
from wfctl.views.line import BLANK, Line, Span, Style, line, names, one_line, tenths
from wfctl.views.plan_page import value
from wfctl.views.rows import LockRow, OutputRow, PluginRow, ResidueRow, RunFacts, Shown, StatePage, StateRow
from wfctl.views.table import Cell, table

_NONE = "–"


def run_list(runs: Sequence[RunFacts]) -> list[Line]:
    """Runs, in the order given; those that are not over stand out."""
    if not runs:
        return [line("No runs yet. Begin with: wfctl plan")]
    headings = ("RUN", "VERB", "WORKSPACE", "RESULT", "EXIT", "ACTIONS", "STARTED", "TOOK", "CAUSE")
    return table(headings, [_run(run) for run in runs], right=(4, 5))


def residue_list(rows: Sequence[ResidueRow], *, options: str = "") -> list[Line]:
    """What runs left behind and nobody has settled, the newest first, and where the way out is described."""
    if not rows:
        return [line("Nothing is left behind that nobody has settled.")]
    headings = ("RUN", "WORKSPACE", "ADDRESS", "PROVIDER", "ID", "SINCE", "WHAT")
    lines = table(headings, [_residue(row) for row in rows])
    to_type = [again(f"wfctl runs show {row.run_id} --runbook", options) for row in rows]
    return [*lines, BLANK, *(line(f"Next: {command}") for command in dict.fromkeys(to_type))]


def state_list(rows: Sequence[StateRow]) -> list[Line]:
    """Resources of the state, in the order given."""
    if not rows:
        return [line("The state is empty.")]
    return table(("ADDRESS", "PROVIDER", "ID", "UPDATED", "NOTES"), [_resource(row) for row in rows])


def state_show(page: StatePage) -> list[Line]:
    """One resource in full."""
    row = page.row
    lines: list[Line] = [(Span(f"# {one_line(row.address)}", Style.STRONG),)]
    facts = [
        ("id", row.provider_id),
        ("provider", row.provider),
        ("provenance", page.provenance),
        ("created", _made(page)),
        ("updated", moment(row.updated_at) if row.updated_at else ""),
        ("depends on", names(page.dependencies, 20)),
        ("notes", _notes(row)),
    ]
    lines += [line(f"  {name:<11} {one_line(text, 400)}") for name, text in facts if text]
    return [*lines, *_attributes("config", page.config), *_attributes("outputs", page.outputs)]


def output_list(rows: Sequence[OutputRow]) -> list[Line]:
    """Outputs as `address.field = value`."""
    if not rows:
        return [line("No outputs.")]
    longest = max(len(row.address) + len(row.field) + 1 for row in rows)
    width = min(longest, 80)
    return [line(f"{one_line(f'{row.address}.{row.field}'):<{width}} = {value(row.value)}") for row in rows]


def plugin_list(rows: Sequence[PluginRow]) -> list[Line]:
    """Plugins that were found, usable or not."""
    if not rows:
        return [line("No plugins found: neither in plugin folders nor among the installed packages.")]
    headings = ("PLUGIN", "VERSION", "TYPES", "USED BY", "DIGEST", "SOURCE", "STATUS")
    return table(headings, [_plugin(row) for row in rows], right=(2,))


def lock_list(rows: Sequence[LockRow]) -> list[Line]:
    """Who holds which workspace."""
    if not rows:
        return [line("No workspace is locked.")]
    return table(("WORKSPACE", "RUN", "HOLDER", "SINCE", "UNTIL", "STANDING"), [_lock(row) for row in rows])


def moment(at: float) -> str:
    """Unix seconds as date and time in UTC; a dash for none."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ") if at else _NONE


def took(run: RunFacts) -> str:
    """How long a run took; a dash while it is not over."""
    return tenths(run.finished_at - run.started_at) if run.started_at and run.finished_at else _NONE


def result_style(result: str) -> Style:
    """How a run's result is drawn."""
    if result == "succeeded":
        return Style.GOOD
    return Style.BAD if result == "failed" else Style.CAUTION


def _run(run: RunFacts) -> tuple[Cell, ...]:
    place = "/".join(part for part in (run.project, run.workspace) if part)
    code = str(run.exit_code) if run.exit_code >= 0 else _NONE
    result = Span(run.result + (" (pruned)" if run.pruned else ""), result_style(run.result))
    engine = "" if run.engine in ("", "local") else f" ({run.engine})"
    started, actions = moment(run.started_at), f"{run.actions:,}"
    return (run.run_id, run.operation + engine, place, result, code, actions, started, took(run), run.cause)


def _residue(row: ResidueRow) -> tuple[Cell, ...]:
    what = Span(row.what, Style.BAD)
    return (row.run_id, row.workspace, row.address, row.provider, row.provider_id or _NONE, moment(row.since), what)


def _resource(row: StateRow) -> tuple[Cell, ...]:
    notes = Span(_notes(row), Style.CAUTION if row.mark or row.hooks_pending else Style.PLAIN)
    return (row.address, row.provider, row.provider_id, moment(row.updated_at), notes)


def _notes(row: StateRow) -> str:
    notes = [row.mark] if row.mark else []
    notes += ["protected"] if row.protected else []
    notes += [f"hooks pending: {names(row.hooks_pending)}"] if row.hooks_pending else []
    return ", ".join(notes)


def _made(page: StatePage) -> str:
    by = f"by {page.created_by_run}" if page.created_by_run else ""
    at = moment(page.created_at) if page.created_at else ""
    return " ".join(part for part in (at, by) if part)


def _attributes(title: str, pairs: Sequence[tuple[str, Shown]]) -> list[Line]:
    if not pairs:
        return []
    width = min(max(len(path) for path, _ in pairs), 40)
    rows = [line(f"  {one_line(path):<{width}} = {value(shown)}") for path, shown in pairs]
    return [BLANK, line(f"{title}:", Style.FAINT), *rows]


def _lock(row: LockRow) -> tuple[Cell, ...]:
    style = Style.PLAIN if row.standing in ("held", "elsewhere") else Style.CAUTION
    return (row.workspace, row.run_id, row.holder, moment(row.since), moment(row.until), Span(row.standing, style))


def _plugin(row: PluginRow) -> tuple[Cell, ...]:
    status = Span(row.problem, Style.BAD) if row.problem else Span("ok", Style.GOOD)
    digest = row.digest.removeprefix("sha256:")[:12]
    return (row.name, row.version, str(row.types or _NONE), ", ".join(row.modules), digest, row.source, status)
