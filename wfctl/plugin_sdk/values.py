"""The things drivers and the engine talk about: specs, references, outputs, differences.

It knows nothing of gRPC. Configs and outputs are JSON objects as Python dictionaries; they stay out of `repr`, because
they may hold secrets and reprs end up in logs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Spec:
    """What a user wants one resource to be.

    Attributes:
        name: The user's name for the resource, unique within a workspace.
        type: The resource type as it was asked for; it may be an alias of the driver's own.
        config: The settings; empty when there are none.
        size: An abstract size (xs, s, m, l, xl), a size of the provider, or empty.
        depends_on: Names of the resources this one needs.
    """

    name: str
    type: str
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)
    size: str = ""
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """Points at one object.

    Attributes:
        name: The user's name for the resource.
        type: The resource type as it was asked for.
        provider_id: The identity on the provider; empty only where a driver declares that it finds objects without.
    """

    name: str
    type: str
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """What a driver reports about an object that exists.

    Attributes:
        provider_id: The identity on the provider. Required, and stable for the life of the object.
        outputs: What other resources may refer to; JSON values only.
        sensitive: Names of outputs to hide, besides those the driver hides always.
        status: running, stopped, degraded or unknown; empty if the question makes no sense.
        adopted: The object was there before this create. The engine will then never delete it to undo the create.
        idempotency_key: The key of the create that made the object, if the driver keeps it with the object.
        name: The name of the resource, where the request did not give it.
        deferred: Nothing was done yet; the provider's `finalize` does it.
    """

    provider_id: str
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sensitive: Iterable[str] = ()
    status: str = ""
    adopted: bool = False
    idempotency_key: str = ""
    name: str = ""
    deferred: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Yielded by a create as soon as the object has an identity, before the create is complete."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Yielded by a create to tell a person what it waits for, in one line."""

    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One difference between what is wanted and what is.

    Attributes:
        path: The field, in dotted form.
        old: The present value; None when there is none.
        new: The wanted value; None when the field is to vanish.
        force_new: The change cannot be made in place.
    """

    path: str
    old: Any = field(default=None, repr=False)
    new: Any = field(default=None, repr=False)
    force_new: bool = False


@dataclass(frozen=True, slots=True)
class Diff:
    """All differences. No changes means that nothing needs doing.

    Attributes:
        changes: The differences, in a stable order.
        replace: The object has to be made anew although no single field says so.
    """

    changes: tuple[FieldChange, ...] = ()
    replace: bool = False

    @property
    def needs_replace(self) -> bool:
        """Whether the object has to be made anew."""
        return self.replace or any(change.force_new for change in self.changes)

    @property
    def needs_update(self) -> bool:
        """Whether the object can be changed in place, and has to be."""
        return bool(self.changes) and not self.needs_replace


@dataclass(frozen=True, slots=True)
class Health:
    """Whether an object does its work, and what is wrong if it does not."""

    healthy: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One hint collected after a failure.

    Attributes:
        id: A stable word for the kind of finding.
        phase: What the provider was doing.
        cause: What went wrong, in one line.
        detail: More, for a person.
    """

    id: str
    cause: str
    phase: str = ""
    detail: str = ""
