"""What resources need of each other and of the environment: dependencies, references, circles, unset variables.

Knows nothing of types or providers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from wfctl.config.diagnostics import Findings, Mark, meant
from wfctl.config.modules import Module
from wfctl.config.schema import described
from wfctl.core.references import (
    BrokenReference,
    EnvironmentReference,
    OutputReference,
    Path,
    Reference,
    references,
    rename,
)

_MOST_CIRCLES = 10


class _Place(NamedTuple):
    """A value in the config of a module."""

    module: Module
    path: Path

    def mark(self) -> Mark:
        return self.module.mark(*self.path)


class Needs:
    """Finds what the configs of a project refer to, and notes what is not there."""

    def __init__(self, modules: Iterable[Module], absent: Mapping[str, str], findings: Findings) -> None:
        """`absent` says of names that are no resource why not."""
        self._modules = {module.name: module for module in modules}
        self._renamed = {
            module.written_name: module.name
            for module in self._modules.values()
            if module.written_name != module.name and module.written_name not in self._modules
        }
        self._absent = absent
        self._findings = findings
        # places are looked up when there is something to say of them
        self._unset: dict[str, list[_Place]] = {}
        self._edges: dict[str, dict[str, _Place]] = {}

    def follow_renames(self) -> None:
        """Let references and dependencies use the names that the environment gave."""
        if not self._renamed:
            return
        for module in self._modules.values():
            renamed = rename(module.config, self._renamed)
            if isinstance(renamed, dict):
                module.config = renamed
            wanted = module.config.get("depends_on")
            if isinstance(wanted, list):
                module.config["depends_on"] = [self.renamed(name) if isinstance(name, str) else name for name in wanted]

    def renamed(self, name: str) -> str:
        """The name a resource goes by in this environment."""
        return self._renamed.get(name, name)

    def depends_on(self, module: Module) -> tuple[str, ...]:
        """The resources a config names in `depends_on`, each once."""
        wanted = module.config.get("depends_on")
        if wanted is None:
            return ()
        if not isinstance(wanted, list):
            summary = f"depends_on must be a list of resource names, not {described(wanted)}"
            self._findings.error(module.mark("depends_on"), summary)
            return ()
        found: dict[str, None] = {}
        for number, name in enumerate(wanted):
            place = _Place(module, ("depends_on", number))
            if not isinstance(name, str):
                self._findings.error(place.mark(), f"depends_on must hold resource names, not {described(name)}")
            elif self._known(name, place):
                found[name] = None
        return tuple(found)

    def references(self, module: Module, environment: Mapping[str, str]) -> tuple[str, ...]:
        """The resources whose outputs a config takes, sorted. Unset variables are noted for `finish`."""
        found: set[str] = set()
        for reference in references(module.config):
            place = _Place(module, reference.path)
            if isinstance(reference, OutputReference):
                if self._known(reference.name, place):
                    found.add(reference.name)
            else:
                self._check(reference, place, environment)
        return tuple(sorted(found))

    def outputs_refused(self, module: Module, environment: Mapping[str, str]) -> None:
        """Check a config that is needed before any resource exists: it may refer to variables alone."""
        for reference in references(module.config):
            place = _Place(module, reference.path)
            if isinstance(reference, OutputReference):
                summary = f"{module.name} cannot take {reference.text}"
                detail = f"an {module.type} is needed before any resource has outputs"
                self._findings.error(place.mark(), summary, detail)
            else:
                self._check(reference, place, environment)

    def expect(self, name: str, mark: Mark) -> None:
        """Note that there is no resource of that name, if there is none."""
        if name not in self._modules:
            hint = "" if self._findings.full else self._absent.get(name) or meant(name, self._modules)
            self._findings.error(mark, f"no resource is called {name}", hint)

    def finish(self) -> None:
        """Note circles and unset variables, once everything was looked at."""
        self._refuse_circles()
        for variable, places in self._unset.items():
            more = f"; it stands in {len(places)} places" if len(places) > 1 else ""
            hint = f"set it, or remove the reference{more}"
            if not variable.replace("_", "").isalnum():
                hint = f"${{…}} has no defaults and $ no escape, so {variable} is taken for a name{more}"
            self._findings.error(places[0].mark(), f"the environment variable {variable} is not set", hint)

    def _known(self, name: str, place: _Place) -> bool:
        if name == place.module.name:
            self._findings.error(place.mark(), f"{name} refers to itself")
            return False
        if name not in self._modules:
            self.expect(name, place.mark())
            return False
        self._edges.setdefault(place.module.name, {}).setdefault(name, place)
        return True

    def _check(self, reference: Reference, place: _Place, environment: Mapping[str, str]) -> None:
        match reference:
            case BrokenReference():
                hint = "write ${NAME} or ${resource.output}"
                self._findings.error(place.mark(), f"{reference.text} {reference.reason}", hint)
            case EnvironmentReference() if reference.variable not in environment:
                self._unset.setdefault(reference.variable, []).append(place)

    def _refuse_circles(self) -> None:
        graph = {name: dict(needed) for name, needed in self._edges.items()}
        for _ in range(_MOST_CIRCLES):
            try:
                TopologicalSorter(graph).prepare()
            except CycleError as circle:
                # graphlib lists what is needed before what needs it
                names = list(reversed(circle.args[1]))
                first = min(range(len(names) - 1), key=lambda number: names[number])
                names = [*names[first:-1], *names[:first], names[first]]
                mark = graph[names[0]].pop(names[1]).mark()
                self._findings.error(mark, f"a circle of dependencies: {' → '.join(names)}", "each waits for the next")
            else:
                return
