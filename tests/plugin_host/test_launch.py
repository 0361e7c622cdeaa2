from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.plugin_host.hosting import Lifeline, Meeting, run, site
from tests.plugin_host.plugins import candidate, folder
from wfctl.errors import Kind, WfctlError
from wfctl.plugin_host.discover import Candidate, Source
from wfctl.plugin_host.guard import Guard
from wfctl.plugin_host.handshake import Handshake
from wfctl.plugin_host.launch import Site, environment, launch
from wfctl.plugin_host.process import PluginProcess

SHAKE = "import os, signal, sys\ndef shake(end='\\n'): os.write(1, b'1|1|unix|/run/p|grpc||true' + end.encode())\n"
STAY = "signal.pause()\n"


async def launched(
    found: Candidate, at: Site, allowed: tuple[str, ...] | None = None, look: Callable[[PluginProcess], object] = str
) -> Handshake:
    guard = Guard(sys.executable, {})
    try:
        process, handshake = await launch(found, at, guard, allowed)
        look(process)
        await process.end(patience=0, mercy=20)
    finally:
        guard.close()
    return handshake


def start(tmp_path: Path, program: str, at: Site | None = None) -> Handshake:
    return run(launched(candidate(folder(tmp_path, SHAKE + program)), at or site()))


def problem(tmp_path: Path, program: str, at: Site | None = None) -> WfctlError:
    """The start-up error of a program. It names the plugin, its provider and its place, and leaves nothing behind."""
    sockets = tmp_path / "s"
    sockets.mkdir()
    with pytest.raises(WfctlError) as caught:
        start(tmp_path, program, msgspec.structs.replace(at or site(), socket_root=sockets))
    error = caught.value
    assert error.kind is Kind.PLUGIN
    assert error.message.startswith(f"plugin fake-plugin for provider fake ({tmp_path / 'fake/fake'}) ")
    assert error.hint
    assert list(sockets.iterdir()) == []
    return error


@pytest.mark.parametrize(
    "program",
    [
        f"shake()\n{STAY}",
        f"shake('\\r\\n')\n{STAY}",
        f"shake(); os.write(1, b'noise after it')\n{STAY}",
        f"os.write(2, b'noise on stderr is fine\\n'); shake()\n{STAY}",
        f"shake(''); os.close(1)\n{STAY}",
        "shake()\n",
    ],
)
def test_a_handshake(tmp_path: Path, program: str) -> None:
    assert start(tmp_path, program) == Handshake(network="unix", address="/run/p")


def test_a_handshake_in_two_chunks(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path / "meet")
    sys_path = str(Path(__file__).resolve().parents[2])
    program = (
        f"sys.path.insert(0, {sys_path!r})\nfrom tests.plugin_host.fake_plugin import meet\n"
        f"os.write(1, b'1|1|unix|'); meet({str(meeting.path)!r}); os.write(1, b'/run/p|grpc\\n')\n{STAY}"
    )

    async def work() -> Handshake:
        starting = asyncio.create_task(launched(candidate(folder(tmp_path, SHAKE + program)), site()))
        await meeting.reached()
        await meeting.go()
        return await starting

    assert run(work()).address == "/run/p"


@pytest.mark.parametrize("noise", ["hello world", "a|b|c|d", "\\x1b[31mdebug\\x1b[0m: ready", "\\xff\\xfe", ""])
def test_noise_before_the_handshake_is_shown(tmp_path: Path, noise: str) -> None:
    error = problem(tmp_path, f"os.write(1, b'{noise}\\n'); shake()\n{STAY}")
    assert error.code == "PLUGIN_NOISE"
    assert "stderr" in error.hint
    shown = {"\\x1b[31mdebug\\x1b[0m: ready": "debug: ready", "\\xff\\xfe": "\ufffd\ufffd"}.get(noise, noise)
    assert error.message.endswith(f"{shown!r}")
    assert any("1|1|unix" in line for line in error.details)


def test_another_protocol_version(tmp_path: Path) -> None:
    error = problem(tmp_path, f"os.write(1, b'1|2|unix|/p|grpc\\n')\n{STAY}")
    assert error.code == "PLUGIN_PROTOCOL"
    assert "plugin protocol 2" in error.message


def test_a_plugin_of_another_program(tmp_path: Path) -> None:
    error = problem(
        tmp_path,
        "if os.environ.get('OTHER_PLUGIN') != 'x':\n"
        "    os.write(2, b'This binary is a plugin. These are not meant to be executed directly.\\n'); sys.exit(1)\n",
    )
    assert error.code == "PLUGIN_EXITED"
    assert "exited with status 1 before its handshake" in error.message
    assert "another program" in error.hint
    assert error.details == ("it said: This binary is a plugin. These are not meant to be executed directly.",)


@pytest.mark.parametrize(
    ("program", "how"),
    [
        ("", "exited with status 0"),
        ("sys.exit(7)", "exited with status 7"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL"),
        ("raise RuntimeError('no credentials')", "exited with status 1"),
    ],
)
def test_a_program_that_ends_without_a_word(tmp_path: Path, program: str, how: str) -> None:
    error = problem(tmp_path, program)
    assert error.code == "PLUGIN_EXITED"
    assert f"{how} before its handshake" in error.message
    if "raise" in program:
        assert error.details[-1] == "it said: RuntimeError: no credentials"


def test_a_program_that_closes_its_stdout_and_stays(tmp_path: Path) -> None:
    error = problem(tmp_path, f"os.close(1)\n{STAY}")
    assert error.code == "PLUGIN_SILENT"


def test_a_program_that_hangs(tmp_path: Path) -> None:
    error = problem(tmp_path, f"os.write(2, b'waiting for a lock\\n')\n{STAY}", site(start=0.5))
    assert error.code == "PLUGIN_START_TIMEOUT"
    assert "within 0.5 s" in error.message
    assert error.details == ("it said: waiting for a lock",)


def test_a_handshake_without_a_line_end(tmp_path: Path) -> None:
    error = problem(tmp_path, f"shake('')\n{STAY}", site(start=0.5))
    assert error.code == "PLUGIN_START_TIMEOUT"
    assert "'1|1|unix|/run/p|grpc||true' without a line end" in error.message


def test_a_storm_of_log_lines_does_not_stop_the_handshake(tmp_path: Path) -> None:
    storm = "for n in range(200): os.write(2, b'x' * 9999 + b'\\n')\nshake()\n"
    assert start(tmp_path, storm + STAY).address == "/run/p"


def test_secrets_are_taken_out_of_every_part_of_an_error(tmp_path: Path) -> None:
    def redact(text: str) -> str:
        return text.replace("hunter2", "***")

    error = problem(
        tmp_path, f"os.write(2, b'key hunter2\\n'); os.write(1, b'hunter2 is the key\\n')\n{STAY}", site(redact=redact)
    )
    assert "hunter2" not in f"{error}{error.hint}"
    assert "*** is the key" in error.message
    assert "it said: key ***" in error.details


def test_a_file_that_is_no_program(tmp_path: Path) -> None:
    path = folder(tmp_path, "")
    (path / "fake").write_bytes(b"\x7fELF of another machine")
    with pytest.raises(WfctlError) as caught:
        run(launched(candidate(path), site()))
    assert caught.value.code == "PLUGIN_START"
    assert "Exec format error" in caught.value.message


def test_a_package_that_is_not_installed(tmp_path: Path) -> None:
    found = Candidate(
        provider="x", name="x", version="1", source=Source.PACKAGE, path=tmp_path, module="no_such_module_at_all"
    )
    with pytest.raises(WfctlError, match=r"python -m no_such_module_at_all") as caught:
        run(launched(found, site()))
    assert caught.value.code == "PLUGIN_EXITED"
    assert "install what no_such_module_at_all needs" in caught.value.hint


def test_a_package_runs_in_the_config_directory_and_never_its_files(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/wfctl_plugin_y.py").write_text(f"{SHAKE}os.write(2, os.getcwd().encode()); shake()\n{STAY}")
    (tmp_path / "config").mkdir()
    (tmp_path / "config/wfctl_plugin_y.py").write_text("print('not the plugin')")
    (tmp_path / "config/signal.py").write_text("print('not the standard library')")
    found = Candidate(
        provider="y", name="y", version="1", source=Source.PACKAGE, path=tmp_path, module="wfctl_plugin_y"
    )
    at = site(environment={"PYTHONPATH": str(tmp_path / "lib")})
    said: list[PluginProcess] = []
    run(launched(found, msgspec.structs.replace(at, config_directory=tmp_path / "config"), None, said.append))
    assert said[0].speech.last() == (str(tmp_path / "config"),)


def test_the_environment_is_the_hosts_first_and_ours_last() -> None:
    host = {
        "A": "1",
        "WORKFLOW_PLUGIN": "something else",
        "PLUGIN_CLIENT_CERT": "x",
        "PLUGIN_MULTIPLEX_GRPC": "true",
        "PLUGIN_UNIX_SOCKET_GROUP": "x",
        "WFCTL_SECRETS_KEY": "x",
        "B": "2",
    }
    assert list(environment(host, None, Path("/s")).items()) == [
        ("A", "1"),
        ("B", "2"),
        ("GRPC_ENABLE_FORK_SUPPORT", "0"),
        ("WORKFLOW_PLUGIN", "workflow-external-plugin-v1"),
        ("PLUGIN_MIN_PORT", "10000"),
        ("PLUGIN_MAX_PORT", "25000"),
        ("PLUGIN_PROTOCOL_VERSIONS", "1"),
        ("PLUGIN_UNIX_SOCKET_DIR", "/s"),
    ]


def test_an_allow_list_leaves_what_programs_cannot_do_without() -> None:
    host = {"PATH": "/bin", "HOME": "/h", "TOKEN": "t", "OTHER": "o", "WFCTL_SECRETS_KEY": "x"}
    given = environment(host, ("TOKEN", "MISSING", "WFCTL_SECRETS_KEY"), Path("/s"))
    assert {name: value for name, value in given.items() if name in host} == {
        "PATH": "/bin",
        "HOME": "/h",
        "TOKEN": "t",
    }


def test_the_socket_directory_is_private_and_goes_with_the_plugin(tmp_path: Path) -> None:
    at = msgspec.structs.replace(site(), socket_root=tmp_path)
    modes: list[int] = []
    start(tmp_path / "p", f"shake()\n{STAY}", at)
    assert [path.name for path in tmp_path.iterdir()] == ["p"]

    def look(_process: PluginProcess) -> None:
        modes.extend(path.stat().st_mode & 0o777 for path in tmp_path.glob("wfctl-*"))

    run(launched(candidate(tmp_path / "p/fake"), at, None, look))
    assert modes == [0o700]


def test_a_root_too_long_for_a_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    with pytest.raises(WfctlError) as caught:
        start(tmp_path, f"shake()\n{STAY}", msgspec.structs.replace(site(), socket_root=deep))
    assert (caught.value.code, caught.value.hint) == ("PLUGIN_SOCKETS", "set TMPDIR to a shorter path")
    assert list(deep.iterdir()) == []


def test_a_root_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WfctlError, match="No such file") as caught:
        start(tmp_path, "", msgspec.structs.replace(site(), socket_root=tmp_path / "no"))
    assert caught.value.code == "PLUGIN_SOCKETS"


def test_a_start_that_is_cancelled_leaves_no_process(tmp_path: Path) -> None:
    lifeline = Lifeline(tmp_path / "alive")
    meeting = Meeting(tmp_path / "meet")
    program = (
        f"os.open({str(lifeline.path)!r}, os.O_WRONLY)\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"open({str(meeting.path)!r}, 'w').write(str(os.getpid()))\n{STAY}"
    )

    async def work() -> None:
        starting = asyncio.create_task(launched(candidate(folder(tmp_path, SHAKE + program)), site()))
        await meeting.reached()
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting

    run(work())
    assert lifeline.ended()


def test_ctrl_c_in_our_terminal_does_not_reach_it(tmp_path: Path) -> None:
    groups: list[int] = []
    look: Callable[[PluginProcess], object] = lambda process: groups.append(os.getpgid(process.pid))  # noqa: E731
    run(launched(candidate(folder(tmp_path, f"{SHAKE}shake()\n{STAY}")), site(), None, look))
    assert groups[0] != os.getpgid(0)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
