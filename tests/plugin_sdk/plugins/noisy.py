"""Prints wherever an author might: while it is imported, from a child, without a line end, and through the descriptor."""

# ruff: noqa: T201, E402 - noise is the point, also between imports

from __future__ import annotations

from wfctl.plugin_sdk import CreateRequest, DeleteRequest, Output, Provider, ReadRequest, ResourceDriver, serve

print("1|1|unix|/imported|grpc||true")

import os
import subprocess
import sys

os.write(1, b"1|1|unix|/descriptor|grpc||true\n")
subprocess.run(["/bin/echo", "1|1|unix|/child|grpc||true"], check=True)


class Noise(ResourceDriver):
    """Says something about everything."""

    type = "noisy.noise"

    def __init__(self) -> None:
        sys.stdout.write("no line end")

    def create(self, request: CreateRequest) -> Output:
        return Output(request.spec.name)

    def read(self, request: ReadRequest) -> Output:
        return Output(request.ref.provider_id)

    def delete(self, request: DeleteRequest) -> None:
        pass


if __name__ == "__main__":
    serve(Provider("noisy", "0", [Noise()]))
