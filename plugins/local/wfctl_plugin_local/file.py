"""`local.file`: a file whose content is in the config.

It knows nothing of writing safely. The content itself is never reported: it may hold secrets, and a checksum tells as well
whether it changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wfctl.plugin_sdk import Compensation, Spec, Undo
from wfctl_plugin_local import whole
from wfctl_plugin_local.fields import BadField, Fields, octal
from wfctl_plugin_local.placed import PlacedDriver
from wfctl_plugin_local.root import Place, normal
from wfctl_plugin_local.template import fill

DEFAULT_MODE = 0o644
LIMIT = 8 * 1024 * 1024
"""Bytes of the largest content."""


@dataclass(frozen=True, slots=True)
class Text:
    """A file as it is wanted. A mode that is None is left as it is."""

    path: str
    mode: int | None
    body: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the content."""
        return hashlib.sha256(self.body).hexdigest()


class FileDriver(PlacedDriver[Text]):
    """Writes files."""

    type = "local.file"
    noun = "regular file"
    # The config says all that is in the file, so the file can be made again from it.
    compensation = Compensation(
        create=Undo.INVERSE,
        update=Undo.INVERSE,
        replace=Undo.INVERSE,
        delete=Undo.INVERSE,
        stateless=True,
        fingerprint_output="sha256",
    )

    def wanted(self, spec: Spec) -> Text:
        """`path`, `content` or else `template` with `values`, and perhaps `mode`."""
        fields = Fields(spec.config, "path", "content", "template", "values", "mode")
        path = normal(fields.text("path"), "path")
        return Text(path, fields.mode("mode", owner=0o400), _body(fields))

    def path(self, wanted: Text) -> str:
        """Its place."""
        return wanted.path

    def expected_outputs(self, spec: Spec) -> Mapping[str, Any]:
        """A checksum stands for the content; the mode counts only where it is asked for."""
        wanted = self.wanted(spec)
        expected: dict[str, Any] = {"path": wanted.path, "sha256": wanted.digest}
        if wanted.mode is not None:
            expected["mode"] = octal(wanted.mode)
        return expected

    def make(self, place: Place, wanted: Text) -> None:
        """With exactly the mode that is asked for, whatever the umask."""
        whole.add(place, wanted.body, _mode(wanted))

    def change(self, place: Place, wanted: Text) -> None:
        """Without a mode in the config, the file keeps the one it has."""
        found = whole.find(place)
        mode = found.mode if found and wanted.mode is None else _mode(wanted)
        if found is None or found.digest != wanted.digest:
            whole.put(place, wanted.body, mode)
        elif found.mode != mode:
            whole.set_mode(place, mode)

    def remove(self, place: Place) -> None:
        """Whatever it holds by now."""
        whole.remove(place)

    def find(self, place: Place) -> Mapping[str, Any] | None:
        """Its path, and its content as a checksum and a size."""
        found = whole.find(place)
        if found is None:
            return None
        return {"path": place.path, "sha256": found.digest, "size": found.size, "mode": octal(found.mode)}

    def tidy(self, place: Place) -> None:
        """The name under which it was prepared."""
        whole.tidy(place)

    def mark(self, wanted: Text) -> Mapping[str, Any]:
        """A new file is known by its content."""
        return {"sha256": wanted.digest, "mode": octal(_mode(wanted))}


def _mode(wanted: Text) -> int:
    return DEFAULT_MODE if wanted.mode is None else wanted.mode


def _body(fields: Fields) -> bytes:
    if ("content" in fields) == ("template" in fields):
        raise BadField("content", "needed, or else template, and not both")
    if "template" in fields:
        source, text = "template", fill(fields.text("template"), fields.mapping("values"))
    elif "values" in fields:
        raise BadField("values", "goes with template, not with content")
    else:
        source, text = "content", fields.text("content")
    try:
        body = text.encode()
    except UnicodeEncodeError:
        raise BadField(source, "is not valid UTF-8") from None
    if len(body) > LIMIT:
        raise BadField(source, f"at most {LIMIT} bytes, not {len(body)}")
    return body
