"""Which gRPC services a provider offers, and the RPCs that concern the provider as a whole.

It knows nothing of sockets and processes. A service is offered only if something in the provider can do what it is for,
because engines take the presence of a service for the ability.
"""

from __future__ import annotations

from collections.abc import Mapping

import grpc

from wfctl.plugin_sdk import _wire as wire
from wfctl.plugin_sdk._calls import Call, Method, failure_of, offer
from wfctl.plugin_sdk._drivers import Desk, DriverCalls, checked, declares_traits
from wfctl.plugin_sdk.abilities import Compensable, DriftDetector, Enumerator, Scalable
from wfctl.plugin_sdk.driver import ResourceDriver
from wfctl.plugin_sdk.errors import NotFound
from wfctl.plugin_sdk.plans import Finalizer, FinalizeRequest, Validator
from wfctl.plugin_sdk.provider import Provider, streams
from wfctl.plugin_sdk.requests import DeleteRequest, DiffRequest, ReadRequest
from wfctl.plugin_sdk.values import FieldChange
from wfctl.protocol import iac_pb2 as pb
from wfctl.protocol import plugin_pb2

Methods = Mapping[str, Method]
OFFERED = pb.DESCRIPTOR.services_by_name


def offers(provider: Provider) -> list[grpc.GenericRpcHandler]:
    """Everything the provider offers, and the registry that says so."""
    offered = services(provider)
    registry = plugin_pb2.ContractRegistry(
        contracts=[
            plugin_pb2.ContractDescriptor(
                kind=plugin_pb2.CONTRACT_KIND_SERVICE,
                service_name=OFFERED[name].full_name,
                mode=plugin_pb2.CONTRACT_MODE_STRICT_PROTO,
            )
            for name in sorted(offered)
        ]
    )
    plugin_service = plugin_pb2.DESCRIPTOR.services_by_name["PluginService"]
    return [
        offer(plugin_service, {"GetContractRegistry": lambda _message, _call: registry}),
        *(offer(OFFERED[name], methods) for name, methods in offered.items()),
    ]


def services(provider: Provider) -> dict[str, Methods]:
    """The services by name, each with the methods that have an answer.

    `Plan`, `ResolveSizing` and `BootstrapStateBackend` have none: the engine plans through `Diff`, sizes are the driver's
    own, and state is not kept by this kind of plugin.
    """
    desk = Desk(provider)
    whole, single = ProviderCalls(desk), DriverCalls(desk)
    offered: dict[str, Methods] = {
        "IaCProviderRequired": {
            "Initialize": whole.initialize,
            "Name": whole.name,
            "Version": whole.version,
            "Capabilities": whole.capabilities,
            "Destroy": whole.destroy,
            "Status": whole.status,
            "Import": whole.import_,
        },
        "ResourceDriver": {
            "Create": single.create,
            "Read": single.read,
            "Update": single.update,
            "Delete": single.delete,
            "Diff": single.diff,
            "Scale": single.scale,
            "HealthCheck": single.health,
            "SensitiveKeys": single.sensitive_keys,
            "Troubleshoot": single.troubleshoot,
        },
    }
    return offered | _of_drivers(provider, single) | _of_provider(provider, whole)


def _of_drivers(provider: Provider, calls: DriverCalls) -> dict[str, Methods]:
    drivers = provider.drivers.values()
    declared = provider.max_concurrency or provider.max_rps or wire.write_deferral(provider)
    offered: dict[str, Methods] = {}
    if declared or any(map(declares_traits, drivers)):
        offered["IaCProviderTraits"] = {"DescribeTraits": calls.describe_traits}
    if any(map(streams, drivers)):
        offered["IaCProviderCreateStream"] = {"Create": calls.create_stream}
    if any(isinstance(driver, Compensable) for driver in drivers):
        offered["IaCProviderCompensator"] = {
            "DescribeCompensation": calls.describe_compensation,
            "Compensate": calls.compensate,
        }
    if any(isinstance(driver, Enumerator) for driver in drivers):
        offered["IaCProviderEnumerator"] = {
            "EnumerateAll": calls.enumerate_all,
            "EnumerateByTag": calls.enumerate_by_tag,
        }
    return offered


def _of_provider(provider: Provider, calls: ProviderCalls) -> dict[str, Methods]:
    offered: dict[str, Methods] = {}
    if isinstance(provider, DriftDetector):
        offered["IaCProviderDriftDetector"] = {
            "DetectDrift": calls.detect_drift,
            "DetectDriftWithSpecs": calls.detect_drift_with_specs,
        }
        offered["IaCProviderDriftConfigDetector"] = {"DetectDriftConfig": calls.detect_drift_config}
    if isinstance(provider, Finalizer):
        offered["IaCProviderFinalizer"] = {"FinalizeApply": finalizing(provider)}
    if isinstance(provider, Validator):
        offered["IaCProviderValidator"] = {"ValidatePlan": validating(provider)}
    return offered


def finalizing(finalizer: Finalizer) -> Method:
    """The RPC of a provider that puts work off."""

    def finalize(message: pb.FinalizeApplyRequest, call: Call) -> pb.FinalizeApplyResponse:
        request = FinalizeRequest(
            **call.carried | {"run_id": message.run_id or call.carried["run_id"]},
            plan_id=message.plan_id,
            applied=wire.read_applied(message.applied),
        )
        result = finalizer.finalize(request)
        return pb.FinalizeApplyResponse(
            errors=map(wire.write_error, result.errors), actions=map(wire.write_report, result.actions)
        )

    return finalize


def validating(validator: Validator) -> Method:
    """The RPC of a provider that judges plans."""

    def validate(message: pb.ValidatePlanRequest, _: Call) -> pb.ValidatePlanResponse:
        remarks = validator.validate(tuple(map(wire.read_planned, message.plan.actions)))
        return pb.ValidatePlanResponse(diagnostics=map(wire.write_remark, remarks))

    return validate


class ProviderCalls:
    """IaCProviderRequired, and the optional services that look at many resources."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._provider = desk.provider

    def initialize(self, message: pb.InitializeRequest, _: Call) -> pb.InitializeResponse:
        """May come again; the last configuration counts."""
        self._provider.configure(wire.read_object(message.config_json))
        self._desk.configured = True
        return pb.InitializeResponse()

    def name(self, _message: pb.NameRequest, _: Call) -> pb.NameResponse:
        """The provider's name."""
        return pb.NameResponse(name=self._provider.name)

    def version(self, _message: pb.VersionRequest, _: Call) -> pb.VersionResponse:
        """The plugin's version."""
        return pb.VersionResponse(version=self._provider.version)

    def capabilities(self, _message: pb.CapabilitiesRequest, _: Call) -> pb.CapabilitiesResponse:
        """Engines refuse a provider whose planning contract is not "v2"."""
        return pb.CapabilitiesResponse(
            capabilities=[
                pb.IaCCapabilityDeclaration(resource_type=name, tier=1, operations=operations(driver))
                for name, driver in self._provider.drivers.items()
            ],
            compute_plan_version="v2",
        )

    def destroy(self, message: pb.DestroyRequest, call: Call) -> pb.DestroyResponse:
        """One after the other in the order given; a failure does not spare the rest."""
        result = pb.DestroyResult()
        for sent in message.refs:
            try:
                self._delete(sent, call)
            except Exception as error:  # noqa: BLE001 - each failure is part of the answer
                text = failure_of(error).text
                result.errors.append(pb.ActionError(resource=sent.name, action="delete", error=text))
            else:
                result.destroyed.append(sent.name)
        return pb.DestroyResponse(result=result)

    def status(self, message: pb.StatusRequest, call: Call) -> pb.StatusResponse:
        """What exists and says no more is running; what is gone is unknown."""
        return pb.StatusResponse(statuses=[self._status(sent, call) for sent in message.refs])

    def import_(self, message: pb.ImportRequest, call: Call) -> pb.ImportResponse:
        """A state record of an object that exists. Its config stays empty: a driver knows outputs, not wishes."""
        kind = message.resource_type
        read = self._read(pb.ResourceRef(type=kind, provider_id=message.provider_id), call)
        name = read.name or message.provider_id
        state = pb.ResourceState(
            id=name,
            name=name,
            type=kind,
            provider=self._provider.name,
            provider_id=read.provider_id,
            outputs_json=read.outputs_json,
            applied_config_source="adoption",
        )
        return pb.ImportResponse(state=state)

    def detect_drift(self, message: pb.DetectDriftRequest, call: Call) -> pb.DetectDriftResponse:
        """Without specs only a vanished object can be told from one in sync."""
        return pb.DetectDriftResponse(drifts=[self._drift(ref, None, call) for ref in message.refs])

    def detect_drift_with_specs(
        self, message: pb.DetectDriftWithSpecsRequest, call: Call
    ) -> pb.DetectDriftWithSpecsResponse:
        """With specs a changed object can be told as well."""
        drifts = [self._drift(ref, message.specs.get(ref.name), call) for ref in message.refs]
        return pb.DetectDriftWithSpecsResponse(drifts=drifts)

    def detect_drift_config(self, message: pb.DetectDriftConfigRequest, call: Call) -> pb.DetectDriftConfigResponse:
        """The same question under the name some engines ask it by."""
        drifts = [self._drift(ref, message.specs.get(ref.name), call) for ref in message.refs]
        return pb.DetectDriftConfigResponse(drifts=drifts)

    def _delete(self, sent: pb.ResourceRef, call: Call) -> None:
        driver = self._desk.driver(sent.type)
        try:
            driver.delete(DeleteRequest(ref=wire.read_ref(sent), **call.carried))
        except NotFound:
            return

    def _read(self, sent: pb.ResourceRef, call: Call) -> pb.ResourceOutput:
        driver = self._desk.driver(sent.type)
        output = driver.read(ReadRequest(ref=wire.read_ref(sent), **call.carried))
        return wire.write_output(checked(output), driver, sent.type, sent.name)

    def _status(self, sent: pb.ResourceRef, call: Call) -> pb.ResourceStatus:
        status = pb.ResourceStatus(name=sent.name, type=sent.type, provider_id=sent.provider_id, status="unknown")
        try:
            read = self._read(sent, call)
        except NotFound:
            return status
        status.status = read.status or "running"
        status.outputs_json = read.outputs_json
        return status

    def _drift(self, sent: pb.ResourceRef, spec: pb.ResourceSpec | None, call: Call) -> pb.DriftResult:
        drift = pb.DriftResult(name=sent.name, type=sent.type)
        setattr(drift, "class", pb.DRIFT_CLASS_IN_SYNC)
        driver = self._desk.driver(sent.type)
        try:
            current = checked(driver.read(ReadRequest(ref=wire.read_ref(sent), **call.carried)))
        except NotFound:
            drift.drifted = True
            setattr(drift, "class", pb.DRIFT_CLASS_GHOST)
            return drift
        if spec is not None:
            request = DiffRequest(spec=wire.read_spec(spec, sent.type), current=current, **call.carried)
            _record(drift, driver, driver.diff(request).changes)
        return drift


def _record(drift: pb.DriftResult, driver: ResourceDriver, changes: tuple[FieldChange, ...]) -> None:
    """Values of sensitive outputs stay here; that they changed does not."""
    if not changes:
        return
    drift.drifted = True
    setattr(drift, "class", pb.DRIFT_CLASS_CONFIG)
    drift.fields.extend(change.path for change in changes)
    shown = [change for change in changes if change.path not in driver.sensitive_keys]
    drift.expected_json = wire.write_object({change.path: change.new for change in shown})
    drift.actual_json = wire.write_object({change.path: change.old for change in shown})


def operations(driver: ResourceDriver) -> list[str]:
    """What a driver can do, in the words of upstream's capability declarations."""
    able = {
        "create": True,
        "read": True,
        "update": driver.updates,
        "delete": True,
        "scale": isinstance(driver, Scalable),
    }
    return [name for name, can in able.items() if can]
