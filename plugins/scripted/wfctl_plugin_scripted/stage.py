"""Where calls are played: the world, and whose script counts.

It knows nothing of what calls do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from wfctl.plugin_sdk import ReadRequest, Ref, Request, Spec
from wfctl_plugin_scripted.script import BadScript, Script, Turn, parse
from wfctl_plugin_scripted.world import Asked, World

LARGEST = 4 * 1024 * 1024
"""Bytes of the largest script file."""

_BEGINS = frozenset({"create", "update", "delete", "compensate"})


class Stage:
    """The world of a provider, and the scripts of its resources, once the provider is configured."""

    world: World

    def __init__(self) -> None:
        self._scripts: Path | None = None
        self._parsed: dict[str, tuple[object, Script]] = {}

    def set(self, world: Path, scripts: Path | None) -> None:
        """Use a world, and scripts beside it: a file for all resources, or a folder with one for each."""
        self.world = World(world)
        self._scripts = scripts
        self._parsed = {}

    def turn(self, call: str, request: Request, about: Spec | Ref, ref: Ref | None = None) -> Turn:
        """Note that a call came, and what it is to come to. Somebody else may do something at that moment."""
        identity = (about if isinstance(about, Ref) else ref or Ref(about.name, about.type)).provider_id
        key = request.lookup_key if isinstance(request, ReadRequest) else request.idempotency_key
        with self.world.alone():
            script = self._script(about, request)
            turn = script.of(call).at(self.world.turn(about.name, script.digest, call))
            asked = Asked(
                call=call,
                name=about.name,
                type=about.type,
                id=identity,
                key=key,
                run=request.run_id,
                attempt=request.attempt,
                does=turn.do,
            )
            self.world.arrived(asked, script.digest)
            self._meanwhile(turn, about.name, identity)
        return turn

    def begun(self, name: str) -> bool:
        """Whether a resource was sent a change under its present script: what was looked at before were plans."""
        digest = self.script(name).digest
        return any(self.world.turn(name, digest, call) for call in _BEGINS)

    def script(self, name: str) -> Script:
        """The script that counts for a resource: that beside the world, else the last that came with its config."""
        filed = self._filed(name)
        said = self.world.script(name) if filed is None else filed
        known = self._parsed.get(name)
        if known is None or known[0] != said:
            known = self._parsed[name] = (said, parse(said, "script" if filed is None else f"script of {name}"))
        return known[1]

    def _script(self, about: Spec | Ref, request: Request) -> Script:
        """Takes the script along that comes with a config, once a run: an undo brings the config from before."""
        if isinstance(about, Spec) and (request.run_id or not self.world.script(about.name)):
            said = about.config.get("script")
            parse(said)
            self.world.take_script(about.name, said, request.run_id)
        return self.script(about.name)

    def _filed(self, name: str) -> object | None:
        if self._scripts is None:
            return None
        if self._scripts.is_dir():
            file = self._scripts / f"{name}.json"
            return _json(file) if file.exists() else None
        scripts = _json(self._scripts)
        if not isinstance(scripts, Mapping):
            raise BadScript(self._scripts.name, "must be a mapping from resource names to scripts")
        found: object | None = scripts.get(name)
        return found

    def _meanwhile(self, turn: Turn, name: str, identity: str) -> None:
        if turn.meanwhile is None:
            return
        ids = [identity] if identity else [thing.id for thing in self.world.named(name)]
        for one in [one for one in ids if one in self.world.things]:
            if turn.meanwhile.remove:
                self.world.remove(one)
            else:
                self.world.change(one, **turn.meanwhile.set)


def _json(file: Path) -> object:
    try:
        with file.open("rb") as stream:
            body = stream.read(LARGEST + 1)
    except OSError as error:
        raise BadScript(file.name, f"cannot be read: {error.strerror}") from None
    if len(body) > LARGEST:
        raise BadScript(file.name, f"is larger than {LARGEST} bytes")
    try:
        found: object = json.loads(body)
    except ValueError as error:
        raise BadScript(file.name, f"is no JSON: {error}") from None
    return found
