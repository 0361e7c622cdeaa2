"""A module as one environment has it: overrides merged in, defaults filled in, renamed or switched off.

Knows nothing of providers or references. The rules are upstream's (config/module_resolve_env.go, cmd/wfctl/infra.go).
"""

from __future__ import annotations

from collections.abc import Mapping

from wfctl.config.diagnostics import Mark
from wfctl.config.schema import Table, described
from wfctl.core.references import Path, printed

RESOURCE_PREFIXES = ("infra.", "platform.")
"""Types that are always resources, and that take the defaults of an environment."""

_INSIDE_CONFIG = ("depends_on", "iac_provider", "provider", "size")
_CONTAINER = "infra.container_service"


class Module:
    """One module in one environment. `config` belongs to it alone, except for the parts it did not change."""

    def __init__(self, table: Table, config: dict[str, object], layers: tuple[Path, ...]) -> None:
        self.table = table
        self.name = table.text("name", required=True)
        self.written_name = self.name
        self.type = table.text("type", required=True)
        self.protected = table.flag("protected")
        self.config = config
        self._layers = layers

    def mark(self, *steps: str | int, key: bool = False) -> Mark:
        """The place of a value of the config: in the override if it is there, else in the module's own config."""
        for layer in self._layers:
            path = (*layer, *steps)
            # beside the config of an override stands its provider, and nothing else that ends up in a config
            if (layer[-1] == "config" or steps == ("provider",)) and _holds(self.table.value, path):
                return self.table.mark(*path, key=key)
        return self.table.mark()

    def finish(self) -> None:
        """Note the unknown keys of the module, and keys that look useful and are not."""
        for key in ("satisfies", "branches", "environments", "config"):
            self.table.has(key)
        if self.table.has("dependsOn") and self.table.value["dependsOn"]:
            detail = "it orders the modules of a workflow; between resources write config.depends_on"
            self.table.unwise("dependsOn does not order resources", detail, "dependsOn")
        for key in _INSIDE_CONFIG:
            if key in self.table.value:
                self.table.has(key)
                self.table.wrong(f"{key} belongs inside config", f"{self.name}: config: {{{key}: …}}", key)
        self.table.finish()


def in_environment(table: Table, environment: str, defaults: Table | None) -> Module | None:
    """The module as an environment has it; None where that environment switches it off.

    `environment` is empty for the base configuration. `defaults` is the entry of the top `environments` section.
    """
    config_table = table.table("config")
    config = dict(config_table.value) if config_table else {}
    overrides = table.table("environments")
    listed = bool(environment) and overrides is not None and environment in overrides.value
    layers: tuple[Path, ...] = (("config",),)
    override: Table | None = None
    if overrides is not None and listed:
        if overrides.value[environment] is None:
            return None
        override = overrides.table(environment)
        layers = (("environments", environment, "config"), ("environments", environment), *layers)
    provider = _override(config, override)
    module = Module(table, config, layers)
    if listed and module.type.startswith("infra."):
        _rename(module)
    if defaults is not None and module.type.startswith(RESOURCE_PREFIXES):
        _fill_defaults(module, defaults, provider)
    if module.protected:
        module.config["protected"] = True
    return module


def _override(config: dict[str, object], override: Table | None) -> str:
    """Merge an override into the config; the provider it names, if any."""
    if override is None:
        return ""
    provider = override.text("provider")
    if provider:
        config["provider"] = provider
    inner = override.table("config")
    if inner is not None:
        config.update(_merged(config, inner.value))
    for key in ("strategy", "dockerImage", "port", "connection"):
        override.has(key)
    override.finish()
    return provider


def _merged(base: Mapping[str, object], override: Mapping[str, object]) -> dict[str, object]:
    merged = dict(base)
    for key, value in override.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _rename(module: Module) -> None:
    name = module.config.get("name")
    if isinstance(name, str) and name:
        module.name = name
        del module.config["name"]


def _fill_defaults(module: Module, defaults: Table, provider: str) -> None:
    config = module.config
    region = defaults.text("region")
    if region and "region" not in config:
        config["region"] = region
    if defaults.text("provider") and not provider:
        config.setdefault("provider", defaults.text("provider"))
    variables = defaults.table("envVars")
    if variables is not None and variables.value and module.type == _CONTAINER:
        own = config.get("env_vars")
        shared = {name: _as_text(variables, name) for name in variables.value}
        config["env_vars"] = {**shared, **(own if isinstance(own, dict) else {})}


def _as_text(table: Table, key: str) -> str:
    """A variable of an environment is always text, also where it looks like a number."""
    value = table.value[key]
    try:
        if value is None or isinstance(value, str | bool | int | float):
            return "" if value is None else printed(value)
    except ValueError:  # an infinity
        pass
    table.wrong(f"the variable {key} must be text", f"it is {described(value)}", key)
    return ""


def _holds(value: object, path: Path) -> bool:
    for step in path:
        inside = step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))
        if not inside:
            return False
        value = value[step]  # type: ignore[index]  # just looked
    return True
