from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.plugin_host.driving import TAG, pool, spec
from tests.plugin_host.hosting import run, site
from tests.plugin_host.plugins import serving
from wfctl.plugin_host.origin import ProviderModule

TRAITS = ["IaCProviderRequired", "ResourceDriver", "IaCProviderTraits"]


def module(parallelism: int = 0, environment: tuple[str, ...] | None = None) -> ProviderModule:
    return ProviderModule(name="cloud", provider="fake", config={}, parallelism=parallelism, environment=environment)


@pytest.mark.parametrize(("declared", "wanted", "given"), [(0, 0, 1), (4, 0, 4), (0, 6, 6), (4, 2, 2)])
def test_the_users_parallelism_beats_the_declared_one(tmp_path: Path, declared: int, wanted: int, given: int) -> None:
    serving(tmp_path, services=TRAITS, traits={"max_concurrency": declared})

    async def work() -> int:
        async with pool(tmp_path, module(parallelism=wanted)) as drivers:
            return drivers.driver("cloud").declaration.max_concurrency

    assert run(work()) == given


@pytest.mark.parametrize(("allowed", "names"), [(None, {"TOKEN", "OTHER"}), (("TOKEN",), {"TOKEN"}), ((), set())])
def test_a_module_may_name_the_only_variables_its_plugin_gets(
    tmp_path: Path, allowed: tuple[str, ...] | None, names: set[str]
) -> None:
    serving(tmp_path)
    host = {"TOKEN": "t", "OTHER": "o", "WFCTL_SECRETS_KEY": "k"}

    async def work() -> dict[str, Any]:
        async with pool(tmp_path, module(environment=allowed), site(environment=host)) as drivers:
            made = await drivers.driver("cloud").create(spec(), TAG, timeout=None)
        assert made is not None
        return made.outputs or {}

    assert set(run(work())["environment"]) & set(host) == names
