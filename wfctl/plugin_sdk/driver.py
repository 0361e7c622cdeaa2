"""The code that makes one resource type real: what an author of a plugin writes.

It does not know how calls arrive. Three methods are required: create, read, delete.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Generator, Iterable, Mapping
from typing import Any, ClassVar

from wfctl.plugin_sdk.abilities import Traits
from wfctl.plugin_sdk.errors import MethodUnimplemented, NotFound
from wfctl.plugin_sdk.requests import (
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    HealthRequest,
    ReadRequest,
    UpdateRequest,
)
from wfctl.plugin_sdk.values import Diff, FieldChange, Health, Identity, Output, Progress, Spec

CreateSteps = Generator[Identity | Progress, None, Output]
"""What a create returns that yields its `Identity` before it is complete."""

ENGINE_KEYS = frozenset({"adopt_existing", "depends_on", "iac_provider", "protected", "provider", "size"})
"""Keys of a config that usually speak to the engine; compared only with drivers that report them as outputs."""


class ResourceDriver(ABC):
    """Makes one resource type real.

    Every method may raise the errors of `wfctl.plugin_sdk`; anything else it raises reaches the engine as a failure whose
    effect is unknown. Methods are called from several threads at once only as far as `traits` allow it.

    Attributes:
        type: The resource type, as `plugin.kind`.
        force_new: Config fields whose change needs a new object.
        sensitive_keys: Outputs that must never be shown.
        traits: Facts that let the engine work faster and settle doubt by itself.
    """

    type: ClassVar[str]
    force_new: ClassVar[Collection[str]] = ()
    sensitive_keys: ClassVar[Collection[str]] = ()
    traits: ClassVar[Traits] = Traits()

    @abstractmethod
    def create(self, request: CreateRequest) -> Output | CreateSteps:
        """Make the object and return its output, with an identity.

        Where the identity is known before the object is complete, write a generator: yield `Identity(id)` at once,
        `Progress(text)` at will, and return the output. After a crash the engine then finds the object.
        If something fails after the object exists, raise PartlyApplied.
        """

    @abstractmethod
    def read(self, request: ReadRequest) -> Output:
        """Report the object as it is. Raise NotFound only if it certainly does not exist."""

    @abstractmethod
    def delete(self, request: DeleteRequest) -> None:
        """Remove the object, and return when it is gone."""

    def update(self, request: UpdateRequest) -> Output:
        """Change the object in place. A driver without this method gets a new object for every change."""
        raise MethodUnimplemented(f"{request.spec.type} cannot be changed in place")

    def diff(self, request: DiffRequest) -> Diff:
        """Tell what an update would change. Usually `expected_outputs` or `compare` is the better place to write."""
        return Diff(tuple(self.compare(request.spec, request.current)))

    def compare(self, spec: Spec, current: Output | None) -> Iterable[FieldChange]:
        """The differences between the outputs that `spec` should lead to and the ones on record.

        An expected output that is not on record counts as a change, so that no change of a config is ever overlooked.
        """
        recorded = current.outputs if current else {}
        for key, wanted in self.expected_outputs(spec).items():
            if key in ENGINE_KEYS and key not in recorded:
                continue
            if not same(wanted, recorded.get(key)):
                yield FieldChange(
                    key, recorded.get(key), wanted, force_new=current is not None and self._forces_new(key)
                )

    def expected_outputs(self, spec: Spec) -> Mapping[str, Any]:
        """The outputs that follow from `spec` alone: its config, unless a driver reports something else.

        A driver that reports a digest instead of a long text returns the digest here.
        """
        return spec.config

    def health(self, request: HealthRequest) -> Health:
        """Whether the object works; without a better idea, whether it exists."""
        try:
            return Health(healthy=True, message=self.read(ReadRequest(ref=request.ref)).status)
        except NotFound as error:
            return Health(healthy=False, message=str(error))

    @property
    def types(self) -> tuple[str, ...]:
        """The types this driver answers to: its own, and the form `infra.plugin_kind`.

        Existing engines pass over all types that do not begin with `infra.`.
        """
        if self.type.startswith("infra."):
            return (self.type,)
        return (self.type, f"infra.{self.type.replace('.', '_')}")

    @property
    def updates(self) -> bool:
        """Whether this driver can change an object in place."""
        return type(self).update is not ResourceDriver.update

    def _forces_new(self, key: str) -> bool:
        return key in self.force_new or not self.updates


def same(one: object, other: object) -> bool:
    """JSON equality: 1 equals 1.0, but not true."""
    match one, other:
        case (Mapping(), Mapping()):
            return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
        case (list() | tuple(), list() | tuple()):
            return len(one) == len(other) and all(map(same, one, other))
        case _:
            return isinstance(one, bool) == isinstance(other, bool) and one == other
