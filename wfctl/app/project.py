"""Where a project is and what its files say: the first thing every verb needs.

Knows nothing of ledgers, plugins or runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from wfctl.app.orders import Where
from wfctl.app.settings import Settings
from wfctl.config.project import Config
from wfctl.errors import Kind, WfctlError
from wfctl.views.rows import Diagnostic, Severity
from wfctl.views.view import View

if TYPE_CHECKING:
    from wfctl.config.diagnostics import Diagnostic as Finding

CONFIG_FILES = ("infra.yaml", "config/infra.yaml")
"""Where the configuration is looked for when none is named (upstream's order)."""

RECORD = ".wfctl"
"""The directory beside the configuration that holds the ledger and its key."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a project is: its configuration file, its record, and the workspace that is meant. `name` is for people."""

    config_file: Path
    record: Path
    workspace: str
    name: str

    @property
    def directory(self) -> Path:
        """The directory of the configuration."""
        return self.config_file.parent

    @property
    def ledger_file(self) -> Path:
        """The ledger."""
        return self.record / "ledger.db"

    @property
    def key_file(self) -> Path:
        """The key of the vault, where no variable holds it."""
        return self.record / "secrets.key"


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project, read: where it is and what its files say."""

    place: Place
    config: Config


def read(settings: Settings, where: Where, view: View) -> Project:
    """Read the configuration and tell the view its warnings. Raises WfctlError (config) with every mistake."""
    from wfctl.app.mapping import workspace_of
    from wfctl.config.load import load

    path = config_file(settings, where)
    if not (settings.cwd / path).exists():
        raise WfctlError(
            Kind.CONFIG, "NO_CONFIG", f"there is no {path} here", hint="wfctl init, or name it with --config"
        )
    config = load(path, environ=settings.environment, environment=environment_of(settings, where))
    if config.warnings:
        view.diagnostics([_diagnostic(finding) for finding in config.warnings])
    return Project(place=_place(settings, path, workspace_of(config, where.workspace)), config=config)


def find(settings: Settings, where: Where, view: View) -> Place:
    """Where the project is, for verbs that look at the record alone: a broken configuration does not keep them from it."""
    from wfctl.app.mapping import DEFAULT_WORKSPACE

    named = where.workspace or environment_of(settings, where)
    if named:
        return _place(settings, config_file(settings, where), named)
    try:
        return read(settings, where, view).place
    except WfctlError as error:
        place = _place(settings, config_file(settings, where), DEFAULT_WORKSPACE)
        if not (settings.cwd / place.config_file).exists() and not (settings.cwd / place.ledger_file).exists():
            raise
        view.notice(f"{error.message}; looking at workspace {DEFAULT_WORKSPACE}.")
        return place


def environment_of(settings: Settings, where: Where) -> str:
    """The environment: the flag's, else WFCTL_ENV's."""
    return where.env or settings.environment.get("WFCTL_ENV", "")


def config_file(settings: Settings, where: Where) -> Path:
    """The configuration: the flag's, WFCTL_CONFIG_FILE's, else the first of the usual ones that is there."""
    named = settings.environment.get("WFCTL_CONFIG_FILE", "")
    if where.config or named:
        return where.config or Path(named)
    found = (Path(name) for name in CONFIG_FILES if (settings.cwd / name).exists())
    return next(found, Path(CONFIG_FILES[0]))


def _place(settings: Settings, path: Path, workspace: str) -> Place:
    directory = (settings.cwd / path).parent.resolve()
    elsewhere = settings.environment.get("WFCTL_DATA_DIR", "")
    record = settings.cwd / elsewhere if elsewhere else path.parent / RECORD
    name = directory.parent.name if directory.name == "config" else directory.name
    return Place(config_file=path, record=record, workspace=workspace, name=name)


def _diagnostic(finding: Finding) -> Diagnostic:
    return Diagnostic(
        severity=Severity(finding.severity),
        summary=finding.summary,
        detail=finding.detail,
        file=finding.file,
        line=finding.line,
        column=finding.column,
        snippet=finding.snippet,
    )
