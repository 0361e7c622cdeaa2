"""One config in the forms a plan needs: as text for the plan, in clear for the driver, as a hash.

Knows nothing of drivers or state: what other resources have to offer arrives as `Known`.

    unchanged parent    its outputs are written into the plan; sensitive ones as `secret_ref://NAME`
    updated parent      the reference stays in the plan; the driver compares with the outputs from before
    new parent          the reference stays in the plan, and the driver sees its text: nobody knows more yet

A variable stays `${NAME}` in the plan; driver and hash get its value.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from typing import cast

import msgspec

from wfctl.core import references
from wfctl.core.canonical import config_hash
from wfctl.core.plan import Document
from wfctl.core.references import (
    BrokenReference,
    EnvironmentReference,
    OutputReference,
    UnresolvedReferenceError,
)

SECRET_REF = "secret_ref://"  # noqa: S105  (upstream's marker of a value kept elsewhere)
SENSITIVE = "(sensitive value)"
"""Stands in a plan where a secret was."""

_SECRET_TEXT = re.compile(r"secret_ref://[A-Za-z0-9_]+")


class Standing(enum.StrEnum):
    """What this plan does to a resource that others refer to."""

    UNCHANGED = "unchanged"
    UPDATED = "updated"
    NEW = "new"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a resource that others refer to. `outputs` are those from before where there was something."""

    standing: Standing
    provider_id: str = ""
    outputs: Document | None = None

    def output(self, field: str) -> object:
        """One output; `id` is the provider's id where there is one (upstream: the id shadows an output of that name).

        Raises KeyError.
        """
        if field == "id" and self.provider_id:
            return self.provider_id
        return (self.outputs or {})[field]


KnownOf = Callable[[str], Known]
"""What is known of a resource by name; raises KeyError for one that is neither wanted nor there."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One config, read.

    `text` goes into the plan; `clear` and `guess` to the driver and nowhere else. `pending` are the references left in
    the text, `unknown` those of them that could not be filled for the driver either; `guess` fills these too, with what
    a parent that will be new had before, for drivers that refuse a reference as a value. `secret` refer to values kept
    in the vault. `private` maps values in clear to what may be shown instead.
    """

    text: Document
    clear: Document
    guess: Document
    hash: str
    references: tuple[OutputReference | EnvironmentReference, ...] = ()
    pending: tuple[OutputReference, ...] = ()
    unknown: tuple[OutputReference, ...] = ()
    secret: tuple[OutputReference, ...] = ()
    private: dict[str, str] = {}


class Reader:
    """Reads the configs of one plan. `secret` gives the value behind a `secret_ref://NAME`, or raises KeyError."""

    def __init__(self, environment: Mapping[str, str], secret: Callable[[str], object] | None = None) -> None:
        self._environment = environment
        self._secret = secret

    def read(self, config: Document, known: KnownOf) -> Reading:
        """Every form of a config. Raises BadReferenceError, which says where and why."""
        found = references.references(config)
        if not found:
            return Reading(text=config, clear=config, guess=config, hash=config_hash(config))
        leaves = self._leaves(found, known)
        text = cast("Document", references.substitute(config, leaves.text.look_up))
        _refuse_run_on(text, leaves)
        return Reading(
            text=text,
            clear=self._filled(config, leaves.clear),
            guess=self._filled(config, leaves.guess),
            hash=config_hash(self._filled(config, leaves.text)),
            references=tuple(one for one in found if not isinstance(one, BrokenReference)),
            pending=tuple(leaves.pending),
            unknown=tuple(leaves.unknown),
            secret=tuple(leaves.secret),
            private=leaves.private,
        )

    def _filled(self, config: Document, values: _Values) -> Document:
        return cast("Document", references.resolve(config, values.look_up, self._environment))

    def _leaves(self, found: tuple[references.Reference, ...], known: KnownOf) -> _Leaves:
        leaves = _Leaves()
        for one in found:
            match one:
                case OutputReference():
                    self._add(leaves, one, known)
                case EnvironmentReference(variable=variable) if variable in self._environment:
                    leaves.private[self._environment[variable]] = f"${{{variable}}}"
                case _:  # filling the config says what is wrong with it
                    pass
        return leaves

    def _add(self, leaves: _Leaves, one: OutputReference, known: KnownOf) -> None:
        try:
            parent = known(one.name)
        except KeyError:
            return
        stays = parent.standing is not Standing.UNCHANGED
        if stays:
            leaves.pending.append(one)
            leaves.text.put(one, one.text)
        try:
            value = parent.output(one.field)
        except KeyError:
            if stays:
                leaves.unknown.append(one)
                leaves.clear.put(one, one.text)
                leaves.guess.put(one, one.text)
            return
        in_clear = self._revealed(value, one, leaves)
        leaves.guess.put(one, in_clear)
        if parent.standing is Standing.NEW:
            leaves.unknown.append(one)
        leaves.clear.put(one, one.text if parent.standing is Standing.NEW else in_clear)
        if not stays:
            _refuse_lookalike(value, one)
            leaves.text.put(one, value)

    def _revealed(self, value: object, one: OutputReference, leaves: _Leaves) -> object:
        if not isinstance(value, str) or not value.startswith(SECRET_REF):
            return value
        leaves.secret.append(one)
        if self._secret is None:
            return value
        try:
            in_clear = self._secret(value.removeprefix(SECRET_REF))
        except KeyError:
            raise UnresolvedReferenceError(one.text, one.path, "its secret is not in the vault") from None
        if isinstance(in_clear, str):
            leaves.private[in_clear] = SENSITIVE
        return in_clear


class _Values(dict[tuple[str, str], object]):
    """What each (resource name, output field) becomes in one form of a config."""

    def put(self, one: OutputReference, value: object) -> None:
        self[one.name, one.field] = value

    def look_up(self, name: str, field: str) -> object:
        return self[name, field]


class _Leaves:
    """What the references of one config become, collected."""

    def __init__(self) -> None:
        self.text, self.clear, self.guess = _Values(), _Values(), _Values()
        self.pending: list[OutputReference] = []
        self.unknown: list[OutputReference] = []
        self.secret: list[OutputReference] = []
        self.private: dict[str, str] = {}


def value_at(value: object, path: references.Path) -> object:
    """The value a path leads to. Raises LookupError or TypeError where it leads nowhere."""
    for step in path:
        value = value[step]  # type: ignore[index]  # raising is the answer
    return value


def _refuse_lookalike(value: object, one: OutputReference) -> None:
    """Whoever reads the plan could not tell a `$` of an output from a reference of the config."""
    if references.references(value):
        raise UnresolvedReferenceError(one.text, one.path, "holds text that itself looks like a reference")


def _refuse_run_on(text: Document, leaves: _Leaves) -> None:
    """Text right behind a secret would be taken for more of its name."""
    for one in leaves.secret:
        placed = leaves.text[one.name, one.field]
        leaf = value_at(text, one.path)
        if placed == one.text or not isinstance(leaf, str):
            continue
        if str(placed) not in _SECRET_TEXT.findall(leaf):
            reason = "is a secret, so it cannot be followed directly by a letter, a digit or _"
            raise UnresolvedReferenceError(one.text, one.path, reason)
