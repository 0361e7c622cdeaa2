from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.plugin_host.driving import MODULE, TAG, pool, spec
from tests.plugin_host.hosting import Meeting, run, site
from tests.plugin_host.plugins import serving
from wfctl.engine.ports import CallFailed, Output, Reach, Ref
from wfctl.plugin_host.driver import PluginDriver

FINALIZING = ["IaCProviderRequired", "ResourceDriver", "IaCProviderFinalizer"]
REF = Ref(name="a", type="fake.thing", provider_id="id-1")


async def failing(driver: PluginDriver, **script: Any) -> CallFailed:  # noqa: ANN401  (of a script)
    with pytest.raises(CallFailed) as caught:
        await driver.create(spec(**script), TAG, timeout=None)
    return caught.value


async def pid(driver: PluginDriver) -> int:
    found = await driver.read(REF)
    assert isinstance(found, Output)
    assert found.outputs is not None
    number = found.outputs["pid"]
    assert isinstance(number, int)
    return number


async def kill(driver: PluginDriver) -> None:
    """Kill the plugin between two calls, and wait until that is known."""
    link = await driver._lifeline.link()
    os.kill(link.process.pid, signal.SIGKILL)
    await link.process.ended(None)


@pytest.mark.parametrize(
    ("script", "how"),
    [
        (
            {"exit": 2, "print": {"stderr": "panic: nil map\n"}},
            "the plugin exited with status 2 during the call; it said: panic: nil map",
        ),
        ({"exit": 0}, "the plugin exited with status 0 during the call"),
        ({"kill": "SIGKILL"}, "the plugin was killed by SIGKILL during the call"),
        ({"kill": "SIGSEGV"}, "the plugin was killed by SIGSEGV during the call"),
    ],
)
def test_a_call_in_flight_when_the_plugin_dies_is_in_doubt(tmp_path: Path, script: dict[str, Any], how: str) -> None:
    serving(tmp_path)

    async def work() -> CallFailed:
        async with pool(tmp_path) as drivers:
            return await failing(drivers.driver("cloud"), **script)

    failed = run(work())
    assert (failed.reach, failed.failure.code, failed.plugin_died) == (Reach.IN_DOUBT, "plugin_died", True)
    assert failed.failure.message == how


def test_all_calls_in_flight_hear_of_it(tmp_path: Path) -> None:
    meetings = [Meeting(tmp_path / f"meet{number}") for number in range(3)]
    serving(tmp_path / "p")

    async def work() -> list[CallFailed]:
        async with pool(tmp_path / "p") as drivers:
            driver = drivers.driver("cloud")
            calls = [asyncio.create_task(failing(driver, meet=str(meeting.path))) for meeting in meetings]
            [victim] = {await meeting.reached() for meeting in meetings}
            os.kill(victim, signal.SIGKILL)
            return list(await asyncio.gather(*calls))

    assert [(failed.reach, failed.plugin_died) for failed in run(work())] == [(Reach.IN_DOUBT, True)] * 3


def test_a_plugin_that_died_is_started_again_once(tmp_path: Path) -> None:
    serving(tmp_path)

    async def work() -> tuple[int, int, CallFailed, CallFailed]:
        async with pool(tmp_path) as drivers:
            driver = drivers.driver("cloud")
            first = await pid(driver)
            await failing(driver, exit=1)
            second = await pid(driver)
            last = await failing(driver, exit=1)
            return first, second, last, await failing(driver)

    first, second, last, after = run(work())
    assert first != second
    assert (last.reach, last.plugin_died) == (Reach.IN_DOUBT, True)
    assert (after.reach, after.failure.code, after.plugin_died) == (Reach.REFUSED, "plugin_died", True)
    assert "exited with status 1 after it had been started again" in after.failure.message


def test_many_calls_after_a_death_start_one_process(tmp_path: Path) -> None:
    serving(tmp_path)

    async def work() -> set[int]:
        async with pool(tmp_path) as drivers:
            driver = drivers.driver("cloud")
            await kill(driver)
            return set(await asyncio.gather(*(pid(driver) for _ in range(6))))

    assert len(run(work())) == 1


def test_a_plugin_that_cannot_be_started_again(tmp_path: Path) -> None:
    path = serving(tmp_path)

    async def work() -> CallFailed:
        async with pool(tmp_path) as drivers:
            driver = drivers.driver("cloud")
            await kill(driver)
            (path / "fake").unlink()
            return await failing(driver)

    failed = run(work())
    assert (failed.reach, failed.failure.code, failed.plugin_died) == (Reach.REFUSED, "plugin_died", True)
    assert "could not be started again" in failed.failure.message


@pytest.mark.parametrize("again", [True, False])
def test_what_was_put_off_dies_with_the_process(tmp_path: Path, *, again: bool) -> None:
    path = serving(tmp_path, services=FINALIZING)

    async def work() -> CallFailed:
        async with pool(tmp_path) as drivers:
            driver = drivers.driver("cloud")
            await driver.create(spec(), TAG, timeout=None)
            await kill(driver)
            if again:
                await driver.create(spec("b"), TAG, timeout=None)
            else:
                (path / "fake").unlink()
            with pytest.raises(CallFailed) as caught:
                await driver.finalize("r", "p", [], timeout=None)
            return caught.value

    failed = run(work())
    assert (failed.reach, failed.failure.code, failed.plugin_died) == (Reach.IN_DOUBT, "plugin_died", True)


def test_a_process_that_only_answered_questions_put_nothing_off(tmp_path: Path) -> None:
    serving(tmp_path, services=FINALIZING)

    async def work() -> int:
        async with pool(tmp_path) as drivers:
            driver = drivers.driver("cloud")
            await pid(driver)
            await kill(driver)
            return len((await driver.finalize("r", "p", [], timeout=None)).errors)

    assert run(work()) == 1


@pytest.mark.parametrize(
    ("deferral", "put_off", "lost"),
    [
        ("DEFERRAL_MARKED", True, True),
        ("DEFERRAL_MARKED", False, False),
        ("DEFERRAL_DURABLE", True, False),
    ],
)
def test_what_was_put_off_is_lost_only_where_it_is_marked_and_kept_in_memory(
    tmp_path: Path, *, deferral: str, put_off: bool, lost: bool
) -> None:
    serving(tmp_path, services=[*FINALIZING, "IaCProviderTraits"], traits={"deferral": deferral})

    async def work() -> bool:
        async with pool(tmp_path) as drivers:
            driver = drivers.driver("cloud")
            await driver.create(spec(output={"deferred": put_off}), TAG, timeout=None)
            await kill(driver)
            try:
                await driver.finalize("r", "p", [], timeout=None)
            except CallFailed:
                return True
            return False

    assert run(work()) is lost


def test_nothing_is_sent_after_the_end(tmp_path: Path) -> None:
    serving(tmp_path)

    async def work() -> CallFailed:
        async with pool(tmp_path) as drivers:
            driver = drivers.driver("cloud")
            await drivers.close()
            return await failing(driver)

    failed = run(work())
    assert (failed.reach, failed.failure.code, failed.plugin_died) == (Reach.REFUSED, "plugin_closed", False)


def test_an_aside_that_cannot_be_started(tmp_path: Path) -> None:
    path = serving(tmp_path)

    async def work() -> CallFailed:
        async with pool(tmp_path) as drivers:
            driver = drivers.driver("cloud")
            await pid(driver)
            (path / "fake").unlink()
            with pytest.raises(CallFailed) as caught:
                await driver.read_aside(REF)
            return caught.value

    assert run(work()).failure.code == "plugin_not_started"


def test_last_words_are_redacted(tmp_path: Path) -> None:
    serving(tmp_path)

    async def work() -> CallFailed:
        async with pool(tmp_path, MODULE, site(redact=lambda text: text.replace("hunter2", "***"))) as drivers:
            return await failing(drivers.driver("cloud"), exit=1, print={"stderr": "key hunter2\n"})

    assert run(work()).failure.message.endswith("it said: key ***")
