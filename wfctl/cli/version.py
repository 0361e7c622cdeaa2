"""`wfctl version`: print the version.

The plain form is answered in `main` before anything is imported; this is the form with options.
"""

from __future__ import annotations

import json

import typer

from wfctl import __version__
from wfctl.cli import exit_codes
from wfctl.cli.options import invocation


def version(ctx: typer.Context) -> int:
    """Print the version."""
    if invocation(ctx).common.json:
        typer.echo(json.dumps({"wfctl": __version__}))
    else:
        typer.echo(f"wfctl {__version__}")
    return exit_codes.OK
