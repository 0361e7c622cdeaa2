"""The options every verb has, and how a verb reads them.

Knows nothing of what they mean to a use case.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

import click
import msgspec
import typer

from wfctl.app.settings import Settings


class Common(msgspec.Struct, frozen=True, kw_only=True):
    """What every verb was told."""

    config: Path | None = None
    env: str = ""
    workspace: str = ""
    plugin_dir: Path | None = None
    json: bool = False
    debug: bool = False
    color: str = "auto"

    @property
    def repeated(self) -> str:
        """Those of them that the next command has to name again, as they are typed; empty when there are none."""
        named = {"--config": self.config, "--env": self.env, "--workspace": self.workspace}
        named["--plugin-dir"] = self.plugin_dir
        return " ".join(f"{option} {shlex.quote(str(value))}" for option, value in named.items() if value)


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a verb: the surroundings and the common options."""

    settings: Settings
    common: Common = Common()


def common_options() -> list[click.Parameter]:
    """The options every verb has, made anew for each."""
    return [
        _option(
            "--config", "-c", metavar="FILE", help="The configuration (default: infra.yaml, then config/infra.yaml)."
        ),
        _option("--env", metavar="NAME", help="The environment; also the workspace, unless --workspace names one."),
        _option("--workspace", metavar="NAME", help="The workspace, which has a state, a lock and runs of its own."),
        _option("--plugin-dir", metavar="DIR", help="Look for plugins here first."),
        _option("--json", is_flag=True, help="Write JSON for programs instead of text for people."),
        _option("--debug", is_flag=True, help="Show where in the program an error comes from."),
        _option(
            "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="When to write colors."
        ),
        _option("--no-color", is_flag=True, help="The same as --color=never."),
    ]


def _option(*names: str, **attributes: object) -> click.Option:
    return click.Option(list(names), **attributes)  # type: ignore[arg-type]


COMMON_NAMES: Final = ("config", "env", "workspace", "plugin_dir", "json", "debug", "color", "no_color")


def taken(parameters: dict[str, object]) -> Common:
    """The common options, taken out of a verb's parameters."""
    values = {name: parameters.pop(name) for name in COMMON_NAMES}
    return Common(
        config=_path(values["config"]),
        env=str(values["env"] or ""),
        workspace=str(values["workspace"] or ""),
        plugin_dir=_path(values["plugin_dir"]),
        json=bool(values["json"]),
        debug=bool(values["debug"]),
        color="never" if values["no_color"] else str(values["color"]),
    )


def _path(value: object) -> Path | None:
    return Path(str(value)) if value else None


def invocation(ctx: typer.Context) -> Invocation:
    """What the verb was called with."""
    found = ctx.find_object(Invocation)
    if found is None:
        raise RuntimeError("a verb runs below the root command")
    return found


def seconds(text: str) -> float:
    """A duration such as 30s, 5m or 1h30m, in seconds. Raises click.BadParameter."""
    from wfctl.config.durations import seconds as read

    span = read(text.strip())
    if span is None:
        raise click.BadParameter(f"{text!r} is no duration such as 30s, 5m or 1h30m")
    return span


def names(text: str) -> tuple[str, ...]:
    """Names separated by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
