"""A project as a whole: from its files to a Config, or to everything that is wrong."""

from __future__ import annotations

import gc
import json
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.config.projects import PROVIDER, Project
from wfctl.config.diagnostics import ConfigError, Diagnostic, Position, Severity
from wfctl.config.load import load
from wfctl.config.project import ApplySettings
from wfctl.errors import WfctlError

EXAMPLE = """
environments:
  staging: {provider: cloud, region: nyc3}
modules:
  - name: cloud
    type: iac.provider
    config: {provider: demo, token: "${DEMO_TOKEN}"}
  - name: tf
    type: iac.state
    config: {backend: filesystem, directory: ./state}
  - name: net
    type: infra.vpc
    protected: true
    config: {iac_provider: cloud, region: nyc3, cidr: 10.0.0.0/16}
  - name: api
    type: infra.container_service
    config:
      iac_provider: cloud
      size: m
      depends_on: [net]
      env_vars: {VPC_ID: "${net.id}", LOG: "${LOG_LEVEL}"}
    environments:
      staging: {config: {name: staging-api}}
      prod: null
"""
ENVIRON = {"DEMO_TOKEN": "hush", "LOG_LEVEL": "info"}


def test_a_project(project: Project) -> None:
    found = project.load(EXAMPLE, environ=ENVIRON)
    assert found.path == str(project.folder / "infra.yaml")
    assert found.directory == str(project.folder)
    assert found.files == (found.path,)
    assert found.warnings == ()
    assert list(found.providers) == ["cloud"]
    net, api = found.resources
    assert net.protected
    assert net.position == Position(file=found.path, line=10, column=5)
    assert msgspec.structs.asdict(api) == {
        "name": "api",
        "type": "infra.container_service",
        "provider_module": "cloud",
        "config": {
            "iac_provider": "cloud",
            "size": "m",
            "depends_on": ["net"],
            "env_vars": {"VPC_ID": "${net.id}", "LOG": "${LOG_LEVEL}"},
        },
        "size": "m",
        "depends_on": ("net",),
        "references": ("net",),
        "protected": False,
        "position": Position(file=found.path, line=14, column=5),
    }


def test_its_environments(project: Project) -> None:
    staging = project.load(EXAMPLE, "staging", ENVIRON)
    assert [resource.name for resource in staging.resources] == ["net", "staging-api"]
    assert staging.resources[1].config["region"] == "nyc3"
    assert [resource.name for resource in project.load(EXAMPLE, "prod", ENVIRON).resources] == ["net"]


def test_json_and_yaml_of_one_project_are_the_same(project: Project) -> None:
    value = {
        "modules": [
            {"name": "local", "type": "iac.provider", "config": {"provider": "local"}},
            {"name": "a", "type": "local.file", "config": {"n": 1, "f": 1.5, "t": "é", "l": [None, True]}},
        ],
        "apply": {"parallelism": 3},
    }
    text = json.dumps(value, ensure_ascii=False, indent=2)
    from_json = load(project.write(text, "infra.json"), environ={})
    from_yaml = load(project.write(text, "infra.yaml"), environ={})
    assert from_json.resources[0].config == from_yaml.resources[0].config
    assert from_json.resources[0].position.line == from_yaml.resources[0].position.line == 10
    assert from_json.apply == from_yaml.apply


def test_everything_wrong_is_said_at_once(project: Project) -> None:
    text = (
        PROVIDER
        + """
  - {name: a, type: infra.x, config: {iac_provider: lcoal, x: "${NOPE}"}}
  - {name: b, type: local.file, config: {depends_on: [c]}, protected: 1}
  - {name: b, type: local.file}
aply: {}
apply: {on_failure: never, speed: 9}
"""
    )
    found = [mistake.partition(" | known")[0] for mistake in project.mistakes(text)]
    assert found == [
        "6:53 no iac.provider module is called lcoal | did you mean local?",
        "6:63 the environment variable NOPE is not set | set it, or remove the reference",
        "7:55 no resource is called c",
        "7:71 modules[2].protected must be true or false, not 1",
        "8:12 two modules are called b | the first stands in line 7",
        "10:21 apply.on_failure must be continue, stop or compensate",
        "10:28 unknown key speed in apply",
    ]


def test_warnings_come_along_with_errors_and_with_success(project: Project) -> None:
    with pytest.raises(ConfigError) as caught:
        project.load(PROVIDER + "aply: {}\napply: {x: 1}\n")
    assert [found.severity for found in caught.value.diagnostics] == [Severity.WARNING, Severity.ERROR]
    assert project.warnings(PROVIDER + "aply: {}\n") == ["5:1 unknown section aply | did you mean apply?"]


@pytest.mark.parametrize("name", ["missing.yaml", "", "x\0y", "a" * 300])
def test_what_cannot_be_read_is_an_error_of_ours(project: Project, name: str) -> None:
    with pytest.raises(WfctlError) as caught:
        load(project.folder / name, environ={})
    assert caught.value.code == "CONFIG_INVALID"
    assert caught.value.hint


def test_the_examples_of_the_reference_page_are_good(project: Project) -> None:
    page = (Path(__file__).parents[2] / "docs/reference/config.md").read_text(encoding="utf-8")
    whole, apply = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert project.load(whole, environ={"USER": "ana"}).warnings == ()
    settings = project.load(PROVIDER + "  - {name: key, type: local.password}\n" + apply).apply
    assert settings.hooks[0].secrets == {"TOKEN": "key.value"}
    # what the block says, without what has no default, is what is said of the defaults
    given = msgspec.structs.replace(settings, workspace="", providers={}, hooks=())
    assert given == ApplySettings()


def test_the_collector_runs_again_afterwards(project: Project) -> None:
    project.load(PROVIDER)
    assert gc.isenabled()
    project.mistakes("[")
    assert gc.isenabled()


def test_ten_thousand_resources(tmp_path: Path) -> None:
    modules: list[object] = [{"name": "local", "type": "iac.provider", "config": {"provider": "local"}}]
    for i in range(10_000):
        needs = [f"r{i - 1}"] if i else []
        modules.append({"name": f"r{i}", "type": "local.file", "config": {"x": "${HOME}", "depends_on": needs}})
    path = tmp_path / "infra.json"
    path.write_text(json.dumps({"modules": modules}, indent=1))
    found = load(path, environ={"HOME": "/h"})
    assert len(found.resources) == 10_000
    assert len({resource.position.line for resource in found.resources}) == 10_000


SOME = ("modules", "name", "type", "config", "environments", "imports", "apply", "hooks", "iac.provider", "iac.state")
MORE = (
    "infra.x",
    "infra.container_service",
    "local.a",
    "depends_on",
    "provider",
    "prod",
    "${a.b}",
    "$X",
    "${",
    "on",
    "exec",
    "protected",
    "undo",
)
LAST = (
    "secrets",
    "match",
    "size",
    "iac_provider",
    "region",
    "timeouts",
    "retries",
    "action",
    "gates",
    "workspace",
    "envVars",
)
words = st.sampled_from((*SOME, *MORE, *LAST))
leaves = st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=5)
shapes = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5), max_leaves=30
)
modules = st.lists(
    st.fixed_dictionaries(
        {"name": words, "type": words}, optional={"config": shapes, "environments": shapes, "protected": leaves}
    ),
    max_size=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shapes
    | st.fixed_dictionaries(
        {"modules": modules | shapes},
        optional={"apply": shapes, "secrets": shapes, "environments": st.fixed_dictionaries({"prod": shapes})},
    )
)
def test_any_shape_is_loaded_or_refused_with_places(tmp_path: Path, value: object) -> None:
    path = tmp_path / "infra.json"
    path.write_text(json.dumps(value))
    for environment in ("", "prod"):
        assert all(found.summary and found.line > 0 for found in refusal(path, environment))


def refusal(path: Path, environment: str) -> tuple[Diagnostic, ...]:
    try:
        load(path, environ={"X": "1"}, environment=environment)
    except ConfigError as error:
        return error.diagnostics
    return ()
