"""One plugin process for all tests of the folder, with a root of its own for each; and processes to be killed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.local.process import PluginProcess

STOPPING = Path(__file__).with_name("stopping.py")


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PluginProcess]:
    process = PluginProcess(tmp_path_factory.mktemp("plugin"))
    yield process
    process.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


@pytest.fixture
def plugin(process: PluginProcess, root: Path) -> PluginProcess:
    process.configure(root=str(root))
    return process


@pytest.fixture
def killed_at(root: Path, tmp_path: Path) -> Callable[[str, Callable[[PluginProcess], Any]], None]:
    """Make a call to a plugin that stops at a point, and kill it there. The call must be a future."""

    def kill(point: str, start: Callable[[PluginProcess], Any]) -> None:
        pipe = tmp_path / "reached"
        if not pipe.exists():
            os.mkfifo(pipe)
        stopping = PluginProcess(tmp_path, (str(STOPPING),), {"STOP_AT": point, "STOP_SAY": str(pipe)})
        stopping.configure(root=str(root))
        under_way = start(stopping)
        assert pipe.read_text() == point
        stopping.kill()
        assert under_way.exception()
        stopping.close()

    return kill
