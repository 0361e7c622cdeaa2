"""Read a plugin's `plugin.json` and tell whether it may be used.

Knows nothing of where plugins are looked for or how they are started. Keys and rules are upstream's
(upstream: plugin/manifest.go, cmd/wfctl/deploy_providers.go); keys that say nothing about providers are passed over.
"""

from __future__ import annotations

import re

import msgspec

LIMIT = 1024 * 1024
"""Bytes of the largest plugin.json that is read."""

_NAME = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?")
_VERSION = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")
_CONSTRAINT = re.compile(rf"(?:>=|<=|!=|[><^~=])?\s*{_VERSION.pattern}")
_PLAN_VERSIONS = ("", "v1", "v2")


class ManifestError(ValueError):
    """The text is no manifest, or one that breaks a rule; the message says which."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin says of itself. `provider` is empty when it makes no provider real."""

    name: str
    version: str
    author: str = ""
    description: str = ""
    provider: str = ""


class _Provider(msgspec.Struct, frozen=True, rename="camel"):
    name: str | None = None
    compute_plan_version: str | None = None


class _Capabilities(msgspec.Struct, frozen=True, rename="camel"):
    iac_provider: _Provider | None = None


class _Dependency(msgspec.Struct, frozen=True):
    name: str | None = None
    constraint: str | None = None


class _Document(msgspec.Struct, frozen=True, rename="camel"):
    name: str | None = None
    version: str | None = None
    author: str | None = None
    description: str | None = None
    dependencies: list[_Dependency] | None = None
    capabilities: _Capabilities | None = None
    iac_provider: _Provider | None = None


def parse(body: bytes) -> Manifest:
    """Read a manifest. Raises ManifestError, naming the key that is wrong.

    A manifest whose `capabilities` are a list can name no provider there and is refused, as upstream passes it over.
    """
    try:
        document = msgspec.json.decode(body, type=_Document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as reason:
        raise ManifestError(f"plugin.json: {reason}") from reason
    _check(document)
    declared = (document.capabilities and document.capabilities.iac_provider) or _Provider()
    return Manifest(
        name=document.name or "",
        version=document.version or "",
        author=document.author or "",
        description=document.description or "",
        provider=declared.name or "",
    )


def _check(document: _Document) -> None:
    for key in ("name", "version", "author", "description"):
        if not getattr(document, key):
            raise ManifestError(f"plugin.json: {key} is missing")
    if not _NAME.fullmatch(document.name or ""):
        raise ManifestError(f"plugin.json: name {document.name!r} must be lower-case letters, digits and inner hyphens")
    if not _VERSION.fullmatch(document.version or ""):
        raise ManifestError(f"plugin.json: version {document.version!r} must be major.minor.patch")
    for dependency in document.dependencies or ():
        if not dependency.name or not _CONSTRAINT.fullmatch((dependency.constraint or "").strip()):
            raise ManifestError(f"plugin.json: dependency {dependency.name!r} needs a constraint such as >=1.0.0")
    for provider in (document.iac_provider, document.capabilities and document.capabilities.iac_provider):
        if provider and (provider.compute_plan_version or "") not in _PLAN_VERSIONS:
            raise ManifestError(
                f"plugin.json: iacProvider.computePlanVersion {provider.compute_plan_version!r} must be v2"
            )
