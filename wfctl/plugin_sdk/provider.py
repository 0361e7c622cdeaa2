"""One provider: a name, a version, its configuration and the drivers of its resource types.

It does not know how it is reached.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from wfctl.plugin_sdk.abilities import Compensable
from wfctl.plugin_sdk.driver import ResourceDriver


class Provider:
    """A set of drivers under one name. Subclass it to take a configuration or to mix in abilities.

    Attributes:
        name: The name by which configurations refer to the provider.
        version: Of the plugin; a new version makes the engine forget cached differences.
        drivers: The driver of each resource type, by every type it answers to.
        max_concurrency: Changes that may run at one time over all types; 0 means undeclared, and the engine makes
            them one at a time.
        max_rps: Calls a second over all types; 0 means undeclared.

    Raises:
        ValueError: There is no driver, two claim one type, or one contradicts itself.
    """

    def __init__(
        self,
        name: str,
        version: str,
        drivers: Iterable[ResourceDriver],
        *,
        max_concurrency: int = 0,
        max_rps: float = 0.0,
    ) -> None:
        self.name = name
        self.version = version
        self.max_concurrency = max_concurrency
        self.max_rps = max_rps
        self.drivers: Mapping[str, ResourceDriver] = _by_type(drivers)

    def configure(self, config: Mapping[str, Any]) -> None:
        """Take the configuration of the provider; called before anything that touches the world.

        Raise ValidationError if it cannot be right. Keep what drivers need in attributes.
        """


def streams(driver: ResourceDriver) -> bool:
    """Whether the driver can tell the identity of an object before its create is complete."""
    return inspect.isgeneratorfunction(driver.create)


def _by_type(drivers: Iterable[ResourceDriver]) -> dict[str, ResourceDriver]:
    found: dict[str, ResourceDriver] = {}
    for driver in drivers:
        _check(driver)
        for name in driver.types:
            if name in found:
                raise ValueError(f"two drivers claim {name}: {found[name]!r} and {driver!r}")
            found[name] = driver
    if not found:
        raise ValueError("a provider needs at least one driver")
    return found


def _check(driver: ResourceDriver) -> None:
    for names in ("force_new", "sensitive_keys"):
        if isinstance(getattr(driver, names), str):
            raise ValueError(f"{names} of {driver.type} is a text; it has to be a tuple or set of names")  # noqa: TRY004
    if not isinstance(driver, Compensable):
        return
    if driver.compensation.custom and type(driver).compensate is Compensable.compensate:
        raise ValueError(f"{driver.type} declares Undo.CUSTOM but has no compensate method")
