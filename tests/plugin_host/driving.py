"""Drivers of the fake plugin, and the values they are called with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.plugin_host.hosting import site
from tests.plugin_host.plugins import PROVIDER
from wfctl.core.plan import ResourceSpec
from wfctl.engine.ports import CallTag
from wfctl.plugin_host.discover import Places, survey
from wfctl.plugin_host.launch import Site
from wfctl.plugin_host.origin import ProviderModule
from wfctl.plugin_host.pool import DriverPool, open_drivers

MODULE = ProviderModule(name="cloud", provider=PROVIDER, config={"region": "x"})
TAG = CallTag(run_id="run-1", action=3, attempt=2, key="ab" * 32)


@asynccontextmanager
async def pool(root: Path, module: ProviderModule = MODULE, at: Site | None = None) -> AsyncIterator[DriverPool]:
    """The plugins found under `root`, with one module's running."""
    async with await open_drivers([module], at or site(), survey(Places(flag=root, packages=()))) as drivers:
        yield drivers


def spec(name: str = "a", **script: object) -> ResourceSpec:
    return ResourceSpec(name=name, type="fake.thing", config=script)
