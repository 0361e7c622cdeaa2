"""A plugin that does what it is told: a real child process with real gRPC, and nothing of the SDK.

Its own life is scripted by the dictionary given to `serve`, each call by a JSON object in the call itself: the config of a
Create, Update or Diff, the provider_id of a Read or Delete, the name of a Read without one. Keys of a script, in the order
they act:

    meet        path of a FIFO: write a line there, then wait until its other end is closed
    print       {"stderr": text} or {"stdout": text}: the first goes to the pipe, the second through StreamStdio
    exit        end the process with this status
    kill        end the process with this signal
    trailing    [[key, value]] of trailing metadata
    abort       [code, text]
    raise       text of an exception
    raw         bytes, in hexadecimal, in place of the answer
    output      fields of the ResourceOutput; null for an answer without one
    events      of a streamed create: a list of {"provider_id": …}, {"progress": …} or {"output": {…}}
    pad         length of the output's status
    result      fields of a DiffResult
    undo        name of an UndoResult
    restored    fields of the ResourceOutput that an undo brought back
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty

from wfctl.protocol import go_plugin_controller_pb2 as controller_pb
from wfctl.protocol import go_plugin_controller_pb2_grpc as controller_grpc
from wfctl.protocol import go_plugin_stdio_pb2 as stdio_pb
from wfctl.protocol import go_plugin_stdio_pb2_grpc as stdio_grpc
from wfctl.protocol import iac_pb2 as pb
from wfctl.protocol import iac_pb2_grpc as iac_grpc
from wfctl.protocol import plugin_pb2, plugin_pb2_grpc

Script = dict[str, Any]
IAC = "workflow.plugin.external.iac."
PRINTED: queue.Queue[str] = queue.Queue(maxsize=4)


def act(script: Script, context: grpc.ServicerContext) -> None:
    """Everything of a script but its answer."""
    if "meet" in script:
        meet(script["meet"])
    for stream, text in script.get("print", {}).items():
        if stream == "stderr":
            os.write(2, text.encode())
        else:
            PRINTED.put(text)
    if "exit" in script:
        os._exit(script["exit"])
    if "kill" in script:
        os.kill(os.getpid(), getattr(signal, script["kill"]))
        signal.pause()
    if "trailing" in script:
        context.set_trailing_metadata(tuple((key, value) for key, value in script["trailing"]))
    if "abort" in script:
        code, text = script["abort"]
        context.abort(grpc.StatusCode[code], text)
    if "raise" in script:
        raise RuntimeError(script["raise"])


def meet(path: str) -> None:
    with Path(path).open("w") as here:
        here.write(f"{os.getpid()}\n")
    Path(path + ".go").read_bytes()


def scripted(text: str | bytes) -> Script:
    try:
        script = json.loads(text or b"{}")
    except ValueError:
        return {}
    return script if isinstance(script, dict) else {}


def output(script: Script, **default: object) -> pb.ResourceOutput | None:
    given = script.get("output", {})
    if given is None:
        return None
    fields = {**default, **given}
    if "outputs_json" in fields:
        fields["outputs_json"] = fields["outputs_json"].encode("latin-1")
    return pb.ResourceOutput(**fields)


class Provider(iac_grpc.IaCProviderRequiredServicer):
    def __init__(self, life: Script) -> None:
        self.life = life

    def Initialize(self, request: pb.InitializeRequest, context: grpc.ServicerContext) -> pb.InitializeResponse:
        act({**self.life.get("initialize", {}), **scripted(request.config_json).get("initialize", {})}, context)
        return pb.InitializeResponse()

    def Name(self, request: pb.NameRequest, context: grpc.ServicerContext) -> pb.NameResponse:
        act(self.life.get("title", {}), context)
        return pb.NameResponse(name="fake")

    def Version(self, request: pb.VersionRequest, context: grpc.ServicerContext) -> pb.VersionResponse:
        return pb.VersionResponse(version=self.life.get("version", "1.2.3"))

    def Capabilities(self, request: pb.CapabilitiesRequest, context: grpc.ServicerContext) -> pb.CapabilitiesResponse:
        act(self.life.get("capabilities", {}), context)
        return pb.CapabilitiesResponse(
            capabilities=[pb.IaCCapabilityDeclaration(resource_type="fake.thing", tier=1, operations=["create"])],
            compute_plan_version=self.life.get("plan_version", "v2"),
            canonical_keys=["region"],
        )


class Driver(iac_grpc.ResourceDriverServicer):
    def __init__(self, life: Script) -> None:
        self.life = life

    def Create(self, request: pb.ResourceCreateRequest, context: grpc.ServicerContext) -> pb.ResourceCreateResponse:
        script = scripted(request.spec.config_json)
        act(script, context)
        seen = {
            "metadata": {k: v for k, v in context.invocation_metadata() if k.startswith("wfctl-")},
            "config": script,
            "pid": os.getpid(),
            "cwd": str(Path.cwd()),
            "argv": sys.argv,
            "environment": dict(os.environ),
            "sid": os.getsid(0),
            "time": context.time_remaining(),
        }
        made = output(
            script,
            name=request.spec.name,
            type=request.spec.type,
            provider_id=f"id-{request.spec.name}",
            outputs_json=json.dumps(seen),
            status="x" * script.get("pad", 0),
        )
        return pb.ResourceCreateResponse(output=made)

    def Read(self, request: pb.ResourceReadRequest, context: grpc.ServicerContext) -> pb.ResourceReadResponse:
        script = scripted(request.ref.provider_id or request.ref.name)
        act(script, context)
        keys = [value for key, value in context.invocation_metadata() if key == "wfctl-lookup-key"]
        found = output(
            script,
            name=request.ref.name,
            type=request.ref.type,
            provider_id=request.ref.provider_id or "found",
            idempotency_key=keys[0] if keys else "",
            outputs_json=json.dumps({"pid": os.getpid()}),
        )
        return pb.ResourceReadResponse(output=found)

    def Update(self, request: pb.ResourceUpdateRequest, context: grpc.ServicerContext) -> pb.ResourceUpdateResponse:
        script = scripted(request.spec.config_json)
        act(script, context)
        return pb.ResourceUpdateResponse(output=output(script, name=request.ref.name, type=request.ref.type))

    def Delete(self, request: pb.ResourceDeleteRequest, context: grpc.ServicerContext) -> pb.ResourceDeleteResponse:
        act(scripted(request.ref.provider_id), context)
        return pb.ResourceDeleteResponse()

    def Diff(self, request: pb.ResourceDiffRequest, context: grpc.ServicerContext) -> pb.ResourceDiffResponse:
        script = scripted(request.desired.config_json)
        act(script, context)
        result = script.get("result")
        if result is None:
            return pb.ResourceDiffResponse()
        changes = [
            pb.FieldChange(**{k: v.encode() if k.endswith("json") else v for k, v in one.items()})
            for one in result.pop("changes", [])
        ]
        return pb.ResourceDiffResponse(result=pb.DiffResult(**result, changes=changes))

    def SensitiveKeys(
        self, request: pb.SensitiveKeysRequest, context: grpc.ServicerContext
    ) -> pb.SensitiveKeysResponse:
        act(self.life.get("sensitive", {}), context)
        return pb.SensitiveKeysResponse(keys=self.life.get("sensitive_keys", []))


class RawDriver:
    """Answers Create with the bytes of its script, whatever they are."""

    @staticmethod
    def handler() -> grpc.GenericRpcHandler:
        def create(body: bytes, context: grpc.ServicerContext) -> bytes:
            request = pb.ResourceCreateRequest.FromString(body)
            return bytes.fromhex(scripted(request.spec.config_json)["raw"])

        method: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(create)
        return grpc.method_handlers_generic_handler(IAC + "ResourceDriver", {"Create": method})


class Compensator(iac_grpc.IaCProviderCompensatorServicer):
    def __init__(self, life: Script) -> None:
        self.life = life

    def DescribeCompensation(
        self, request: pb.DescribeCompensationRequest, context: grpc.ServicerContext
    ) -> pb.DescribeCompensationResponse:
        policies = [pb.CompensationPolicy(**policy) for policy in self.life.get("policies", [])]
        return pb.DescribeCompensationResponse(policies=policies)

    def Compensate(self, request: pb.CompensateRequest, context: grpc.ServicerContext) -> pb.CompensateResponse:
        script = scripted(request.applied_spec.config_json)
        act(script, context)
        restored = script.get("restored")
        return pb.CompensateResponse(
            result=script.get("undo", "UNDO_RESULT_UNSPECIFIED"),
            code="why",
            message=f"{request.undo_key} undoes {request.forward_key} of {request.run_id}/{request.action_index}",
            restored=output({"output": restored}) if restored else None,
        )


class Traits(iac_grpc.IaCProviderTraitsServicer):
    def __init__(self, life: Script) -> None:
        self.life = life

    def DescribeTraits(
        self, request: pb.DescribeTraitsRequest, context: grpc.ServicerContext
    ) -> pb.DescribeTraitsResponse:
        traits = dict(self.life.get("traits", {}))
        types = [pb.ResourceTraits(**one) for one in traits.pop("traits", [])]
        return pb.DescribeTraitsResponse(traits=types, **traits)


class Finalizer(iac_grpc.IaCProviderFinalizerServicer):
    def FinalizeApply(
        self, request: pb.FinalizeApplyRequest, context: grpc.ServicerContext
    ) -> pb.FinalizeApplyResponse:
        told = ", ".join(f"{one.action_index} {one.operation} {one.ref.name}" for one in request.applied)
        return pb.FinalizeApplyResponse(
            errors=[pb.ActionError(resource="thing", action="flush", error=f"{request.run_id}: {told}")],
            actions=[
                pb.ActionResult(status=pb.ACTION_STATUS_COMPENSATED, resource_name="a", resource_type="fake.thing")
            ],
        )


class CreateStream(iac_grpc.IaCProviderCreateStreamServicer):
    def Create(self, request: pb.ResourceCreateRequest, context: grpc.ServicerContext) -> Iterator[pb.CreateEvent]:
        script = scripted(request.spec.config_json)
        for event in script.get("events", []):
            if "output" in event:
                yield pb.CreateEvent(output=output(event))
            else:
                yield pb.CreateEvent(**event)
        act(script, context)


class Contracts(plugin_pb2_grpc.PluginServiceServicer):
    def __init__(self, names: list[str], life: Script) -> None:
        self.names = names
        self.life = life

    def GetContractRegistry(self, request: Empty, context: grpc.ServicerContext) -> plugin_pb2.ContractRegistry:
        act(self.life.get("registry", {}), context)
        contracts = [
            plugin_pb2.ContractDescriptor(kind=plugin_pb2.CONTRACT_KIND_SERVICE, service_name=name)
            for name in ["plugin.GRPCBroker", "somebody.elses.Service", *self.names]
        ]
        contracts.append(plugin_pb2.ContractDescriptor(kind=plugin_pb2.CONTRACT_KIND_MODULE, service_name="no.service"))
        return plugin_pb2.ContractRegistry(contracts=contracts)


class Controller(controller_grpc.GRPCControllerServicer):
    def __init__(self, life: Script) -> None:
        self.life = life
        self.ended = threading.Event()

    def Shutdown(self, request: controller_pb.Empty, context: grpc.ServicerContext) -> controller_pb.Empty:
        act(self.life.get("shutdown", {}), context)
        if not self.life.get("deaf"):
            self.ended.set()
        return controller_pb.Empty()


class Stdio(stdio_grpc.GRPCStdioServicer):
    def StreamStdio(self, request: Empty, context: grpc.ServicerContext) -> Iterator[stdio_pb.StdioData]:
        while context.is_active():
            yield stdio_pb.StdioData(channel=stdio_pb.StdioData.STDOUT, data=PRINTED.get().encode())


REGISTER: dict[str, tuple[Callable[[Any, grpc.Server], None], Callable[[Script], object]]] = {
    "IaCProviderRequired": (iac_grpc.add_IaCProviderRequiredServicer_to_server, Provider),
    "ResourceDriver": (iac_grpc.add_ResourceDriverServicer_to_server, Driver),
    "IaCProviderCompensator": (iac_grpc.add_IaCProviderCompensatorServicer_to_server, Compensator),
    "IaCProviderTraits": (iac_grpc.add_IaCProviderTraitsServicer_to_server, Traits),
    "IaCProviderFinalizer": (iac_grpc.add_IaCProviderFinalizerServicer_to_server, lambda life: Finalizer()),
    "IaCProviderCreateStream": (iac_grpc.add_IaCProviderCreateStreamServicer_to_server, lambda life: CreateStream()),
}


def serve(life: Script) -> None:
    """Be a plugin. `life` scripts it: services, unregistered, initialize, plan_version, policies, traits, deaf, …"""
    if life.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    names = life.get("services", ["IaCProviderRequired", "ResourceDriver"])
    server = grpc.server(
        ThreadPoolExecutor(32), options=(("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))
    )
    for name in names:
        add, make = REGISTER[name]
        if name == "ResourceDriver" and life.get("raw"):
            server.add_generic_rpc_handlers((RawDriver.handler(),))
        elif name not in life.get("unregistered", []):
            add(make(life), server)
    if not life.get("no_registry"):
        contracts = Contracts([IAC + name for name in names], life)
        plugin_pb2_grpc.add_PluginServiceServicer_to_server(contracts, server)
    controller = Controller(life)
    controller_grpc.add_GRPCControllerServicer_to_server(controller, server)
    stdio_grpc.add_GRPCStdioServicer_to_server(Stdio(), server)
    path = Path(os.environ["PLUGIN_UNIX_SOCKET_DIR"]) / "plugin1"
    server.add_insecure_port(f"unix:{path}")
    server.start()
    os.write(1, f"1|1|unix|{path}|grpc||true\n".encode())
    if "lifeline" in life:
        os.open(life["lifeline"], os.O_WRONLY)  # held open until the process is gone
    controller.ended.wait()
    server.stop(0)
    path.unlink(missing_ok=True)
    os._exit(life.get("status", 0))
