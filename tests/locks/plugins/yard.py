"""Crates that are files in the folder YARD, with the key of the create that made them. A create that is sent twice is carried
out twice: every call leaves a line in `effects`.

Fifos of the folder, where there are any, hold it up or tell of it. `start`: it waits before it serves. While it makes the crate
`slow`: `begun` is told of the beginning, `gate` waited for, then the crate is there, `landed` is told, `hang` waited for. When
it has looked for `slow`, `looked` is told and `look` waited for. The
program that waits at the gate notes it in `heard` when it gets the terminal's Ctrl-C. The process is named in `pid`. While
there is a file `full`, the crate `last` is refused.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

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
    Traits,
    Undo,
    ValidationError,
    serve,
)

FOLDER = Path(os.environ.get("YARD", "."))

WAIT = """
trap 'echo INT >> heard' INT
if [ -p begun ]; then echo > begun; fi
if [ -p gate ]; then cat gate > /dev/null; fi
"""


class Crate(Compensable, ResourceDriver):
    """One file."""

    type = "yard.crate"
    traits = Traits(reads_by_key=True)
    compensation = Compensation(create=Undo.INVERSE, stateless=True)

    def create(self, request: CreateRequest) -> Output:
        name = request.spec.name
        if name == "slow":
            subprocess.run(["sh", "-c", WAIT], cwd=FOLDER, check=True)
        if name == "last" and (FOLDER / "full").exists():
            raise ValidationError("the yard is full")
        self.note(f"make-{name}")
        (FOLDER / f"crate-{name}").write_text(request.idempotency_key)
        if name == "slow":
            tell("landed")
            wait("hang")
        return Output(f"crate-{name}")

    def read(self, request: ReadRequest) -> Output:
        crate = FOLDER / f"crate-{request.ref.name}"
        key = crate.read_text() if crate.exists() else None
        if request.ref.name == "slow":
            tell("looked")
            wait("look")
        if key is None or request.lookup_key not in ("", key):
            raise NotFound(crate.name)
        return Output(crate.name, idempotency_key=key)

    def delete(self, request: DeleteRequest) -> None:
        self.note(f"delete-{request.ref.name}")
        (FOLDER / request.ref.provider_id).unlink()

    def note(self, what: str) -> None:
        with (FOLDER / "effects").open("a") as effects:
            effects.write(f"{what}\n")


def tell(name: str) -> None:
    fifo = FOLDER / name
    if fifo.is_fifo():
        fifo.write_text("x")


def wait(name: str) -> None:
    fifo = FOLDER / name
    if fifo.is_fifo():
        fifo.read_text()


if __name__ == "__main__":
    (FOLDER / "pid").write_text(str(os.getpid()))
    wait("start")
    serve(Provider("yard", "1.0.0", [Crate()]))
