"""A provider that does as its config says: it fails, answers nonsense, prints, waits, and repeats what it was sent."""

# ruff: noqa: T201 - printing is one of the things it does

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from wfctl.plugin_sdk import (
    AlreadyExists,
    CreateRequest,
    DeleteRequest,
    DriverError,
    Forbidden,
    ImageNotInRegistry,
    MethodUnimplemented,
    NotFound,
    Output,
    PartlyApplied,
    Provider,
    RateLimited,
    ReadRequest,
    ResourceDriver,
    Transient,
    Unauthorized,
    UpdateRequest,
    ValidationError,
    serve,
)

FAILURES: dict[str, Callable[[], BaseException]] = {
    "already_exists": lambda: AlreadyExists("bucket b"),
    "bare": NotFound,
    "forbidden": lambda: Forbidden("no write"),
    "image": lambda: ImageNotInRegistry("web:1"),
    "not_found": lambda: NotFound("bucket b"),
    "rate_limited": lambda: RateLimited("slow down"),
    "rate_limited_for": lambda: RateLimited("slow down", retry_after=2.5),
    "transient": lambda: Transient("502"),
    "unauthorized": lambda: Unauthorized("token"),
    "unimplemented": lambda: MethodUnimplemented("paint"),
    "validation": lambda: ValidationError("name is too long"),
    "unnamed": lambda: DriverError("odd"),
    "partly": lambda: PartlyApplied("no DNS yet", provider_id="vol-1"),
    "partly_odd_id": lambda: PartlyApplied("no DNS yet", provider_id="a b/ü%\n"),
    "unexpected": lambda: KeyError("x"),
    "silent": RuntimeError,
    "long": lambda: RuntimeError("ü" * 100_000),
    "surrogate": lambda: RuntimeError("\udcff"),
    "exit": lambda: SystemExit(3),
    "interrupt": KeyboardInterrupt,
}
ANSWERS: dict[str, object] = {
    "none": None,
    "no_id": Output(""),
    "no_json": Output("vol-1", {"x": object()}),
    "nan": Output("vol-1", {"x": float("nan")}),
    "dict": {"provider_id": "vol-1"},
}


def failure(name: str) -> BaseException:
    return FAILURES[name]()


class Parrot(ResourceDriver):
    """Repeats."""

    type = "parrot.parrot"

    def create(self, request: CreateRequest) -> Output:
        config = request.spec.config
        if "fail" in config:
            raise failure(config["fail"])
        if "partly_because" in config:
            raise PartlyApplied(provider_id="vol-1") from failure(config["partly_because"])
        if "answer" in config:
            return ANSWERS[config["answer"]]  # type: ignore[return-value]
        if "print" in config:
            speak(config["print"])
        if "murmur" in config:
            sys.stdout.write(config["murmur"])
        if "print_lines" in config:
            for _ in range(config["print_lines"]):
                print("x" * 1023)
        if "wait" in config:
            print("waiting")
            request.cancelled.wait()
            Path(config["wait"]).write_text("cancelled")
        if "hang" in config:
            print("hanging")
            Path(config["hang"]).read_text()
        if "child" in config:
            made = subprocess.run([sys.executable, "-c", config["child"]], capture_output=True, text=True, check=True)
            return Output("child", {"said": made.stdout})
        return Output(
            "parrot-1",
            {
                "run_id": request.run_id,
                "action": request.action,
                "attempt": request.attempt,
                "idempotency_key": request.idempotency_key,
                "config": dict(config),
                "size": request.spec.size,
                "depends_on": list(request.spec.depends_on),
                "pid": os.getpid(),
            },
        )

    def read(self, request: ReadRequest) -> Output:
        return ANSWERS.get(request.ref.name, Output(request.ref.provider_id))  # type: ignore[return-value]

    def update(self, request: UpdateRequest) -> Output:
        return ANSWERS[request.spec.config["answer"]]  # type: ignore[return-value]

    def delete(self, request: DeleteRequest) -> None:
        raise failure(request.ref.name)


def speak(text: str) -> None:
    print(text)
    print(text, file=sys.stderr)
    sys.stdout.buffer.write(b"\xff\n")
    sys.stdout.flush()
    subprocess.run(["/bin/echo", f"child {text}"], check=True)


if __name__ == "__main__":
    serve(Provider("parrot", "0", [Parrot()]))
