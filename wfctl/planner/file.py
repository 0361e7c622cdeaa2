"""A plan in a file: written whole or not at all, read with a limit.

Knows nothing of what is in it; that is `codec`'s.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from wfctl.core.plan import Plan
from wfctl.errors import Kind, WfctlError
from wfctl.planner.codec import AGAIN, decode, encode

LARGEST = 512 * 1024 * 1024
"""The largest file that is read, in bytes: some hundreds of thousands of actions."""


def write(plan: Plan, path: Path) -> Plan:
    """Write a plan, readable by its owner alone, whole or not at all; returns it with its digest.

    Raises WfctlError (PLAN_NOT_WRITTEN).
    """
    sealed, data = encode(plan)
    try:
        _replace(path, data)
    except OSError as problem:
        raise WfctlError(
            Kind.USAGE,
            "PLAN_NOT_WRITTEN",
            f"the plan could not be written to {path}: {problem.strerror}",
            hint="give --out a file that can be written",
        ) from None
    return sealed


def read(path: Path) -> Plan:
    """The plan in a file. Raises WfctlError with what is wrong with it; see `decode`, and PLAN_NOT_READ."""
    try:
        data = _contents(path)
    except OSError as problem:
        message = f"the plan {path} could not be read: {problem.strerror}"
        raise WfctlError(Kind.USAGE, "PLAN_NOT_READ", message, hint=AGAIN) from None
    return decode(data, str(path))


def _contents(path: Path) -> bytes:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a directory")
    if not stat.S_ISREG(status.st_mode):  # a pipe would keep us waiting
        raise OSError(errno.EINVAL, "it is not an ordinary file")
    if status.st_size > LARGEST:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST >> 20} MiB")
    with path.open("rb") as stream:
        return stream.read(LARGEST)


def _replace(path: Path, data: bytes) -> None:
    """Put a file in the place of another in one step, so that nobody ever reads half of it."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is there already and not an ordinary file")
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    target = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(target, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
