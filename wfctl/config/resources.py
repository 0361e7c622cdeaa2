"""Sorting modules: which are providers, which is the state, which are resources and whose.

Knows nothing of the order between resources. A type is a resource if it is `infra.*` or `platform.*`, if its config names
a provider module, or if its first word is the name a provider's plugin goes by: `local.file` belongs to `local`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import msgspec

from wfctl.config.diagnostics import Findings, meant
from wfctl.config.modules import RESOURCE_PREFIXES, Module
from wfctl.config.project import ApplySettings, ProviderModule, ProviderSettings, StateModule
from wfctl.config.schema import described
from wfctl.config.yaml_nodes import OddKey
from wfctl.core.references import BadReferenceError, Path, dotted, expand_environment

_PROVIDER = "iac.provider"
_STATE = "iac.state"
_LONGEST_NAME = 255


def usable_name(name: str) -> bool:
    """Whether a resource may be called so."""
    fits = 0 < len(name) <= _LONGEST_NAME and name.isprintable() and name == name.strip()
    return fits and not set(name) & set("${}")


class Owned(msgspec.Struct, frozen=True, kw_only=True):
    """A module that is a resource, and the provider module it belongs to ("" if that is not known)."""

    module: Module
    provider: str


class Sorted(msgspec.Struct, frozen=True, kw_only=True):
    """The modules by what they are; those that are nothing to wfctl are gone."""

    providers: dict[str, ProviderModule]
    provider_modules: tuple[Module, ...]
    state: StateModule | None
    state_module: Module | None
    resources: tuple[Owned, ...]


def sort(
    modules: list[Module],
    switched_off: Mapping[str, str],
    settings: ApplySettings,
    environment: Mapping[str, str],
    findings: Findings,
) -> Sorted:
    """Sort the modules, noting what is wrong with each. `switched_off` gives the type of modules by name."""
    sorter = _Sorter(switched_off, environment, findings)
    providers = [module for module in modules if module.type == _PROVIDER]
    for module in providers:
        sorter.add_provider(module, settings.providers.get(module.name, ProviderSettings()))
    states = [module for module in modules if module.type == _STATE]
    for extra in states[1:]:
        extra.table.unwise("a second iac.state module", f"{states[0].name} is used", "type")
    return Sorted(
        providers=sorter.providers,
        provider_modules=tuple(providers),
        state=sorter.state(states[0]) if states else None,
        state_module=states[0] if states else None,
        resources=tuple(sorter.resources(module for module in modules if module.type not in {_PROVIDER, _STATE})),
    )


class _Sorter:
    def __init__(self, switched_off: Mapping[str, str], environment: Mapping[str, str], findings: Findings) -> None:
        self.providers: dict[str, ProviderModule] = {}
        self._by_plugin: dict[str, list[str]] = {}
        self._switched_off = switched_off
        self._environment = environment
        self._findings = findings

    def add_provider(self, module: Module, settings: ProviderSettings) -> None:
        plugin = self._filled(module.config.get("provider"))
        if plugin == "":
            summary = f"provider {module.name} does not say which plugin it is of"
            self._findings.error(module.mark("provider"), summary, "config.provider is the name of a plugin")
        elif plugin:
            self._by_plugin.setdefault(plugin, []).append(module.name)
        self.providers[module.name] = ProviderModule(
            name=module.name,
            provider=plugin or "",
            config=module.config,
            env_allow=settings.env,
            position=module.table.position,
        )
        self._check(module)

    def state(self, module: Module) -> StateModule:
        self._check(module)
        return StateModule(
            name=module.name,
            backend=self._filled(module.config.get("backend")) or "filesystem",
            config=module.config,
            position=module.table.position,
        )

    def resources(self, modules: Iterator[Module]) -> Iterator[Owned]:
        for module in modules:
            provider = self._provider_of(module)
            if provider is not None:
                self._check(module)
                self._check_resource(module)
                yield Owned(module=module, provider=provider)

    def _provider_of(self, module: Module) -> str | None:
        """The provider module of a resource, "" if it should have one, None if the module is no resource."""
        chosen = self._filled(module.config.get("iac_provider"))
        fallback = self._filled(module.config.get("provider"))
        if chosen is None:
            return ""
        if module.type.startswith(RESOURCE_PREFIXES):
            if not chosen and fallback is None:
                return ""
            key = "iac_provider" if chosen else "provider"
            return self._declared(module, chosen or fallback or "", key)
        if chosen:
            return self._declared(module, chosen, "iac_provider")
        if fallback and fallback in self.providers:
            return fallback
        return self._by_type(module)

    def _declared(self, module: Module, name: str, key: str) -> str:
        if name in self.providers:
            return name
        known = ", ".join(sorted(self.providers)) or "none"
        if not name:
            detail = f"set config.iac_provider; declared are: {known}"
            self._findings.error(module.mark(), f"{module.name} ({module.type}) names no provider", detail)
        elif name in self._switched_off:
            detail = "set another config.iac_provider for this environment"
            self._findings.error(module.mark(key), f"provider {name} is switched off in this environment", detail)
        else:
            detail = meant(name, self.providers) or f"declared are: {known}"
            self._findings.error(module.mark(key), f"no iac.provider module is called {name}", detail)
        return ""

    def _by_type(self, module: Module) -> str | None:
        prefix, dot, _ = module.type.partition(".")
        owners = self._by_plugin.get(prefix, []) if dot else []
        if len(owners) == 1:
            return owners[0]
        if owners:
            detail = f"set config.iac_provider to one of {', '.join(owners)}"
            self._findings.error(module.mark(), f"{module.name} ({module.type}) could be of several providers", detail)
            return ""
        hint = meant(prefix, self._by_plugin) if dot else ""
        if hint:
            mark = module.table.mark("type")
            self._findings.error(mark, f"{module.name} ({module.type}): no provider is called {prefix}", hint)
            return ""
        if dot:
            # Files of the Go tool hold modules of applications too, so this may be meant.
            detail = f"no provider is called {prefix}, and the module names none"
            module.table.unwise(f"{module.name} ({module.type}) is left alone: it is no resource", detail, "type")
        return None

    def _check(self, module: Module) -> None:
        """What holds for every module that wfctl reads."""
        module.finish()
        for path, problem in _not_json(module.config, ()):
            mark = module.mark(*path, key=isinstance(path[-1], OddKey))
            self._findings.error(mark, f"{module.name}: {problem}", "a config is JSON")

    def _check_resource(self, module: Module) -> None:
        name = module.name
        # A name that is missing was called so already.
        if name and not usable_name(name):
            detail = f"up to {_LONGEST_NAME} printable characters without $, {{ and }}"
            self._findings.error(module.table.mark("name"), "the name cannot be used", detail)
        protected = module.config.get("protected")
        if protected is not None and not isinstance(protected, bool):
            summary = f"protected must be true or false, not {described(protected)}"
            self._findings.error(module.mark("protected"), summary)

    def _filled(self, value: object) -> str | None:
        """A text with its variables filled in, "" for anything else, None for a variable that is not set.

        That is reported where references are looked at; what cannot be known must not be called wrong as well.
        """
        try:
            filled = expand_environment(value, self._environment)
        except BadReferenceError:
            return None
        return filled if isinstance(filled, str) else ""


def _not_json(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """The places where a config cannot be written as JSON."""
    if isinstance(value, dict):
        for key, item in value.items():
            if type(key) is OddKey:
                yield (*path, key), f'the key {dotted((*path, key))} is no text; write it in quotes: "{key}"'
            if type(item) in {dict, list, float}:
                yield from _not_json(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            if type(item) in {dict, list, float}:
                yield from _not_json(item, (*path, number))
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, f"{dotted(path)} is {value}, which is no JSON number"
