"""Find the plugin that makes a provider real, without starting anything.

Knows nothing of processes. Folder plugins have upstream's layout, `DIR/NAME/plugin.json` beside the executable `DIR/NAME/NAME`;
package plugins announce themselves with an entry point and are found without importing them.
"""

from __future__ import annotations

import enum
import hashlib
import importlib.util
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path

import msgspec

from wfctl.errors import Kind, WfctlError
from wfctl.plugin_host.integrity import file_digest
from wfctl.plugin_host.manifest import LIMIT, Manifest, ManifestError, parse

ENTRY_POINTS = "wfctl.plugins"
"""The entry point group of package plugins: the name is the provider, the value the module that is run."""

MANIFEST = "plugin.json"


class Source(enum.StrEnum):
    """Where a plugin was found, in the order of looking."""

    FLAG = "--plugin-dir"
    ENVIRONMENT = "WFCTL_PLUGIN_DIR"
    DEFAULT = "plugin directory"
    PACKAGE = "Python package"


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look. `packages` replaces the interpreter's module search path (None: that path itself)."""

    flag: Path | None = None
    environment: Path | None = None
    default: Path | None = None
    packages: tuple[str, ...] | None = None

    def folders(self) -> Iterator[tuple[Source, Path]]:
        """The plugin directories in order, each once."""
        named = ((Source.FLAG, self.flag), (Source.ENVIRONMENT, self.environment), (Source.DEFAULT, self.default))
        seen = set[Path]()
        for source, folder in named:
            if folder is not None and folder.resolve() not in seen:
                seen.add(folder.resolve())
                yield source, folder


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that says it makes a provider real. `module` is set for packages; `path` is the plugin's folder."""

    provider: str
    name: str
    version: str
    source: Source
    path: Path
    module: str = ""
    description: str = ""

    @property
    def executable(self) -> Path:
        """The program of a folder plugin, absolute: it is started from another folder."""
        return self.path.absolute() / self.path.name

    @property
    def where(self) -> str:
        """Where it is, for messages."""
        return f"python -m {self.module}" if self.module else str(self.executable)

    @property
    def pin(self) -> str:
        """The name a pin file knows it by."""
        return self.provider if self.module else self.path.name


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A place that looked like a plugin and could not be used."""

    path: str
    reason: str


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """Everything found: what can be used, in order, and what was passed over."""

    candidates: tuple[Candidate, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def survey(places: Places) -> Survey:
    """Look everywhere. Starts no process and imports no plugin; what is broken is listed, not raised."""
    candidates: list[Candidate] = []
    skipped: list[Skipped] = []
    for source, folder in places.folders():
        _survey_folder(source, folder, candidates, skipped)
    _survey_packages(places.packages, candidates, skipped)
    return Survey(candidates=tuple(candidates), skipped=tuple(skipped))


def installed(places: Places) -> tuple[Candidate, ...]:
    """Every plugin that could be used, in the order of looking."""
    return survey(places).candidates


def choose(provider: str, found: Survey, pins: Mapping[str, str]) -> Candidate:
    """The one plugin for a provider.

    Raises WfctlError (plugin): PLUGIN_NOT_FOUND; PLUGIN_AMBIGUOUS for two, unless exactly one of them is pinned by name.
    """
    fitting = [candidate for candidate in found.candidates if candidate.provider == provider]
    if not fitting:
        raise _not_found(provider, found)
    if len(fitting) > 1:
        pinned = [candidate for candidate in fitting if candidate.pin in pins]
        fitting = pinned if len(pinned) == 1 else fitting
    if len(fitting) > 1:
        raise _ambiguous(provider, fitting)
    return fitting[0]


def verify(candidate: Candidate, pins: Mapping[str, str]) -> str:
    """See that a plugin can be started and is the pinned one; returns its digest.

    Raises WfctlError (plugin): PLUGIN_BINARY_MISSING, PLUGIN_NOT_EXECUTABLE, PLUGIN_INTEGRITY.
    """
    if not candidate.module:
        _check_executable(candidate)
    try:
        digest = fingerprint(candidate)
    except OSError as reason:
        raise _not_executable(candidate, f"cannot be read: {reason.strerror}") from reason
    pinned = pins.get(candidate.pin)
    if pinned is not None and pinned != digest:
        raise WfctlError(
            Kind.PLUGIN,
            "PLUGIN_INTEGRITY",
            f"plugin {candidate.name} ({candidate.where}) is not the pinned one: its SHA-256 is {digest}, the pin is {pinned}",
            hint=f"install the pinned version, or write the new sum to plugins.{candidate.pin}.sha256 in .wfctl.yaml",
        )
    return digest


def fingerprint(candidate: Candidate) -> str:
    """Hex SHA-256 of what will run: the executable, or a package's own sources by name. Raises OSError."""
    if not candidate.module:
        return file_digest(candidate.executable)
    total = hashlib.sha256(f"{candidate.module}\n{candidate.version}\n".encode())
    for path in _sources(candidate.path):
        total.update(f"{path.relative_to(candidate.path.parent).as_posix()} {file_digest(path)}\n".encode())
    return total.hexdigest()


def _sources(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(found for found in path.rglob("*") if found.suffix == ".py" or found.name == MANIFEST)


def _survey_folder(source: Source, folder: Path, candidates: list[Candidate], skipped: list[Skipped]) -> None:
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    except OSError as reason:
        # The default folder need not exist; one that was asked for should.
        if source is not Source.DEFAULT or not isinstance(reason, FileNotFoundError):
            skipped.append(Skipped(path=str(folder), reason=f"{source}: {reason.strerror}"))
        return
    for name in names:
        path = folder / name
        try:
            manifest = _read(path / MANIFEST)
        except (OSError, ManifestError) as reason:
            skipped.append(Skipped(path=str(path), reason=_reason(reason)))
            continue
        if manifest.provider:
            candidates.append(_candidate(manifest.provider, manifest, source, path))


def _survey_packages(search: Sequence[str] | None, candidates: list[Candidate], skipped: list[Skipped]) -> None:
    seen = set[tuple[str, str]]()
    for provider, module, distribution in _entry_points(search):
        if (provider, module) in seen:
            continue
        seen.add((provider, module))
        path = _locate(module, search)
        if path is None:
            skipped.append(Skipped(path=f"python -m {module}", reason="the module is not installed"))
            continue
        try:
            manifest = _package_manifest(path, distribution)
        except (OSError, ManifestError) as reason:
            skipped.append(Skipped(path=str(path), reason=_reason(reason)))
            continue
        candidates.append(_candidate(provider, manifest, Source.PACKAGE, path, module))


def _entry_points(search: Sequence[str] | None) -> Iterator[tuple[str, str, metadata.Distribution]]:
    found = metadata.distributions() if search is None else metadata.distributions(path=list(search))
    named = [
        (point.name, point.module, distribution)
        for distribution in found
        for point in distribution.entry_points
        if point.group == ENTRY_POINTS
    ]
    yield from sorted(named, key=lambda entry: entry[:2])


def _locate(module: str, search: Sequence[str] | None) -> Path | None:
    # Only the top-level name is looked up: finding a submodule would import its package.
    root = module.partition(".")[0]
    try:
        spec = importlib.util.find_spec(root) if search is None else PathFinder.find_spec(root, list(search))
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    for folder in spec.submodule_search_locations or ():
        return Path(folder)
    return Path(spec.origin) if spec.has_location and spec.origin else None


def _package_manifest(path: Path, distribution: metadata.Distribution) -> Manifest:
    folder = path.parent if path.is_file() else path
    try:
        return _read(folder / MANIFEST)
    except FileNotFoundError:
        # The package's own metadata say all that is needed; the file is for hosts that know no packages.
        return Manifest(name=distribution.name, version=distribution.version)


def _read(path: Path) -> Manifest:
    with path.open("rb") as file:
        body = file.read(LIMIT + 1)
    if len(body) > LIMIT:
        raise ManifestError(f"plugin.json: larger than {LIMIT} bytes")
    return parse(body)


def _candidate(provider: str, manifest: Manifest, source: Source, path: Path, module: str = "") -> Candidate:
    return Candidate(
        provider=provider,
        name=manifest.name,
        version=manifest.version,
        source=source,
        path=path,
        module=module,
        description=manifest.description,
    )


def _reason(reason: Exception) -> str:
    return reason.strerror or str(reason) if isinstance(reason, OSError) else str(reason)


def _check_executable(candidate: Candidate) -> None:
    path = candidate.executable
    if not path.exists():
        raise WfctlError(
            Kind.PLUGIN,
            "PLUGIN_BINARY_MISSING",
            f"plugin {candidate.name} declares provider {candidate.provider}, but its program {path} is missing",
            hint=f"install it again: the program is named like its folder, {path.name}",
        )
    if not path.is_file() or not os.access(path, os.X_OK):
        raise _not_executable(candidate, "is not an executable file")


def _not_executable(candidate: Candidate, what: str) -> WfctlError:
    path = candidate.executable
    return WfctlError(
        Kind.PLUGIN,
        "PLUGIN_NOT_EXECUTABLE",
        f"plugin {candidate.name} for provider {candidate.provider}: {path} {what}",
        hint=f"chmod +x {path}",
    )


def _not_found(provider: str, found: Survey) -> WfctlError:
    known = sorted({candidate.provider for candidate in found.candidates})
    return WfctlError(
        Kind.PLUGIN,
        "PLUGIN_NOT_FOUND",
        f"no plugin is installed for provider {provider}",
        hint=f"installed are {', '.join(known)}: wfctl plugin list"
        if known
        else "see `wfctl plugin list` and --plugin-dir",
        details=tuple(f"passed over {skip.path}: {skip.reason}" for skip in found.skipped),
    )


def _ambiguous(provider: str, fitting: Sequence[Candidate]) -> WfctlError:
    return WfctlError(
        Kind.PLUGIN,
        "PLUGIN_AMBIGUOUS",
        f"{len(fitting)} plugins make provider {provider} real, and only one may",
        hint=f"remove all but one, or pin one: plugins.{fitting[0].pin}.sha256 in .wfctl.yaml",
        details=tuple(f"{found.name} {found.version}, {found.source}: {found.where}" for found in fitting),
    )
