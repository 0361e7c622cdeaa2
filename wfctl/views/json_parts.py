"""The parts that messages for programs are put together from.

Knows nothing of when a message is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from wfctl.core.outcome import Failure

TEXT_LIMIT: Final = 16_000
"""Most characters of one text inside a message."""

INFO: Final = "info"
WARN: Final = "warn"
ERROR: Final = "error"

Payload = Mapping[str, object]


class Message(NamedTuple):
    """One message, before it gets its envelope. `text` is for people; empty = what the story says of the event."""

    type: str
    key: str
    payload: Payload
    text: str = ""
    level: str = INFO


def resource(type: str, name: str, provider: str = "") -> dict[str, object]:
    """A resource as Terraform's messages name one."""
    address = f"{type}.{name}"
    return {
        "addr": address,
        "module": "",
        "resource": address,
        "implied_provider": provider or type.partition(".")[0],
        "resource_type": type,
        "resource_name": name,
        "resource_key": None,
    }


def identity(provider_id: str) -> dict[str, object]:
    """The id of an object, as Terraform's messages name one; nothing while it is not known."""
    return {"id_key": "id", "id_value": provider_id} if provider_id else {}


def failure_parts(failure: Failure | None) -> Payload | None:
    """Why something failed; null for nothing."""
    if failure is None:
        return None
    found: dict[str, object] = {
        "code": failure.code,
        "message": cut(failure.message),
        "retryable": failure.retryable,
    }
    return found | {"position": failure.position} if failure.position else found


def seconds(value: float) -> float:
    """Seconds to the millisecond, never negative."""
    return round(max(0.0, value), 3)


def cut(text: str) -> str:
    """A text no longer than `TEXT_LIMIT`."""
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + "…"
