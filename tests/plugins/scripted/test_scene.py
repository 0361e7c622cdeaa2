"""Each behaviour: what it does to the world, and what the engine is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from wfctl_plugin_scripted.world import World

from tests.plugins.local.process import (
    EXISTS,
    FORBIDDEN,
    INVALID,
    NOT_FOUND,
    TRANSIENT,
    Got,
    PluginProcess,
    Refused,
    Tag,
    create_request,
)
from wfctl.protocol import iac_pb2_grpc as rpc

A = "scripted.inverse"
CUT = {"do": "lost", "status": "cut"}


def create(plugin: PluginProcess, turn: object, name: str = "a", kind: str = A, **config: object) -> Got:
    return plugin.create(kind, name, Tag(f"key of {name}"), count=1, script={"create": turn}, **config)


def made(plugin: PluginProcess, **script: object) -> Got:
    return plugin.create(A, "a", Tag("k"), count=1, color="red", script=script)


NOTHING_HAPPENS = [
    ("refuse", "UNKNOWN", INVALID),
    ({"do": "refuse", "as": "forbidden"}, "UNKNOWN", FORBIDDEN),
    ({"do": "refuse", "as": "unimplemented"}, "UNIMPLEMENTED", "unimplemented"),
    ({"do": "refuse", "as": "failed_precondition", "text": "no\tway"}, "FAILED_PRECONDITION", "no\tway"),
    ("busy", "UNKNOWN", "iac: rate limited: not now \\(try again in 0.01 s\\)"),
    ({"do": "busy", "as": "resource_exhausted"}, "RESOURCE_EXHAUSTED", "not now"),
    ("exists", "UNKNOWN", EXISTS),
    ("fail", "UNKNOWN", "Broken: the script lets it fail"),
    ({"do": "fail", "as": "transient"}, "UNKNOWN", TRANSIENT),
    ("panic", "UNKNOWN", "RuntimeError"),
    ("lost_before", "UNAVAILABLE", "lost"),
    ({"do": "lost_before", "status": "aborted"}, "ABORTED", "lost"),
]
IT_HAPPENS = [
    ("fail_after", "UNKNOWN", "Broken: the script lets it fail"),
    ("lost", "UNAVAILABLE", "lost"),
    ({"do": "lost", "status": "deadline_exceeded"}, "DEADLINE_EXCEEDED", "lost"),
    (CUT, "UNKNOWN", "^$"),
    ("partly", "UNKNOWN", "partly applied, a-1 exists"),
    ("no_id", "UNKNOWN", "BadAnswer"),
    ({"do": "fail_after", "text": "\x1b[31m ::error:: hunter2"}, "UNKNOWN", "hunter2"),
]


@pytest.mark.parametrize(("turn", "code", "words"), NOTHING_HAPPENS, ids=str)
def test_nothing_happens(plugin: PluginProcess, world: World, turn: object, code: str, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        create(plugin, turn)
    assert refused.value.code is grpc.StatusCode[code]
    assert world.things == {}


@pytest.mark.parametrize(("turn", "code", "words"), IT_HAPPENS, ids=str)
def test_it_happens_and_is_not_told(plugin: PluginProcess, world: World, turn: object, code: str, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        create(plugin, turn)
    assert refused.value.code is grpc.StatusCode[code]
    assert list(world.things) == ["a-1"]


def test_turns_are_taken_one_by_one(plugin: PluginProcess, world: World) -> None:
    for _ in range(2):
        with pytest.raises(Refused, match="rate limited"):
            create(plugin, ["busy", "busy"])
    assert create(plugin, ["busy", "busy"]).id == "a-1"
    assert [asked.does for asked in world.calls] == ["busy", "busy", "ok"]


def test_a_late_create_comes_after_the_next_calls(plugin: PluginProcess, world: World) -> None:
    with pytest.raises(Refused):
        create(plugin, ["late"])
    for absent in (True, False):
        if absent:
            with pytest.raises(Refused, match=NOT_FOUND):
                plugin.read(A, "a", key="key of a")
        else:
            assert plugin.read(A, "a", key="key of a").id == "a-1"
    assert [effect.by for effect in world.effects] == ["create"]


def test_a_lie(plugin: PluginProcess, world: World) -> None:
    assert create(plugin, "lie").id == "a-1"
    assert world.things == {}
    other = plugin.create(A, "b", Tag("b"), count=1, script={"update": "lie", "delete": "lie"})
    assert plugin.update(A, "b", other.id, count=2).outputs["count"] == 2
    plugin.delete(A, "b", other.id)
    assert world.things[other.id].values == {"count": 1}


@pytest.mark.parametrize(("turn", "identity"), [("wrong_id", "nowhere-0"), ("other_id", "other-1"), ("adopt", "a-1")])
def test_an_answer_about_something_else(plugin: PluginProcess, world: World, turn: str, identity: str) -> None:
    world.put("other", A)
    if turn == "adopt":
        world.put("a", A)
    assert create(plugin, turn).id == identity


def test_an_answer_that_is_too_big(plugin: PluginProcess) -> None:
    assert len(create(plugin, {"do": "big", "bytes": 1000}).outputs["big"]) == 1000


def test_half_an_update(plugin: PluginProcess, world: World) -> None:
    thing = made(plugin, update="half")
    with pytest.raises(Refused, match="lost"):
        plugin.update(A, "a", thing.id, count=2, color="blue")
    assert world.things[thing.id].values == {"count": 2, "color": "red"}


def test_deletes_that_are_not_what_they_seem(plugin: PluginProcess, world: World) -> None:
    thing = made(plugin, delete=["blocked", "not_found", "resurrect"])
    with pytest.raises(Refused, match="still uses it"):
        plugin.delete(A, "a", thing.id)
    plugin.delete(A, "a", thing.id)
    assert list(world.things) == [thing.id]
    plugin.delete(A, "a", thing.id)
    assert world.things == {}
    assert plugin.read(A, "a", thing.id) == thing
    plugin.delete(A, "a", thing.id)
    assert world.things == {}


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        ("absent", NOT_FOUND),
        ("absent_text", "^it does not exist"),
        ("denied", FORBIDDEN),
        ("lost", "lost"),
        ("fail", "fail"),
        ("panic", "RuntimeError"),
        ("stale", NOT_FOUND),
    ],
)
def test_reads_that_do_not_show_what_is_there(plugin: PluginProcess, turn: str, words: str) -> None:
    thing = made(plugin, read=[turn])
    with pytest.raises(Refused, match=words):
        plugin.read(A, "a", thing.id)
    assert plugin.read(A, "a", thing.id) == thing


def test_a_stale_read_shows_the_past(plugin: PluginProcess) -> None:
    thing = made(plugin, read="stale")
    plugin.update(A, "a", thing.id, count=2)
    assert plugin.read(A, "a", thing.id) == thing
    plugin.delete(A, "a", thing.id)
    assert plugin.read(A, "a", thing.id).outputs["count"] == 2


def test_a_read_shows_a_stranger(plugin: PluginProcess) -> None:
    found = plugin.read(A, "a", made(plugin, read="stranger").id)
    assert (found.id, found.key) == ("stranger-1", "not-our-key")


def test_a_secret_output_can_be_missing(plugin: PluginProcess) -> None:
    thing = plugin.create("scripted.secret", "s", Tag("s"), script={"read": ["tokenless"]})
    assert thing.sensitive == {"token"}
    assert "token" not in plugin.read("scripted.secret", "s", thing.id).outputs
    assert "token" in plugin.read("scripted.secret", "s", thing.id).outputs


def test_what_is_looked_at_before_a_change_counts_apart(plugin: PluginProcess, world: World, tmp_path: Path) -> None:
    thing = world.put("a", A)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "a.json").write_text('{"look": "denied", "read": "absent"}')
    plugin.configure(world=str(world.path), script=str(tmp_path / "scripts"))
    with pytest.raises(Refused, match=FORBIDDEN):
        plugin.read(A, "a", thing.id)
    plugin.update(A, "a", thing.id, count=2)
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(A, "a", thing.id)


def test_a_comparison_before_the_first_change_counts_apart(plugin: PluginProcess, world: World, tmp_path: Path) -> None:
    (tmp_path / "scripts.json").write_text('{"a": {"compare": "differs", "diff": "replaces"}}')
    plugin.configure(world=str(world.path), script=str(tmp_path / "scripts.json"))
    assert [one.force_new for one in plugin.diff(A, "a", None)] == [False]
    plugin.create(A, "a", Tag("k"))
    assert [one.force_new for one in plugin.diff(A, "a", None)] == [True]


def test_comparisons(plugin: PluginProcess) -> None:
    thing = made(plugin, diff=["same", "differs", "replaces", "fail"])
    assert plugin.diff(A, "a", thing, count=5) == []
    assert [(one.path, one.force_new) for one in plugin.diff(A, "a", thing, count=5)] == [("drift", False)]
    assert [(one.path, one.force_new) for one in plugin.diff(A, "a", thing, count=5)] == [("drift", True)]
    with pytest.raises(Refused, match="fail"):
        plugin.diff(A, "a", thing, count=5)


def test_somebody_is_quicker(plugin: PluginProcess, world: World) -> None:
    thing = made(plugin, read=[{"meanwhile": {"set": {"count": 9}}}, {"meanwhile": {"remove": True}}])
    assert plugin.read(A, "a", thing.id).outputs["count"] == 9
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(A, "a", thing.id)
    assert [effect.by for effect in world.effects] == ["create", "somebody", "somebody"]


def test_a_gate_is_waited_for(plugin: PluginProcess, world: World, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(create, plugin, {"gate": "open-before", "gate_after": "open-after"})
        while not world.calls:
            assert not under_way.done()
        assert world.things == {}
        (tmp_path / "open-before").touch()
        while not world.things:
            assert not under_way.done()
        (tmp_path / "open-after").touch()
        assert under_way.result().id == "a-1"


@pytest.mark.parametrize(("turn", "left"), [("hang", []), ("hang_after", ["a-1"])])
def test_a_call_that_hangs_ends_with_the_patience_of_the_caller(
    plugin: PluginProcess, world: World, turn: str, left: list[str]
) -> None:
    with pytest.raises(grpc.RpcError) as lost:
        plugin.driver.Create(create_request(A, "a", {"script": {"create": turn}}), timeout=0.2)
    assert lost.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert list(world.things) == left


@pytest.mark.parametrize(("turn", "left"), [("die", []), ("die_after", ["a-1"])])
def test_the_plugin_dies_and_the_world_stays(
    mortal: Callable[[], PluginProcess], world: World, turn: str, left: list[str]
) -> None:
    with pytest.raises(Refused):
        create(mortal(), [turn])
    assert list(world.things) == left
    assert create(mortal(), [turn]).id == "a-1"


def test_an_early_create_tells_its_id_first(plugin: PluginProcess, world: World) -> None:
    config = {"script": {"create": ["fail_after"]}}
    events = rpc.IaCProviderCreateStreamStub(plugin._channel).Create(create_request("scripted.early", "a", config))
    assert next(events).provider_id == "a-1"
    with pytest.raises(grpc.RpcError, match="lets it fail"):
        next(events)
    assert list(world.things) == ["a-1"]


def test_noise_and_storms_break_nothing(plugin: PluginProcess) -> None:
    assert create(plugin, {"noise": 50, "storm": 50, "delay_ms": 1}).id == "a-1"


def test_two_calls_at_one_time_make_two_things(plugin: PluginProcess, world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        under_way: list[Future[Got]] = [pool.submit(create, plugin, "ok", f"n{number}") for number in range(8)]
        assert sorted(one.result().id for one in under_way) == sorted(f"n{number}-1" for number in range(8))
    assert len(world.things) == 8
