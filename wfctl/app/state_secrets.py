"""The secrets of a state that comes from a file: none in clear, and each reference to one that is there.

Knows nothing of how secrets are sealed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from wfctl.app.state_edit import Desk
from wfctl.app.state_file import Held, HeldResource, StateFile
from wfctl.engine.ports import SecretWrite
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.sealed import sealed
from wfctl.ledger.secret_name import REFERENCE, references_in
from wfctl.ledger.vault import Place, Sealed

_SHORT: Final = 8
"""A secret with fewer characters is looked for as a whole value only: it could stand in any text."""


class Vaulted:
    """What is known of secrets: those of the ledger, and those that a backup brings along."""

    def __init__(self, at: Desk, pushed: StateFile) -> None:
        vault = at.record.vault
        self.there = {
            place.name: vault.open(place, kept) for place, kept in sealed(at.place.ledger_file, at.place.workspace)
        }
        self._vault = vault
        self._workspace = pushed.workspace
        self._brought = {one.name: one for one in pushed.sealed_secrets}

    def brought(self, name: str) -> object:
        """The value of a secret that the file brings along. Raises KeyError, WfctlError where it cannot be opened."""
        one = self._brought[name]
        place = Place(workspace=self._workspace, name=name, version=one.version)
        return self._vault.open(place, Sealed(key_id=one.key_id, nonce=one.nonce, ciphertext=one.ciphertext))

    def texts(self) -> frozenset[str]:
        """Every secret text that is known."""
        return self._vault.values()


def refuse_in_clear(before: Held, after: Held, vaulted: Vaulted) -> None:
    """Raise WfctlError SECRETS_IN_CLEAR for values that are secrets, or stand where one was; never telling the value."""
    wrong = [
        place
        for one in after.values()
        for place in (*_unreferenced(before.get(one.name), one), *_in_clear(one, vaulted.texts()))
    ]
    if wrong:
        raise WfctlError(
            Kind.USAGE,
            "SECRETS_IN_CLEAR",
            "the file holds secrets in clear",
            hint=f"write {REFERENCE}NAME there, as wfctl state pull prints it",
            details=tuple(dict.fromkeys(wrong)),
        )


def _unreferenced(before: HeldResource | None, after: HeldResource) -> Iterator[str]:
    for key, value in ((before.outputs if before else None) or {}).items():
        now = (after.outputs or {}).get(key, value)
        if isinstance(value, str) and value.startswith(REFERENCE) and not str(now).startswith(REFERENCE):
            yield f"{after.address}: outputs.{key}"


def _in_clear(one: HeldResource, texts: frozenset[str]) -> Iterator[str]:
    for part, document in (("applied_config", one.applied_config), ("outputs", one.outputs)):
        for path, value in _leaves(document, part):
            if any(text == value or (len(text) >= _SHORT and text in value) for text in texts):
                yield f"{one.address}: {path}"


def _leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield path, value
        case dict():
            for key, item in value.items():
                yield from _leaves(item, f"{path}.{key}")
        case list():
            for number, item in enumerate(value):
                yield from _leaves(item, f"{path}[{number}]")


def restored(before: Held, after: Held, vaulted: Vaulted, *, forced: bool) -> tuple[SecretWrite, ...]:
    """The secrets that the file brings along and the ledger lacks.

    Raises WfctlError SECRETS_UNKNOWN for new references to what nobody has, unless forced.
    """
    lost: list[str] = []
    written: dict[str, SecretWrite] = {}
    known = {*vaulted.there, *_references(before)}
    for name, owner in _references(after).items():
        if name in known:
            continue
        try:
            written[name] = SecretWrite(name=name, resource=owner, value=vaulted.brought(name))
        except KeyError:
            lost.append(f"{after[owner].address}: {REFERENCE}{name}")
    if lost and not forced:
        raise WfctlError(
            Kind.USAGE,
            "SECRETS_UNKNOWN",
            "the file refers to secrets that are neither in the vault nor in the file",
            hint="push a backup that has them, or go on without: --force --reason TEXT",
            details=tuple(lost),
        )
    return tuple(written.values())


def _references(after: Mapping[str, HeldResource]) -> dict[str, str]:
    """Every secret that is referred to, with a resource that does."""
    found: dict[str, str] = {}
    for one in after.values():
        texts = [value for document in (one.applied_config, one.outputs) for _, value in _leaves(document, "")]
        found.update((name, one.name) for text in texts for name in references_in(text.encode()))
    return found
