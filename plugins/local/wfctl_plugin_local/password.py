"""`local.password`: a random text that is made once.

It knows nothing of where passwords are used. Nothing can bring a password back once it is gone, so nothing here is undone.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any

from wfctl.plugin_sdk import (
    AlreadyExists,
    Compensation,
    CreateRequest,
    DeleteRequest,
    Output,
    ReadRequest,
    Spec,
)
from wfctl_plugin_local.fields import Fields
from wfctl_plugin_local.registry import Entry, NameTaken, Stage
from wfctl_plugin_local.shop import LocalDriver

DEFAULT_LENGTH = 24
SPECIAL = "%+,-.:=@^_~"
"""Characters that mean nothing inside the quotes of a shell, of YAML or of JSON."""


class PasswordDriver(LocalDriver):
    """Makes passwords and remembers them in the registry, for a lost answer must not mean a lost password."""

    type = "local.password"
    force_new = ("length", "special")
    sensitive_keys = ("value",)
    compensation = Compensation()

    def wanted(self, spec: Spec) -> dict[str, Any]:
        """`length` and `special`, checked. Raises BadField."""
        fields = Fields(spec.config, "length", "special")
        return {
            "length": fields.whole("length", DEFAULT_LENGTH, 8, 1024),
            "special": fields.flag("special", default=True),
        }

    def places(self, spec: Spec) -> tuple[str, ...]:
        """None, if the config is right."""
        self.wanted(spec)
        return ()

    def expected_outputs(self, spec: Spec) -> Mapping[str, Any]:
        """What was asked for, never the password."""
        return self.wanted(spec)

    def create(self, request: CreateRequest) -> Output:
        """One write to the registry makes it, so it exists whole or not at all."""
        wanted = self.wanted(request.spec)
        entry = self._shop.registry.by_key(self.type, request.idempotency_key)
        if entry is not None:
            return _output(entry)
        entry = Entry(
            kind=self.type,
            name=request.spec.name,
            id=secrets.token_hex(16),
            key=request.idempotency_key,
            run=request.run_id,
            stage=Stage.DONE,
            body={**wanted, "value": password(**wanted)},
        )
        try:
            self._shop.registry.begin(entry, alone=True)
        except NameTaken:
            raise AlreadyExists(f"this root has a password named {request.spec.name}") from None
        return _output(entry)

    def read(self, request: ReadRequest) -> Output:
        """From the registry, with its value."""
        return _output(self._shop.entry(self.type, request))

    def delete(self, request: DeleteRequest) -> None:
        """Overwritten, and gone for good."""
        self._shop.registry.forget(self._shop.entry(self.type, ReadRequest(ref=request.ref)))


def password(length: int, *, special: bool) -> str:
    """Random text with at least one letter of each case and one digit, and a special character where asked for."""
    kinds = [string.ascii_lowercase, string.ascii_uppercase, string.digits, *([SPECIAL] if special else [])]
    alphabet = "".join(kinds)
    while True:
        text = "".join(secrets.choice(alphabet) for _ in range(length))
        # Thrown away whole and drawn again: putting missing characters in would make some texts likelier than others.
        if all(any(character in kind for character in text) for kind in kinds):
            return text


def _output(entry: Entry) -> Output:
    return Output(entry.id, dict(entry.body), idempotency_key=entry.key, name=entry.name)
