"""Crates: objects in a folder, with the habits that make a crash hard.

A create that is sent twice makes two crates, each under a new id; only its key tells whose it is. Every crate is one file that
appears whole. `crates/log` gets a line for each effect. Types:

- `crate.box` is replaced by making the new one first
- `crate.moody` refuses a few times (`moods`) before it does what it is asked
- `crate.early` tells its id before it is there
- `crate.mill` is put off until the end of the run; only in the provider `mill`, which has a Finalizer
- `cloud.database` can be read by id alone; only in the provider `cloud`
- `cloud.shelf` can be read by id and by name, and keeps no key; only in the provider `cloud`

Before and after every effect a call passes a gate of the project, `gate-before-NAME` and `gate-after-NAME`.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from wfctl.plugin_sdk import (
    Compensable,
    Compensation,
    CreateRequest,
    CreateSteps,
    DeleteRequest,
    Finalizer,
    FinalizeRequest,
    FinalizeResult,
    Identity,
    IdentityTiming,
    NotFound,
    Output,
    Provider,
    RateLimited,
    ReadRequest,
    ResourceDriver,
    Spec,
    Traits,
    Undo,
    UpdateRequest,
    ValidationError,
    serve,
)

FOLDER = Path("crates")


class Crate(Compensable, ResourceDriver):
    """What all crates have in common."""

    force_new = ("shape",)
    traits = Traits(reads_by_key=True, max_concurrency=4)
    compensation = Compensation(
        create=Undo.INVERSE, update=Undo.INVERSE, replace=Undo.INVERSE, delete=Undo.INVERSE, stateless=True
    )

    def create(self, request: CreateRequest) -> Output | CreateSteps:
        return self.make(secrets.token_hex(8), request)

    def make(self, identity: str, request: CreateRequest) -> Output:
        if request.spec.config.get("shape") == "impossible":
            raise ValidationError("there is no such shape")
        with gates(request.spec.name):
            write(identity, {"name": request.spec.name, "key": request.idempotency_key, **wanted(request.spec)})
            log("create", identity, request.spec.name)
        return self.found(identity)

    def read(self, request: ReadRequest) -> Output:
        if request.ref.provider_id:
            return self.found(request.ref.provider_id)
        for path in sorted(FOLDER.glob("*.json")):
            if request.lookup_key and json.loads(path.read_text())["key"] == request.lookup_key:
                return self.found(path.stem)
        raise NotFound(request.ref.name)

    def update(self, request: UpdateRequest) -> Output:
        with gates(request.spec.name):
            write(request.ref.provider_id, {**kept(request.ref.provider_id), **wanted(request.spec)})
            log("update", request.ref.provider_id, request.spec.name)
        return self.found(request.ref.provider_id)

    def delete(self, request: DeleteRequest) -> None:
        with gates(request.ref.name):
            kept(request.ref.provider_id)
            (FOLDER / f"{request.ref.provider_id}.json").unlink()
            log("delete", request.ref.provider_id, request.ref.name)

    def found(self, identity: str) -> Output:
        there = kept(identity)
        return Output(identity, wanted(there), idempotency_key=there["key"], name=there["name"])

    def expected_outputs(self, spec: Spec) -> Mapping[str, Any]:
        return wanted(spec)


class Box(Crate):
    """The new one is made before the old one goes."""

    type = "crate.box"
    traits = Traits(reads_by_key=True, max_concurrency=4, create_before_delete=True)


class Moody(Crate):
    """Asks to be asked again."""

    type = "crate.moody"

    def create(self, request: CreateRequest) -> Output | CreateSteps:
        self.mood(request.spec)
        return super().create(request)

    def update(self, request: UpdateRequest) -> Output:
        self.mood(request.spec)
        return super().update(request)

    def mood(self, spec: Spec) -> None:
        FOLDER.mkdir(exist_ok=True)
        with (FOLDER / f"moods-{spec.name}").open("a+") as moods:
            moods.seek(0)
            if len(moods.read()) < int(spec.config.get("moods", 0)):
                moods.write("x")
                raise RateLimited("not now", retry_after=0.01)


class Early(Crate):
    """Its id is known before it is there."""

    type = "crate.early"
    traits = Traits(reads_by_key=True, max_concurrency=4, identity=IdentityTiming.EARLY)

    def create(self, request: CreateRequest) -> CreateSteps:
        identity = secrets.token_hex(8)
        yield Identity(identity)
        return self.make(identity, request)


class Mill(Crate):
    """Says that it is done when it has only taken note."""

    type = "crate.mill"

    def make(self, identity: str, request: CreateRequest) -> Output:
        made = super().make(identity, request)
        PUT_OFF.append(request.spec.name)
        return made


class Database(Crate):
    """Nobody can find it without its id."""

    type = "cloud.database"
    traits = Traits()


class Shelf(Crate):
    """Anybody's, for all that its name tells."""

    type = "cloud.shelf"
    traits = Traits(reads_by_name=True)

    def read(self, request: ReadRequest) -> Output:
        if request.ref.provider_id:
            return self.found(request.ref.provider_id)
        for path in sorted(FOLDER.glob("*.json")):
            if json.loads(path.read_text())["name"] == request.ref.name:
                return self.found(path.stem)
        raise NotFound(request.ref.name)

    def found(self, identity: str) -> Output:
        return replace(super().found(identity), idempotency_key="")


PUT_OFF: list[str] = []


class MillProvider(Provider, Finalizer):
    """Does at the end what was put off."""

    def finalize(self, request: FinalizeRequest) -> FinalizeResult:
        with gates("finalize"):
            for name in PUT_OFF:
                (FOLDER / f"milled-{name}").touch()
            PUT_OFF.clear()
        return FinalizeResult()


def wanted(spec: Spec | Mapping[str, Any]) -> dict[str, Any]:
    """What a crate is: its shape and its colour."""
    config = spec.config if isinstance(spec, Spec) else spec
    return {"shape": config.get("shape", "square"), "colour": config.get("colour", "grey")}


def write(identity: str, crate: Mapping[str, Any]) -> None:
    """Whole or not at all."""
    FOLDER.mkdir(exist_ok=True)
    draft = FOLDER / f"{identity}.draft-{os.getpid()}"
    draft.write_text(json.dumps(crate))
    draft.replace(FOLDER / f"{identity}.json")


def kept(identity: str) -> dict[str, Any]:
    """A crate as it is. Raises NotFound."""
    try:
        crate: dict[str, Any] = json.loads((FOLDER / f"{identity}.json").read_text())
    except FileNotFoundError:
        raise NotFound(identity) from None
    return crate


def log(what: str, identity: str, name: str) -> None:
    """One line for each effect."""
    with (FOLDER / "log").open("a") as lines:
        lines.write(f"{what} {name} {identity}\n")


@contextmanager
def gates(name: str) -> Iterator[None]:
    """Wait before and after an effect, where a test wants it."""
    _wait(f"gate-before-{name}")
    yield
    _wait(f"gate-after-{name}")


def _wait(gate: str) -> None:
    try:
        arrivals = os.open(f"{gate}.at", os.O_WRONLY)
    except FileNotFoundError:
        return
    os.write(arrivals, b"here\n")
    os.close(arrivals)
    with Path(f"{gate}.go").open() as go:
        go.readline()


if __name__ == "__main__":
    if sys.argv[1:] == ["cloud"]:
        serve(Provider("cloud", "1.0.0", [Database(), Shelf()]))
    if sys.argv[1:] == ["mill"]:
        serve(MillProvider("mill", "1.0.0", [Mill()], max_concurrency=4))
    serve(Provider("crate", "1.0.0", [Box(), Moody(), Early()], max_concurrency=4))
