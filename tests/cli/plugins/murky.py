"""Boxes that are files in the folder MURKY. A box takes as long to make as a fifo `gate` stands there, and while a file
`fog` is there nobody can see whether it is made."""

from __future__ import annotations

import os
from pathlib import Path

from wfctl.plugin_sdk import (
    CreateRequest,
    DeleteRequest,
    NotFound,
    Output,
    Provider,
    ReadRequest,
    ResourceDriver,
    Transient,
    serve,
)

FOLDER = Path(os.environ.get("MURKY", "."))


class Box(ResourceDriver):
    """One file."""

    type = "murky.box"

    def create(self, request: CreateRequest) -> Output:
        gate = FOLDER / "gate"
        if gate.exists():
            gate.read_text()
        box = FOLDER / f"box-{request.spec.name}"
        box.touch()
        return Output(box.name)

    def read(self, request: ReadRequest) -> Output:
        if (FOLDER / "fog").exists():
            raise Transient("fog")
        if not request.ref.provider_id or not (FOLDER / request.ref.provider_id).exists():
            raise NotFound(request.ref.name)
        return Output(request.ref.provider_id)

    def delete(self, request: DeleteRequest) -> None:
        (FOLDER / request.ref.provider_id).unlink()


if __name__ == "__main__":
    serve(Provider("murky", "1.0.0", [Box()]))
