"""What the crash tests share: two processes that fork runs, and the count of what was done to them."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.crash.forge import Forges, Tally


@pytest.fixture(scope="session")
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Counts, printed at the end."""
    counted = Tally()
    yield counted
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        sys.stdout.write(f"\n{counted}\n")


@pytest.fixture(scope="session")
def forges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forges]:
    """Two forges."""
    found = Forges(tmp_path_factory.mktemp("forge"), 2)
    yield found
    found.close()
