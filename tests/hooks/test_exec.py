from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wfctl.engine.ports import HookCall, HookReport
from wfctl.hooks.exec import OUTPUT_LIMIT, ExecHooks, Patience

IMPATIENT = Patience(kill=0.05, drain=0.05)
ENVIRONMENT = {"PATH": os.environ["PATH"], "GREETING": "hello"}


def run(
    cwd: Path,
    *argv: str,
    stdin: bytes = b"{}",
    environment: dict[str, str] | None = None,
    timeout: float = 30.0,
    redact: Callable[[str], str] = str,
    patience: Patience = IMPATIENT,
) -> HookReport:
    hooks = ExecHooks(cwd=cwd, environment=ENVIRONMENT, redact=redact, patience=patience)
    return asyncio.run(hooks.run(HookCall(argv=argv, stdin=stdin, environment=environment or {}, timeout=timeout)))


def script(path: Path, text: str, *, mode: int = 0o755) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def test_a_program_that_succeeds(tmp_path: Path) -> None:
    report = run(tmp_path, "sh", "-c", "echo out; echo err >&2")
    assert report == HookReport(exit_status=0, output="out\nerr\n")


def test_the_exit_status_and_the_last_words_of_one_that_fails(tmp_path: Path) -> None:
    report = run(tmp_path, "sh", "-c", "echo no such table; exit 3")
    assert report == HookReport(exit_status=3, output="no such table\n")


def test_no_shell_reads_the_arguments(tmp_path: Path) -> None:
    report = run(tmp_path, "printf", "%s|", "$GREETING", "a b", "; exit 9", "*")
    assert report.output == "$GREETING|a b|; exit 9|*|"


def test_the_program_gets_json_on_stdin(tmp_path: Path) -> None:
    sent = json.dumps({"outputs": {"port": 5432}}).encode()
    report = run(tmp_path, sys.executable, "-c", "import json, sys; print(json.load(sys.stdin)['outputs'])", stdin=sent)
    assert report.output == "{'port': 5432}\n"


def test_stdin_can_be_opened_by_its_name(tmp_path: Path) -> None:
    assert run(tmp_path, "cat", "/dev/stdin", stdin=b"by name").output == "by name"


def test_a_program_need_not_read_what_it_is_given(tmp_path: Path) -> None:
    assert run(tmp_path, "true", stdin=b"x" * 1_000_000).exit_status == 0


ONE_HOOK = """\
import asyncio, os, pathlib
from wfctl.engine.ports import HookCall
from wfctl.hooks.exec import ExecHooks
call = HookCall(argv=("sh", "-c", "kill -9 $PPID; cat > told"), stdin=b"x" * 10_000, environment={}, timeout=30)
asyncio.run(ExecHooks(cwd=pathlib.Path.cwd(), environment={"PATH": os.environ["PATH"]}, redact=str).run(call))
"""


def test_a_program_that_outlives_wfctl_has_been_told_everything(tmp_path: Path) -> None:
    fifo(tmp_path / "told")
    wfctl = subprocess.Popen([sys.executable, "-c", ONE_HOOK], cwd=tmp_path)
    assert (tmp_path / "told").read_bytes() == b"x" * 10_000
    assert wfctl.wait() == -signal.SIGKILL


def test_more_stdin_and_output_than_a_pipe_holds_do_not_lock_each_other(tmp_path: Path) -> None:
    report = run(tmp_path, "cat", stdin=b"x" * 3_000_000)
    assert report.exit_status == 0
    assert len(report.output) == OUTPUT_LIMIT


def test_the_environment_is_the_given_one_and_the_call_adds_to_it(tmp_path: Path) -> None:
    report = run(tmp_path, "env", environment={"PGPASSWORD": "p", "GREETING": "hi"})
    seen = dict(line.split("=", 1) for line in report.output.splitlines())
    assert seen == {**ENVIRONMENT, "PGPASSWORD": "p", "GREETING": "hi"}


def test_relative_names_start_at_the_given_directory(tmp_path: Path) -> None:
    script(tmp_path / "smoke.sh", "#!/bin/sh\npwd\n")
    report = run(tmp_path, "./smoke.sh")
    assert Path(report.output.strip()).samefile(tmp_path)


def test_a_program_is_the_leader_of_its_own_session(tmp_path: Path) -> None:
    report = run(
        tmp_path, sys.executable, "-c", "import os; print(os.getsid(0) == os.getpgrp() == os.getpid(), os.getppid())"
    )
    assert report.output == f"True {os.getpid()}\n"


@pytest.mark.parametrize(
    ("argv", "problem"),
    [
        (("./missing.sh",), "./missing.sh was not found (or the interpreter its first line names)"),
        (
            ("no-such-program-anywhere",),
            "no-such-program-anywhere was not found (or the interpreter its first line names)",
        ),
        (("./orphan.sh",), "./orphan.sh was not found (or the interpreter its first line names)"),
        (("./plain.sh",), "./plain.sh may not be executed: Permission denied"),
        (("./garbage",), "./garbage could not be started: Exec format error"),
        (("echo", "a\0b"), "echo could not be started: embedded null byte"),
        ((), " could not be started: the command is empty"),
    ],
)
def test_a_program_that_cannot_start_is_a_problem_not_an_exception(
    tmp_path: Path, argv: tuple[str, ...], problem: str
) -> None:
    script(tmp_path / "plain.sh", "#!/bin/sh\n", mode=0o644)
    script(tmp_path / "orphan.sh", "#!/no/such/interpreter\n")
    script(tmp_path / "garbage", "\x7fnothing that runs")
    assert run(tmp_path, *argv) == HookReport(exit_status=None, problem=problem)


def test_a_directory_that_is_gone_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert run(gone, "true").problem == f"the directory {gone} is not there"


def test_a_program_killed_by_a_signal_says_which(tmp_path: Path) -> None:
    report = run(tmp_path, "sh", "-c", "echo before; kill -KILL $$")
    assert report == HookReport(exit_status=137, output="before\n", problem="killed by SIGKILL")


def test_the_limit_kills_the_program(tmp_path: Path) -> None:
    never = fifo(tmp_path / "never")
    report = run(tmp_path, "sh", "-c", f"echo waiting; read x < {never}", timeout=1.0)
    assert report == HookReport(exit_status=None, output="waiting\n", timed_out=True, problem="killed after 1 s")


def test_the_limit_lets_a_program_tidy_up(tmp_path: Path) -> None:
    never = fifo(tmp_path / "never")
    report = run(
        tmp_path,
        "sh",
        "-c",
        f"trap 'echo tidy; exit 0' TERM; echo ready; read x < {never} & wait",
        timeout=1.0,
        patience=Patience(kill=30.0, drain=0.05),
    )
    assert report.output == "ready\ntidy\n"
    assert report.timed_out


def test_the_limit_kills_children_that_ignore_the_first_signal(tmp_path: Path) -> None:
    never, alive = fifo(tmp_path / "never"), fifo(tmp_path / "alive")
    watch = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    stubborn = f"trap '' TERM; exec 3> {alive}; echo started >&3; read x < {never}"
    report = run(tmp_path, "sh", "-c", f'sh -c "{stubborn}" & read x < {never}', timeout=1.0)
    assert report.timed_out
    os.set_blocking(watch, True)
    with os.fdopen(watch, "rb") as pipe:  # the end of the pipe comes only when every writer is dead
        assert pipe.read() == b"started\n"


def test_a_child_left_behind_with_the_output_open_does_not_hold_us(tmp_path: Path) -> None:
    never = fifo(tmp_path / "never")
    report = run(tmp_path, "sh", "-c", f"read x < {never} & echo $!")
    try:
        assert report.exit_status == 0
        assert not report.timed_out
    finally:
        os.kill(int(report.output), 9)


def test_no_limit_at_all(tmp_path: Path) -> None:
    assert run(tmp_path, "true", timeout=0).exit_status == 0


def test_of_a_flood_the_end_is_kept(tmp_path: Path) -> None:
    report = run(tmp_path, sys.executable, "-c", "print('start'); print('x' * 1_000_000); print('the end')")
    assert len(report.output) == OUTPUT_LIMIT
    assert report.output.startswith("…xxx")
    assert report.output.endswith("xxx\nthe end\n")


@pytest.mark.parametrize("before", [0, 100_000, 500_000])
def test_a_secret_is_redacted_wherever_the_output_is_cut(tmp_path: Path, before: int) -> None:
    program = f"import sys; sys.stdout.write('x' * {before} + 'hunter2' * 30_000)"
    report = run(tmp_path, sys.executable, "-c", program, redact=lambda text: text.replace("hunter2", "*"))
    assert set(report.output) <= {"x", "*", "…"}


def test_a_secret_with_an_escape_sequence_inside_is_redacted(tmp_path: Path) -> None:
    report = run(tmp_path, "printf", r"hun\033[0mter2", redact=lambda text: text.replace("hunter2", "(redacted)"))
    assert report.output == "(redacted)"


def test_output_cannot_command_a_terminal_or_a_build_server(tmp_path: Path) -> None:
    report = run(tmp_path, "printf", r"\033[2J::error::gotcha\n\377\n")
    assert report.output == ": :error::gotcha\n\ufffd\n"


def test_a_secret_in_a_command_that_cannot_start_is_redacted(tmp_path: Path) -> None:
    report = run(tmp_path, "./hunter2", redact=lambda text: text.replace("hunter2", "*"))
    assert report.problem.startswith("./* was not found")


def test_a_cancelled_call_kills_the_group(tmp_path: Path) -> None:
    never, alive = fifo(tmp_path / "never"), fifo(tmp_path / "alive")
    hooks = ExecHooks(cwd=tmp_path, environment=ENVIRONMENT, redact=str, patience=Patience(kill=30.0))
    argv = ("sh", "-c", f"exec 3> {alive}; echo started >&3; read x < {never} & read x < {never}")

    async def scenario() -> bytes:
        task = asyncio.create_task(hooks.run(HookCall(argv=argv, stdin=b"", environment={}, timeout=0)))
        pipe = await asyncio.to_thread(alive.open, "rb", buffering=0)
        with pipe:
            started = await asyncio.to_thread(pipe.read, 8)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return started + await asyncio.to_thread(pipe.read)

    assert asyncio.run(scenario()) == b"started\n"


@pytest.mark.parametrize("turns", range(8))
def test_a_call_cancelled_while_it_starts_leaves_nobody_behind(tmp_path: Path, turns: int) -> None:
    never, alive = fifo(tmp_path / "never"), fifo(tmp_path / "alive")
    watch = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    hooks = ExecHooks(cwd=tmp_path, environment=ENVIRONMENT, redact=str)
    argv = ("sh", "-c", f"exec 3> {alive}; read x < {never} & read x < {never}")

    async def scenario() -> None:
        task = asyncio.create_task(hooks.run(HookCall(argv=argv, stdin=b"", environment={}, timeout=0)))
        for _ in range(turns):
            await asyncio.sleep(0)  # lets the call come a little further
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    os.set_blocking(watch, True)
    with os.fdopen(watch, "rb") as pipe:
        assert pipe.read() == b""


def test_many_programs_at_once(tmp_path: Path) -> None:
    hooks = ExecHooks(cwd=tmp_path, environment=ENVIRONMENT, redact=str)

    async def scenario() -> list[HookReport]:
        calls = [
            HookCall(argv=("sh", "-c", "cat"), stdin=f"{n}".encode(), environment={}, timeout=30) for n in range(20)
        ]
        return await asyncio.gather(*map(hooks.run, calls))

    assert [report.output for report in asyncio.run(scenario())] == [f"{n}" for n in range(20)]


def test_nothing_stays_open(tmp_path: Path) -> None:
    def still_open() -> set[str]:
        return {entry.name for entry in Path("/dev/fd").iterdir()}

    run(tmp_path, "true")
    before = still_open()
    run(tmp_path, "true")
    run(tmp_path, "./missing")
    assert still_open() == before
