"""Projects written to a folder of their own, and what loading them says."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from wfctl.config.diagnostics import ConfigError, Diagnostic
from wfctl.config.load import load
from wfctl.config.project import Config

PROVIDER = """
modules:
  - name: local
    type: iac.provider
    config: {provider: local}
"""


class Project:
    """A folder of config files. Messages are shown without the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str, name: str = "infra.yaml") -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
        return path

    def load(self, text: str, environment: str = "", environ: Mapping[str, str] | None = None) -> Config:
        return load(self.write(text), environ=environ or {}, environment=environment)

    def mistakes(self, text: str, environment: str = "", environ: Mapping[str, str] | None = None) -> list[str]:
        """Every mistake as `line:column summary | detail`, with the name of the file in front if it is not infra.yaml."""
        path = self.write(text)
        return self.mistakes_of(path, environment, environ)

    def mistakes_of(self, path: Path, environment: str = "", environ: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(path, environ=environ or {}, environment=environment)
        return [self.shown(found) for found in caught.value.diagnostics if found.severity == "error"]

    def warnings(self, text: str, environment: str = "") -> list[str]:
        return [self.shown(found) for found in self.load(text, environment).warnings]

    def shown(self, found: Diagnostic) -> str:
        file = found.file.removeprefix(f"{self.folder}/").removeprefix("infra.yaml")
        place = f"{file}{':' if file else ''}{found.line}:{found.column}"
        return f"{place} {found.summary}{f' | {found.detail}' if found.detail else ''}".replace(f"{self.folder}/", "")
