"""Look for plugins. Starts none."""

from __future__ import annotations

from wfctl.app import compose, project
from wfctl.app.orders import Where
from wfctl.app.settings import Settings
from wfctl.errors import WfctlError
from wfctl.plugin_host.discover import Candidate, Skipped, choose, survey, verify
from wfctl.plugin_host.integrity import read_pins
from wfctl.views.rows import PluginRow
from wfctl.views.view import View


def list_plugins(settings: Settings, where: Where, view: View) -> tuple[PluginRow, ...]:
    """What can be used, and what was passed over and why. Works without a configuration."""
    path = project.config_file(settings, where)
    used: dict[str, list[str]] = {}
    if (settings.cwd / path).exists():
        try:
            for module in project.read(settings, where, view).config.providers.values():
                used.setdefault(module.provider, []).append(module.name)
        except WfctlError as error:
            view.notice(f"{error.message}; which modules use a plugin is not known.")
    found = survey(compose.plugin_places(settings, where))
    pins = read_pins((settings.cwd / path.parent).resolve())

    def problem_and_digest(candidate: Candidate) -> tuple[str, str]:
        try:
            if choose(candidate.provider, found, pins) is not candidate:
                return "another plugin is pinned", ""
            return "", verify(candidate, pins)
        except WfctlError as error:
            return error.message, ""

    rows = [_row(candidate, *problem_and_digest(candidate), used) for candidate in found.candidates]
    return (*rows, *map(_skipped, found.skipped))


def _row(candidate: Candidate, problem: str, digest: str, used: dict[str, list[str]]) -> PluginRow:
    return PluginRow(
        name=candidate.name,
        version=candidate.version,
        source=f"{candidate.source}: {candidate.where}",
        digest=digest,
        modules=tuple(used.get(candidate.provider, ())),
        problem=problem,
    )


def _skipped(skip: Skipped) -> PluginRow:
    return PluginRow(name=skip.path, problem=skip.reason)
