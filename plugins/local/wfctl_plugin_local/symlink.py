"""`local.symlink`: a symbolic link that stays inside the root.

It knows nothing of what it points at, which need not exist.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from wfctl.plugin_sdk import Compensation, Spec, Undo
from wfctl_plugin_local import whole
from wfctl_plugin_local.fields import BadField, Fields
from wfctl_plugin_local.placed import PlacedDriver
from wfctl_plugin_local.root import Place, normal


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is wanted; `target` as it is written into the link."""

    path: str
    target: str


class SymlinkDriver(PlacedDriver[Link]):
    """Makes links."""

    type = "local.symlink"
    noun = "symbolic link"
    compensation = Compensation(
        create=Undo.INVERSE,
        update=Undo.INVERSE,
        replace=Undo.INVERSE,
        delete=Undo.INVERSE,
        stateless=True,
        fingerprint_output="target",
    )

    def wanted(self, spec: Spec) -> Link:
        """`path` and `target`."""
        fields = Fields(spec.config, "path", "target")
        path = normal(fields.text("path"), "path")
        return Link(path, _inside(path, fields.line("target")))

    def path(self, wanted: Link) -> str:
        """Its place."""
        return wanted.path

    def expected_outputs(self, spec: Spec) -> Mapping[str, Any]:
        """The same as the config, the path without detours."""
        wanted = self.wanted(spec)
        return {"path": wanted.path, "target": wanted.target}

    def make(self, place: Place, wanted: Link) -> None:
        """Links are made in one step."""
        os.symlink(wanted.target, place.name, dir_fd=place.folder)
        place.settle()

    def change(self, place: Place, wanted: Link) -> None:
        """There is a link at every instant, to the old target or to the new one."""
        with suppress(FileNotFoundError):
            os.unlink(place.stage, dir_fd=place.folder)
        os.symlink(wanted.target, place.stage, dir_fd=place.folder)
        os.rename(place.stage, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)
        place.settle()

    def remove(self, place: Place) -> None:
        """The link, not what it points at."""
        whole.remove(place)

    def find(self, place: Place) -> Mapping[str, Any] | None:
        """Its path and its target."""
        there = place.look()
        if there is None or not stat.S_ISLNK(there.st_mode):
            return None
        return {"path": place.path, "target": os.readlink(place.name, dir_fd=place.folder)}

    def mark(self, wanted: Link) -> Mapping[str, Any]:
        """A new link is known by its target."""
        return {"target": wanted.target}


def _inside(path: str, target: str) -> str:
    """The target, unless it leads out of the root; judged by its text, from the folder the link is in."""
    if target.startswith("/"):
        raise BadField("target", f"{target} must be relative to the folder of the link")
    way = path.split("/")[:-1]
    for step in target.split("/"):
        if step == ".." and not way:
            raise BadField("target", f"{target} leads out of the root")
        if step == "..":
            way.pop()
        elif step not in ("", "."):
            way.append(step)
    if way:
        normal("/".join(way), "target")
    elif not target:
        raise BadField("target", "must not be empty")
    return target
