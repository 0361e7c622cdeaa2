"""The RPCs that reach a single driver.

It knows nothing of the provider but its drivers, and that it has to be configured first.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import grpc

from wfctl.plugin_sdk import _wire as wire
from wfctl.plugin_sdk._calls import Call, Refusal
from wfctl.plugin_sdk.abilities import Compensable, Enumerator, IdentityTiming, Scalable, Traits, Troubleshooter
from wfctl.plugin_sdk.driver import CreateSteps, ResourceDriver
from wfctl.plugin_sdk.errors import MethodUnimplemented, NotFound, PartlyApplied
from wfctl.plugin_sdk.provider import Provider, streams
from wfctl.plugin_sdk.requests import (
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    HealthRequest,
    ReadRequest,
    ScaleRequest,
    TroubleshootRequest,
    UpdateRequest,
)
from wfctl.plugin_sdk.values import Identity, Output, Progress, Ref
from wfctl.protocol import iac_pb2 as pb

Steps = Generator[Identity | Progress, None, pb.ResourceOutput]


class BadAnswer(TypeError):
    """A driver returned what it must not."""


class Desk:
    """Finds the driver for a call, once the provider is configured."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.configured = False

    def driver(self, resource_type: str) -> ResourceDriver:
        """The driver of a type, ready to touch the world."""
        if not self.configured:
            raise Refusal(grpc.StatusCode.FAILED_PRECONDITION, f"provider {self.provider.name} is not configured yet")
        return self.known(resource_type)

    def known(self, resource_type: str) -> ResourceDriver:
        """The driver of a type, for questions that need no configuration."""
        if not resource_type:
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "resource_type is empty")
        found = self.provider.drivers.get(resource_type)
        if found is None:
            types = ", ".join(self.provider.drivers)
            raise Refusal(grpc.StatusCode.NOT_FOUND, f"resource type {resource_type!r} is unknown; known are {types}")
        return found

    def chosen(self, resource_types: list[str]) -> Iterator[tuple[str, ResourceDriver]]:
        """The drivers of some types, or of all if none is named; types nobody drives are passed over."""
        for name, driver in self.provider.drivers.items():
            if not resource_types or name in resource_types:
                yield name, driver


class DriverCalls:
    """ResourceDriver, and the optional services that speak of resource types."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def create(self, message: pb.ResourceCreateRequest, call: Call) -> pb.ResourceCreateResponse:
        """The whole create; identities on the way matter only if it fails."""
        output = _last(self._created(message, call))
        return pb.ResourceCreateResponse(output=output)

    def create_stream(self, message: pb.ResourceCreateRequest, call: Call) -> Iterator[pb.CreateEvent]:
        """The create with its steps."""
        output = yield from _events(self._created(message, call))
        yield pb.CreateEvent(output=output)

    def read(self, message: pb.ResourceReadRequest, call: Call) -> pb.ResourceReadResponse:
        """Without an identity only for drivers that declare what else they find objects by."""
        driver = self._desk.driver(message.resource_type)
        ref = wire.read_ref(message.ref, message.resource_type)
        lookup_key = call.lookup_key if driver.traits.reads_by_key and not ref.provider_id else ""
        if not (ref.provider_id or lookup_key or driver.traits.reads_by_name):
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, f"{ref.type} is read by provider_id, and there is none")
        output = driver.read(ReadRequest(ref=ref, lookup_key=lookup_key, **call.carried))
        return pb.ResourceReadResponse(
            output=wire.write_output(checked(output), driver, message.resource_type, ref.name)
        )

    def update(self, message: pb.ResourceUpdateRequest, call: Call) -> pb.ResourceUpdateResponse:
        """An answer that cannot be sent does not hide that the object was changed."""
        driver = self._desk.driver(message.resource_type)
        ref = _located(wire.read_ref(message.ref, message.resource_type), driver)
        spec = wire.read_spec(message.spec, message.resource_type)
        output = driver.update(UpdateRequest(ref=ref, spec=spec, **call.carried))
        written = _written(output, driver, message.resource_type, spec.name or ref.name, known=ref.provider_id)
        return pb.ResourceUpdateResponse(output=written)

    def delete(self, message: pb.ResourceDeleteRequest, call: Call) -> pb.ResourceDeleteResponse:
        """What is already gone is gone: engines that know nothing of NotFound would report a failure."""
        driver = self._desk.driver(message.resource_type)
        ref = _located(wire.read_ref(message.ref, message.resource_type), driver)
        try:
            driver.delete(DeleteRequest(ref=ref, **call.carried))
        except NotFound:
            return pb.ResourceDeleteResponse()
        return pb.ResourceDeleteResponse()

    def diff(self, message: pb.ResourceDiffRequest, call: Call) -> pb.ResourceDiffResponse:
        """What differs between the wanted spec and the record."""
        driver = self._desk.driver(message.resource_type)
        spec = wire.read_spec(message.desired, message.resource_type)
        current = wire.read_output(message.current) if message.HasField("current") else None
        diff = driver.diff(DiffRequest(spec=spec, current=current, **call.carried))
        return pb.ResourceDiffResponse(result=wire.write_diff(diff))

    def health(self, message: pb.ResourceHealthCheckRequest, call: Call) -> pb.ResourceHealthCheckResponse:
        """Whether the object works."""
        driver = self._desk.driver(message.resource_type)
        ref = wire.read_ref(message.ref, message.resource_type)
        health = driver.health(HealthRequest(ref=ref, **call.carried))
        return pb.ResourceHealthCheckResponse(result=pb.HealthResult(healthy=health.healthy, message=health.message))

    def sensitive_keys(self, message: pb.SensitiveKeysRequest, _: Call) -> pb.SensitiveKeysResponse:
        """A fact about the driver, so it needs no configuration."""
        return pb.SensitiveKeysResponse(keys=list(self._desk.known(message.resource_type).sensitive_keys))

    def scale(self, message: pb.ResourceScaleRequest, call: Call) -> pb.ResourceScaleResponse:
        """For drivers that are Scalable."""
        driver = self._desk.driver(message.resource_type)
        if not isinstance(driver, Scalable):
            raise MethodUnimplemented(f"{message.resource_type} cannot be scaled")
        ref = _located(wire.read_ref(message.ref, message.resource_type), driver)
        output = driver.scale(ScaleRequest(ref=ref, replicas=message.replicas, **call.carried))
        written = _written(output, driver, message.resource_type, ref.name, known=ref.provider_id)
        return pb.ResourceScaleResponse(output=written)

    def troubleshoot(self, message: pb.TroubleshootRequest, call: Call) -> pb.TroubleshootResponse:
        """For drivers that are Troubleshooters."""
        driver = self._desk.driver(message.resource_type)
        if not isinstance(driver, Troubleshooter):
            raise MethodUnimplemented(f"{message.resource_type} has no troubleshooter")
        ref = wire.read_ref(message.ref, message.resource_type)
        findings = driver.troubleshoot(TroubleshootRequest(ref=ref, failure=message.failure_msg, **call.carried))
        return pb.TroubleshootResponse(diagnostics=map(wire.write_finding, findings))

    def describe_traits(self, message: pb.DescribeTraitsRequest, _: Call) -> pb.DescribeTraitsResponse:
        """Only what is declared: a type left out is one to assume the worst of."""
        return pb.DescribeTraitsResponse(
            traits=[
                wire.write_traits(driver.traits, name, early=streams(driver))
                for name, driver in self._desk.chosen(list(message.resource_types))
                if declares_traits(driver)
            ],
            max_concurrency=self._desk.provider.max_concurrency,
            max_rps=self._desk.provider.max_rps,
            deferral=wire.write_deferral(self._desk.provider),
        )

    def describe_compensation(
        self, message: pb.DescribeCompensationRequest, _: Call
    ) -> pb.DescribeCompensationResponse:
        """Only what is declared: a type left out cannot be undone."""
        return pb.DescribeCompensationResponse(
            policies=[
                wire.write_policy(driver.compensation, name)
                for name, driver in self._desk.chosen(list(message.resource_types))
                if isinstance(driver, Compensable)
            ]
        )

    def compensate(self, message: pb.CompensateRequest, call: Call) -> pb.CompensateResponse:
        """For drivers with an undo of their own."""
        driver = self._desk.driver(message.resource_type)
        if not isinstance(driver, Compensable):
            raise MethodUnimplemented(f"{message.resource_type} cannot be undone")
        request = wire.read_compensate(message, **call.carried)
        outcome = driver.compensate(request)
        return wire.write_undo(outcome, driver, message.resource_type, request.applied.name)

    def enumerate_all(self, message: pb.EnumerateAllRequest, _: Call) -> pb.EnumerateAllResponse:
        """All objects of one type, or of every type that can be listed."""
        outputs: list[pb.ResourceOutput] = []
        for name, driver in self._listing(message.resource_type):
            found = driver.enumerate() if isinstance(driver, Enumerator) else ()
            outputs += [wire.write_output(checked(output), driver, name) for output in found]
        return pb.EnumerateAllResponse(outputs=outputs)

    def enumerate_by_tag(self, message: pb.EnumerateByTagRequest, _: Call) -> pb.EnumerateByTagResponse:
        """All objects that carry a tag."""
        refs: list[pb.ResourceRef] = []
        for name, driver in self._listing():
            found = driver.enumerate_by_tag(message.tag) if isinstance(driver, Enumerator) else ()
            refs += [pb.ResourceRef(name=output.name, type=name, provider_id=output.provider_id) for output in found]
        return pb.EnumerateByTagResponse(refs=refs)

    def _listing(self, resource_type: str = "") -> Iterator[tuple[str, ResourceDriver]]:
        if resource_type:
            driver = self._desk.driver(resource_type)
            if not isinstance(driver, Enumerator):
                raise MethodUnimplemented(f"{resource_type} cannot be listed")
            yield resource_type, driver
            return
        for driver in dict.fromkeys(self._desk.provider.drivers.values()):
            yield driver.type, self._desk.driver(driver.type)

    def _created(self, message: pb.ResourceCreateRequest, call: Call) -> Steps:
        driver = self._desk.driver(message.resource_type)
        spec = wire.read_spec(message.spec, message.resource_type)
        output = yield from created(driver, CreateRequest(spec=spec, **call.carried))
        return _written(output, driver, message.resource_type, spec.name)


def created(driver: ResourceDriver, request: CreateRequest) -> CreateSteps:
    """One create, whether it is a generator or not.

    That the identity was told says where to look, not that anything is there: a failure after it stays what it was.
    """
    made = driver.create(request)
    if not isinstance(made, Generator):
        return made
    return (yield from made)


def _events(steps: Steps) -> Generator[pb.CreateEvent, None, pb.ResourceOutput]:
    while True:
        try:
            step = next(steps)
        except StopIteration as done:
            output: pb.ResourceOutput = done.value
            return output
        match step:
            case Identity():
                yield pb.CreateEvent(provider_id=step.provider_id)
            case Progress():
                yield pb.CreateEvent(progress=step.text)


def _last(steps: Steps) -> pb.ResourceOutput:
    while True:
        try:
            next(steps)
        except StopIteration as done:
            output: pb.ResourceOutput = done.value
            return output


def checked(output: object) -> Output:
    """An output that can stand for an object."""
    if not isinstance(output, Output):
        raise BadAnswer(f"the driver returned {type(output).__name__} instead of Output")
    identity: object = output.provider_id
    if not isinstance(identity, str) or not identity:
        raise BadAnswer("the driver returned an Output without a provider_id")
    return output


def _written(
    output: object, driver: ResourceDriver, resource_type: str, name: str, *, known: str = ""
) -> pb.ResourceOutput:
    """After a change: an answer that cannot be sent must not hide that the object exists."""
    try:
        sound = checked(output)
        known = sound.provider_id
        return wire.write_output(sound, driver, resource_type, name)
    except (TypeError, ValueError) as error:
        if known:
            raise PartlyApplied(provider_id=known) from error
        raise


def _located(ref: Ref, driver: ResourceDriver) -> Ref:
    """Objects are changed by identity: a name alone may be somebody else's."""
    if not ref.provider_id and driver.traits.identity is not IdentityTiming.BY_NAME:
        raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, f"{ref.type} is changed by provider_id, and there is none")
    return ref


def declares_traits(driver: ResourceDriver) -> bool:
    """Whether the engine may assume anything of the driver."""
    return driver.traits != Traits() or streams(driver)
