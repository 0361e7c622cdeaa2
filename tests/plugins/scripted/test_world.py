"""A world is what its lines come to, whoever wrote them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from wfctl_plugin_scripted.world import SOMEBODY, Asked, Effect, Thing, World, gone, there


def test_what_somebody_does_is_seen(world: World) -> None:
    thing = world.put("a", "scripted.inverse", count=1)
    world.change(thing.id, count=2)
    assert world.things == {"a-1": Thing("a-1", "a", "scripted.inverse", {"count": 2}, "", 2)}
    assert world.before("a-1") == thing
    world.remove("a-1")
    assert world.things == {}
    assert world.effects == [
        Effect("there", "a-1", "a", SOMEBODY),
        Effect("there", "a-1", "a", SOMEBODY),
        Effect("gone", "a-1", "a", SOMEBODY),
    ]


def test_an_id_is_never_given_twice(world: World) -> None:
    world.remove(world.put("a", "t").id)
    assert world.put("a", "t").id == "a-2"
    assert world.last_of("a") == "a-2"
    assert world.last_of("b") == ""


def test_two_views_of_one_file_see_the_same(world: World, tmp_path: Path) -> None:
    other = World(tmp_path / "world.jsonl")
    world.put("a", "t")
    other.put("a", "t")
    assert list(world.things) == list(other.things) == ["a-1", "a-2"]
    other.close()


def test_many_processes_may_write_at_the_same_time(world: World) -> None:
    program = "import sys; from pathlib import Path; from wfctl_plugin_scripted.world import World\n"
    program += "world = World(Path(sys.argv[1]))\nfor _ in range(50): world.put('a', 't')"
    writers = [subprocess.Popen([sys.executable, "-c", program, str(world.path)]) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert list(world.things) == [f"a-{number}" for number in range(1, 151)]


def test_a_line_that_somebody_is_still_writing_is_not_read(world: World) -> None:
    world.put("a", "t")
    with world.path.open("a") as file:
        file.write('{"is":"there",')
    assert list(world.things) == ["a-1"]


def test_what_is_due_comes_before_the_call_it_was_put_off_to(world: World) -> None:
    world.arrived(Asked("create", "a"), "")
    world.later("a", 2, there(Thing("a-1", "a", "t"), "late"))
    world.arrived(Asked("read", "a"), "")
    assert world.things == {}
    world.arrived(Asked("read", "b"), "")
    assert world.things == {}
    world.arrived(Asked("read", "a"), "")
    assert list(world.things) == ["a-1"]
    world.write(gone(world.things["a-1"], "delete"))
    world.arrived(Asked("read", "a"), "")
    assert world.things == {}


def test_calls_are_counted_by_script(world: World) -> None:
    world.arrived(Asked("create", "a"), "one")
    world.arrived(Asked("create", "a"), "two")
    assert (world.turn("a", "one", "create"), world.turn("a", "three", "create")) == (1, 0)
    assert [call.call for call in world.calls] == ["create", "create"]


def test_of_one_run_the_first_script_stays(world: World) -> None:
    world.take_script("a", {"create": "lie"}, "r-1")
    world.take_script("a", None, "r-1")
    assert world.script("a") == {"create": "lie"}
    world.take_script("a", None, "r-2")
    assert world.script("a") is None
