"""The notes of the plugin."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from wfctl_plugin_local.registry import KEEP, Entry, NameTaken, Registry, Stage
from wfctl_plugin_local.root import PRIVATE, Root

from tests.plugins.local.process import names
from wfctl.plugin_sdk import ValidationError

ONE = Entry(kind="k", name="n", id="1", key="key-1", run="r", body={"a": 1})


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Callable[[], Registry]:
    return lambda: Registry(Root(tmp_path / "root"), clock)


@pytest.fixture
def registry(opened: Callable[[], Registry]) -> Registry:
    return opened()


def test_looking_makes_nothing(registry: Registry, tmp_path: Path) -> None:
    assert registry.by_id("k", "1") is None
    assert registry.by_key("k", "key-1") is None
    assert registry.by_name("k", "n") == []
    assert names(tmp_path) == []


def test_an_entry_is_found_by_all_it_is_known_by(registry: Registry, opened: Callable[[], Registry]) -> None:
    registry.begin(ONE)
    for one in (registry, opened()):
        assert one.by_id("k", "1") == one.by_key("k", "key-1") == ONE
        assert one.by_name("k", "n") == [ONE]
        assert one.by_id("other", "1") is None
    done = replace(ONE, stage=Stage.DONE, body={"a": 2})
    registry.finish(done)
    assert opened().by_id("k", "1") == done
    registry.forget(ONE)
    assert opened().by_id("k", "1") is None


def test_an_empty_key_finds_nothing(registry: Registry) -> None:
    registry.begin(replace(ONE, key=""))
    assert registry.by_key("k", "") is None
    assert not replace(ONE, key="").made_by("")


def test_the_newest_of_a_name_comes_first(registry: Registry) -> None:
    two = replace(ONE, id="2", key="key-2")
    registry.begin(ONE)
    registry.begin(two)
    assert registry.by_name("k", "n") == [two, ONE]


def test_an_identity_has_one_entry(registry: Registry) -> None:
    registry.begin(ONE)
    registry.begin(replace(ONE, name="m", key="key-2"))
    assert registry.by_key("k", "key-1") is None
    assert registry.by_name("k", "n") == []


def test_a_name_can_be_had_alone(registry: Registry) -> None:
    registry.begin(ONE, alone=True)
    registry.begin(ONE, alone=True)
    with pytest.raises(NameTaken):
        registry.begin(replace(ONE, id="2"), alone=True)
    assert registry.by_name("k", "n") == [ONE]


def test_only_one_of_many_gets_a_name(opened: Callable[[], Registry]) -> None:
    outcomes: list[bool] = []

    def begin(number: int) -> None:
        try:
            opened().begin(replace(ONE, id=str(number)), alone=True)
            outcomes.append(True)
        except NameTaken:
            outcomes.append(False)

    threads = [Thread(target=begin, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 7 + [True]


def test_what_is_retired_can_come_back(registry: Registry) -> None:
    two = replace(ONE, id="2", key="key-2")
    registry.begin(ONE)
    registry.retire(ONE, "r2")
    assert registry.by_id("k", "1") is None
    assert registry.by_name("k", "n") == []
    registry.begin(replace(two, run="r2"), alone=True)
    old = registry.retired("k", "1")
    assert old is not None
    registry.reinstate(old, instead_of="2")
    assert registry.by_name("k", "n") == [replace(ONE, stage=Stage.DONE, run="r2")]
    assert registry.retired("k", "1") is None


def test_what_is_retired_goes_when_its_name_moves_on(registry: Registry) -> None:
    registry.begin(ONE)
    registry.retire(ONE, "r2")
    registry.begin(replace(ONE, id="2", name="m", run="r3"))
    assert registry.retired("k", "1") is not None
    registry.begin(replace(ONE, id="3", run="r3"))
    assert registry.retired("k", "1") is None


def test_what_is_retired_goes_after_a_while(registry: Registry, clock: Clock) -> None:
    registry.begin(ONE)
    registry.retire(ONE, "r2")
    clock.now += KEEP
    registry.begin(replace(ONE, id="2", name="m"))
    assert registry.retired("k", "1") is not None
    clock.now += 1
    registry.begin(replace(ONE, id="3", name="m"))
    assert registry.retired("k", "1") is None


def test_only_the_owner_can_look(registry: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "root" / PRIVATE
    folder.mkdir(mode=0o755, parents=True)
    registry.begin(ONE)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "registry.db").stat().st_mode & 0o777 == 0o600


def test_a_link_is_not_taken_for_the_folder(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / PRIVATE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValidationError, match="must be a folder of its own"):
        registry.begin(ONE)
    assert names(tmp_path / "elsewhere") == []


def test_a_newer_registry_is_not_touched(registry: Registry, opened: Callable[[], Registry], tmp_path: Path) -> None:
    registry.begin(ONE)
    with sqlite3.connect(tmp_path / "root" / PRIVATE / "registry.db") as newer:
        newer.execute("PRAGMA user_version = 2")
    newer.close()
    with pytest.raises(ValidationError, match="newer version"):
        opened().by_id("k", "1")


def test_secrets_stay_out_of_reprs() -> None:
    assert "s3cret" not in repr(replace(ONE, body={"value": "s3cret"}))
