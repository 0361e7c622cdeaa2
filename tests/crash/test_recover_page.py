"""The page for bad nights tells the truth: every exit code is on it, and its commands print what it shows."""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import msgspec
import pytest

from tests.crash.forge import ROOT, Forge, Forges, Running, Tally
from tests.crash.gates import Gate
from tests.crash.places import SCRIPTS
from tests.crash.scenarios import Scenario, config, file, foreign, hook, module
from tests.crash.test_spilled import no_room
from wfctl.views.exit_codes import TABLE

PAGE: Final = (ROOT / "docs" / "how-to" / "recover.md").read_text(encoding="utf-8")
STORIES: Final = dict(re.findall(r"<!-- ([a-z ]+) -->\n(.*?)(?=<!-- |\n## |\Z)", PAGE, re.DOTALL))
ANYTHING: Final = "..."

_PROGRAM = ["../step", "schema"]
SCHEMA = module("local.step", "schema", do=_PROGRAM, undo=_PROGRAM, read=_PROGRAM, depends_on=["config"])
SHOP = Scenario(
    name="shop",
    wanted=config(file("config"), SCHEMA, file("banner", depends_on=["schema"])),
    scripts=SCRIPTS,
)
BOX = Scenario(
    name="box",
    wanted=config(
        file("config"), module("crate.box", "box", depends_on=["config"]), file("banner", depends_on=["box"])
    ),
)
DATABASE = Scenario(name="cloud", wanted=config(module("cloud.database", "db")))
MILLS = Scenario(
    name="mills", wanted=config(module("crate.mill", "one"), module("crate.mill", "two", depends_on=["one"]))
)

Type = Callable[[str], str]
"""Types a command line of the page and gives what is printed."""


def smoke(*wanted: dict[str, object], match: str, **apply: object) -> Scenario:
    """A project whose smoke test fails."""
    hooks = [hook("smoke", "applied", "fails", match={"name": match})]
    return Scenario(name="smoke", wanted=config(*wanted, hooks=hooks, **apply), scripts=SCRIPTS)


# --- a command line as the page has it --------------------------------------------------------------------------------


def typing(forge: Forge, *, settle: bool = True) -> Type:
    """Command lines of this project: the ids on the page stand for those of the run."""
    heard: list[str] = []

    def type_line(line: str) -> str:
        words = shlex.split(line)[1:]
        printed = forge.start("cli", *(_real(forge, word, heard) for word in words)).end(settle=settle).out
        heard.extend(re.findall(r"\br-[0-9a-z]{10}\b", printed))
        return printed

    return type_line


def _real(forge: Forge, word: str, heard: list[str]) -> str:
    if word.startswith("r-"):
        return heard[-1]
    if word.startswith("present:"):
        (crate,) = (forge.project / "crates").glob("*.json")
        return f"present:{crate.stem}"
    return word


# --- what happened before the first command of each story -------------------------------------------------------------


@contextmanager
def waiting(forge: Forge, scenario: Scenario, gate: str) -> Iterator[Running]:
    """A run that waits at a gate, which is open afterwards."""
    forge.laid_out(scenario)
    barrier = Gate(forge.project, gate)
    running = forge.start("cli", "apply", "-y")
    barrier.arrived()
    yield running
    barrier.open()
    running.end()
    barrier.close()


def stopped_by(number: signal.Signals, scenario: Scenario, gate: str, words: str = "") -> Callable[[Forge], None]:
    """A run that was signalled at a gate."""

    def prepare(forge: Forge) -> None:
        with waiting(forge, scenario, gate) as running:
            running.signal(number)
            if words:
                running.until(words)

    return prepare


def applied(scenario: Scenario) -> Callable[[Forge], None]:
    """A run that came to its end."""

    def prepare(forge: Forge) -> None:
        forge.laid_out(scenario)
        forge.start("cli", "apply", "-y").end()

    return prepare


def not_begun(scenario: Scenario) -> Callable[[Forge], None]:
    """A project alone."""

    def prepare(forge: Forge) -> None:
        forge.laid_out(scenario)

    return prepare


def after(prepare: Callable[[Forge], None]) -> Callable[[Forge], AbstractContextManager[Type]]:
    """The commands are typed when everything is over."""

    @contextmanager
    def story(forge: Forge) -> Iterator[Type]:
        prepare(forge)
        yield typing(forge)

    return story


@contextmanager
def locked(forge: Forge) -> Iterator[Type]:
    """The commands are typed while the other run waits at a gate."""
    with waiting(forge, SHOP, "do-schema-after"):
        yield typing(forge, settle=False)


@contextmanager
def record_failed(forge: Forge) -> Iterator[Type]:
    """The disk is full while the first command runs, and has room again for the second."""
    forge.laid_out(BOX)
    later = typing(forge)

    def type_line(line: str) -> str:
        if "apply" not in line:
            return later(line)
        gate = Gate(forge.project, "gate-after-box")
        running = forge.start("cli", *shlex.split(line)[1:])
        gate.arrived()
        with no_room(forge, running.pid, 1 << 30):
            gate.open()
            printed = running.end().out
        gate.close()
        return printed

    yield type_line


TOLD: Final[dict[str, Callable[[Forge], AbstractContextManager[Type]]]] = {
    "killed": after(stopped_by(signal.SIGKILL, SHOP, "do-schema-after")),
    "stopped": after(stopped_by(signal.SIGINT, SHOP, "do-schema-after", "Stopping")),
    "in doubt": after(stopped_by(signal.SIGKILL, DATABASE, "gate-after-db")),
    "not undone": after(applied(smoke(module("local.password", "admin"), match="admin"))),
    "record failed": record_failed,
    "locked": locked,
    "undone": after(
        applied(
            smoke(file("config"), file("banner", depends_on=["config"]), match="banner", on_failure="compensate"),
        )
    ),
    "incomplete": after(
        not_begun(
            Scenario(name="shop", wanted=config(file("config"), file("banner")), prepare=foreign("build/banner.txt"))
        )
    ),
    "put off": after(stopped_by(signal.SIGKILL, MILLS, "gate-after-two")),
}

# --- the page against the program -------------------------------------------------------------------------------------


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One command line of the page, and what it is said to print."""

    line: str
    printed: str


def commands(story: str) -> Iterator[Command]:
    """Every command of a story, in the order they are typed."""
    for block in re.findall(r"```console\n(.*?)```", STORIES[story], re.DOTALL):
        for command in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, printed = command.partition("\n")
            yield Command(line=line, printed=printed)


VOLATILE: Final = (
    (r"\br-[0-9a-z]{10}\b", "RUN"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\dZ", "TIME"),
    (r"ana@[\w.-]+ \(process \d+\)", "SOMEBODY"),
    (r"\b\w+/default\b", "PROJECT/default"),
    (r"\b[0-9a-f]{32}\b|\b[0-9a-f]{16}\b", "ID"),
    (r"\b\d+(\.\d+)?s\b", "SECONDS"),
    (r"infra\.yaml:\d+:\d+", "infra.yaml:LINE"),
    (r"[ ─]{2,}", " "),
)
"""What differs from night to night, and the width of columns, which hangs on it."""


def lasting(text: str) -> list[str]:
    """The lines of a text without what is volatile."""
    for pattern, word in VOLATILE:
        text = re.sub(pattern, word, text)
    return [line.rstrip() for line in text.strip().splitlines()]


def fits(page: list[str], printed: list[str]) -> bool:
    """Whether lines were printed as the page has them; `...` is any lines, or none."""
    pattern = "".join("(?:.*\n)*?" if line == ANYTHING else re.escape(line) + "\n" for line in page)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None


@pytest.mark.parametrize("story", STORIES)
def test_its_commands_print_what_it_shows(forges: Forges, tally: Tally, story: str) -> None:
    with TOLD[story](forges.first) as type_line:
        for command in commands(story):
            printed = type_line(command.line)
            shown = "\n".join(lasting(printed))
            assert fits(lasting(command.printed), lasting(printed)), f"$ {command.line}\n{shown}"
    tally.signals += 1


def test_every_story_is_on_the_page() -> None:
    assert set(STORIES) == set(TOLD)


def test_every_exit_code_is_on_the_page() -> None:
    column = re.findall(r"^\| ((?:none, or )?\d[\d, ]*|none, or 137) \|", PAGE, re.MULTILINE)
    named = {int(code) for cell in column for code in re.findall(r"\d+", cell)}
    assert {row.code for row in TABLE} <= named
