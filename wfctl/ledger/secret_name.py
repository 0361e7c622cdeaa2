"""What a sensitive output is called in the vault, and how a state refers to it.

Knows nothing of values. The names are upstream's, letter by letter (upstream: iac/sensitive/route.go), so that a state
means the same secrets to both tools.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

REFERENCE: Final = "secret_ref://"
"""What stands before a secret's name where its value would be."""

_LIMIT: Final = 100
_DIGEST: Final = 32
_JOINTS: Final = 3
_STRANGE = re.compile(r"[^A-Za-z0-9_]")
_REFERENCES = re.compile(rb"secret_ref://([A-Za-z0-9_]{1,100})")


def secret_name(resource: str, output: str) -> str:
    """The name under which one output of one resource is kept: readable, unique, at most 100 characters."""
    digest = hashlib.sha256(f"{resource}\0{output}".encode()).hexdigest().upper()[:_DIGEST]
    first, second = _plain(resource), _plain(output)
    # build servers refuse names that begin with this
    prefix = "WF_" if f"{first}__{second}".upper().startswith("GITHUB_") else ""
    first, second = _fit(first, second, _LIMIT - len(prefix) - _DIGEST - _JOINTS)
    return f"{prefix}{first}__{second}_{digest}"


def _plain(text: str) -> str:
    plain = _STRANGE.sub("_", text) or "SECRET"
    return f"_{plain}" if plain[0].isdigit() else plain


def _fit(first: str, second: str, room: int) -> tuple[str, str]:
    half = room // 2
    for_first = max(half, room - len(second))
    for_second = max(room - half, room - len(first))
    return first[:for_first], second[:for_second]


def references_in(document: bytes) -> set[str]:
    """The names of the secrets that a stored document refers to."""
    return {match[1].decode() for match in _REFERENCES.finditer(document)}
