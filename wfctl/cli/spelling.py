"""Accept the spellings of the Go tools: `-auto-approve`, `-out=FILE`, `-refresh=false`.

Knows nothing of any particular verb: it reads the options it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

_TRUE = frozenset({"1", "t", "true"})
_FALSE = frozenset({"0", "f", "false"})


def respelled(parameters: Iterable[click.Parameter], arguments: Sequence[str]) -> list[str]:
    """The arguments as click wants them: two dashes before a long option, switches without a value.

    Only names that the verb has are touched, and nothing after `--`. A value in the place of an option's argument is
    left alone too.
    """
    options = {name: option for option in parameters if isinstance(option, click.Option) for name in _names(option)}
    result: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            return [*result, argument, *rest]
        name, equals, value = argument.partition("=")
        long = "-" + name if _one_dash(name) and "-" + name in options else name
        option = options.get(long)
        if option is None:
            result.append(argument)
        elif option.is_flag:
            result.append(_switch(option, long, value) if equals else long)
        else:
            result.append(long + equals + value)
            result += [] if equals else list(_next(rest))
    return result


def _next(rest: Iterable[str]) -> Iterable[str]:
    for value in rest:
        yield value
        return


def _names(option: click.Option) -> list[str]:
    return [name for name in (*option.opts, *option.secondary_opts) if name.startswith("-")]


def _one_dash(name: str) -> bool:
    return len(name) > 2 and name[0] == "-" and name[1] != "-"


def _switch(option: click.Option, name: str, value: str) -> str:
    """`--refresh=false` as `--no-refresh`; a value that is no yes or no is left for click to complain about."""
    word = value.lower()
    if word not in _TRUE | _FALSE:
        return f"{name}={value}"
    wanted = (word in _TRUE) is (name in option.opts)
    same = option.opts if wanted else option.secondary_opts
    longs = [spelling for spelling in same if spelling.startswith("--")]
    return longs[0] if longs else f"{name}={value}"
