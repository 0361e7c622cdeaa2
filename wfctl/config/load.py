"""Reading a project: from the name of a file to a Config, or to all that is wrong with it.

Knows nothing of plugins or state. The environment is given to it; only whether a variable is set is looked at, and what
names a provider.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from wfctl.config import apply_block, resources, secret_names
from wfctl.config.apply_block import ApplyBlock
from wfctl.config.dependencies import Needs
from wfctl.config.diagnostics import Findings, meant
from wfctl.config.imports import Gathered, gather
from wfctl.config.modules import Module, in_environment
from wfctl.config.project import ApplySettings, Config, Resource
from wfctl.config.resources import Owned, Sorted
from wfctl.config.schema import Table


def load(path: Path | str, *, environ: Mapping[str, str], environment: str = "") -> Config:
    """The project at `path`, as `environment` has it ("" for the base configuration).

    `environ` are the variables that references may name; their values are never kept.
    Raises ConfigError with every mistake of the file and its imports, each with its place.
    """
    with _collector_paused():
        return _load(Path(path), environ, environment)


def _load(path: Path, environ: Mapping[str, str], environment: str) -> Config:
    findings = Findings(str(path))
    gathered = gather(path, findings)
    if gathered.incomplete:
        findings.raise_errors()
    block = apply_block.read(gathered.apply)
    modules, off = _modules(gathered, environment)
    found = resources.sort(modules, off, block.settings, environ, findings)
    absent = {module.written_name: f"it is a module of type {module.type}" for module in modules}
    absent |= dict.fromkeys(off, f"it is switched off in environment {environment}")
    needs = Needs((owned.module for owned in found.resources), absent, findings)
    built = _build(found, needs, environ, findings)
    settings = _checked(block, gathered.apply, found, needs)
    needs.finish()
    _warn_of_environment(gathered, environment)
    findings.raise_errors()
    return Config(
        path=str(path),
        directory=str(path.parent),
        environment=environment,
        files=tuple(gathered.files),
        providers=found.providers,
        state=found.state,
        resources=built,
        apply=settings,
        secret_names=secret_names.declared(gathered.secrets, gathered.modules),
        warnings=findings.warnings,
    )


def _modules(gathered: Gathered, environment: str) -> tuple[list[Module], dict[str, str]]:
    """The modules of an environment, and the types of those it switches off by name."""
    defaults = gathered.environments.get(environment) if environment else None
    modules: list[Module] = []
    off: dict[str, str] = {}
    for table in gathered.modules:
        module = in_environment(table, environment, defaults)
        if module is None:
            off[table.text("name")] = table.text("type")
        else:
            modules.append(module)
    return modules, off


def _build(found: Sorted, needs: Needs, environ: Mapping[str, str], findings: Findings) -> tuple[Resource, ...]:
    needs.follow_renames()
    built: dict[str, Resource] = {}
    for owned in found.resources:
        resource = _resource(owned, needs, environ)
        first = built.setdefault(resource.name, resource)
        if first is not resource:
            summary = f"two resources are called {resource.name} in this environment"
            findings.error(owned.module.mark(), summary, f"the first stands at {first.position}")
    for module in (*found.provider_modules, *filter(None, [found.state_module])):
        needs.outputs_refused(module, environ)
    return tuple(built.values())


def _resource(owned: Owned, needs: Needs, environ: Mapping[str, str]) -> Resource:
    module = owned.module
    size = module.config.get("size")
    return Resource(
        name=module.name,
        type=module.type,
        provider_module=owned.provider,
        config=module.config,
        size=size if isinstance(size, str) else "",
        depends_on=needs.depends_on(module),
        references=needs.references(module, environ),
        protected=module.config.get("protected") is True,
        position=module.table.position,
    )


def _checked(block: ApplyBlock, table: Table | None, found: Sorted, needs: Needs) -> ApplySettings:
    """The settings of the block with the names of the modules it speaks of, each noted where there is no such module."""
    for name in block.settings.providers if table else ():
        if name not in found.providers and table is not None:
            table.wrong(f"no iac.provider module is called {name}", meant(name, found.providers), "providers", name)
    for name, mark in block.resources:
        needs.expect(needs.renamed(name), mark)
    hooks = [msgspec.structs.replace(hook, secrets=_follow(hook.secrets, needs)) for hook in block.settings.hooks]
    return msgspec.structs.replace(block.settings, hooks=tuple(hooks))


def _follow(secrets: Mapping[str, str], needs: Needs) -> dict[str, str]:
    parts = {variable: field.partition(".") for variable, field in secrets.items()}
    return {variable: f"{needs.renamed(name)}.{output}" for variable, (name, _, output) in parts.items()}


def _warn_of_environment(gathered: Gathered, environment: str) -> None:
    named = dict.fromkeys(gathered.environments)
    for table in gathered.modules:
        own = table.value.get("environments")
        named.update(dict.fromkeys(own if isinstance(own, dict) else ()))
    if environment and named and environment not in named and gathered.modules:
        hint = meant(environment, named) or f"named are {', '.join(named)}"
        gathered.modules[0].unwise(f"no file mentions the environment {environment}", f"{hint}; the base is used")


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """A large project makes hundreds of thousands of values, none of them garbage: looking for it costs as much again."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
