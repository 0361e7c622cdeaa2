"""A project in a folder of its own, for every test of configs."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.config.projects import PROVIDER, Project

# the first example of a run reads tables of characters, and the machine may be busy
settings.register_profile("unhurried", parent=settings(), deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def apply_mistakes(project: Project) -> Callable[[str], list[str]]:
    """The mistakes of an `apply:` block, given as its inside; line 1 is its first line."""

    def mistakes(block: str) -> list[str]:
        head = PROVIDER.lstrip("\n") + "apply:\n"
        text = head + textwrap.indent(textwrap.dedent(block).lstrip("\n"), "  ")
        before = head.count("\n")
        found = [mistake.split(":", 1) for mistake in project.mistakes(text)]
        return [f"{int(line) - before}:{rest}" for line, rest in found]

    return mistakes
