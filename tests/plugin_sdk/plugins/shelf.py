"""A provider whose cloud is a folder: every object is a file, so a test can look at what really exists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from wfctl.plugin_sdk import (
    ActionError,
    ActionReport,
    ActionStatus,
    AlreadyExists,
    Compensable,
    CompensateRequest,
    Compensation,
    CreateRequest,
    CreateSteps,
    DeleteRequest,
    DriftDetector,
    Enumerator,
    Finalizer,
    FinalizeRequest,
    FinalizeResult,
    Finding,
    Idempotency,
    Identity,
    IdentityTiming,
    NotFound,
    Output,
    PlannedAction,
    PlanOperation,
    Progress,
    Provider,
    ReadRequest,
    Remark,
    Request,
    ResourceDriver,
    Scalable,
    ScaleRequest,
    Severity,
    Spec,
    Traits,
    Transient,
    Troubleshooter,
    TroubleshootRequest,
    Undo,
    UndoOutcome,
    UndoResult,
    UpdateRequest,
    ValidationError,
    Validator,
    serve,
)


class Box(Enumerator, Scalable, Troubleshooter, Compensable, ResourceDriver):
    """A file; its config says what is inside."""

    type = "shelf.box"
    force_new = ("colour",)
    sensitive_keys = ("combination",)
    traits = Traits(
        reads_by_name=True,
        reads_by_key=True,
        idempotency=Idempotency.KEY,
        identity=IdentityTiming.WITH_ANSWER,
        read_lag_ms=5,
        max_concurrency=4,
        create_before_delete=True,
        upsert=True,
    )
    compensation = Compensation(
        create=Undo.INVERSE,
        update=Undo.CUSTOM,
        stateless=True,
        fingerprint_output="sha256",
        irreversible_fields=("colour",),
        emptiness_output="empty",
        undo_timeout=30,
    )

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def create(self, request: CreateRequest) -> Output:
        path = self.shelf.folder / f"box-{request.spec.name}"
        if path.exists():
            raise AlreadyExists(request.spec.name)
        return self.put(path, request.spec, request)

    def read(self, request: ReadRequest) -> Output:
        for path in sorted(self.shelf.folder.glob("box-*")):
            kept = json.loads(path.read_text())
            if self.meant(request, path, kept):
                return self.output(path)
        raise NotFound(request.ref.name)

    def meant(self, request: ReadRequest, path: Path, kept: Mapping[str, Any]) -> bool:
        if request.ref.provider_id:
            return path.name == request.ref.provider_id
        if request.lookup_key:
            return bool(kept["key"] == request.lookup_key)
        return path.name == f"box-{request.ref.name}"

    def update(self, request: UpdateRequest) -> Output:
        return self.put(self.shelf.folder / request.ref.provider_id, request.spec, request)

    def delete(self, request: DeleteRequest) -> None:
        path = self.shelf.folder / request.ref.provider_id
        if not path.exists():
            raise NotFound(request.ref.provider_id)
        path.unlink()

    def scale(self, request: ScaleRequest) -> Output:
        return Output(request.ref.provider_id, {"replicas": request.replicas})

    def troubleshoot(self, request: TroubleshootRequest) -> Iterable[Finding]:
        yield Finding("lid", f"{request.ref.name} has a lid", phase="create", detail=request.failure)

    def enumerate(self) -> Iterable[Output]:
        return map(self.output, sorted(self.shelf.folder.glob("box-*")))

    def compensate(self, request: CompensateRequest) -> UndoOutcome:
        if request.prior is None or request.prior_spec is None:
            return UndoOutcome(UndoResult.REFUSED, "no_before_image", "nothing is known of the time before")
        path = self.shelf.folder / request.applied.provider_id
        restored = self.put(path, request.prior_spec, request)
        seen = {
            "forward_key": request.forward_key,
            "key": request.idempotency_key,
            "attempt": request.attempt,
            "operation": request.operation.name,
            "applied": dict(request.applied_outputs),
            "prior": dict(request.prior_outputs),
        }
        return UndoOutcome(UndoResult.DONE, evidence=seen, restored=restored)

    def put(self, path: Path, spec: Spec, request: Request) -> Output:
        path.write_text(json.dumps({"name": spec.name, "key": request.idempotency_key, "config": dict(spec.config)}))
        return self.output(path)

    def output(self, path: Path) -> Output:
        kept = json.loads(path.read_text())
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        outputs = kept["config"] | {"sha256": digest, "combination": "0000", "empty": True}
        return Output(
            path.name, outputs, sensitive=["sha256"], status="running", idempotency_key=kept["key"], name=kept["name"]
        )


class Tank(ResourceDriver):
    """Fills slowly, but has a number at once."""

    type = "shelf.tank"

    def create(self, request: CreateRequest) -> CreateSteps:
        yield Progress("looking for a place")
        yield Identity(f"tank-{request.spec.name}")
        yield Progress("filling")
        match request.spec.config.get("then"):
            case "leak":
                raise Transient("it leaks")
            case "burst":
                raise OSError("it burst")
            case "drip":
                yield from self.drip(Path(request.spec.config["file"]))
            case "refuse":
                raise AlreadyExists("somebody else's tank")
        return Output(f"tank-{request.spec.name}", {"litres": 3})

    def drip(self, closed: Path) -> Iterator[Progress]:
        try:
            while True:
                yield Progress("drip")
        finally:
            closed.write_text("closed")

    def read(self, request: ReadRequest) -> Output:
        return Output(request.ref.provider_id)

    def delete(self, request: DeleteRequest) -> None:
        pass


class Shelf(DriftDetector, Finalizer, Validator, Provider):
    """The folder comes with the configuration."""

    folder: Path

    def __init__(self) -> None:
        super().__init__("shelf", "1.2.3", [Box(self), Tank()], max_concurrency=6, max_rps=2.5)

    def configure(self, config: Mapping[str, Any]) -> None:
        if "folder" not in config:
            raise ValidationError("folder is missing")
        self.folder = Path(config["folder"])

    def finalize(self, request: FinalizeRequest) -> FinalizeResult:
        applied = ",".join(f"{one.index}:{one.operation.name}:{one.ref.name}" for one in request.applied)
        report = ActionReport(
            status=ActionStatus.COMPENSATED, name="a", type="shelf.box", code="swept", evidence={"applied": applied}
        )
        failed = ActionError("shelf.box", "deferred_update", f"{request.plan_id} of {request.run_id}")
        return FinalizeResult(actions=(report,), errors=(failed,))

    def validate(self, actions: tuple[PlannedAction, ...]) -> Iterable[Remark]:
        for action in actions:
            if action.operation is PlanOperation.DELETE and action.current is not None:
                yield Remark(Severity.WARNING, f"{action.current.provider_id} is full", resource=action.spec.name)


if __name__ == "__main__":
    serve(Shelf())
