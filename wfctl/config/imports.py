"""A file and everything it imports, gathered into one list of modules and one of every other section.

Knows nothing of what a module means. As upstream, the importing file's own modules come first, then those of its imports,
depth first, and the first definition of a name wins (upstream: config/config.go).
"""

from __future__ import annotations

import os
from pathlib import Path as FilePath

from wfctl.config import document
from wfctl.config.diagnostics import Findings, Mark, meant, nearest
from wfctl.config.schema import Table, described

MOST_FILES = 200

_OURS = ("imports", "modules", "environments", "secrets", "apply")
_UPSTREAMS = (
    *("application", "ci", "engine", "infra", "infrastructure", "mesh", "networking", "pipelines", "platform"),
    *("plugins", "requires", "secretStores", "security", "services", "sidecars", "triggers", "variables", "vars"),
    "workflows",
)


class Gathered:
    """What the files hold, in order. Every table knows its file."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.modules: list[Table] = []
        self.environments: dict[str, Table | None] = {}
        self.secrets: list[Table] = []
        self.apply: Table | None = None
        self.incomplete = False  # a file could not be read: what it holds is not missing


def gather(path: FilePath, findings: Findings) -> Gathered:
    """Read a file and its imports. What is wrong is among the findings."""
    gatherer = _Gatherer(findings)
    gatherer.visit(path, str(path), None)
    return gatherer.gathered


class _Gatherer:
    def __init__(self, findings: Findings) -> None:
        self.gathered = Gathered()
        self._findings = findings
        self._open: list[str] = []  # from the first file to the one being read
        self._done: set[str] = set()
        self._too_many = False

    def visit(self, path: FilePath, file: str, asked_at: Mark | None) -> None:
        identity = _identity(path)
        if identity in self._open:
            self._findings.error(asked_at, f"{file} imports itself", "the imports form a circle")
            return
        if identity in self._done:
            return  # all it says was taken the first time
        if len(self._done) + len(self._open) >= MOST_FILES:
            if not self._too_many:
                self._findings.error(asked_at, f"more than {MOST_FILES} files are imported")
            self._too_many = True
            return
        found = document.read(path, file, self._findings, asked_at)
        if found is None:
            self.gathered.incomplete = True
        else:
            self._open.append(identity)
            self._take(found, path, root=asked_at is None)
            self._open.pop()
        self._done.add(identity)

    def _take(self, found: document.Document, path: FilePath, *, root: bool) -> None:
        self.gathered.files.append(found.source.file)
        if not isinstance(found.value, dict):
            wanted = "a file is a mapping that holds `modules`"
            self._findings.error(found.mark(()), f"{found.source.file} holds {described(found.value)}", wanted)
            return
        table = Table(found, (), found.value, self._findings)
        imports = table.texts("imports") or ()
        if root and not imports and "modules" not in found.value:
            slip = nearest("modules", found.value)
            hint = f"rename {slip}" if slip else "an empty list says that nothing is wanted: modules: []"
            self._findings.error(found.mark(()), "modules is missing", hint)
        self._take_sections(table)
        for number, name in enumerate(imports):
            near = FilePath(os.path.normpath(path.parent / name))
            self.visit(near, str(near), table.mark("imports", number))

    def _take_sections(self, table: Table) -> None:
        self._take_modules(table)
        environments = table.table("environments")
        for name, inner in environments.named_tables() if environments else ():
            self.gathered.environments.setdefault(name, inner)
        secrets = table.table("secrets")
        if secrets is not None:
            self.gathered.secrets.append(secrets)
        apply = table.table("apply")
        if self.gathered.apply is None:
            self.gathered.apply = apply
        for key in table.value:
            if key not in _OURS and key not in _UPSTREAMS:
                hint = meant(key, (*_OURS, *_UPSTREAMS)) or "wfctl does not read it"
                self._findings.warning(table.mark(key, key=True), f"unknown section {key}", hint)

    def _take_modules(self, table: Table) -> None:
        known = {module.value.get("name") for module in self.gathered.modules}
        own: dict[str, Table] = {}
        for module in table.tables("modules"):
            name = module.text("name", required=True)
            if name in known:
                continue
            first = own.setdefault(name, module)
            if first is not module and name:
                line = first.mark().position.line
                module.wrong(f"two modules are called {name}", f"the first stands in line {line}", "name")
                continue
            self.gathered.modules.append(module)


def _identity(path: FilePath) -> str:
    """The same for two names of one file."""
    try:
        return os.path.realpath(path)
    except ValueError:  # a NUL in the name; reading it will say so
        return str(path)
