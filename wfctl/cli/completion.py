"""`wfctl completion`: print the completion script of a shell.

Knows nothing of verbs: the script asks `wfctl` itself.
"""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from wfctl.cli import exit_codes


class Shell(enum.StrEnum):
    """The shells that are known."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="The shell to complete in.")]) -> int:
    """Print the script.

    Put it where the shell looks, for example: wfctl completion bash > ~/.local/share/bash-completion/completions/wfctl
    """
    from click.shell_completion import get_completion_class

    from wfctl.cli.root import root

    script = get_completion_class(shell)
    if script is None:
        raise typer.BadParameter(f"{shell} is not known")
    typer.echo(script(root(), {}, "wfctl", "_WFCTL_COMPLETE").source())
    return exit_codes.OK
