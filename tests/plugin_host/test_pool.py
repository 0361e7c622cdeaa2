from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from tests.plugin_host.driving import MODULE, TAG, pool, spec
from tests.plugin_host.hosting import Lifeline, Meeting, run, site
from tests.plugin_host.plugins import ROOT, folder, serving
from wfctl.engine.ports import Drivers
from wfctl.errors import WfctlError
from wfctl.plugin_host.discover import Places, survey
from wfctl.plugin_host.origin import ProviderModule
from wfctl.plugin_host.pool import DriverPool, open_drivers

HOST = """
import asyncio, json, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.plugin_host.driving import TAG, pool, spec
async def main():
    async with pool(Path({plugins!r})) as drivers:
        made = await drivers.driver("cloud").create(spec(), TAG, timeout=None)
        print(json.dumps(made.outputs), flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def module(name: str, provider: str) -> ProviderModule:
    return ProviderModule(name=name, provider=provider, config={})


def test_it_is_the_drivers_port_and_names_are_those_of_modules(tmp_path: Path) -> None:
    serving(tmp_path, folder="one", provider="one")
    serving(tmp_path, folder="two", provider="two")

    async def work() -> tuple[list[str], set[str]]:
        modules = [module("b", "one"), module("a", "two"), module("c", "one")]
        async with await open_drivers(modules, site(), survey(Places(flag=tmp_path, packages=()))) as drivers:
            port: Drivers = drivers
            with pytest.raises(KeyError):
                port.driver("one")
            made = [await port.driver(name).create(spec(), TAG, timeout=None) for name in ("a", "b", "c")]
            return [one.name for one in drivers.declarations], {str((one.outputs or {})["pid"]) for one in made if one}

    names, pids = run(work())
    assert names == ["a", "b", "c"]
    assert len(pids) == 3


def test_modules_may_be_opened_later_and_stay_open(tmp_path: Path) -> None:
    serving(tmp_path, folder="one", provider="one")
    serving(tmp_path, folder="two", provider="two")

    async def work() -> bool:
        async with DriverPool(site(), survey(Places(flag=tmp_path, packages=()))) as drivers:
            await drivers.open([module("a", "one")])
            first = drivers.driver("a")
            await drivers.open([module("a", "one"), module("b", "two")])
            return drivers.driver("a") is first and drivers.facts("b").declaration.name == "b"

    assert run(work())


def test_one_that_does_not_start_ends_those_that_did(tmp_path: Path) -> None:
    lifeline = Lifeline(tmp_path / "alive")
    meeting = Meeting(tmp_path / "meet")
    serving(tmp_path / "p", folder="good", provider="good", lifeline=str(lifeline.path))
    folder(tmp_path / "p", "raise SystemExit('no credentials')", "bad", provider="bad")
    folder(tmp_path / "p", "raise SystemExit('no either')", "worse", provider="worse")

    async def work() -> WfctlError:
        modules = [module("a", "good"), module("b", "bad"), module("c", "worse"), module("d", "missing")]
        with pytest.raises(WfctlError) as caught:
            await open_drivers(modules, site(), survey(Places(flag=tmp_path / "p", packages=())))
        return caught.value

    error = run(work())
    assert lifeline.ended()
    assert (error.code, error.details[0]) == ("PLUGIN_EXITED", "it said: no credentials")
    assert "provider bad" in error.message
    assert "also: " in error.details[1]
    assert "provider worse" in error.details[1]
    assert error.details[2] == "also: no plugin is installed for provider missing"
    assert meeting.path.exists()


def test_a_pin_is_checked_before_anything_is_started(tmp_path: Path) -> None:
    folder(tmp_path, f"open({str(tmp_path / 'ran')!r}, 'w')")

    async def work() -> None:
        await open_drivers([MODULE], site(), survey(Places(flag=tmp_path, packages=())), {"fake": "00"})

    with pytest.raises(WfctlError) as caught:
        run(work())
    assert caught.value.code == "PLUGIN_INTEGRITY"
    assert not (tmp_path / "ran").exists()


def test_an_error_inside_ends_the_plugins(tmp_path: Path) -> None:
    lifeline = Lifeline(tmp_path / "alive")
    serving(tmp_path / "p", lifeline=str(lifeline.path))

    async def work() -> None:
        async with pool(tmp_path / "p"):
            raise LookupError

    with pytest.raises(LookupError):
        run(work())
    assert lifeline.ended()


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    serving(tmp_path / "p")
    (tmp_path / "s").mkdir()

    async def work() -> None:
        async with pool(tmp_path / "p", at=msgspec.structs.replace(site(), socket_root=tmp_path / "s")) as drivers:
            await drivers.driver("cloud").create(spec(), TAG, timeout=None)

    run(work())
    threads = {thread.name for thread in threading.enumerate()}
    descriptors = len(list(Path("/dev/fd").iterdir()))
    run(work())
    assert not {thread.name for thread in threading.enumerate() if thread.name.startswith("plugin-")} - threads
    assert len(list(Path("/dev/fd").iterdir())) <= descriptors
    assert list((tmp_path / "s").iterdir()) == []


def test_a_plugin_dies_with_a_host_that_is_killed(tmp_path: Path) -> None:
    lifeline = Lifeline(tmp_path / "alive")
    serving(tmp_path / "plugins", lifeline=str(lifeline.path))
    program = HOST.format(root=str(ROOT), plugins=str(tmp_path / "plugins"))
    with subprocess.Popen((sys.executable, "-c", program), stdout=subprocess.PIPE) as host:
        assert host.stdout is not None
        sockets = Path(json.loads(host.stdout.readline())["environment"]["PLUGIN_UNIX_SOCKET_DIR"])
        assert sockets.is_dir()
        host.send_signal(signal.SIGKILL)
    assert lifeline.ended()
    while sockets.exists():  # removing them is the last thing the reaper does
        os.sched_yield()
