"""A provider whose creates do nothing: what is measured is everything around them. Asked by key, it has not seen them."""

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
    UpdateRequest,
    serve,
)


class Noop(ResourceDriver):
    type = "bench.noop"
    traits = Traits(reads_by_key=True, max_concurrency=256)

    def create(self, request: CreateRequest) -> Output:
        return Output(f"id-{request.spec.name}", {"n": request.spec.config.get("n", 0)})

    def read(self, request: ReadRequest) -> Output:
        if not request.ref.provider_id:
            raise NotFound(request.ref.name)
        return Output(request.ref.provider_id, {"n": int(request.ref.name.removeprefix("r"))})

    def update(self, request: UpdateRequest) -> Output:
        return Output(request.ref.provider_id, {"n": request.spec.config.get("n", 0)})

    def delete(self, request: DeleteRequest) -> None:
        pass


if __name__ == "__main__":
    serve(Provider("bench", "1.0.0", [Noop()], max_concurrency=256))
