"""The entry point: short-circuit what must be fast, call the verb, turn every end into an exit code.

Knows nothing of verbs. Nothing but typer is imported before a verb is known, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from wfctl.app.settings import Settings

_VERSION = (["version"], ["--version"], ["-version"], ["-v"])


def main() -> NoReturn:
    """Run the command line of this process and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Carry out one command line; the exit code."""
    from wfctl.cli.streams import forgive_closed_pipes

    forgive_closed_pipes()
    if arguments in _VERSION:
        from wfctl import __version__

        sys.stdout.write(f"wfctl {__version__}\n")
        return _written(0, "version")
    from wfctl.cli.verbs import verb_of

    return _written(_called(arguments), verb_of(arguments))


def _written(code: int, verb: str) -> int:
    """The exit code, once all is written that was printed. What a run did is not less true when it could not be told."""
    from wfctl.cli import verbs
    from wfctl.cli.streams import lost

    why = lost()
    if not why:
        return code
    sys.stderr.write(f"Error: not all of the output could be written: {why}\n")
    return 1 if code in (0, 2) and (verb in verbs.PRINTING or not verb) else code


def _called(arguments: list[str]) -> int:
    import click

    from wfctl.cli import verbs
    from wfctl.cli.root import root

    verb = verbs.verb_of(arguments)
    try:
        settings = _settings() if verb else None
        if settings is not None:
            arguments = _expanded(arguments, verb, settings)
        result = root().main(arguments, prog_name="wfctl", standalone_mode=False, obj=_invocation(settings))
        return result if isinstance(result, int) else 0
    except click.exceptions.NoArgsIsHelpError as asked:
        sys.stderr.write(asked.format_message() + "\n")
        return 1
    except click.Abort:
        return _interrupted()
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:  # noqa: BLE001  (the last catch: no traceback reaches a user who did not ask for one)
        from wfctl.cli.report import report

        return report(error, arguments)


def _settings() -> Settings:
    from wfctl.app import settings

    return settings.read()


def _invocation(settings: Settings | None) -> object:
    if settings is None:
        return None
    from wfctl.cli.options import Invocation

    return Invocation(settings=settings)


def _expanded(arguments: list[str], verb: str, settings: Settings) -> list[str]:
    """The arguments with those of WFCTL_CLI_ARGS behind the verb: what is typed comes later and wins."""
    length = len(verb.split())
    return [*arguments[:length], *settings.arguments(verb), *arguments[length:]]


def _interrupted() -> int:
    from wfctl.cli.exit_codes import INTERRUPTED

    sys.stderr.write("\nInterrupted; nothing was changed.\n")
    return INTERRUPTED
