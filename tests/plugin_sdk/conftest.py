"""One running shelf for all tests that only call it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugin_sdk.child import Child, started
from wfctl.protocol import iac_pb2 as pb


@pytest.fixture(scope="session")
def running() -> Iterator[Child]:
    with started("shelf") as child:
        yield child


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def shelf(running: Child, folder: Path) -> Child:
    running.call(
        "IaCProviderRequired/Initialize", pb.InitializeRequest(config_json=json.dumps({"folder": str(folder)}).encode())
    )
    return running
