"""Each module that decides something has a test file of its own name, in the same place under tests/."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Tested by a file of another name. A module whose own test file appears has to leave this list.
TESTED_ELSEWHERE: dict[str, tuple[str, ...]] = {
    # A verb and its use case are one thing to a person: they are tested as one, typed and read in a process of their own.
    "tests/cli/test_apply.py": (
        "wfctl/app/apply.py",
        "wfctl/app/driving.py",
        "wfctl/app/orders.py",
        "wfctl/app/pages.py",
        "wfctl/app/plan.py",
        "wfctl/app/planning.py",
        "wfctl/app/saved.py",
        "wfctl/app/validate.py",
        "wfctl/cli/ask.py",
        "wfctl/cli/destroy.py",
        "wfctl/cli/documents.py",
        "wfctl/cli/plan.py",
        "wfctl/cli/run.py",
        "wfctl/cli/show.py",
        "wfctl/cli/validate.py",
    ),
    "tests/cli/test_bad_input.py": ("wfctl/app/checking.py", "wfctl/cli/exit_codes.py"),
    "tests/cli/test_main.py": (
        "wfctl/cli/completion.py",
        "wfctl/cli/root.py",
        "wfctl/cli/streams.py",
        "wfctl/cli/version.py",
    ),
    "tests/cli/test_options.py": ("wfctl/cli/flags.py",),
    "tests/cli/test_output.py": ("wfctl/app/output.py",),
    "tests/cli/test_resume.py": ("wfctl/app/resume.py", "wfctl/app/runs.py", "wfctl/app/show.py", "wfctl/cli/runs.py"),
    "tests/cli/test_rollback.py": ("wfctl/app/moved.py", "wfctl/app/rehearsal.py", "wfctl/app/rollback.py"),
    "tests/cli/test_runbook.py": ("wfctl/app/residues.py",),
    "tests/cli/test_runs_prune.py": ("wfctl/app/runs_prune.py",),
    "tests/cli/test_settle.py": ("wfctl/app/settle.py",),
    "tests/cli/test_state_edit.py": (
        "wfctl/app/state_backup.py",
        "wfctl/app/state_edit.py",
        "wfctl/app/state_find.py",
        "wfctl/app/state_pull.py",
        "wfctl/app/state_push.py",
        "wfctl/cli/state.py",
    ),
    "tests/cli/test_state_look.py": (
        "wfctl/app/state.py",
        "wfctl/app/state_repair.py",
        "wfctl/app/state_secrets.py",
        "wfctl/app/state_verify.py",
    ),
    "tests/cli/test_state_upstream.py": ("wfctl/app/state_import.py",),
    "tests/cli/test_what_if.py": ("wfctl/app/what_if.py",),
    "tests/cli/test_verbs.py": ("wfctl/cli/command.py", "wfctl/cli/help.py"),
    # Who owns a workspace, and what stops a run: one matter across many packages.
    "tests/locks/test_breaking.py": ("wfctl/ledger/breaking.py",),
    "tests/locks/test_control.py": ("wfctl/app/cancel.py", "wfctl/app/locks.py", "wfctl/cli/lock.py"),
    "tests/locks/test_fence.py": ("wfctl/executors/fence.py",),
    "tests/locks/test_holder.py": ("wfctl/ledger/holder.py",),
    "tests/locks/test_interrupts.py": ("wfctl/cli/interrupts.py",),
    "tests/stories/test_late.py": ("wfctl/app/late.py",),
    "tests/locks/test_signals.py": ("wfctl/app/watch.py", "wfctl/cli/watch.py"),
    "tests/locks/test_stuck.py": ("wfctl/app/stuck.py", "wfctl/cli/resume_stuck.py"),
    "tests/locks/test_waiting.py": ("wfctl/app/waiting.py",),
    # The checks of a ledger are asked together, over ledgers that are broken on purpose.
    "tests/ledger/test_verify.py": (
        "wfctl/ledger/aside.py",
        "wfctl/ledger/check_record.py",
        "wfctl/ledger/check_secrets.py",
        "wfctl/ledger/check_state.py",
        "wfctl/ledger/findings.py",
    ),
    # What a driver's author writes, as the other side of the wire sees it.
    "tests/plugin_sdk/test_drivers.py": (
        "wfctl/plugin_sdk/_wire.py",
        "wfctl/plugin_sdk/abilities.py",
        "wfctl/plugin_sdk/errors.py",
        "wfctl/plugin_sdk/plans.py",
        "wfctl/plugin_sdk/requests.py",
        "wfctl/plugin_sdk/values.py",
    ),
    "tests/plugin_sdk/test_serve.py": ("wfctl/plugin_sdk/_process.py", "wfctl/plugin_sdk/_stdout.py"),
    # Parts of one picture are seen in the whole.
    "tests/views/test_json_lines.py": (
        "wfctl/views/json_events.py",
        "wfctl/views/json_pages.py",
        "wfctl/views/json_parts.py",
        "wfctl/views/rows.py",
    ),
}

# Tested by nothing yet, to nobody's honour. This list only shrinks.
OWED: tuple[str, ...] = ("wfctl/app/plugins.py", "wfctl/cli/init.py", "wfctl/cli/plugin.py")


def test_every_module_has_its_tests() -> None:
    without = {module for module in modules() if not (ROOT / mirror(module)).exists()}
    assert sorted(without - excused() - set(OWED)) == [], (
        "write these tests, or say in TESTED_ELSEWHERE which file has them"
    )


def test_the_lists_of_exceptions_only_shrink() -> None:
    with_tests = {module for module in modules() if (ROOT / mirror(module)).exists()}
    listed = excused() | set(OWED)
    assert sorted(listed & with_tests) == [], "these have tests now: take them off the list"
    assert sorted(listed - modules()) == [], "these modules are gone: take them off the list"


def test_what_is_said_to_be_tested_elsewhere_is_listed_once_and_the_tests_are_there() -> None:
    named = [module for tested in TESTED_ELSEWHERE.values() for module in tested] + list(OWED)
    assert sorted({module for module in named if named.count(module) > 1}) == []
    assert sorted(test for test in TESTED_ELSEWHERE if not (ROOT / test).exists()) == [], "these tests are gone"


def excused() -> set[str]:
    return {module for tested in TESTED_ELSEWHERE.values() for module in tested}


def modules() -> set[str]:
    """Those that define something; the generated protocol is tested by those who speak it."""
    files = (file for file in (ROOT / "wfctl").rglob("*.py") if "protocol" not in file.parts)
    return {file.relative_to(ROOT).as_posix() for file in files if defines_something(file)}


def defines_something(file: Path) -> bool:
    body = ast.parse(file.read_text(encoding="utf-8")).body
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in body)


def mirror(module: str) -> Path:
    path = Path(module)
    name = path.parent.name if path.stem == "__init__" else path.stem.lstrip("_")
    return Path("tests", *path.parent.parts[1:], f"test_{name}.py")
