"""A provider whose creates do nothing, and which knows that nothing was done when it is asked by key."""

from __future__ import annotations

from wfctl.plugin_sdk import (
    CreateRequest,
    DeleteRequest,
    NotFound,
    Output,
    Provider,
    ReadRequest,
    ResourceDriver,
    Traits,
    serve,
)


class Noop(ResourceDriver):
    """Nothing at all."""

    type = "noop.thing"
    traits = Traits(reads_by_key=True, max_concurrency=256)

    def create(self, request: CreateRequest) -> Output:
        return Output(f"id-{request.spec.name}", {"n": request.spec.config["n"]})

    def read(self, request: ReadRequest) -> Output:
        if not request.ref.provider_id:
            raise NotFound(request.ref.name)
        return Output(request.ref.provider_id, {"n": int(request.ref.name.removeprefix("r"))})

    def delete(self, request: DeleteRequest) -> None:
        pass


if __name__ == "__main__":
    serve(Provider("noop", "1.0.0", [Noop()], max_concurrency=256))
