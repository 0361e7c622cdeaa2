"""The variables that the files declare to be secrets.

Knows nothing of their values or of where they are kept. Upstream leaves these as text when it hashes a config, so that a
plan made without them stays good (upstream: cmd/wfctl/infra.go).
"""

from __future__ import annotations

from collections.abc import Iterable

from wfctl.config.schema import Table

_MODULES = frozenset({"secrets.generate", "secrets.requires"})


def declared(sections: Iterable[Table], modules: Iterable[Table]) -> tuple[str, ...]:
    """The names, sorted: keys to generate and entries of the `secrets` sections, keys of modules for secrets."""
    found: set[str] = set()
    for section in sections:
        found |= _names(section.value.get("generate"), "key") | _names(section.value.get("entries"), "name")
    for module in modules:
        config = module.value.get("config")
        if module.value.get("type") in _MODULES and isinstance(config, dict):
            found |= _names(config.get("generate"), "key") | _names(config.get("requires"), "key")
    return tuple(sorted(found))


def _names(entries: object, key: str) -> set[str]:
    found = (entry.get(key) for entry in entries if isinstance(entry, dict)) if isinstance(entries, list) else ()
    return {name for name in found if isinstance(name, str) and name}
