"""Nothing is sent unless the lease lasts, and what may not be sent is not sent late either."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from wfctl.core.plan import Operation, ProviderDeclaration, ResourceSpec
from wfctl.engine.ports import (
    Absence,
    Batch,
    CallTag,
    Diff,
    Driver,
    FinalizeAnswer,
    FinalizeEntry,
    HookCall,
    HookReport,
    IdentitySink,
    LeaseLostError,
    Output,
    Ref,
    UndoAnswer,
    UndoRequest,
)
from wfctl.errors import Kind, WfctlError
from wfctl.executors.fence import Fence, LedgerTroubleError

SPEC = ResourceSpec(name="a", type="t")
REF = Ref(name="a", type="t", provider_id="1")
TAG = CallTag(run_id="r", action=0, attempt=1, key="k")
OUTPUT = Output(name="a", type="t", provider_id="1")


class Lease:
    """A ledger whose lease lasts or not; `renewals` say in turn what asking for more comes to, the last one for ever."""

    def __init__(self, *, lasts: bool, renewals: Sequence[bool | Exception] = ()) -> None:
        self.lasts = lasts
        self.renewals = list(renewals)
        self.asked = 0

    async def append(self, batch: Batch) -> None:
        raise AssertionError

    def may_send(self) -> bool:
        return self.lasts

    def renew(self) -> bool:
        self.asked += 1
        word = self.renewals.pop(0) if len(self.renewals) > 1 else self.renewals[0]
        if isinstance(word, Exception):
            raise word
        self.lasts = word
        return word


class Plugin:
    """A driver that notes what reaches it."""

    def __init__(self) -> None:
        self.reached: list[str] = []

    @property
    def declaration(self) -> ProviderDeclaration:
        return ProviderDeclaration(name="p", plugin="p")

    def driver(self, provider: str) -> Driver:
        return self

    async def create(
        self, spec: ResourceSpec, tag: CallTag, *, timeout: float | None, identified: IdentitySink | None = None
    ) -> Output | None:
        self.reached.append("create")
        return OUTPUT

    async def read(self, ref: Ref, *, lookup_key: str = "", timeout: float | None = None) -> Output | Absence:
        self.reached.append("read")
        return OUTPUT

    async def read_aside(self, ref: Ref, *, timeout: float | None = None) -> Output | Absence:
        self.reached.append("read_aside")
        return OUTPUT

    async def update(self, ref: Ref, spec: ResourceSpec, tag: CallTag, *, timeout: float | None) -> Output | None:
        self.reached.append("update")
        return OUTPUT

    async def delete(self, ref: Ref, tag: CallTag, *, timeout: float | None) -> None:
        self.reached.append("delete")

    async def diff(self, spec: ResourceSpec, current: Output, *, timeout: float | None = None) -> Diff:
        self.reached.append("diff")
        return Diff()

    async def compensate(self, request: UndoRequest, tag: CallTag, *, timeout: float | None) -> UndoAnswer:
        self.reached.append("compensate")
        return UndoAnswer(done=True)

    async def finalize(
        self, run_id: str, plan_id: str, applied: Sequence[FinalizeEntry], *, timeout: float | None
    ) -> FinalizeAnswer:
        self.reached.append("finalize")
        return FinalizeAnswer()

    async def run(self, call: HookCall) -> HookReport:
        self.reached.append("hook")
        return HookReport(exit_status=0)


async def everything(plugin: Plugin, lease: Lease) -> list[str]:
    """Make every call there is; the names of those that were refused because the lease is lost."""
    guard = Fence(lease)
    driver, hooks = guard.drivers(plugin).driver("p"), guard.hooks(plugin)
    undo = UndoRequest(
        operation=Operation.CREATE,
        applied=REF,
        applied_spec=None,
        applied_outputs=None,
        prior=None,
        prior_spec=None,
        prior_outputs=None,
        forward_key="k",
    )
    calls = {
        "create": driver.create(SPEC, TAG, timeout=None),
        "read": driver.read(REF),
        "read_aside": driver.read_aside(REF),
        "update": driver.update(REF, SPEC, TAG, timeout=None),
        "delete": driver.delete(REF, TAG, timeout=None),
        "diff": driver.diff(SPEC, OUTPUT),
        "compensate": driver.compensate(undo, TAG, timeout=None),
        "finalize": driver.finalize("r", "p", (), timeout=None),
        "hook": hooks.run(HookCall(argv=("true",), stdin=b"", environment={}, timeout=1)),
    }
    refused = []
    for name, call in calls.items():
        try:
            await call
        except LeaseLostError:
            refused.append(name)
    assert driver.declaration == plugin.declaration
    return refused


ALL = ["create", "read", "read_aside", "update", "delete", "diff", "compensate", "finalize", "hook"]
LOOKS = ["read", "read_aside", "diff"]


def test_everything_passes_while_the_lease_lasts_and_nobody_is_asked() -> None:
    plugin, lease = Plugin(), Lease(lasts=True)

    assert asyncio.run(everything(plugin, lease)) == []
    assert (plugin.reached, lease.asked) == (ALL, 0)


def test_what_changes_nothing_passes_a_lost_lease_and_the_rest_does_not() -> None:
    plugin, lease = Plugin(), Lease(lasts=False, renewals=[False])

    refused = asyncio.run(everything(plugin, lease))

    assert refused == [name for name in ALL if name not in LOOKS]
    assert plugin.reached == LOOKS


def test_a_lease_that_ran_short_is_renewed_first() -> None:
    plugin, lease = Plugin(), Lease(lasts=False, renewals=[True])

    assert asyncio.run(everything(plugin, lease)) == []
    assert (plugin.reached, lease.asked) == (ALL, 1)


def test_a_ledger_in_trouble_is_asked_again() -> None:
    busy = WfctlError(Kind.LEDGER, "LEDGER_BUSY", "busy")
    plugin, lease = Plugin(), Lease(lasts=False, renewals=[busy, True])

    assert asyncio.run(everything(plugin, lease)) == []
    assert lease.asked == 2


def test_a_ledger_that_stays_in_trouble_is_lost() -> None:
    broken = WfctlError(Kind.LEDGER, "LEDGER_IO", "broken")

    with pytest.raises(LedgerTroubleError) as caught:
        asyncio.run(Fence(Lease(lasts=False, renewals=[broken]), patience=0.2).passed())

    assert caught.value.problem is broken
