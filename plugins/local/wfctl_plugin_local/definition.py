"""What a step is: its programs, and what is said about them.

It knows nothing of running them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from wfctl_plugin_local.fields import BadField, Fields

TIMEOUT = 300.0
LONGEST = 24 * 3600.0
"""Seconds a program may take: unless the config says otherwise, and at most."""

SHOWN = "definition"
"""The output that tells the definition apart from another one; steps must not have one of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A step as it is wanted. A program is a tuple of its name and its arguments; () where there is none."""

    do: tuple[str, ...]
    undo: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    timeout: float = TIMEOUT
    sensitive: tuple[str, ...] = ()
    defer: bool = False

    @classmethod
    def wanted(cls, config: Mapping[str, Any]) -> Definition:
        """From a config. Raises BadField."""
        fields = Fields(config, "do", "undo", "read", "timeout", "sensitive", "defer")
        do = fields.argv("do")
        if not do:
            raise BadField("do", "required: a list of a program and its arguments")
        sensitive = fields.names("sensitive")
        if SHOWN in sensitive:
            raise BadField("sensitive", f"{SHOWN} is never secret")
        return cls(
            do=do,
            undo=fields.argv("undo"),
            read=fields.argv("read"),
            timeout=fields.seconds("timeout", TIMEOUT, LONGEST),
            sensitive=sensitive,
            defer=fields.flag("defer", default=False),
        )

    @classmethod
    def remembered(cls, body: Mapping[str, Any]) -> Definition:
        """From what `body` gave."""
        programs = {name: tuple(body[name]) for name in ("do", "undo", "read", "sensitive")}
        return cls(**programs, timeout=float(body["timeout"]), defer=bool(body.get("defer")))

    @property
    def body(self) -> dict[str, Any]:
        """Everything, for the registry."""
        return asdict(self)

    @property
    def shown(self) -> dict[str, Any]:
        """Everything that may be shown: arguments can be secret, so programs are told apart by checksums."""
        digests = {name: _digest(getattr(self, name)) for name in ("do", "undo", "read")}
        put_off = {"defer": True} if self.defer else {}
        return {**digests, "timeout": self.timeout, "sensitive": list(self.sensitive), **put_off}


def _digest(argv: tuple[str, ...]) -> str | None:
    return hashlib.sha256(json.dumps(argv).encode()).hexdigest() if argv else None
