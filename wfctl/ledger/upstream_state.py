"""The state directory of the Go tool: one JSON file a resource (upstream: cmd/wfctl/infra_state_store.go).

Knows nothing of our own rows. What is read and what is skipped, the names of files, the order of keys and every byte between
them are upstream's, so that both tools read what the other one wrote.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from wfctl.core.canonical import Fields, config_hash, go_json_indent
from wfctl.core.plan import Document
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.files import PRIVATE_FILE, sync_directory

DEFAULT: Final = "/var/lib/workflow/iac-state"
"""The directory where the configuration names none."""

LARGEST: Final = 64 * 1024 * 1024
"""The largest file that is read, in bytes."""

_DIRECTORY = 0o750
_UNSAFE = re.compile(r"[/\\:*]")
_EXACT = 1 << 53
"""Up to here Go, which reads every number as a float, keeps whole numbers exactly."""


class UpstreamRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One resource as the Go tool keeps it. Times are RFC 3339 with seconds."""

    resource_id: str
    resource_type: str
    provider: str = ""
    provider_ref: str = ""
    provider_id: str = ""
    config_hash: str = ""
    config: Document | None = None
    outputs: Document | None = None
    dependencies: tuple[str, ...] = ()
    created_at: str = ""
    updated_at: str = ""


class _Lax(msgspec.Struct, frozen=True, kw_only=True):
    """The same file as Go reads it: what is missing and what is null is empty, what is not known is passed over."""

    resource_id: str | None = None
    resource_type: str | None = None
    provider: str | None = None
    provider_ref: str | None = None
    provider_id: str | None = None
    config_hash: str | None = None
    config: Document | None = None
    outputs: Document | None = None
    dependencies: tuple[str, ...] | None = None
    created_at: str | None = None
    updated_at: str | None = None


def file_name(resource: str) -> str:
    """The name of a resource's file; several resources may share one."""
    return f"{_UNSAFE.sub('_', resource)}.json"


def is_record(name: str) -> bool:
    """Whether the Go tool takes a file of this name for a resource."""
    return name.endswith(".json") and not name.endswith(".lock.json") and name != "metadata.json"


# --- reading -----------------------------------------------------------------------------------------------------------


def read_directory(directory: Path) -> tuple[UpstreamRecord, ...]:
    """Every resource, by the names of their files; none where there is no directory.

    One file that cannot be read spoils all of them: a resource that is not seen would be made a second time.
    Raises WfctlError (config): UPSTREAM_STATE_UNREADABLE, UPSTREAM_STATE_DAMAGED, each naming the file.
    """
    return tuple(read_files(directory).values())


def read_files(directory: Path) -> dict[str, UpstreamRecord]:
    """The same with the names of the files."""
    found = {name: _read(directory / name) for name in _names(directory)}
    by_id: dict[str, str] = {}
    for name, record in found.items():
        first = by_id.setdefault(record.resource_id, name)
        if first != name:
            raise _damaged(directory / name, f"{first} is of resource {record.resource_id} too")
    return found


def _names(directory: Path) -> list[str]:
    try:
        with os.scandir(directory) as entries:
            found = [entry.name for entry in entries if not entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    except OSError as problem:
        raise _unreadable(directory, problem) from problem
    return sorted(filter(is_record, found), key=os.fsencode)


def _read(path: Path) -> UpstreamRecord:
    try:
        body = _contents(path)
    except OSError as problem:
        raise _unreadable(path, problem) from problem
    try:
        return _record(msgspec.json.decode(body, type=_Lax))
    except (msgspec.MsgspecError, UnicodeError, ValueError) as problem:
        raise _damaged(path, str(problem)) from problem


def _contents(path: Path) -> bytes:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):  # a pipe would keep us waiting
        raise OSError(errno.EINVAL, "it is not an ordinary file")
    if status.st_size > LARGEST:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST >> 20} MiB")
    return path.read_bytes()


def _record(lax: _Lax) -> UpstreamRecord:
    if not lax.resource_id or not lax.resource_type:
        raise ValueError("it has no resource_id or no resource_type")
    return UpstreamRecord(
        resource_id=lax.resource_id,
        resource_type=lax.resource_type,
        provider=lax.provider or "",
        provider_ref=lax.provider_ref or "",
        provider_id=lax.provider_id or lax.resource_id,
        config_hash=lax.config_hash or go_config_hash(lax.config),
        config=lax.config,
        outputs=lax.outputs,
        dependencies=lax.dependencies or (),
        created_at=lax.created_at or "",
        updated_at=lax.updated_at or "",
    )


def go_config_hash(config: Mapping[str, object] | None) -> str:
    """The hash of a config that Go has read from JSON: there every number is a float."""
    return config_hash({key: _as_floats(value) for key, value in config.items()} if config else None)


def _as_floats(value: object) -> object:
    match value:
        case dict():
            return {key: _as_floats(item) for key, item in value.items()}
        case list():
            return [_as_floats(item) for item in value]
        case int() if not isinstance(value, bool) and abs(value) > _EXACT:
            return float(value)
        case _:
            return value


def _unreadable(path: Path, problem: OSError) -> WfctlError:
    message = f"the Go tool's state in {path} cannot be read: {problem.strerror}"
    hint = "make it readable; nothing may be planned without knowing what exists"
    return WfctlError(Kind.CONFIG, "UPSTREAM_STATE_UNREADABLE", message, hint=hint)


def _damaged(path: Path, why: str) -> WfctlError:
    message = f"the Go tool's state in {path} is damaged: {why}"
    return WfctlError(Kind.CONFIG, "UPSTREAM_STATE_DAMAGED", message, hint="restore that file, or move it away")


# --- writing -----------------------------------------------------------------------------------------------------------


def encode(record: UpstreamRecord) -> bytes:
    """A file as Go's MarshalIndent writes it: two spaces, no line at the end. Raises CanonicalError."""
    fields = Fields(resource_id=record.resource_id, resource_type=record.resource_type, provider=record.provider)
    fields |= {
        key: value
        for key, value in (
            ("provider_ref", record.provider_ref),
            ("provider_id", record.provider_id),
            ("config_hash", record.config_hash),
        )
        if value
    }
    fields |= {"status": "active", "config": record.config, "outputs": record.outputs}
    if record.dependencies:
        fields["dependencies"] = list(record.dependencies)
    fields |= {"created_at": record.created_at, "updated_at": record.updated_at}
    return go_json_indent(fields)


def write_directory(directory: Path, files: Mapping[str, bytes], gone: Iterable[str], *, unique: str) -> None:
    """Make the files of a directory these, each whole or not at all, then take the others away. Raises OSError.

    Drafts are made beside the directory, so that the Go tool never meets one. What is broken off is finished by doing it again.
    """
    directory.mkdir(mode=_DIRECTORY, parents=True, exist_ok=True)
    directory = directory.resolve()
    drafts = directory.with_name(f".{directory.name}.{unique}.new")
    drafts.mkdir(mode=0o700)
    try:
        for name, body in files.items():
            _write(drafts / name, body)
        for name in files:
            (drafts / name).replace(directory / name)
        for name in gone:
            (directory / name).unlink(missing_ok=True)
        sync_directory(directory)
    finally:
        with contextlib.suppress(OSError):
            for left in drafts.iterdir():
                left.unlink()
            drafts.rmdir()


def _write(path: Path, body: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as stream:
        stream.write(body)
        stream.flush()
        os.fsync(stream.fileno())
