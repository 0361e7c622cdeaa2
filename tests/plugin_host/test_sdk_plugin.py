"""The host against a plugin written with the SDK: what both sides of the wire agree on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.plugin_host.driving import TAG, pool
from tests.plugin_host.hosting import run, site
from tests.plugin_host.plugins import ROOT, folder
from wfctl.core.outcome import Existence
from wfctl.core.plan import Idempotency, Mode, Operation, ResourceSpec
from wfctl.engine.ports import Absence, CallFailed, Output, Reach, Ref, UndoRequest
from wfctl.plugin_host.driver import PluginDriver

PROGRAM = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from wfctl.plugin_sdk import *

class Box(Compensable, ResourceDriver):
    type = "box.box"
    sensitive_keys = ("code",)
    traits = Traits(reads_by_name=True, reads_by_key=True, idempotency=Idempotency.KEY, max_concurrency=3)
    compensation = Compensation(create=Undo.INVERSE, update=Undo.CUSTOM, stateless=True)

    def __init__(self):
        self.boxes = {{}}

    def create(self, request):
        print("making", request.spec.name)
        config = request.spec.config
        yield Identity(request.spec.name)
        if "partly" in config:
            raise PartlyApplied("no lid", provider_id="böx 1")
        if "refuse" in config:
            raise ValidationError("too large")
        made = Output(request.spec.name, {{**config, "code": 1}}, idempotency_key=request.idempotency_key)
        self.boxes[request.spec.name] = made
        return made

    def read(self, request):
        for box in self.boxes.values():
            if box.provider_id in (request.ref.provider_id, request.ref.name) or box.idempotency_key == request.lookup_key:
                return box
        raise NotFound(request.ref.name)

    def update(self, request):
        self.boxes[request.ref.provider_id] = Output(request.ref.provider_id, dict(request.spec.config))
        return self.boxes[request.ref.provider_id]

    def delete(self, request):
        if self.boxes.pop(request.ref.provider_id, None) is None:
            raise NotFound()

    def compensate(self, request):
        return UndoOutcome(UndoResult.DONE, message=request.forward_key)

serve(Provider("boxes", "2.0.0", [Box()]))
"""


def ref(provider_id: str = "a") -> Ref:
    return Ref(name="a", type="box.box", provider_id=provider_id)


def spec(**config: object) -> ResourceSpec:
    return ResourceSpec(name="a", type="box.box", config=config)


def test_what_it_declares(tmp_path: Path) -> None:
    folder(tmp_path, PROGRAM)

    async def work() -> None:
        async with pool(tmp_path) as drivers:
            declared = drivers.driver("cloud").declaration
            assert (declared.plugin, declared.version) == ("boxes", "2.0.0")
            box = declared.declaration("box.box")
            assert (box.undo_create, box.undo_update, box.undo_delete) == (Mode.INVERSE, Mode.CUSTOM, Mode.NONE)
            assert (box.reads_by_name, box.reads_by_key, box.idempotency) == (True, True, Idempotency.KEY)
            assert (box.stateless, box.early_identity, box.max_concurrency) == (True, True, 3)

    run(work())


def test_a_life(tmp_path: Path) -> None:
    folder(tmp_path, PROGRAM)
    early: list[str] = []
    printed: list[str] = []

    async def identified(provider_id: str) -> None:
        early.append(provider_id)

    async def live(driver: PluginDriver) -> None:
        assert await driver.read(ref()) is Absence.PROVEN
        made = await driver.create(spec(n=1), TAG, timeout=30, identified=identified)
        expected = Output(
            name="a",
            type="box.box",
            provider_id="a",
            outputs={"n": 1, "code": 1},
            sensitive=("code",),
            idempotency_key=TAG.key,
        )
        assert made == expected
        assert await driver.read(ref()) == expected
        assert await driver.read(ref(""), lookup_key=TAG.key) == expected
        assert await driver.read_aside(ref("")) is Absence.LIKELY  # the other process has no boxes
        assert not (await driver.diff(spec(n=2), expected)).empty
        changed = await driver.update(ref(), spec(n=2), TAG, timeout=30)
        assert changed is not None
        assert changed.outputs == {"n": 2}
        await driver.delete(ref(), TAG, timeout=30)
        await driver.delete(ref(), TAG, timeout=30)
        assert await driver.read(ref()) is Absence.PROVEN

    async def work() -> str:
        async with pool(tmp_path, at=site(log=lambda _name, line: printed.append(line))) as drivers:
            driver = drivers.driver("cloud")
            await live(driver)
            link = await driver._lifeline.link()
        return link.process.ending()

    assert run(work()) == "exited with status 0"
    assert early == ["a"]
    assert "making a" in printed


def test_failures_and_undo(tmp_path: Path) -> None:
    folder(tmp_path, PROGRAM)
    undo = UndoRequest(
        operation=Operation.UPDATE,
        applied=ref(),
        applied_spec=spec(),
        applied_outputs={},
        prior=ref(),
        prior_spec=spec(),
        prior_outputs={},
        forward_key="forward",
    )

    async def work() -> list[CallFailed]:
        async with pool(tmp_path) as drivers:
            driver = drivers.driver("cloud")
            failed = []
            for config in ({"partly": True}, {"refuse": True}):
                with pytest.raises(CallFailed) as caught:
                    await asyncio.wait_for(driver.create(spec(**config), TAG, timeout=None), 30)
                failed.append(caught.value)
            answer = await driver.compensate(undo, TAG, timeout=None)
            assert (answer.done, answer.message) == (True, "forward")
            return failed

    partly, refused = run(work())
    assert (partly.reach, partly.effect, partly.provider_id) == (Reach.ANSWERED, Existence.EXISTS, "böx 1")
    assert (refused.reach, refused.failure.code, refused.provider_id) == (Reach.ANSWERED, "validation", "a")
