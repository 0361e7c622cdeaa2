from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from tests.plugin_host.hosting import Lifeline, run
from wfctl.plugin_host.process import PluginProcess
from wfctl.plugin_host.speech import Speech


def start(tmp_path: Path, program: str) -> PluginProcess:
    process = PluginProcess(
        (sys.executable, "-c", program),
        cwd=tmp_path,
        environment={"PATH": os.environ["PATH"]},
        speech=Speech("p", "plugin p", str),
    )
    process.watch(lambda: None)
    return process


def no_threads(process: PluginProcess) -> bool:
    """Wait for the threads of a process that has ended."""
    ours = [thread for thread in threading.enumerate() if thread.name.startswith(f"plugin-{process.pid}-")]
    for thread in ours:
        thread.join(20)
    return not any(thread.is_alive() for thread in ours)


async def finish(process: PluginProcess) -> None:
    await process.end(patience=20, mercy=20)


def test_the_first_line_the_rest_and_the_status(tmp_path: Path) -> None:
    async def work() -> tuple[str | None, tuple[str, ...], str]:
        process = start(tmp_path, "import sys; print('hello\\nmore'); print('oh', file=sys.stderr); sys.exit(3)")
        line = await process.first_line
        await finish(process)
        return line, process.speech.last(), process.ending()

    line, said, ending = run(work())
    assert line == "hello"
    assert sorted(said) == ["more", "oh"]
    assert ending == "exited with status 3"


def test_a_line_in_two_chunks(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")

    async def work() -> str | None:
        process = start(tmp_path, "import os; os.write(1, b'hel'); open('go').read(); os.write(1, b'lo\\r\\n')")
        await asyncio.to_thread((tmp_path / "go").write_bytes, b"")
        line = await process.first_line
        await finish(process)
        return line

    assert run(work()) == "hello\r"


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("pass", None),
        ("import os; os.write(1, b'no end')", "no end"),
        ("import os; os.write(1, b'\\xff\\xfe\\n')", "\ufffd\ufffd"),
        ("import os; os.write(1, b'x' * 100_000)", "x" * 4096),
    ],
)
def test_odd_first_lines(tmp_path: Path, program: str, line: str | None) -> None:
    async def work() -> str | None:
        process = start(tmp_path, program)
        first = await process.first_line
        await finish(process)
        return first

    assert run(work()) == line


def test_a_storm_on_both_pipes_does_not_stop_it(tmp_path: Path) -> None:
    async def work() -> tuple[str, tuple[str, ...]]:
        storm = "import os\nfor n in range(300): os.write(2, b'e' * 9999 + b'\\n'); os.write(1, b'o' * 9999 + b'\\n')\n"
        process = start(tmp_path, storm + "os.write(2, b'last\\n')")
        await process.ended(None)
        await finish(process)
        return process.ending(), process.speech.last()

    ending, said = run(work())
    assert (ending, "last" in said) == ("exited with status 0", True)


def test_it_has_a_session_of_its_own_and_no_stdin(tmp_path: Path) -> None:
    async def work() -> str | None:
        process = start(tmp_path, "import os, sys; print(os.getsid(0) == os.getpid(), repr(sys.stdin.read()))")
        line = await process.first_line
        await finish(process)
        return line

    assert run(work()) == "True ''"


@pytest.mark.parametrize(
    ("prelude", "ending"),
    [
        ("", "was killed by SIGTERM"),
        ("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)", "was killed by SIGKILL"),
        ("import signal; signal.signal(signal.SIGTERM, lambda *_: os._exit(7))", "exited with status 7"),
    ],
)
def test_the_ladder_of_signals(tmp_path: Path, prelude: str, ending: str) -> None:
    async def work() -> str:
        process = start(tmp_path, f"import os, signal\n{prelude}\nprint('up', flush=True)\nwhile True: signal.pause()")
        await process.first_line
        await process.end(patience=0, mercy=0.2)
        return process.ending()

    assert run(work()) == ending


def test_signals_reach_its_children_and_not_us(tmp_path: Path) -> None:
    lifeline = Lifeline(tmp_path / "alive")
    program = (
        "import os, signal\n"
        "pid = os.fork()\n"
        "held = os.open('alive', os.O_WRONLY)\n"
        "if pid: print('up', flush=True)\n"
        "signal.pause()\n"
    )

    async def work() -> None:
        process = start(tmp_path, program)
        await process.first_line
        await process.end(patience=0, mercy=20)

    run(work())
    assert lifeline.ended()


def test_a_child_that_stays_and_holds_the_pipes_is_not_waited_for(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "if os.fork(): print('up', flush=True); os._exit(0)\n"
        "os.setsid()\n"
        "open('pid', 'w').write(str(os.getpid()))\n"
        "os.open('ready', os.O_WRONLY)\n"
        "__import__('signal').pause()\n"
    )
    os.mkfifo(tmp_path / "ready")

    async def work() -> PluginProcess:
        process = start(tmp_path, program)
        with (tmp_path / "ready").open():
            await finish(process)
        return process

    process = run(work())
    pid = int((tmp_path / "pid").read_text())
    os.kill(pid, signal.SIGKILL)
    assert process.ending() == "exited with status 0"
    assert no_threads(process)


def test_it_is_told_of_before_its_pid_is_given_back(tmp_path: Path) -> None:
    seen: list[str] = []

    async def work() -> int:
        process = PluginProcess(
            (sys.executable, "-c", "pass"), cwd=tmp_path, environment={}, speech=Speech("p", "plugin p", str)
        )
        stat = Path(f"/proc/{process.pid}/stat")
        process.watch(lambda: seen.append(stat.read_text().rpartition(")")[2].split()[0]))
        await finish(process)
        return process.pid

    run(work())
    assert seen == ["Z"]


def test_a_signal_after_its_end_goes_nowhere(tmp_path: Path) -> None:
    async def work() -> None:
        process = start(tmp_path, "pass")
        await finish(process)
        process.signal(signal.SIGKILL)
        await finish(process)

    run(work())


@pytest.mark.parametrize("argv", [("/nowhere/at/all",), ("/",)])
def test_what_cannot_be_started_is_an_error(tmp_path: Path, argv: tuple[str, ...]) -> None:
    async def work() -> None:
        PluginProcess(argv, cwd=tmp_path, environment={}, speech=Speech("p", "plugin p", str))

    with pytest.raises(OSError, match=argv[0]):
        run(work())


def test_its_loop_may_be_gone_before_it(tmp_path: Path) -> None:
    lifeline = Lifeline(tmp_path / "alive")

    async def work() -> PluginProcess:
        process = start(
            tmp_path, "import os, signal; os.open('alive', os.O_WRONLY); print('up', flush=True); signal.pause()"
        )
        await process.first_line
        return process

    process = run(work())
    process.signal(signal.SIGKILL)
    assert lifeline.ended()
    assert no_threads(process)
