"""The resource types, and what each declares. They all keep the same things; they differ in what an engine may assume.

It knows nothing of scripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wfctl.plugin_sdk import Compensation, Idempotency, Traits, Undo

AT_ONCE = 8
"""Changes that may run at one time."""

ANEW = "shape"
"""The config field whose change needs a new object."""

FIXED = "level"
"""The config field that `scripted.fixed` cannot set back."""

CONTENT = "items"
"""The output that says how much somebody keeps in a thing."""

VERSION = "version"
"""The output that counts the changes of a thing."""

TOKEN = "token"  # noqa: S105 - the name of the output, not its value
"""The secret output of `scripted.secret`."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type.

    Attributes:
        means: What it is for, for a person.
        traits: What it declares of its reads, creates and order.
        compensation: What it declares of undoing; None declares nothing at all.
        early: Its create tells the id before anything is there.
        secret: It has a secret output.
    """

    means: str
    traits: Traits
    compensation: Compensation | None
    early: bool = False
    secret: bool = False


def _all(undo: Undo, **more: object) -> Compensation:
    return Compensation(create=undo, update=undo, replace=undo, delete=undo, **{"stateless": True, **more})  # type: ignore[arg-type]


_KEYED = Traits(reads_by_key=True, idempotency=Idempotency.KEY, max_concurrency=AT_ONCE)
_SWAP = Traits(reads_by_key=True, idempotency=Idempotency.KEY, max_concurrency=AT_ONCE, create_before_delete=True)

KINDS: Mapping[str, Kind] = {
    # --- how it is undone ----------------------------------------------------------------------------------------------
    "inverse": Kind("everything is undone by its inverse", _KEYED, _all(Undo.INVERSE)),
    "custom": Kind("everything is undone by the plugin itself", _KEYED, _all(Undo.CUSTOM)),
    "none": Kind("nothing is undone, and it says so", _KEYED, _all(Undo.NONE)),
    "plain": Kind("declares nothing at all", Traits(), None),
    "inverse_swap": Kind("as inverse; the new one is made before the old one goes", _SWAP, _all(Undo.INVERSE)),
    "custom_swap": Kind("as custom; the new one is made before the old one goes", _SWAP, _all(Undo.CUSTOM)),
    "none_swap": Kind("as none; the new one is made before the old one goes", _SWAP, _all(Undo.NONE)),
    "lossy": Kind(
        "creates and updates can be undone; what is deleted is lost",
        _KEYED,
        Compensation(create=Undo.INVERSE, update=Undo.INVERSE, stateless=True),
    ),
    "mixed": Kind(
        "each operation is undone in another way",
        _KEYED,
        Compensation(create=Undo.INVERSE, update=Undo.CUSTOM, delete=Undo.INVERSE, stateless=True),
    ),
    # --- when undoing is refused ---------------------------------------------------------------------------------------
    "data": Kind("may hold data, and cannot tell whether it does", _KEYED, _all(Undo.INVERSE, stateless=False)),
    "store": Kind(
        "may hold data, and tells how much", _KEYED, _all(Undo.INVERSE, stateless=False, emptiness_output=CONTENT)
    ),
    "data_custom": Kind("as data; undone by the plugin itself", _KEYED, _all(Undo.CUSTOM, stateless=False)),
    "store_custom": Kind(
        "as store; undone by the plugin itself",
        _KEYED,
        _all(Undo.CUSTOM, stateless=False, emptiness_output=CONTENT),
    ),
    "store_swap": Kind(
        "as store; the new one is made before the old one goes",
        _SWAP,
        _all(Undo.INVERSE, stateless=False, emptiness_output=CONTENT),
    ),
    "marked": Kind(
        "tells by a mark whether anybody changed it", _KEYED, _all(Undo.INVERSE, fingerprint_output=VERSION)
    ),
    "marked_custom": Kind(
        "as marked; undone by the plugin itself", _KEYED, _all(Undo.CUSTOM, fingerprint_output=VERSION)
    ),
    "fixed": Kind("has a field that cannot go back", _KEYED, _all(Undo.INVERSE, irreversible_fields=(FIXED,))),
    "hasty": Kind("gives an undo one second", _KEYED, _all(Undo.INVERSE, undo_timeout=1)),
    # --- how it is found again -----------------------------------------------------------------------------------------
    "blind": Kind("is found by its id alone", Traits(max_concurrency=AT_ONCE), _all(Undo.INVERSE)),
    "keyed": Kind(
        "is found by the key it was made under, and made twice if asked twice",
        Traits(reads_by_key=True, max_concurrency=AT_ONCE),
        _all(Undo.INVERSE),
    ),
    "named": Kind(
        "is found by its name, which others may have",
        Traits(reads_by_name=True, max_concurrency=AT_ONCE),
        _all(Undo.INVERSE),
    ),
    "natural": Kind(
        "is found by its name, which nobody else can have",
        Traits(reads_by_name=True, idempotency=Idempotency.NATURAL, max_concurrency=AT_ONCE),
        _all(Undo.INVERSE),
    ),
    "upsert": Kind(
        "a create takes over what has its name",
        Traits(reads_by_name=True, reads_by_key=True, upsert=True, max_concurrency=AT_ONCE),
        _all(Undo.INVERSE),
    ),
    "upsert_custom": Kind(
        "as upsert; undone by the plugin itself",
        Traits(reads_by_name=True, reads_by_key=True, upsert=True, max_concurrency=AT_ONCE),
        _all(Undo.CUSTOM),
    ),
    "early": Kind("tells its id before it is there", _KEYED, _all(Undo.INVERSE), early=True),
    "lagging": Kind(
        "may be seen as it was, for a moment",
        Traits(reads_by_key=True, idempotency=Idempotency.KEY, read_lag_ms=5, max_concurrency=AT_ONCE),
        _all(Undo.INVERSE),
    ),
    "additive": Kind(
        "an update that is sent twice counts twice",
        Traits(reads_by_key=True, idempotency=Idempotency.KEY, update_not_idempotent=True, max_concurrency=AT_ONCE),
        _all(Undo.INVERSE),
    ),
    "secret": Kind("has a secret output", _KEYED, _all(Undo.INVERSE), secret=True),
}
"""By the second half of the type: `scripted.inverse` and so on."""
