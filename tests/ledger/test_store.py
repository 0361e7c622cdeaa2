"""Every backend keeps the promises of `wfctl.ledger.store`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.contract import LedgerContract
from tests.ledger.makers import Clock, claim, vault
from wfctl.ledger.lease import Claim
from wfctl.ledger.sqlite import SqliteStore, open_ledger


class SqliteFile:
    """A ledger file in a directory of the test's."""

    def __init__(self, directory: Path) -> None:
        self.clock = Clock()
        self._path = directory / ".wfctl" / "ledger.db"
        self._opened: list[SqliteStore] = []

    def open(self, by: Claim | None = None) -> SqliteStore:
        store = open_ledger(self._path, by or claim(self.clock), vault(self._path.parent), create=True)
        self._opened.append(store)
        return store

    def close(self) -> None:
        for store in self._opened:
            store.close()


class TestSqliteFile(LedgerContract):
    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Iterator[SqliteFile]:
        file = SqliteFile(tmp_path)
        yield file
        file.close()
