"""One plugin process for all tests of the folder, with a world of its own for each; those that end it start their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wfctl_plugin_scripted.world import World

from tests.plugins.local.process import PluginProcess

PROGRAM = ("-m", "wfctl_plugin_scripted")


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PluginProcess]:
    process = PluginProcess(tmp_path_factory.mktemp("plugin"), PROGRAM)
    yield process
    process.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "world.jsonl")
    yield world
    world.close()


@pytest.fixture
def plugin(process: PluginProcess, world: World) -> PluginProcess:
    process.configure(world=str(world.path))
    return process


@pytest.fixture
def mortal(tmp_path: Path, world: World) -> Iterator[Callable[[], PluginProcess]]:
    """Starts plugins that a test may let die, all in one world."""
    begun: list[PluginProcess] = []

    def begin() -> PluginProcess:
        begun.append(PluginProcess(tmp_path, PROGRAM))
        begun[-1].configure(world=str(world.path))
        return begun[-1]

    yield begin
    for one in begun:
        one.close()
