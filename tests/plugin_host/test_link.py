from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.plugin_host.driving import TAG, pool, spec
from tests.plugin_host.hosting import Lifeline, Meeting, run, site
from tests.plugin_host.plugins import serving
from wfctl.engine.ports import CallFailed, Reach
from wfctl.plugin_host.launch import Site


def ending(root: Path, at: Site | None = None, **life: object) -> str:
    """How a plugin that was used ends when its pool is closed."""
    serving(root, **life)

    async def work() -> str:
        async with pool(root, at=at) as drivers:
            driver = drivers.driver("cloud")
            await driver.create(spec(), TAG, timeout=None)
            link = await driver._lifeline.link()
        return link.process.ending()

    return run(work())


def test_shutdown_ends_a_plugin(tmp_path: Path) -> None:
    assert ending(tmp_path, status=5) == "exited with status 5"


def test_a_shutdown_that_fails_is_a_shutdown(tmp_path: Path) -> None:
    assert ending(tmp_path, shutdown={"exit": 6}) == "exited with status 6"


def test_a_plugin_that_does_not_listen_is_terminated(tmp_path: Path) -> None:
    assert ending(tmp_path, site(exit_=0.1), deaf=True) == "was killed by SIGTERM"


def test_one_that_does_not_listen_to_that_either_is_killed(tmp_path: Path) -> None:
    assert ending(tmp_path, site(exit_=0.1, kill=0.1), deaf=True, stubborn=True) == "was killed by SIGKILL"


def test_one_that_hangs_in_shutdown_is_terminated(tmp_path: Path) -> None:
    never = Meeting(tmp_path / "never")
    assert ending(tmp_path / "p", site(exit_=0.1), shutdown={"meet": str(never.path)}) == "was killed by SIGTERM"


def test_a_mutation_in_flight_is_waited_for(tmp_path: Path) -> None:
    serving(tmp_path / "p")
    meeting = Meeting(tmp_path / "meet")

    async def work() -> str:
        async with pool(tmp_path / "p") as drivers:
            creating = asyncio.create_task(
                drivers.driver("cloud").create(spec(meet=str(meeting.path)), TAG, timeout=None)
            )
            await meeting.reached()
            closing = asyncio.create_task(drivers.close())
            await asyncio.to_thread(lambda: None)
            assert not closing.done()
            await meeting.go()
            made = await creating
            await closing
        assert made is not None
        return made.provider_id

    assert run(work()) == "id-a"


def test_shutdown_is_never_sent_while_a_mutation_runs(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path / "meet")
    # Had it been sent Shutdown, it would have exited with 9.
    serving(tmp_path / "p", shutdown={"exit": 9})

    async def work() -> tuple[str, CallFailed]:
        async with pool(tmp_path / "p") as drivers:
            driver = drivers.driver("cloud")
            creating = asyncio.create_task(driver.create(spec(meet=str(meeting.path)), TAG, timeout=None))
            await meeting.reached()
            link = await driver._lifeline.link()
            await drivers.close(0)
            with pytest.raises(CallFailed) as caught:
                await creating
        return link.process.ending(), caught.value

    how, failure = run(work())
    assert how == "was killed by SIGTERM"
    assert (failure.reach, failure.failure.code, failure.plugin_died) == (Reach.IN_DOUBT, "plugin_died", True)


def test_nor_after_one_that_was_given_up(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path / "meet")
    serving(tmp_path / "p", shutdown={"exit": 9})

    async def work() -> str:
        async with pool(tmp_path / "p") as drivers:
            driver = drivers.driver("cloud")
            creating = asyncio.create_task(driver.create(spec(meet=str(meeting.path)), TAG, timeout=None))
            await meeting.reached()
            creating.cancel()
            with pytest.raises(asyncio.CancelledError):
                await creating
            link = await driver._lifeline.link()
        return link.process.ending()

    assert run(work()) == "was killed by SIGTERM"


def test_what_a_plugin_prints_never_stops_it(tmp_path: Path) -> None:
    told: list[str] = []
    serving(tmp_path)
    text = "x" * 3000 + "\n"

    async def work() -> None:
        async with pool(tmp_path, at=site(log=lambda _name, line: told.append(line))) as drivers:
            driver = drivers.driver("cloud")
            for number in range(200):
                script = {"print": {"stdout": text, "stderr": f"{number} {text}"}}
                await driver.create(spec(f"a{number}", **script), TAG, timeout=None)

    run(work())
    assert sum(line == text.strip() for line in told) >= 190  # the last few may be in the pipe when the plugin is ended
    assert sum(line.endswith(text.strip()) and line != text.strip() for line in told) == 200


def test_the_connection_goes_with_the_process_even_if_a_child_holds_its_socket(tmp_path: Path) -> None:
    # The child keeps every file descriptor open, also the listening socket and the connection.
    lifeline = Lifeline(tmp_path / "alive")
    program = tmp_path / "p"
    path = serving(program)
    executable = path / "fake"
    executable.write_text(
        executable.read_text().replace(
            "from tests.plugin_host.fake_plugin import serve",
            "from tests.plugin_host import fake_plugin\n"
            "from tests.plugin_host.fake_plugin import serve\n"
            "import os, signal\n"
            "def split(path):\n"
            "    child = os.fork()\n"
            "    if child:\n"
            "        open(path + '.pid', 'w').write(str(child)); os._exit(4)\n"
            "    os.setsid(); os.open(path, os.O_WRONLY); signal.pause()\n"
            "fake_plugin.meet = split\n",
        )
    )

    async def work() -> CallFailed:
        async with pool(program) as drivers:
            with pytest.raises(CallFailed) as caught:
                await drivers.driver("cloud").create(spec(meet=str(lifeline.path)), TAG, timeout=None)
            return caught.value

    failure = run(work())
    assert (failure.reach, failure.plugin_died) == (Reach.IN_DOUBT, True)
    assert "exited with status 4 during the call" in failure.failure.message
    os.kill(int((tmp_path / "alive.pid").read_text()), signal.SIGKILL)
    assert lifeline.ended()
