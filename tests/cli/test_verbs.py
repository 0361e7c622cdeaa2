from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.cli.shell import Shell
from wfctl.cli import verbs
from wfctl.cli.command import load
from wfctl.cli.root import root
from wfctl.views.exit_codes import markdown

ROOT = Path(__file__).parents[2]
NEEDS = {
    "show": ["plan.json"],
    "rollback": ["r-1"],
    "settle": ["r-1", "a", "--as", "absent"],
    "state show": ["a"],
    "state push": ["state.json"],
    "state mv": ["a", "b"],
    "state rm": ["a"],
    "state export": ["--to", "filesystem"],
    "completion": ["bash"],
}


@pytest.mark.parametrize("verb", verbs.VERBS)
def test_a_wrong_flag_is_exit_1_for_every_verb(shell: Shell, verb: str) -> None:
    arguments = [*verb.split(), *NEEDS.get(verb, []), "--no-such-flag"]
    assert "No such option" in shell.run(*arguments, code=1).stderr
    assert shell.lines(*arguments, code=1)[1]["diagnostic"]["code"] == "USAGE"


@pytest.mark.parametrize("verb", verbs.VERBS)
def test_every_verb_explains_itself_and_has_the_common_options(shell: Shell, verb: str) -> None:
    told = shell.run(*verb.split(), "--help").stdout
    assert verbs.VERBS[verb].summary in " ".join(told.split())
    for option in ("--config", "--env", "--workspace", "--plugin-dir", "--json", "--debug", "--color", "--no-color"):
        assert option in told
    assert shell.run("help", *verb.split()).stdout.split() == told.split()


@pytest.mark.parametrize("arguments", [["plam"], ["runs", "lost"], ["state"], ["--bogus"], []])
def test_what_is_no_verb_is_exit_1(shell: Shell, arguments: list[str]) -> None:
    done = shell.run(*arguments, code=1)
    assert done.stdout == ""
    assert done.stderr


def test_a_slip_of_the_pen_is_answered_with_what_was_meant(shell: Shell) -> None:
    assert "Did you mean plan?" in shell.run("plam", code=1).stderr
    assert "Did you mean list?" in shell.run("runs", "lost", code=1).stderr


def test_the_root_lists_every_verb_without_importing_any() -> None:
    context = click.Context(root(), info_name="wfctl")
    page = root().get_help(context)
    assert all(f"  {name} " in page and verb.summary in " ".join(page.split()) for name, verb in verbs.VERBS.items())


def test_every_verb_and_every_option_is_on_the_reference_page() -> None:
    page = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    missing = [f"wfctl {verb}" for verb in verbs.VERBS if f"`wfctl {verb}" not in page]
    for verb in verbs.VERBS:
        options = (one for one in load(verb).params if isinstance(one, click.Option) and not one.hidden)
        missing += [f"{verb} {name}" for one in options for name in one.opts if f"`{name}" not in page]
    assert missing == []


def test_the_exit_codes_on_the_reference_page_are_the_table() -> None:
    assert markdown() in (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")


def test_every_hint_names_a_verb_that_exists() -> None:
    found = {(str(path.relative_to(ROOT)), words) for path in (ROOT / "wfctl").rglob("*.py") for words in hints(path)}
    wrong = [(path, words) for path, words in sorted(found) if not verbs.verb_of(words.split()[1:])]
    assert wrong == []


def hints(path: Path) -> Iterator[str]:
    """The commands that a module tells people to type: in `hint=` and the like, `wfctl` and what comes after it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            if keyword.arg in ("hint", "then", "next_command"):
                texts = (one.value for one in ast.walk(keyword.value) if isinstance(one, ast.Constant))
                for text in filter(lambda text: isinstance(text, str), texts):
                    yield from re.findall(r"(?<!the )\bwfctl [a-z-]+(?: [a-z-]+)?", str(text))
