"""Where a run can be while somebody stops it: a scenario, and a gate that one of its programs waits at.

Knows nothing of how runs are stopped.
"""

from __future__ import annotations

import msgspec

from tests.crash.gates import SHELL
from tests.crash.scenarios import Config, Module, Scenario, config, file, foreign, hook, module

STEP = (
    SHELL
    + """\
cd .. || exit 9
case $WFCTL_STEP in
    do) gate "do-$1-before"; touch "build/$1.done"; echo "$1" >> journal; gate "do-$1-after" ;;
    undo) gate "undo-$1-before"; rm -f "build/$1.done"; echo "undo $1" >> journal; gate "undo-$1-after" ;;
    read) gate "read-$1"; test -f "build/$1.done" && echo '{}' ;;
esac
"""
)
FAILS = "#!/bin/sh\nexit 1\n"
NOTES = (
    SHELL
    + """\
key=$(sed 's/.*"key":"\\([0-9a-f]*\\)".*/\\1/') || exit 9
gate "hook-$1-before"
echo "$1 $key" >> hooks.log
gate "hook-$1-after"
"""
)
REFUSES = NOTES + "exit 1\n"
SCRIPTS = {"step": STEP, "fails": FAILS, "notes": NOTES, "refuses": REFUSES}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a run. `put_off`: work may be lost there that a plugin keeps in its memory, and that must be said."""

    scenario: Scenario
    gate: str
    put_off: bool = False

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.scenario.name}-{self.gate}"


def _step(name: str, *needs: str) -> Module:
    program = ["../step", name]
    return module("local.step", name, do=program, undo=program, read=program, depends_on=list(needs))


def _scenario(name: str, wanted: Config, **more: object) -> Scenario:
    return msgspec.convert({"name": name, "wanted": wanted, "scripts": SCRIPTS, **more}, Scenario)


_STEPS = _scenario("steps", config(_step("one"), _step("two"), _step("three", "one")))
_SAGA = msgspec.structs.replace(
    _scenario(
        "saga",
        config(
            _step("one"), _step("two", "one"), file("f", path="taken.txt", depends_on=["two"]), on_failure="compensate"
        ),
        code=4,
    ),
    prepare=foreign("build/taken.txt"),
)
_HOOKS = _scenario(
    "hooks",
    config(
        file("new"),
        hooks=[
            hook("may", "before", "notes"),
            hook("made", "applied", "notes"),
            hook("gone", "deleted", "notes"),
            hook("over", "complete", "notes", on_failure="warn"),
        ],
    ),
    before=config(file("old")),
)
_UNHOOKED = _scenario(
    "unhooked",
    config(
        file("a"),
        hooks=[
            hook("first", "applied", "notes", undo={"exec": ["./notes", "unfirst"]}),
            hook("smoke", "applied", "refuses"),
        ],
    ),
    code=4,
)
_CRATES = _scenario(
    "crates",
    config(
        module("crate.box", "made"),
        module("crate.box", "changed", colour="red"),
        module("crate.moody", "again", shape="round"),
    ),
    before=config(module("crate.box", "changed"), module("crate.moody", "again"), module("crate.box", "gone")),
)
_EARLY = _scenario("early", config(module("crate.early", "e"), module("crate.box", "b", colour="${e.shape}")))
_MILL = _scenario("mill", config(module("crate.mill", "m")))

PLACES = (
    *(Place(scenario=_STEPS, gate=gate) for gate in ("do-one-before", "do-one-after", "read-three")),
    *(Place(scenario=_SAGA, gate=gate) for gate in ("undo-two-before", "undo-two-after")),
    *(
        Place(scenario=_HOOKS, gate=f"hook-{gate}")
        for gate in ("may-before", "made-after", "gone-before", "over-after")
    ),
    *(Place(scenario=_UNHOOKED, gate=f"hook-{gate}") for gate in ("smoke-after", "unfirst-after")),
    *(Place(scenario=_CRATES, gate=f"gate-before-{name}") for name in ("made", "changed", "gone")),
    *(Place(scenario=_CRATES, gate=f"gate-after-{name}") for name in ("made", "again", "gone")),
    Place(scenario=_EARLY, gate="gate-after-e"),
    *(Place(scenario=_MILL, gate=f"gate-{gate}", put_off=True) for gate in ("after-m", "before-finalize")),
)
