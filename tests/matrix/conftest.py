"""One theatre for all cells; which of them are played; and a word at the end on the others.

`pytest tests/matrix` plays so many cells that any three values meet that can; `--whole-matrix` plays all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.matrix.cells import CELLS, CHOSEN, EXCLUDED
from tests.matrix.theatre import Theatre

WHOLE = "--whole-matrix"
PLAYED = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(WHOLE, action="store_true", help="play every cell of tests/matrix")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell" in metafunc.fixturenames:
        cells = CELLS if metafunc.config.getoption(WHOLE, default=False) else CHOSEN
        metafunc.parametrize("cell", cells, ids=lambda cell: cell.name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """How many were played, and why the others cannot be."""
    played = config.stash.get(PLAYED, 0)
    if not played:
        return
    impossible = sum(EXCLUDED.values())
    terminalreporter.write_line(
        f"Matrix: {played} cells played of {len(CELLS)}; {impossible} combinations cannot be, for {len(EXCLUDED)} reasons"
    )
    if config.getoption(WHOLE, default=False):
        for reason, count in EXCLUDED.most_common():
            terminalreporter.write_line(f"{count:>8}  {reason}")


@pytest.fixture(scope="session")
def theatre(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Theatre]:
    with asyncio.Runner() as runner, Theatre(tmp_path_factory.mktemp("theatre"), runner) as theatre:
        yield theatre
        pytestconfig.stash[PLAYED] = len(theatre.cells)
