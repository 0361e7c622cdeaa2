"""Secrets at rest: which key, and how a value is sealed and opened.

Knows nothing of the table they are kept in. AES-256 in Galois/Counter Mode with a random 96-bit nonce (NIST SP 800-38D);
the workspace, name and version are authenticated with the value, so that no ciphertext can be moved to another row.
"""

from __future__ import annotations

import base64
import binascii
import stat
import struct
import threading
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from wfctl.errors import Kind, WfctlError
from wfctl.ledger.files import private_directory, publish

VARIABLE: Final = "WFCTL_SECRETS_KEY"
"""The environment variable that may hold the key: 32 bytes in base64 or hex."""

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_FILE_LIMIT: Final = 4096


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """One encrypted value, and which key opens it."""

    key_id: str
    nonce: bytes
    ciphertext: bytes


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a secret belongs. Versions count from 1."""

    workspace: str
    name: str
    version: int


class Vault:
    """Seals and opens secrets, and remembers every value it has seen so that all of them can be redacted.

    `environment` is searched for `WFCTL_SECRETS_KEY`, then `key_file` is read. A missing key file is made when a first
    secret is sealed, and `notice` is told; on a build server (`ci`) it is refused, since that key would be lost with the
    machine. `random` gives so many random bytes. May be used from several threads.
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        key_file: Path,
        random: Callable[[int], bytes],
        notice: Callable[[str], None],
        ci: bool,
    ) -> None:
        self._given = environment.get(VARIABLE, "")
        self._key_file = key_file
        self._random = random
        self._notice = notice
        self._ci = ci
        self._lock = threading.Lock()
        self._values: frozenset[str] = frozenset()
        self._keys: dict[str, bytes] = {}

    def values(self) -> frozenset[str]:
        """Every secret text that was sealed or opened in this process: what must not be shown anywhere."""
        return self._values

    def seal(self, place: Place, value: object, *, first: bool) -> Sealed:
        """Encrypt a value. `first`: the ledger holds no secret yet, so a new key locks nobody out.

        Raises WfctlError: SECRETS_KEY_MISSING, SECRETS_KEY_INVALID or SECRETS_KEY_EXPOSED.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = self._sealing_key(first=first)
        nonce = self._random(_NONCE_BYTES)
        self._remember(value)
        sealed = AESGCM(key).encrypt(nonce, msgspec.json.encode(value), _bound_to(place))
        return Sealed(key_id=key_id(key), nonce=nonce, ciphertext=sealed)

    def open(self, place: Place, sealed: Sealed) -> object:
        """Decrypt a value.

        Raises WfctlError: SECRETS_KEY_MISSING when no source has its key, LEDGER_DAMAGED when it is not what was sealed.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = self._known_keys().get(sealed.key_id) or self._load_keys().get(sealed.key_id)
        if key is None:
            raise _missing(f"secret {place.name} was sealed with key {sealed.key_id}, which is not at hand")
        try:
            value: object = msgspec.json.decode(AESGCM(key).decrypt(sealed.nonce, sealed.ciphertext, _bound_to(place)))
        except (InvalidTag, ValueError, msgspec.MsgspecError) as error:
            raise _damaged(place) from error
        self._remember(value)
        return value

    def _sealing_key(self, *, first: bool) -> bytes:
        keys = self._known_keys()
        if keys:
            return next(iter(keys.values()))
        if not first:
            raise _missing("the key of the secrets in the ledger is not at hand")
        if self._ci:
            raise _missing("a build server makes no key of its own: it would be gone with the machine")
        return self._make_key()

    def _known_keys(self) -> dict[str, bytes]:
        """By id; the one to seal with comes first."""
        return self._keys or self._load_keys()

    def _load_keys(self) -> dict[str, bytes]:
        with self._lock:
            given = [parse_key(self._given, VARIABLE)] if self._given else []
            found = [key for key in (*given, self._read_key()) if key is not None]
            self._keys = {key_id(key): key for key in found}
            return self._keys

    def _read_key(self) -> bytes | None:
        try:
            mode = self._key_file.stat().st_mode
            with self._key_file.open("rb") as file:
                text = file.read(_FILE_LIMIT).decode("ascii", "replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _invalid(str(self._key_file), str(error)) from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise _exposed(self._key_file)
        return parse_key(text, str(self._key_file))

    def _make_key(self) -> bytes:
        text = self._random(_KEY_BYTES).hex()
        unique = self._random(4).hex()
        try:
            private_directory(self._key_file.parent)
            made = publish(self._key_file, lambda draft: _write(draft, f"{text}\n"), unique=unique)
        except OSError as error:
            raise _invalid(str(self._key_file), str(error)) from error
        if made:
            self._notice(f"made {self._key_file}: keep a copy, secrets cannot be read without it")
        keys = self._load_keys()
        if not keys:
            raise _missing(f"{self._key_file} was removed")
        return next(iter(keys.values()))

    def _remember(self, value: object) -> None:
        with self._lock:
            self._values |= set(_texts(value))


def key_id(key: bytes) -> str:
    """Which key it is, without telling the key: the first 16 hex digits of its SHA-256."""
    return sha256(key).hexdigest()[:16]


def parse_key(text: str, source: str) -> bytes:
    """32 bytes from hex or base64 (either alphabet). Raises WfctlError SECRETS_KEY_INVALID, never telling the text."""
    text = text.strip()
    try:
        if len(text) == 2 * _KEY_BYTES:
            return bytes.fromhex(text)
        padded = text.translate(str.maketrans("-_", "+/")).rstrip("=")
        key = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != _KEY_BYTES:
        raise _invalid(source, "it is not 32 bytes in base64 or hex")
    return key


def _bound_to(place: Place) -> bytes:
    parts = (place.workspace.encode(), place.name.encode(), str(place.version).encode())
    return b"".join(struct.pack(">Q", len(part)) + part for part in parts)


def _texts(value: object) -> list[str]:
    """The texts a value would be shown as: its strings, and numbers as JSON writes them."""
    match value:
        case str():
            return [value] if value else []
        case bool() | None:
            return []
        case dict():
            return [text for item in value.values() for text in _texts(item)]
        case list() | tuple():
            return [text for item in value for text in _texts(item)]
        case _:
            return [msgspec.json.encode(value).decode()]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="ascii")


def _missing(message: str) -> WfctlError:
    return WfctlError(
        Kind.CONFIG, "SECRETS_KEY_MISSING", message, hint=f"set {VARIABLE} to that key: 32 bytes in base64"
    )


def _invalid(source: str, reason: str) -> WfctlError:
    message = f"the secrets key in {source} cannot be used: {reason}"
    return WfctlError(Kind.CONFIG, "SECRETS_KEY_INVALID", message, hint="make one with: openssl rand -base64 32")


def _exposed(path: Path) -> WfctlError:
    message = f"others may read the secrets key {path}"
    return WfctlError(Kind.CONFIG, "SECRETS_KEY_EXPOSED", message, hint=f"chmod 600 {path}")


def _damaged(place: Place) -> WfctlError:
    message = f"secret {place.name} (version {place.version}) of workspace {place.workspace} is not what was written"
    return WfctlError(Kind.LEDGER, "LEDGER_DAMAGED", message, hint="restore the ledger from a backup")
