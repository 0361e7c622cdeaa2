"""A key pair, and how one is made.

It knows nothing of files and of the registry.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

PUBLIC = ".pub"
"""What ssh appends to the name of the private half."""

PRIVATE_MODE = 0o600
PUBLIC_MODE = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An Ed25519 key pair as the registry remembers it.

    Attributes:
        private: The private half, as OpenSSH writes it.
        public: The public half, as OpenSSH writes it, without a comment.
        comment: What the public half is to say about its owner; may be empty.
        rotation: Anything; another value asks for another key.
        path: Where the private half is to be written; None for nowhere.
    """

    private: str = field(repr=False)
    public: str
    comment: str
    rotation: str | float | bool | None
    path: str | None

    @property
    def line(self) -> str:
        """The public half with its comment."""
        return f"{self.public} {self.comment}".rstrip()

    @property
    def files(self) -> dict[str, tuple[bytes, int]]:
        """What is to be in which file, with its permission bits; the private half first."""
        if self.path is None:
            return {}
        return {
            self.path: (self.private.encode(), PRIVATE_MODE),
            self.path + PUBLIC: (f"{self.line}\n".encode(), PUBLIC_MODE),
        }

    @property
    def body(self) -> dict[str, Any]:
        """Everything, for the registry."""
        return asdict(self)


def generate() -> tuple[str, str, str]:
    """A new key: its private half, its public half, and its fingerprint, all as OpenSSH writes them."""
    from base64 import b64decode, b64encode
    from hashlib import sha256

    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption()).decode()
    public = key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH).decode()
    digest = sha256(b64decode(public.split()[1])).digest()
    return private, public, f"SHA256:{b64encode(digest).decode().rstrip('=')}"
