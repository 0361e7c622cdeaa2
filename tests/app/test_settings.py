from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.places import settings
from wfctl.app.settings import SECRETS_KEY, read
from wfctl.errors import Kind, WfctlError


@pytest.mark.parametrize(
    ("environment", "choice", "terminal", "colored"),
    [
        ({}, "auto", True, True),
        ({}, "auto", False, False),
        ({}, "always", False, True),
        ({}, "never", True, False),
        ({"NO_COLOR": "1"}, "auto", True, False),
        ({"NO_COLOR": ""}, "auto", True, True),
        ({"NO_COLOR": "1"}, "always", True, True),
        ({"FORCE_COLOR": "1"}, "auto", False, True),
        ({"CLICOLOR_FORCE": "1"}, "auto", False, True),
        ({"CLICOLOR": "0"}, "auto", True, False),
        ({"TERM": "dumb"}, "auto", True, False),
    ],
)
def test_colors_follow_the_flag_then_the_variables_then_the_terminal(
    environment: dict[str, str], choice: str, terminal: bool, colored: bool
) -> None:
    assert settings(environment=environment).colored(choice, terminal=terminal) is colored


@pytest.mark.parametrize(
    ("environment", "name", "grace"),
    [
        ({}, "", None),
        ({"CI": "true"}, "other", 6.0),
        ({"CI": "false"}, "", None),
        ({"CI": "true", "GITHUB_ACTIONS": "true"}, "github", 6.0),
        ({"GITLAB_CI": "true"}, "gitlab", 6.0),
        ({"TF_BUILD": "True"}, "azure", 6.0),
    ],
)
def test_a_build_server_is_known_by_its_variables(environment: dict[str, str], name: str, grace: float | None) -> None:
    found = settings(environment=environment)
    assert (found.build_server, found.grace) == (name, grace)


@pytest.mark.parametrize(
    ("terminal", "environment", "may_ask"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"WFCTL_INPUT": "0"}, False),
        (True, {"TF_INPUT": "false"}, False),
        (True, {"WFCTL_INPUT": "1", "TF_INPUT": "0"}, True),
    ],
)
def test_somebody_is_asked_only_at_a_terminal(terminal: bool, environment: dict[str, str], may_ask: bool) -> None:
    assert settings(stdin_tty=terminal, environment=environment).may_ask is may_ask


def test_plugins_and_hooks_never_see_the_key_of_the_vault() -> None:
    assert settings(environment={SECRETS_KEY: "k", "HOME": "/h"}).plugin_environment == {"HOME": "/h"}


def test_arguments_for_all_verbs_come_before_those_for_one() -> None:
    environment = {"WFCTL_CLI_ARGS": "--json", "WFCTL_CLI_ARGS_runs_list": "--limit '3'"}
    assert settings(environment=environment).arguments("runs list") == ["--json", "--limit", "3"]
    assert settings(environment=environment).arguments("plan") == ["--json"]


def test_arguments_that_no_shell_could_split_are_refused_by_name() -> None:
    with pytest.raises(WfctlError) as caught:
        settings(environment={"WFCTL_CLI_ARGS_plan": "'"}).arguments("plan")
    assert caught.value.kind is Kind.USAGE
    assert "WFCTL_CLI_ARGS_plan" in caught.value.message


def test_the_settings_of_this_process_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WFCTL_ENV", "staging")
    found = read()
    assert found.environment["WFCTL_ENV"] == "staging"
    assert found.cwd == Path.cwd()
    assert found.owner == f"{found.user}@{found.host}"
    assert len(found.token()) == len(found.random(10))
    assert found.token() != found.token()
    assert found.uptime() <= found.uptime()


def test_a_directory_that_is_gone_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    lost = tmp_path / "lost"
    lost.mkdir()
    program = f"import os; os.rmdir({str(lost)!r}); from wfctl.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "plan"], cwd=lost, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "the current directory is gone" in done.stderr
