"""Failures of the system that certainly changed nothing, in the engine's words.

It knows nothing of what was tried. To be put around steps that are taken whole or not at all, for those alone can be refused
without a trace.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from wfctl.plugin_sdk import AlreadyExists, Forbidden

_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def named(path: str) -> Iterator[None]:
    """Raises AlreadyExists and Forbidden for what the system says of the same kind; anything else passes as it is."""
    try:
        yield
    except FileExistsError:
        raise AlreadyExists(f"{path} is there and was not made by this action") from None
    except OSError as error:
        if error.errno in _DENIED:
            raise Forbidden(f"{path}: {error.strerror}") from error
        raise
