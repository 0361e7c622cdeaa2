"""The failures a driver can name, so that the engine knows what to do next.

It does not know how they cross the wire.

Each class says what is true of the object after the failure. The fixed texts are those existing engines look for
(upstream: interfaces/iac_resource_driver.go). Any other exception also reaches the engine, which then has to find out by
itself what happened.
"""

from __future__ import annotations

from typing import ClassVar


class DriverError(Exception):
    """A failure with a name. Raise one of its subclasses.

    Attributes:
        sentinel: The fixed text by which engines recognise the class; empty if there is none.
        message: What happened, for a person. Never put secrets in it.
    """

    sentinel: ClassVar[str] = ""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """The fixed text, then the message."""
        return ": ".join(part for part in (self.sentinel, self.message) if part)


class NotFound(DriverError):
    """The object does not exist, beyond doubt. A read that was denied or timed out is not this."""

    sentinel = "iac: resource not found"


class AlreadyExists(DriverError):
    """An object of this name was there before, and nothing was changed."""

    sentinel = "iac: resource already exists"


class RateLimited(DriverError):
    """The provider asked to slow down, and nothing was changed. The engine tries again.

    Attributes:
        retry_after: Seconds the provider asked to wait, or None.
    """

    sentinel = "iac: rate limited"

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Transient(DriverError):
    """The provider was unwell; whether anything was changed is open. The engine reads before it tries again."""

    sentinel = "iac: transient error"


class Unauthorized(DriverError):
    """The credentials were not accepted, and nothing was changed."""

    sentinel = "iac: unauthorized"


class Forbidden(DriverError):
    """The credentials do not suffice, and nothing was changed."""

    sentinel = "iac: forbidden"


class ValidationError(DriverError):
    """The request cannot be right, and nothing was changed. Trying again is pointless."""

    sentinel = "iac: validation error"


class ImageNotInRegistry(DriverError):
    """The container image does not exist in its registry, and nothing was changed."""

    sentinel = "iac: image tag or digest not found in registry"


class MethodUnimplemented(DriverError):
    """This driver does not offer the operation, and nothing was changed."""

    sentinel = "iac: provider method unimplemented"


class PartlyApplied(DriverError):
    """The object exists (or was changed), and then something failed.

    The identity reaches the engine with the failure, so that the object is neither lost nor made a second time.

    Attributes:
        provider_id: The identity of the object on the provider.
    """

    def __init__(self, message: str = "", *, provider_id: str) -> None:
        super().__init__(message)
        self.provider_id = provider_id
