"""Rooms that are files in the folder LODGE, each holding a text. A room that is there already is taken over. Deleting a room
waits as long as a fifo `gate` stands there, and is refused while a file `broken` is there. `journal` notes what was done."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wfctl.plugin_sdk import (
    Compensable,
    Compensation,
    CreateRequest,
    DeleteRequest,
    NotFound,
    Output,
    Provider,
    ReadRequest,
    ResourceDriver,
    Spec,
    Traits,
    Undo,
    UpdateRequest,
    ValidationError,
    serve,
)

FOLDER = Path(os.environ.get("LODGE", "."))


class Room(Compensable, ResourceDriver):
    """One file."""

    type = "lodge.room"
    compensation = Compensation(
        create=Undo.INVERSE, update=Undo.INVERSE, delete=Undo.INVERSE, stateless=True, fingerprint_output="text"
    )
    traits = Traits(max_concurrency=1)

    def create(self, request: CreateRequest) -> Output:
        room = FOLDER / f"{request.spec.name}.room"
        return self._written(room, request.spec, "made", adopted=room.exists())

    def read(self, request: ReadRequest) -> Output:
        room = FOLDER / request.ref.provider_id
        if not request.ref.provider_id or not room.exists():
            raise NotFound(request.ref.name)
        return Output(room.name, outputs={"text": room.read_text()})

    def update(self, request: UpdateRequest) -> Output:
        return self._written(FOLDER / request.ref.provider_id, request.spec, "changed", adopted=False)

    def delete(self, request: DeleteRequest) -> None:
        self._note("asked to delete", request.ref.provider_id)
        gate = FOLDER / "gate"
        if gate.exists():
            gate.read_text()
        if (FOLDER / "broken").exists():
            raise ValidationError("the door is stuck")
        (FOLDER / request.ref.provider_id).unlink()
        self._note("gone", request.ref.provider_id)

    def expected_outputs(self, spec: Spec) -> Mapping[str, Any]:
        return {"text": spec.config.get("text", "")}

    def _written(self, room: Path, spec: Spec, what: str, *, adopted: bool) -> Output:
        room.write_text(spec.config.get("text", ""))
        self._note(what, room.name)
        return Output(room.name, outputs={"text": room.read_text()}, adopted=adopted)

    def _note(self, what: str, name: str) -> None:
        with (FOLDER / "journal").open("a") as journal:
            journal.write(f"{what} {name}\n")


if __name__ == "__main__":
    serve(Provider("lodge", "1.0.0", [Room()]))
