"""The page for bad nights tells the truth: every exit code is on it, and its commands print what it shows."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from tests.crash.forge import ROOT, Forge, Forges
from tests.crash.gates import Gate
from tests.crash.places import SCRIPTS
from tests.crash.scenarios import Scenario, config, file, foreign, hook, module
from tests.crash.test_spilled import no_room
from wfctl.views.exit_codes import TABLE

PAGE = (ROOT / "docs" / "how-to" / "recover.md").read_text(encoding="utf-8")
STORIES = re.findall(r"<!-- ([a-z ]+) -->\n(.*?)(?=<!-- |\Z)", PAGE, re.DOTALL)

_PROGRAM = ["../step", "schema"]
SCHEMA = module("local.step", "schema", do=_PROGRAM, undo=_PROGRAM, read=_PROGRAM, depends_on=["config"])
SHOP = Scenario(
    name="shop",
    wanted=config(file("config"), SCHEMA, file("banner", depends_on=["schema"])),
    scripts=SCRIPTS,
)
DATABASE = Scenario(name="cloud", wanted=config(module("cloud.database", "db")))
MILLS = Scenario(
    name="mills", wanted=config(module("crate.mill", "one"), module("crate.mill", "two", depends_on=["one"]))
)


def smoke(*wanted: dict[str, object], match: str, **apply: object) -> Scenario:
    """A project whose smoke test fails."""
    hooks = [hook("smoke", "applied", "fails", match={"name": match})]
    return Scenario(name="smoke", wanted=config(*wanted, hooks=hooks, **apply), scripts=SCRIPTS)


@contextmanager
def waiting(forge: Forge, scenario: Scenario, gate: str) -> Iterator[tuple[int, Callable[[str], None]]]:
    """A run that waits at a gate, which is open afterwards; its pid, and a way to wait for words of it."""
    forge.laid_out(scenario)
    barrier = Gate(forge.project, gate)
    running = forge.start("cli", "apply", "-y")
    barrier.arrived()
    yield running.pid, running.until
    barrier.open()
    running.end()
    barrier.close()


@contextmanager
def killed(forge: Forge) -> Iterator[None]:
    with waiting(forge, SHOP, "do-schema-after") as (wfctl, _):
        signal_to(wfctl, signal.SIGKILL)
    yield


@contextmanager
def stopped(forge: Forge) -> Iterator[None]:
    with waiting(forge, SHOP, "do-schema-after") as (wfctl, until):
        signal_to(wfctl, signal.SIGINT)
        until("Stopping")
    yield


@contextmanager
def in_doubt(forge: Forge) -> Iterator[None]:
    with waiting(forge, DATABASE, "gate-after-db") as (wfctl, _):
        signal_to(wfctl, signal.SIGKILL)
    yield


@contextmanager
def not_undone(forge: Forge) -> Iterator[None]:
    forge.laid_out(smoke(module("local.password", "admin"), match="admin"))
    forge.start("cli", "apply", "-y").end()
    yield


@contextmanager
def locked(forge: Forge) -> Iterator[None]:
    with waiting(forge, SHOP, "do-schema-after"):
        yield


@contextmanager
def undone(forge: Forge) -> Iterator[None]:
    shop = smoke(file("config"), file("banner", depends_on=["config"]), match="banner", on_failure="compensate")
    forge.laid_out(shop)
    forge.start("cli", "apply", "-y").end()
    yield


@contextmanager
def incomplete(forge: Forge) -> Iterator[None]:
    shop = Scenario(name="shop", wanted=config(file("config"), file("banner")))
    forge.laid_out(msgspec.structs.replace(shop, prepare=foreign("build/banner.txt")))
    yield


@contextmanager
def put_off(forge: Forge) -> Iterator[None]:
    with waiting(forge, MILLS, "gate-after-two") as (wfctl, _):
        signal_to(wfctl, signal.SIGKILL)
    yield


PREPARED = {
    "killed": killed,
    "stopped": stopped,
    "in doubt": in_doubt,
    "not undone": not_undone,
    "locked": locked,
    "undone": undone,
    "incomplete": incomplete,
    "put off": put_off,
}
