"""Programs and their keepers."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from wfctl_plugin_local.program import COMPLAINT, CutShort, NotStarted, Ran, run

from tests.plugins.local.process import names


def ran(folder: Path, *argv: str, seconds: float = 30, cancelled: Event | None = None) -> Ran:
    with (folder / "hold").open("w") as hold:
        return run(
            argv,
            folder=folder,
            environment={"PATH": os.environ["PATH"], "WHO": "me"},
            seconds=seconds,
            hold=hold.fileno(),
            cancelled=cancelled or Event(),
        )


def test_what_a_program_says(tmp_path: Path) -> None:
    said = ran(tmp_path, "sh", "-c", "echo out; echo err >&2; echo more >&2; exit 3")
    assert said == Ran(3, b"out\n", "err / more")
    assert said.ending == "ended with exit status 3: err / more"


def test_where_and_as_whom_it_runs(tmp_path: Path) -> None:
    assert ran(tmp_path, "sh", "-c", "pwd; echo $WHO; cat").output.decode().split() == [str(tmp_path), "me"]


def test_a_signal_is_told_apart(tmp_path: Path) -> None:
    said = ran(tmp_path, "sh", "-c", "kill -9 $$")
    assert said.status == -signal.SIGKILL
    assert said.ending == "was ended by signal 9"


def test_there_is_no_shell(tmp_path: Path) -> None:
    assert ran(tmp_path, "printf", "%s", "$WHO; `id` *").output == b"$WHO; `id` *"


@pytest.mark.parametrize("argv", [["./none"], ["none-of-that-name"], ["."], ["./script"]])
def test_what_cannot_be_started(tmp_path: Path, argv: list[str]) -> None:
    (tmp_path / "script").write_text("no first line")
    with pytest.raises(NotStarted):
        ran(tmp_path, *argv)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with (tmp_path / "hold").open("w") as hold, pytest.raises(NotStarted):
        run(["true"], folder=tmp_path / "none", environment={}, seconds=1, hold=hold.fileno(), cancelled=Event())


def test_all_it_started_ends_with_it(tmp_path: Path) -> None:
    for pipe in ("wait", "alive"):
        os.mkfifo(tmp_path / pipe)
    stubborn = "trap '' TERM; exec 3> alive; (read forever < wait) & read forever < wait"
    with ThreadPoolExecutor(1) as pool:
        all_gone = pool.submit((tmp_path / "alive").read_bytes)
        with pytest.raises(CutShort, match="took too long"):
            ran(tmp_path, "sh", "-c", stubborn, seconds=0.3)
        # The end of the pipe comes when nobody holds it open any more.
        assert all_gone.result(timeout=30) == b""


def test_cancelling(tmp_path: Path) -> None:
    cancelled = Event()
    cancelled.set()
    with pytest.raises(CutShort, match="was cancelled"):
        ran(tmp_path, "sleep", "60", cancelled=cancelled)


def test_the_end_of_a_long_complaint_is_kept(tmp_path: Path) -> None:
    said = ran(tmp_path, "sh", "-c", r"yes noise | head -n 9999 >&2; printf '\033[31mthe point\n' >&2; exit 1")
    assert len(said.complaint) == COMPLAINT
    assert said.complaint.endswith("noise / [31mthe point")


@pytest.mark.parametrize("channel", ["1", "2"])
def test_what_a_program_prints_is_bounded(tmp_path: Path, channel: str) -> None:
    with pytest.raises(CutShort, match="printed more than"):
        ran(tmp_path, "sh", "-c", f"yes >&{channel}")


def test_a_program_has_the_usual_signals(tmp_path: Path) -> None:
    assert ran(tmp_path, "sh", "-c", "kill -PIPE $$").status == -signal.SIGPIPE
    assert ran(tmp_path, "sh", "-c", "kill -TERM $$").status == -signal.SIGTERM


def test_nothing_is_left_open(tmp_path: Path) -> None:
    before = names(Path("/dev/fd"))
    for argv in (["true"], ["none-of-that-name"]):
        try:
            ran(tmp_path, *argv)
        except NotStarted:
            continue
    assert names(Path("/dev/fd")) == before


def test_a_program_gets_none_of_the_keepers_descriptors(tmp_path: Path) -> None:
    kept = ran(tmp_path, "sh", "-c", "ls /dev/fd").output.split()
    # The fourth is the one `ls` reads the folder by.
    assert len(kept) <= 4
