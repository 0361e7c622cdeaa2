"""The `${…}` grammar of configs: which resources and environment variables a config speaks of, and filling them in.

Knows nothing of where values come from: outputs arrive as a look-up, the environment as a mapping.

    ${name.field}   an output of another resource, split at the first dot
    ${NAME}         an environment variable
    $NAME           the same, as Go's os.Expand reads it (upstream: config/env_expand.go); not below `VERBATIM_KEYS`

Everything up to the first `}` is the body: there is no nesting, no default and no escape. As in os.Expand, `$$`, `$1`,
`$*` and the like name variables of one character, and a `$` before anything else is itself. Unlike there, an unset
variable is an error, and so are `${}` and a `${` that is never closed, which os.Expand swallows.

Filling differs from upstream in two more ways. A string that is exactly one `${name.field}` takes the value with its
type; upstream always makes it a string. Inside longer text a number is printed as a plain number, whole numbers without
a point; upstream prints 1000000 as 1e+06 (Go's %v). Maps and lists become compact JSON there, and null is an error.
Keys are never filled, and text that was filled in is never read again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

import msgspec

from wfctl.core.canonical import CanonicalError, go_json

Path = tuple[str | int, ...]
"""The keys and list indices that lead from a config to one of its values."""

Lookup = Callable[[str, str], object]
"""Gives the value of (resource name, field); raises LookupError where there is none."""

VERBATIM_KEYS = frozenset({"env_vars", "env_vars_secret", "secret_env_vars"})
"""Maps of variables for somebody else's process: below these keys `$NAME` is plain text (upstream keeps them whole)."""

_BRACED = re.compile(r"\$\{([^}]*)\}")
_SHELL = re.compile(r"\$(?:\{([^}]*)\}|(\{)|([*#$@!?0-9-]|[A-Za-z_][A-Za-z0-9_]*))")


class BadReferenceError(ValueError):
    """A reference that cannot be filled: its text, where it stands, and why. Never carries a value."""

    def __init__(self, text: str, path: Path, reason: str) -> None:
        super().__init__(f"{text} at {dotted(path)}: {reason}" if path else f"{text}: {reason}")
        self.text = text
        self.path = path
        self.reason = reason


class MalformedReferenceError(BadReferenceError):
    """Text that begins like a reference and is none."""


class UnresolvedReferenceError(BadReferenceError):
    """A reference to something that is not there, or that cannot stand in the middle of text."""


class OutputReference(msgspec.Struct, frozen=True, kw_only=True):
    """`${name.field}`: an output of a resource."""

    text: str
    path: Path
    name: str
    field: str


class EnvironmentReference(msgspec.Struct, frozen=True, kw_only=True):
    """`${NAME}` or `$NAME`: a variable of the environment."""

    text: str
    path: Path
    variable: str


class BrokenReference(msgspec.Struct, frozen=True, kw_only=True):
    """Text that begins like a reference and is none."""

    text: str
    path: Path
    reason: str


Reference = OutputReference | EnvironmentReference | BrokenReference


class _Leaf(NamedTuple):
    """A string that may hold references; `bare` where `$NAME` counts."""

    text: str
    path: Path
    bare: bool


def references(config: object, *, bare: bool = True) -> tuple[Reference, ...]:
    """Every reference in the string leaves of a config, in reading order.

    `bare=False` reads braces alone: plan files of the Go tool hold the text of variables that are already filled in.
    """
    return tuple(
        _read(match, leaf.path)
        for leaf in _leaves(config, (), bare=bare)
        for match in _pattern(leaf).finditer(leaf.text)
    )


def module_references(config: object) -> tuple[tuple[str, str], ...]:
    """The (resource name, output field) pairs a config refers to, sorted, each once.

    Malformed references are not counted.
    """
    found: set[tuple[str, str]] = set()
    for leaf in _leaves(config, (), bare=False):
        for match in _BRACED.finditer(leaf.text):
            name, dot, field = match[1].partition(".")
            if name and dot and field:
                found.add((name, field))
    return tuple(sorted(found))


def environment_names(config: object) -> tuple[str, ...]:
    """The variables a config names, sorted, each once: what the input snapshot of a plan fingerprints.

    Scans as Go's os.Expand does, below `VERBATIM_KEYS` too (upstream: cmd/wfctl/infra_inputsnapshot.go). Bodies with a
    dot are outputs, not variables; upstream lists them and then finds no such variable.
    """
    found: set[str] = set()
    for leaf in _leaves(config, (), bare=True):
        for match in _SHELL.finditer(leaf.text):
            name = match[1] or match[3]
            if name and "." not in name:
                found.add(name)
    return tuple(sorted(found))


def substitute(config: object, lookup: Lookup) -> object:
    """A copy of a config with its `${name.field}` filled in; references to the environment stay text.

    Outputs that hold a `$` make the result ambiguous for a later `expand_environment`: to send a config, call `resolve`
    with the original. Raises MalformedReferenceError and UnresolvedReferenceError.
    """

    def fill(reference: Reference) -> object:
        return _output(reference, lookup) if isinstance(reference, OutputReference) else _sound(reference).text

    return _filled(config, (), fill, bare=False)


def expand_environment(
    config: object, environment: Mapping[str, str], *, keep: Collection[str] = (), bare: bool = True
) -> object:
    """A copy of a config with its variables filled in; `${name.field}` stays text.

    Variables in `keep` are written as `${NAME}` instead: upstream hashes declared secrets so.
    Raises MalformedReferenceError and UnresolvedReferenceError; neither carries a value.
    """

    def fill(reference: Reference) -> object:
        if isinstance(reference, EnvironmentReference):
            return f"${{{reference.variable}}}" if reference.variable in keep else _variable(reference, environment)
        return _sound(reference).text

    return _filled(config, (), fill, bare=bare)


def resolve(config: object, lookup: Lookup, environment: Mapping[str, str], *, bare: bool = True) -> object:
    """A copy of a config with outputs and variables filled in, in one pass: what is sent to a driver.

    Raises MalformedReferenceError and UnresolvedReferenceError.
    """

    def fill(reference: Reference) -> object:
        if isinstance(reference, EnvironmentReference):
            return _variable(reference, environment)
        return _output(reference, lookup) if isinstance(reference, OutputReference) else _sound(reference).text

    return _filled(config, (), fill, bare=bare)


def rename(config: object, names: Mapping[str, str]) -> object:
    """A copy of a config whose references to the resources in `names` name them anew. All other text stays."""

    def fill(reference: Reference) -> object:
        if isinstance(reference, OutputReference) and reference.name in names:
            return f"${{{names[reference.name]}.{reference.field}}}"
        return reference.text

    return _filled(config, (), fill, bare=False)


def printed(value: object) -> str:
    """A value as it stands inside longer text. Raises ValueError for null and for what is no JSON."""
    match value:
        case str():
            return value
        case None:
            raise ValueError("is null, which cannot stand inside text")
        case bool():
            return "true" if value else "false"
        case float() if not math.isfinite(value):
            raise ValueError(f"is {value}, which is no JSON number")
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case int():
            return str(value)
        case _:
            return go_json(value, escape_html=False).decode()


def dotted(path: Path) -> str:
    """A path as people write it: `ports[0].name`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def _leaves(value: object, path: Path, *, bare: bool) -> Iterator[_Leaf]:
    """The strings with a `$`, in reading order. Paths are only built for containers and for hits."""
    stack: list[tuple[object, Path, bool]] = [(value, path, bare)]
    while stack:
        value, path, bare = stack.pop()
        if isinstance(value, str):
            if "$" in value:
                yield _Leaf(value, path, bare)
        elif isinstance(value, Mapping):
            inside = [
                (item, (*path, key), bare and key not in VERBATIM_KEYS)
                for key, item in value.items()
                if _may_refer(item)
            ]
            stack.extend(reversed(inside))
        elif isinstance(value, list | tuple):
            stack.extend(reversed([(item, (*path, i), bare) for i, item in enumerate(value) if _may_refer(item)]))


def _may_refer(value: object) -> bool:
    return "$" in value if isinstance(value, str) else isinstance(value, Mapping | list | tuple)


def _pattern(leaf: _Leaf) -> re.Pattern[str]:
    return _SHELL if leaf.bare else _BRACED


def _read(match: re.Match[str], path: Path) -> Reference:
    text = match[0]
    shell = match.re is _SHELL
    if shell and match[2]:
        return BrokenReference(text=text, path=path, reason="is never closed by a }")
    if shell and match[3]:
        return EnvironmentReference(text=text, path=path, variable=match[3])
    body = match[1]
    name, dot, field = body.partition(".")
    if not body:
        return BrokenReference(text=text, path=path, reason="names nothing")
    if not dot:
        return EnvironmentReference(text=text, path=path, variable=body)
    if not name or not field:
        return BrokenReference(
            text=text, path=path, reason="needs a resource before its first dot and an output after it"
        )
    return OutputReference(text=text, path=path, name=name, field=field)


def _filled(value: object, path: Path, fill: Callable[[Reference], object], *, bare: bool) -> object:
    if isinstance(value, str):
        return _filled_text(_Leaf(value, path, bare), fill) if "$" in value else value
    if isinstance(value, Mapping):
        return {
            key: _filled(item, (*path, key), fill, bare=bare and key not in VERBATIM_KEYS)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_filled(item, (*path, i), fill, bare=bare) for i, item in enumerate(value)]
    return value


def _filled_text(leaf: _Leaf, fill: Callable[[Reference], object]) -> object:
    pattern = _pattern(leaf)
    whole = pattern.fullmatch(leaf.text)
    if whole:
        return fill(_read(whole, leaf.path))

    def text_of(match: re.Match[str]) -> str:
        reference = _read(match, leaf.path)
        try:
            return printed(fill(reference))
        except BadReferenceError:
            raise
        except ValueError as problem:
            reason = "has no JSON form" if isinstance(problem, CanonicalError) else str(problem)
            raise UnresolvedReferenceError(reference.text, leaf.path, reason) from None

    return pattern.sub(text_of, leaf.text)


def _sound(reference: Reference) -> Reference:
    if isinstance(reference, BrokenReference):
        raise MalformedReferenceError(reference.text, reference.path, reference.reason)
    return reference


def _output(reference: OutputReference, lookup: Lookup) -> object:
    try:
        return lookup(reference.name, reference.field)
    except LookupError:
        reason = f"{reference.name} has no output {reference.field}, or is not known yet"
        raise UnresolvedReferenceError(reference.text, reference.path, reason) from None


def _variable(reference: EnvironmentReference, environment: Mapping[str, str]) -> str:
    try:
        return environment[reference.variable]
    except LookupError:
        reason = f"the environment variable {reference.variable} is not set"
        raise UnresolvedReferenceError(reference.text, reference.path, reason) from None
