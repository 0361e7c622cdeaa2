"""What all drivers of this plugin share: where they work, and what they promise.

It knows nothing of any kind of object.
"""

from __future__ import annotations

from abc import abstractmethod

from wfctl.plugin_sdk import (
    Compensable,
    DriverError,
    Idempotency,
    NotFound,
    ReadRequest,
    ResourceDriver,
    Spec,
    Traits,
)
from wfctl_plugin_local.registry import Entry, Registry
from wfctl_plugin_local.root import Root

AT_ONCE = 16
"""Changes that may run at one time."""


class Unclear(DriverError):
    """What is there cannot be told from what somebody else may have done. A person has to look."""


class Shop:
    """The root and its registry, once the provider is configured."""

    root: Root
    registry: Registry

    def entry(self, kind: str, request: ReadRequest) -> Entry:
        """The entry that a read means, by identity, by key or by name. Raises NotFound."""
        if request.ref.provider_id:
            entry = self.registry.by_id(kind, request.ref.provider_id)
        elif request.lookup_key:
            entry = self.registry.by_key(kind, request.lookup_key)
        else:
            entry = next(iter(self.registry.by_name(kind, request.ref.name)), None)
        if entry is None:
            raise NotFound(f"the registry of this root has no such {kind}")
        return entry


class LocalDriver(Compensable, ResourceDriver):
    """A driver of this plugin."""

    traits = Traits(reads_by_name=True, reads_by_key=True, idempotency=Idempotency.KEY, max_concurrency=AT_ONCE)

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    @abstractmethod
    def places(self, spec: Spec) -> tuple[str, ...]:
        """The paths that no other resource may have. Raises BadField if the config cannot be right."""
