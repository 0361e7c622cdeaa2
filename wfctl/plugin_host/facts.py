"""Ask a plugin that has just started what it is: the calls of a connection's first second, in upstream's order.

Knows nothing of runs. Abilities are the services that the plugin registered, nothing else: not its manifest, not its version
(upstream: plugin/external/adapter.go, cmd/wfctl/deploy_providers.go). Names that are unknown here are passed over.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from typing import TypeVar

import grpc
import msgspec
from google.protobuf.empty_pb2 import Empty

from wfctl.core.plan import Deferral, Document, Idempotency, Mode, ProviderDeclaration, TypeDeclaration
from wfctl.engine.ports import Reach
from wfctl.errors import Kind, WfctlError
from wfctl.plugin_host.launch import Patience, failure
from wfctl.plugin_host.link import Link, outcome
from wfctl.plugin_host.messages import write_json
from wfctl.plugin_host.translate import Status, message_of, reading
from wfctl.protocol import iac_pb2 as pb
from wfctl.protocol import plugin_pb2

PLAN_VERSION = "v2"
"""The one way of dividing work between engine and plugin that is spoken: the engine drives ResourceDriver itself."""

_IAC = "workflow.plugin.external.iac."
REQUIRED = _IAC + "IaCProviderRequired"
RESOURCE_DRIVER = _IAC + "ResourceDriver"
FINALIZER = _IAC + "IaCProviderFinalizer"
COMPENSATOR = _IAC + "IaCProviderCompensator"
VALIDATOR = _IAC + "IaCProviderValidator"
TRAITS = _IAC + "IaCProviderTraits"
CREATE_STREAM = _IAC + "IaCProviderCreateStream"

_UPGRADE = "install a newer version of the plugin, or tell its authors"
_T = TypeVar("_T")
_MODES = {pb.COMPENSATION_MODE_INVERSE: Mode.INVERSE, pb.COMPENSATION_MODE_CUSTOM: Mode.CUSTOM}
_IDEMPOTENCY = {pb.IDEMPOTENCY_KEY: Idempotency.KEY, pb.IDEMPOTENCY_NATURAL: Idempotency.NATURAL}

_DEFERRALS = {pb.DEFERRAL_MARKED: Deferral.MARKED, pb.DEFERRAL_DURABLE: Deferral.DURABLE}


class Capability(msgspec.Struct, frozen=True, kw_only=True):
    """A resource type a plugin offers, as it declares it."""

    type: str
    tier: int = 0
    operations: tuple[str, ...] = ()


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin said of itself. `services` are full names; `canonical_keys` empty means the engine's own list."""

    declaration: ProviderDeclaration
    services: frozenset[str]
    capabilities: tuple[Capability, ...] = ()
    canonical_keys: tuple[str, ...] = ()


async def greet(link: Link, config: Document, patience: Patience) -> frozenset[str]:
    """See what a plugin registers, and configure it. Returns the full names of its services.

    Raises WfctlError: PLUGIN_INCOMPATIBLE or PLUGIN_RPC (plugin), PROVIDER_CONFIG (config) when it refuses its configuration.
    """
    services = await _services(link, patience)
    for name in (REQUIRED, RESOURCE_DRIVER):
        if name not in services:
            raise _incompatible(link, f"does not register the gRPC service {name}")
    await _initialize(link, config, patience)
    return services


async def learn(link: Link, module: str, services: frozenset[str], patience: Patience) -> Facts:
    """Ask a configured plugin what it can do. `module` is the provider module's name.

    Raises WfctlError (plugin): PLUGIN_INCOMPATIBLE, PLUGIN_RPC.
    """
    capabilities = await _capabilities(link, patience)
    name, version = await _title(link, patience)
    traits = await _traits(link, services, patience)
    declaration = ProviderDeclaration(
        name=module,
        plugin=name,
        version=version,
        max_concurrency=traits.max_concurrency or 1,  # undeclared: the drivers may never have been called side by side
        max_rps=traits.max_rps,
        finalizer=FINALIZER in services,
        deferral=_DEFERRALS.get(traits.deferral, Deferral.ANY),
        types=_types(capabilities, await _policies(link, services, patience), traits),
    )
    return Facts(
        declaration=declaration,
        services=services,
        capabilities=tuple(
            Capability(type=one.resource_type, tier=one.tier, operations=tuple(one.operations))
            for one in capabilities.capabilities
        ),
        canonical_keys=tuple(capabilities.canonical_keys),
    )


async def _services(link: Link, patience: Patience) -> frozenset[str]:
    call = link.plugin.GetContractRegistry(Empty(), timeout=patience.start)
    registry: plugin_pb2.ContractRegistry | None = await _ask(link, "GetContractRegistry", call, optional=True)
    contracts = registry.contracts if registry else ()
    return frozenset(one.service_name for one in contracts if one.kind == plugin_pb2.CONTRACT_KIND_SERVICE)


async def _initialize(link: Link, config: Document, patience: Patience) -> None:
    request = pb.InitializeRequest(config_json=write_json(config))
    status = await outcome(link.required.Initialize(request, timeout=patience.start))
    if not isinstance(status, Status):
        return
    if status.code is grpc.StatusCode.UNIMPLEMENTED:
        raise _incompatible(link, "does not implement Initialize, which every provider must")
    if reading(status).reach is Reach.IN_DOUBT:
        raise await _unanswered(link, "Initialize", status)
    said = message_of(status, link.process.speech.show)
    hint = "correct the config of the iac.provider module, or the credentials it names"
    raise failure(link.process.speech, "PROVIDER_CONFIG", f"refuses its configuration: {said}", hint, Kind.CONFIG)


async def _capabilities(link: Link, patience: Patience) -> pb.CapabilitiesResponse:
    call = link.required.Capabilities(pb.CapabilitiesRequest(), timeout=patience.capabilities)
    answer: pb.CapabilitiesResponse | None = await _ask(link, "Capabilities", call)
    declared = answer.compute_plan_version if answer else ""
    if answer is None or declared != PLAN_VERSION:
        shown = link.process.speech.show(declared, 40)
        raise _incompatible(link, f"declares compute_plan_version {shown!r}, and {PLAN_VERSION!r} is needed")
    return answer


async def _title(link: Link, patience: Patience) -> tuple[str, str]:
    name: pb.NameResponse | None = await _ask(
        link, "Name", link.required.Name(pb.NameRequest(), timeout=patience.capabilities)
    )
    version: pb.VersionResponse | None = await _ask(
        link, "Version", link.required.Version(pb.VersionRequest(), timeout=patience.capabilities)
    )
    show = link.process.speech.show
    return show(name.name if name else "", 200), show(version.version if version else "", 200)


async def _traits(link: Link, services: frozenset[str], patience: Patience) -> pb.DescribeTraitsResponse:
    if TRAITS not in services:
        return pb.DescribeTraitsResponse()
    call = link.traits.DescribeTraits(pb.DescribeTraitsRequest(), timeout=patience.capabilities)
    answer: pb.DescribeTraitsResponse | None = await _ask(link, "DescribeTraits", call, optional=True)
    return answer or pb.DescribeTraitsResponse()


async def _policies(link: Link, services: frozenset[str], patience: Patience) -> Sequence[pb.CompensationPolicy]:
    if COMPENSATOR not in services:
        return ()
    call = link.compensator.DescribeCompensation(pb.DescribeCompensationRequest(), timeout=patience.capabilities)
    answer: pb.DescribeCompensationResponse | None = await _ask(link, "DescribeCompensation", call, optional=True)
    return answer.policies if answer else ()


async def _ask(link: Link, rpc: str, call: Awaitable[_T], *, optional: bool = False) -> _T | None:
    # None for UNIMPLEMENTED where that is allowed: a registered service may leave a method out.
    answer = await outcome(call)
    if not isinstance(answer, Status):
        return answer
    if answer.code is not grpc.StatusCode.UNIMPLEMENTED:
        raise await _unanswered(link, rpc, answer)
    if not optional:
        raise _incompatible(link, f"does not implement {rpc}, which every provider must")
    return None


async def _unanswered(link: Link, rpc: str, status: Status) -> WfctlError:
    speech = link.process.speech
    if reading(status).reach is Reach.IN_DOUBT and await link.died():
        what = f"{link.process.ending()} during {rpc}"
        return failure(speech, "PLUGIN_EXITED", what, "its last lines may say why")
    return failure(speech, "PLUGIN_RPC", f"failed in {rpc}: {message_of(status, speech.show)}", _UPGRADE)


def _types(
    capabilities: pb.CapabilitiesResponse, policies: Iterable[pb.CompensationPolicy], traits: pb.DescribeTraitsResponse
) -> dict[str, TypeDeclaration]:
    undo = {policy.resource_type: policy for policy in policies}
    trait = {one.resource_type: one for one in traits.traits}
    offered = [one.resource_type for one in capabilities.capabilities]
    names = dict.fromkeys((*offered, *undo, *trait))
    return {
        name: _declaration(undo.get(name) or pb.CompensationPolicy(), trait.get(name) or pb.ResourceTraits())
        for name in names
    }


def _declaration(policy: pb.CompensationPolicy, traits: pb.ResourceTraits) -> TypeDeclaration:
    return TypeDeclaration(
        undo_create=_MODES.get(policy.create, Mode.NONE),
        undo_update=_MODES.get(policy.update, Mode.NONE),
        undo_replace=_MODES.get(policy.replace, Mode.NONE),
        undo_delete=_MODES.get(policy.delete, Mode.NONE),
        stateless=policy.stateless,
        fingerprint_output=policy.fingerprint_output,
        irreversible_fields=tuple(policy.irreversible_fields),
        emptiness_output=policy.emptiness_output,
        undo_timeout_seconds=policy.undo_timeout_seconds,
        reads_by_name=traits.reads_by_name,
        reads_by_key=traits.reads_by_key,
        idempotency=_IDEMPOTENCY.get(traits.idempotency, Idempotency.NONE),
        early_identity=traits.identity == pb.IDENTITY_TIMING_EARLY,
        identity_by_name=traits.identity == pb.IDENTITY_TIMING_BY_NAME,
        read_lag_ms=max(traits.read_lag_ms, 0),
        max_concurrency=traits.max_concurrency,
        create_before_delete=traits.create_before_delete,
        update_not_idempotent=traits.update_not_idempotent,
        upsert=traits.upsert,
    )


def _incompatible(link: Link, what: str) -> WfctlError:
    return failure(link.process.speech, "PLUGIN_INCOMPATIBLE", what, _UPGRADE)
