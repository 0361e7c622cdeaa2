"""One at a time, also when the one who took the turn is gone."""

from __future__ import annotations

import subprocess
from pathlib import Path
from threading import Event, Thread

import pytest
from wfctl_plugin_local.turns import Turns

from tests.plugins.local.process import names
from wfctl.plugin_sdk import Transient


def test_a_turn_that_stays_taken_is_refused(tmp_path: Path) -> None:
    turns = Turns(tmp_path, patience=0)
    with turns.take("a", Event()), pytest.raises(Transient, match="still running"), turns.take("a", Event()):
        pass
    with turns.take("a", Event()), turns.take("b", Event()):
        pass


def test_a_turn_is_waited_for(tmp_path: Path) -> None:
    turns, taken = Turns(tmp_path, patience=30), Event()

    def have_it() -> None:
        with turns.take("a", Event()):
            taken.set()

    with turns.take("a", Event()):
        waiting = Thread(target=have_it)
        waiting.start()
    waiting.join()
    assert taken.is_set()


def test_who_is_cancelled_waits_no_longer(tmp_path: Path) -> None:
    turns, cancelled = Turns(tmp_path, patience=30), Event()
    cancelled.set()
    with turns.take("a", Event()), pytest.raises(Transient), turns.take("a", cancelled):
        pass


def test_a_turn_lasts_as_long_as_whoever_it_was_handed_to(tmp_path: Path) -> None:
    turns = Turns(tmp_path, patience=0)
    with turns.take("a", Event()) as hold:
        worker = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[hold])
    with pytest.raises(Transient), turns.take("a", Event()):
        pass
    worker.communicate()
    with turns.take("a", Event()):
        pass


def test_nothing_is_left_of_a_turn_that_will_not_come_again(tmp_path: Path) -> None:
    turns = Turns(tmp_path)
    with turns.take("a", Event()):
        assert (tmp_path / "turn-a").stat().st_mode & 0o777 == 0o600
    turns.drop("a")
    turns.drop("a")
    assert names(tmp_path) == []
