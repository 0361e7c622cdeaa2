"""All plugins of one run: started side by side, found by the name of their provider module, ended together.

Knows nothing of what they are called for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from wfctl.core.plan import ProviderDeclaration
from wfctl.errors import WfctlError
from wfctl.plugin_host.discover import Survey, choose, verify
from wfctl.plugin_host.driver import PluginDriver
from wfctl.plugin_host.facts import Facts
from wfctl.plugin_host.guard import Guard
from wfctl.plugin_host.launch import SECRETS_KEY, Site
from wfctl.plugin_host.origin import Origin, ProviderModule


class DriverPool:
    """The Drivers port: one process for each provider module that was opened. Belongs to one event loop."""

    def __init__(self, site: Site, found: Survey, pins: Mapping[str, str] | None = None) -> None:
        self._site = site
        self._found = found
        self._pins = pins or {}
        environment = {name: value for name, value in site.environment.items() if name != SECRETS_KEY}
        self._guard = Guard(site.interpreter, environment)
        self._drivers: dict[str, PluginDriver] = {}

    async def open(self, modules: Sequence[ProviderModule]) -> None:
        """Start the plugins of these modules at the same time; those that are open already are left alone.

        Raises WfctlError for the first module that fails, in the order given, after ending what this call had started; the
        others' messages are among its details.
        """
        wanted = [module for module in modules if module.name not in self._drivers]
        ended = await asyncio.gather(*(self._start(module) for module in wanted), return_exceptions=True)
        problems = [one for one in ended if one is not None]
        if problems:
            begun = [self._drivers.pop(module.name) for module in wanted if module.name in self._drivers]
            await asyncio.gather(*(driver.close(0) for driver in begun))
            raise _together(problems)

    def driver(self, provider: str) -> PluginDriver:
        """The driver of a provider module. Raises KeyError."""
        return self._drivers[provider]

    def facts(self, provider: str) -> Facts:
        """What a module's plugin said of itself. Raises KeyError."""
        return self._drivers[provider].facts

    @property
    def declarations(self) -> tuple[ProviderDeclaration, ...]:
        """What the open plugins declare, by module name."""
        return tuple(self._drivers[name].declaration for name in sorted(self._drivers))

    async def close(self, seconds: float | None = None) -> None:
        """End every plugin, after mutations in flight have been answered or so many seconds (None: however long)."""
        drivers = list(self._drivers.values())
        await asyncio.gather(*(driver.close(seconds) for driver in drivers))
        self._guard.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Whoever leaves in haste does not wait for calls: they are in doubt already.
        await self.close(None if error is None else 0)

    async def _start(self, module: ProviderModule) -> None:
        candidate = choose(module.provider, self._found, self._pins)
        digest = await asyncio.to_thread(verify, candidate, self._pins)
        origin = Origin(module, candidate, self._site, self._guard)
        link, facts = await origin.first(digest)
        self._drivers[module.name] = PluginDriver(origin, link, facts)


async def open_drivers(
    modules: Sequence[ProviderModule], site: Site, found: Survey, pins: Mapping[str, str] | None = None
) -> DriverPool:
    """A pool with the plugins of these modules running. Raises as `DriverPool.open`."""
    pool = DriverPool(site, found, pins)
    try:
        await pool.open(modules)
    except BaseException:
        await pool.close(0)
        raise
    return pool


def _together(problems: Sequence[BaseException]) -> BaseException:
    first, *others = problems
    if not isinstance(first, WfctlError):
        return first
    also = tuple(f"also: {other}" for other in others)
    return WfctlError(first.kind, first.code, first.message, hint=first.hint, details=first.details + also)
