"""Fingerprints of plugins, and the pins a user may hold them to.

Knows nothing of how plugins are found. The pin file is upstream's lock file (upstream: plugin/integrity.go). A pin covers one
file: for a launcher script that is the launcher alone, not what it starts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from wfctl.errors import Kind, WfctlError

PIN_FILE = ".wfctl.yaml"
PARENTS = 3
"""How many folders above the starting one are searched for the pin file."""

_LIMIT = 1024 * 1024


def read_pins(start: Path) -> Mapping[str, str]:
    """The pins that hold in a folder: plugin folder name (or provider name of a package) to lower-case hex SHA-256.

    Looks into `start` and the three folders above it; the nearest file counts. No file means no pins.
    Raises WfctlError (plugin, PLUGIN_PINS) for a file that cannot be read or understood.
    """
    for folder in (start, *list(start.parents)[:PARENTS]):
        path = folder / PIN_FILE
        if path.exists():
            return _pins(path)
    return {}


def _pins(path: Path) -> Mapping[str, str]:
    import yaml

    try:
        with path.open("rb") as file:
            document = yaml.safe_load(file.read(_LIMIT))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as reason:
        raise _unreadable(path, str(reason).splitlines()[0]) from reason
    plugins = document.get("plugins") if isinstance(document, dict) else document
    if plugins is None:
        return {}
    if not isinstance(plugins, dict):
        raise _unreadable(path, "`plugins` must be a mapping of plugin names")
    return dict(_pin(path, name, entry) for name, entry in plugins.items() if entry and _sum(entry))


def _sum(entry: object) -> object:
    return entry.get("sha256") if isinstance(entry, dict) else entry


def _pin(path: Path, name: object, entry: object) -> tuple[str, str]:
    pinned = _sum(entry)
    if not isinstance(entry, dict) or not isinstance(pinned, str):
        raise _unreadable(path, f"plugins.{name}.sha256 must be a text")
    return str(name), pinned.strip().lower()


def _unreadable(path: Path, reason: str) -> WfctlError:
    return WfctlError(
        Kind.PLUGIN,
        "PLUGIN_PINS",
        f"{path} cannot be read: {reason}",
        hint="mend the file, or remove it to pin nothing",
    )


def file_digest(path: Path) -> str:
    """Lower-case hex SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
