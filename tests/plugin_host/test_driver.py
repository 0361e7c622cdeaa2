from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.plugin_host.driving import MODULE, TAG, pool, spec
from tests.plugin_host.hosting import Meeting, run, site
from tests.plugin_host.plugins import serving
from wfctl.core.outcome import Existence
from wfctl.core.plan import FieldChange, Operation, ResourceSpec
from wfctl.engine.ports import (
    Absence,
    CallFailed,
    Diff,
    Driver,
    FinalizeEntry,
    FinalizeResult,
    Output,
    Reach,
    Ref,
    UndoRequest,
)
from wfctl.plugin_host.driver import ASKING, PluginDriver
from wfctl.plugin_host.launch import Site
from wfctl.plugin_host.link import MESSAGE_LIMIT

T = TypeVar("T")
Work = Callable[[PluginDriver], Awaitable[T]]
STREAM = ["IaCProviderRequired", "ResourceDriver", "IaCProviderCreateStream"]


def ref(name: str = "a", provider_id: str = "id-1", **script: object) -> Ref:
    return Ref(name=name, type="fake.thing", provider_id=json.dumps(script) if script else provider_id)


def drive(root: Path, work: Work[T], at: Site | None = None, **life: object) -> T:
    serving(root, **life)

    async def whole() -> T:
        async with pool(root, MODULE, at) as drivers:
            return await work(drivers.driver("cloud"))

    return run(whole())


def refusal(root: Path, work: Work[object], at: Site | None = None, **life: object) -> CallFailed:
    async def caught(driver: PluginDriver) -> CallFailed:
        with pytest.raises(CallFailed) as info:
            await work(driver)
        return info.value

    return drive(root, caught, at, **life)


def outputs(output: Output | Absence | None) -> dict[str, Any]:
    assert isinstance(output, Output)
    return dict(output.outputs or {})


def current(**values: object) -> Output:
    return Output(name="a", type="fake.thing", provider_id="id-1", outputs=dict(values))


# ---------------------------------------------------------------- calls and what goes with them


def test_it_is_the_driver_port(tmp_path: Path) -> None:
    async def work(driver: Driver) -> str:
        return driver.declaration.plugin

    assert drive(tmp_path, work) == "fake"


def test_create_carries_config_metadata_and_deadline(tmp_path: Path) -> None:
    async def work(driver: PluginDriver) -> Output | None:
        return await driver.create(spec(size=3), TAG, timeout=3600)

    made = drive(tmp_path, work)
    seen = outputs(made)
    assert made is not None
    assert (made.name, made.type, made.provider_id) == ("a", "fake.thing", "id-a")
    assert seen["config"] == {"size": 3}
    assert seen["time"] < 4000
    assert seen["metadata"] == {
        "wfctl-run-id": "run-1",
        "wfctl-action": "3",
        "wfctl-attempt": "2",
        "wfctl-idempotency-key": "ab" * 32,
    }


def test_an_update_with_and_without_an_answer(tmp_path: Path) -> None:
    async def work(driver: PluginDriver) -> tuple[Output | None, Output | None]:
        told = await driver.update(ref(), spec(output={"outputs_json": '{"n": 1}'}), TAG, timeout=None)
        return told, await driver.update(ref(), spec(output=None), TAG, timeout=None)

    told, silent = drive(tmp_path, work)
    assert told == current(n=1)
    assert silent is None


def test_a_delete_of_what_is_proven_gone_is_done(tmp_path: Path) -> None:
    async def work(driver: PluginDriver) -> None:
        await driver.delete(ref(), TAG, timeout=None)
        await driver.delete(ref(abort=["UNKNOWN", "x: iac: resource not found"]), TAG, timeout=None)

    drive(tmp_path, work)


def test_a_delete_of_what_only_seems_gone_is_not(tmp_path: Path) -> None:
    failed = refusal(
        tmp_path, lambda driver: driver.delete(ref(abort=["UNKNOWN", "vpc does not exist"]), TAG, timeout=None)
    )
    assert (failed.reach, failed.failure.code) == (Reach.ANSWERED, "failed")


def test_a_diff(tmp_path: Path) -> None:
    async def work(driver: PluginDriver) -> tuple[Diff, Diff]:
        change = {"path": "p", "old_json": "1", "new_json": '"x"'}
        some = await driver.diff(spec(result={"needs_update": True, "changes": [change]}), current())
        return some, await driver.diff(spec(), current())

    some, none = drive(tmp_path, work)
    assert some == Diff(needs_update=True, changes=(FieldChange(path="p", old=1, new="x"),))
    assert none.empty


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ({"abort": ["UNKNOWN", "iac: resource not found"]}, Absence.PROVEN),
        ({"abort": ["UNKNOWN", "StatusCode: 404"]}, Absence.LIKELY),
    ],
)
def test_a_read_of_what_is_not_there(tmp_path: Path, script: dict[str, Any], found: Absence) -> None:
    assert drive(tmp_path, lambda driver: driver.read(ref(**script))) is found


def test_a_read_by_key(tmp_path: Path) -> None:
    found = drive(tmp_path, lambda driver: driver.read(ref(provider_id=""), lookup_key="cafe"))
    assert isinstance(found, Output)
    assert (found.provider_id, found.idempotency_key) == ("found", "cafe")


@pytest.mark.parametrize("output", [{"name": "b"}, {"type": "other"}, {"provider_id": ""}])
def test_without_an_id_only_the_very_object_counts(tmp_path: Path, output: dict[str, str]) -> None:
    name = json.dumps({"output": output})
    failed = refusal(tmp_path, lambda driver: driver.read(Ref(name=name, type="fake.thing")))
    assert (failed.reach, failed.failure.code) == (Reach.ANSWERED, "identity_mismatch")


def test_a_read_that_says_nothing_proves_nothing(tmp_path: Path) -> None:
    failed = refusal(tmp_path, lambda driver: driver.read(ref(output=None)))
    assert (failed.reach, failed.failure.code) == (Reach.ANSWERED, "output_missing")


@pytest.mark.parametrize(
    "call",
    [
        lambda driver: driver.read(ref(output={"outputs_json": "{"})),
        lambda driver: driver.diff(spec(result={"changes": [{"path": "p", "new_json": "{"}]}), current()),
    ],
)
def test_questions_whose_answer_cannot_be_read(tmp_path: Path, call: Work[object]) -> None:
    failed = refusal(tmp_path, call)
    assert (failed.reach, failed.failure.code, failed.effect) == (Reach.ANSWERED, "answer_unreadable", None)


# ---------------------------------------------------------------- secrets


def test_sensitive_outputs_are_those_of_the_type_and_those_of_the_answer(tmp_path: Path) -> None:
    async def work(driver: PluginDriver) -> list[Output | Absence | None]:
        marked = spec(output={"sensitive": {"token": True, "open": False}, "provider_id": "i"})
        return [
            await driver.create(marked, TAG, timeout=None),
            await driver.update(ref(), spec(), TAG, timeout=None),
            await driver.read(ref()),
        ]

    found = drive(tmp_path, work, sensitive_keys=["password", "key"])
    assert [one.sensitive for one in found if isinstance(one, Output)] == [
        ("key", "password", "token"),
        ("key", "password"),
        ("key", "password"),
    ]


@pytest.mark.parametrize("code", ["UNIMPLEMENTED", "NOT_FOUND"])
def test_a_plugin_need_not_know_of_sensitive_keys(tmp_path: Path, code: str) -> None:
    made = drive(tmp_path, lambda driver: driver.create(spec(), TAG, timeout=None), sensitive={"abort": [code, "x"]})
    assert made is not None
    assert made.sensitive == ()


def test_nothing_is_sent_while_it_is_open_what_is_secret(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path / "meet")
    failed = refusal(
        tmp_path / "p",
        # Had the create been sent, it would have hung.
        lambda driver: driver.create(spec(meet=str(meeting.path)), TAG, timeout=None),
        sensitive={"abort": ["UNKNOWN", "iac: transient error"]},
    )
    assert (failed.reach, failed.failure.code, failed.failure.retryable) == (Reach.REFUSED, "sensitive_keys", True)


def test_a_plugins_words_are_redacted_and_cleaned(tmp_path: Path) -> None:
    def redact(text: str) -> str:
        return text.replace("hunter2", "***")

    text = "\x1b[31mpassword hunter2\x1b[0m\n::error::x \u202e"
    failed = refusal(
        tmp_path, lambda driver: driver.create(spec(**{"raise": text}), TAG, timeout=None), site(redact=redact)
    )
    assert failed.failure.message == "Exception calling application: password ***\n: :error::x"


# ---------------------------------------------------------------- failures


def test_a_refusal(tmp_path: Path) -> None:
    failed = refusal(tmp_path, lambda driver: driver.create(spec(abort=["INVALID_ARGUMENT", "no"]), TAG, timeout=None))
    assert (failed.reach, failed.failure.code, failed.plugin_died) == (Reach.REFUSED, "invalid_argument", False)


def test_a_rate_limit(tmp_path: Path) -> None:
    limited = spec(abort=["UNKNOWN", "iac: rate limited"], trailing=[["wfctl-retry-after", "2.5"]])
    failed = refusal(tmp_path, lambda driver: driver.create(limited, TAG, timeout=None))
    assert (failed.reach, failed.failure.retryable, failed.failure.retry_after) == (Reach.REFUSED, True, 2.5)


def test_an_object_that_exists_after_a_failure(tmp_path: Path) -> None:
    partly = spec(abort=["UNKNOWN", "no DNS"], trailing=[["wfctl-provider-id", "vol%201"]])
    failed = refusal(tmp_path, lambda driver: driver.create(partly, TAG, timeout=None))
    assert (failed.reach, failed.effect, failed.provider_id) == (Reach.ANSWERED, Existence.EXISTS, "vol 1")


def test_an_unavailable_of_a_plugin_that_lives(tmp_path: Path) -> None:
    failed = refusal(tmp_path, lambda driver: driver.create(spec(abort=["UNAVAILABLE", "later"]), TAG, timeout=None))
    assert (failed.reach, failed.failure.code, failed.plugin_died) == (Reach.IN_DOUBT, "unavailable", False)


def test_a_deadline(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path / "never")
    failed = refusal(tmp_path / "p", lambda driver: driver.create(spec(meet=str(meeting.path)), TAG, timeout=0.2))
    assert (failed.reach, failed.failure.code, failed.plugin_died) == (Reach.IN_DOUBT, "deadline_exceeded", False)


@pytest.mark.parametrize(
    ("script", "code", "reach", "provider_id"),
    [
        ({"output": None}, "output_missing", Reach.IN_DOUBT, ""),
        ({"output": {"provider_id": ""}}, "identity_missing", Reach.IN_DOUBT, ""),
        ({"output": {"name": "b"}}, "identity_mismatch", Reach.ANSWERED, "id-a"),
        ({"output": {"type": "b"}}, "identity_mismatch", Reach.ANSWERED, "id-a"),
        ({"output": {"outputs_json": "nope"}}, "answer_unreadable", Reach.ANSWERED, "id-a"),
    ],
)
def test_a_create_that_worked_and_says_so_badly(
    tmp_path: Path, script: dict[str, Any], code: str, reach: Reach, provider_id: str
) -> None:
    failed = refusal(tmp_path, lambda driver: driver.create(spec(**script), TAG, timeout=None))
    assert (failed.failure.code, failed.reach, failed.provider_id) == (code, reach, provider_id)
    assert failed.effect is Existence.EXISTS


def test_bytes_that_are_no_answer(tmp_path: Path) -> None:
    failed = refusal(tmp_path, lambda driver: driver.create(spec(raw="ffff"), TAG, timeout=None), raw=True)
    assert (failed.reach, failed.failure.code) == (Reach.IN_DOUBT, "data_loss")
    assert failed.failure.message == "DataLoss: the plugin answered with bytes that cannot be read"


def test_an_answer_and_a_request_larger_than_the_limit(tmp_path: Path) -> None:
    async def work(driver: PluginDriver) -> list[tuple[Reach, str]]:
        large = ResourceSpec(name="a", type="fake.thing", config={"x": "x" * MESSAGE_LIMIT})
        found = []
        for call in (
            driver.create(large, TAG, timeout=None),
            driver.create(spec(pad=MESSAGE_LIMIT + 1), TAG, timeout=None),
        ):
            with pytest.raises(CallFailed) as caught:
                await call
            found.append((caught.value.reach, caught.value.failure.code))
        return found

    assert drive(tmp_path, work) == [(Reach.REFUSED, "request_too_large"), (Reach.IN_DOUBT, "answer_too_large")]


def test_eight_megabytes_pass(tmp_path: Path) -> None:
    made = drive(tmp_path, lambda driver: driver.create(spec(pad=8 * 1024 * 1024), TAG, timeout=None))
    assert made is not None
    assert len(made.status) == 8 * 1024 * 1024


def test_a_cancelled_call_is_cancelled_in_the_plugin(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path / "meet")

    async def work(driver: PluginDriver) -> int:
        creating = asyncio.create_task(driver.create(spec(meet=str(meeting.path)), TAG, timeout=None))
        await meeting.reached()
        creating.cancel()
        with pytest.raises(asyncio.CancelledError):
            await creating
        await meeting.go()
        return len(outputs(await driver.create(spec("b"), TAG, timeout=None))["metadata"])

    assert drive(tmp_path / "p", work) == 4


def test_reads_and_diffs_come_eight_at_a_time(tmp_path: Path) -> None:
    meetings = [Meeting(tmp_path / f"meet{number}") for number in range(ASKING)]
    beyond = Meeting(tmp_path / "beyond")

    async def work(driver: PluginDriver) -> int:
        asked = [asyncio.create_task(driver.read(ref(meet=str(meeting.path)))) for meeting in meetings]
        await asyncio.gather(*(meeting.reached() for meeting in meetings))
        late = asyncio.create_task(driver.read(ref(meet=str(beyond.path))))
        mutation = await driver.create(spec(), TAG, timeout=None)  # is not held up by questions
        assert mutation is not None
        assert not late.done()
        await meetings[0].go()
        await beyond.reached()
        for meeting in (*meetings[1:], beyond):
            await meeting.go()
        return len(await asyncio.gather(*asked, late))

    assert drive(tmp_path / "p", work) == ASKING + 1


# ---------------------------------------------------------------- a create that streams


def test_an_early_identity_is_durable_before_anything_follows(tmp_path: Path) -> None:
    order: list[str] = []

    async def identified(provider_id: str) -> None:
        order.append(f"begin {provider_id}")
        await asyncio.to_thread(lambda: None)
        order.append(f"end {provider_id}")

    async def work(driver: PluginDriver) -> Output | None:
        events = [
            {"provider_id": "early"},
            {"progress": "waiting"},
            {"output": {"name": "a", "outputs_json": '{"n": 1}'}},
        ]
        made = await driver.create(spec(events=events), TAG, timeout=None, identified=identified)
        order.append("answer")
        return made

    made = drive(tmp_path, work, services=STREAM)
    assert order == ["begin early", "end early", "answer"]
    assert made == Output(name="a", type="fake.thing", provider_id="early", outputs={"n": 1})


@pytest.mark.parametrize(
    ("script", "code", "reach", "effect"),
    [
        ({}, "output_missing", Reach.ANSWERED, Existence.EXISTS),
        ({"abort": ["UNKNOWN", "no DNS"]}, "failed", Reach.ANSWERED, None),
        ({"abort": ["UNKNOWN", "iac: validation error"]}, "validation", Reach.ANSWERED, None),
        ({"abort": ["UNAVAILABLE", "later"]}, "unavailable", Reach.IN_DOUBT, None),
    ],
)
def test_an_early_identity_outlives_a_failure(
    tmp_path: Path, script: dict[str, Any], code: str, reach: Reach, effect: Existence | None
) -> None:
    streamed = spec(events=[{"provider_id": "early"}], **script)
    failed = refusal(tmp_path, lambda driver: driver.create(streamed, TAG, timeout=None), services=STREAM)
    assert (failed.failure.code, failed.reach, failed.effect) == (code, reach, effect)
    assert failed.provider_id == "early"


def test_an_early_identity_outlives_the_plugin(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path / "meet")
    streamed = spec(events=[{"provider_id": "early"}], meet=str(meeting.path), exit=3)

    async def identified(provider_id: str) -> None:
        await meeting.reached()
        await meeting.go()

    async def work(driver: PluginDriver) -> None:
        await driver.create(streamed, TAG, timeout=None, identified=identified)

    failed = refusal(tmp_path / "p", work, services=STREAM)
    assert (failed.failure.code, failed.reach, failed.provider_id) == ("plugin_died", Reach.IN_DOUBT, "early")


def test_an_identity_that_cannot_be_written_down_ends_the_call(tmp_path: Path) -> None:
    async def identified(provider_id: str) -> None:
        raise OSError("disk full")

    async def work(driver: PluginDriver) -> None:
        with pytest.raises(OSError, match="disk full"):
            await driver.create(spec(events=[{"provider_id": "e"}]), TAG, timeout=None, identified=identified)

    drive(tmp_path, work, services=STREAM)


def test_a_stream_that_is_registered_and_not_there(tmp_path: Path) -> None:
    async def work(driver: PluginDriver) -> list[str]:
        made = [await driver.create(spec(name), TAG, timeout=None) for name in ("a", "b")]
        return [one.provider_id for one in made if one]

    assert drive(tmp_path, work, services=STREAM, unregistered=["IaCProviderCreateStream"]) == ["id-a", "id-b"]


# ---------------------------------------------------------------- undo and finalize


def undo(**script: Any) -> UndoRequest:  # noqa: ANN401  (of a script)
    return UndoRequest(
        operation=Operation.CREATE,
        applied=ref(),
        applied_spec=spec(**script),
        applied_outputs={},
        prior=None,
        prior_spec=None,
        prior_outputs=None,
        forward_key="forward",
    )


COMPENSATING = ["IaCProviderRequired", "ResourceDriver", "IaCProviderCompensator"]


def test_an_undo_of_the_plugins_own(tmp_path: Path) -> None:
    request = undo(undo="UNDO_RESULT_DONE", restored={"provider_id": "id-0", "outputs_json": "{}"})
    answer = drive(tmp_path, lambda driver: driver.compensate(request, TAG, timeout=None), services=COMPENSATING)
    assert answer.done
    assert answer.message == f"{TAG.key} undoes forward of run-1/3"
    assert answer.restored == Output(name="a", type="fake.thing", provider_id="id-0", outputs={})


def test_an_undo_that_says_nothing_is_none(tmp_path: Path) -> None:
    answer = drive(tmp_path, lambda driver: driver.compensate(undo(), TAG, timeout=None), services=COMPENSATING)
    assert (answer.done, answer.code) == (False, "why")


def test_an_undo_whose_answer_cannot_be_read(tmp_path: Path) -> None:
    request = undo(undo="UNDO_RESULT_DONE", restored={"outputs_json": "{"})
    failed = refusal(tmp_path, lambda driver: driver.compensate(request, TAG, timeout=None), services=COMPENSATING)
    assert (failed.reach, failed.failure.code) == (Reach.ANSWERED, "answer_unreadable")


def test_a_plugin_without_undo_is_not_asked(tmp_path: Path) -> None:
    failed = refusal(tmp_path, lambda driver: driver.compensate(undo(), TAG, timeout=None))
    assert (failed.reach, failed.failure.code) == (Reach.REFUSED, "unimplemented")


def test_finalize(tmp_path: Path) -> None:
    entry = FinalizeEntry(action=2, operation=Operation.UPDATE, ref=ref())
    services = ["IaCProviderRequired", "ResourceDriver", "IaCProviderFinalizer"]
    answer = drive(tmp_path, lambda driver: driver.finalize("r", "p", [entry], timeout=None), services=services)
    assert answer.errors == ("thing/flush: r: 2 2 a",)
    assert answer.results == (FinalizeResult(action=None, status=4, name="a", type="fake.thing"),)


def test_a_provider_without_a_finalizer_has_nothing_to_flush(tmp_path: Path) -> None:
    assert drive(tmp_path, lambda driver: driver.finalize("r", "p", [], timeout=None)).errors == ()


# ---------------------------------------------------------------- a process of its own


def test_a_read_aside_has_a_process_of_its_own(tmp_path: Path) -> None:
    async def work(driver: PluginDriver) -> tuple[int, int]:
        near = outputs(await driver.read(ref()))["pid"]
        return near, outputs(await driver.read_aside(ref(provider_id="")))["pid"]

    near, aside = drive(tmp_path, work)
    assert near != aside


def test_a_read_aside_never_proves_absence(tmp_path: Path) -> None:
    name = json.dumps({"abort": ["UNKNOWN", "iac: resource not found"]})
    assert drive(tmp_path, lambda driver: driver.read_aside(Ref(name=name, type="fake.thing"))) is Absence.LIKELY


def test_a_read_aside_may_crash_alone(tmp_path: Path) -> None:
    async def work(driver: PluginDriver) -> tuple[CallFailed, str]:
        with pytest.raises(CallFailed) as caught:
            await driver.read_aside(Ref(name=json.dumps({"exit": 2}), type="fake.thing"))
        made = await driver.create(spec(), TAG, timeout=None)
        return caught.value, made.provider_id if made else ""

    failed, made = drive(tmp_path, work)
    assert (failed.reach, failed.failure.code, failed.plugin_died) == (Reach.IN_DOUBT, "plugin_died", False)
    assert made == "id-a"
