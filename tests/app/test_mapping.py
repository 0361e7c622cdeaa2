from __future__ import annotations

from pathlib import Path

import pytest

from wfctl.app import mapping
from wfctl.app.orders import RunOrder
from wfctl.config.load import load
from wfctl.config.project import ApplySettings, Config, ProviderSettings, Timeouts
from wfctl.core.plan import (
    HookPoint,
    HookSpec,
    OnCancel,
    OnFailure,
    Operation,
    Plan,
    PlanAction,
    ProviderDeclaration,
    ResourceSpec,
    ResourceState,
    Retries,
    RunId,
)

TEXT = """\
modules:
  - {name: cloud, type: iac.provider, config: {provider: nimbus}}
  - {name: net, type: infra.vpc, protected: true, config: {iac_provider: cloud, size: m}}
  - {name: web, type: infra.vm, config: {iac_provider: cloud, depends_on: [net], on: "${net.id}"}}
apply:
  workspace: shop
  on_failure: stop
  parallelism: 3
  providers: {cloud: {parallelism: 7, rate: 2}}
  timeouts: {action: 5m, run: 1h, undo: 2m}
  retries: {max_attempts: 9, first: 2s, max: 4s}
  compensation: {max: 5}
  hooks:
    - name: smoke
      on: applied
      match: {type: "infra.*", name: "w*", action: [create, update]}
      when: 'outputs.port > 0'
      exec: ["./smoke.sh", "-v"]
      secrets: {PW: web.password}
      timeout: 7s
      retries: 2
      rerun: never
      on_failure: warn
      undo: {exec: ["./unsmoke.sh"]}
    - {name: gate, on: before, exec: ["./gate.sh"], on_failure: stop}
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "infra.yaml"
    path.write_text(TEXT)
    return load(path, environ={})


def test_the_workspace_is_the_flags_the_environments_the_files_or_default(config: Config, tmp_path: Path) -> None:
    staging = load(config.path, environ={}, environment="staging")
    assert mapping.workspace_of(staging, "named") == "named"
    assert mapping.workspace_of(staging, "") == "staging"
    assert mapping.workspace_of(config, "") == "shop"
    (tmp_path / "empty.yaml").write_text("modules: []\n")
    assert mapping.workspace_of(load(tmp_path / "empty.yaml", environ={}), "") == "default"


def test_resources_keep_what_the_planner_needs(config: Config) -> None:
    net, web = mapping.desired_of(config)
    assert (net.provider, net.protected, net.spec.size) == ("cloud", True, "m")
    assert web.spec.depends_on == ("net",)
    assert web.spec.config == config.resources[1].config
    assert web.position.endswith("infra.yaml:4:5")


def test_the_file_decides_where_no_flag_does(config: Config) -> None:
    policy = mapping.policy_of(config.apply, RunOrder())
    assert (policy.on_failure, policy.on_cancel, policy.parallelism) == (OnFailure.STOP, OnCancel.STOP, 3)
    assert (policy.action_timeout, policy.run_timeout, policy.undo_timeout) == (300.0, 3600.0, 120.0)
    assert policy.retries == Retries(max_attempts=9, first=2.0, max=4.0)
    assert policy.max_compensations == 5


def test_a_flag_goes_before_the_file(config: Config) -> None:
    order = RunOrder(
        on_failure=OnFailure.COMPENSATE,
        on_cancel=OnCancel.COMPENSATE,
        parallelism=1,
        timeout=0.0,
        action_timeout=1.0,
    )
    policy = mapping.policy_of(config.apply, order)
    assert (policy.on_failure, policy.on_cancel, policy.parallelism) == (OnFailure.COMPENSATE, OnCancel.COMPENSATE, 1)
    assert (policy.action_timeout, policy.run_timeout) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("flag", "file", "surroundings", "grace"),
    [
        (None, 0.0, None, None),
        (None, 0.0, 6.0, 6.0),
        (None, 20.0, 6.0, 20.0),
        (1.0, 20.0, 6.0, 1.0),
        (0.0, 20.0, 6.0, None),
    ],
)
def test_grace_is_the_flags_the_files_or_the_surroundings(
    flag: float | None, file: float, surroundings: float | None, grace: float | None
) -> None:
    apply = ApplySettings(timeouts=Timeouts(grace=file))
    assert mapping.grace_of(apply, RunOrder(grace=flag), surroundings) == grace


def test_hooks_arrive_whole(config: Config) -> None:
    smoke, gate = mapping.hooks_of(config.apply)
    expected = HookSpec(
        name="smoke",
        on=HookPoint.APPLIED,
        exec=("./smoke.sh", "-v"),
        on_failure=smoke.on_failure,
        match_type="infra.*",
        match_name="w*",
        match_actions=(Operation.CREATE, Operation.UPDATE),
        when="outputs.port > 0",
        secrets={"PW": "web.password"},
        timeout=7.0,
        retries=2,
        rerun_never=True,
        undo_exec=("./unsmoke.sh",),
        position=smoke.position,
    )
    assert smoke == expected
    assert smoke.position.endswith("infra.yaml:14:7")
    assert (gate.on, gate.rerun_never, gate.match_type) == (HookPoint.BEFORE, False, "*")
    assert mapping.applied_hooks(config.apply) == ("smoke",)


def test_a_users_limit_goes_before_the_plugins() -> None:
    declared = ProviderDeclaration(name="cloud", max_concurrency=2, max_rps=50.0)
    limits = {"cloud": ProviderSettings(parallelism=7), "other": ProviderSettings(parallelism=9)}
    limited = mapping.limited(declared, limits)
    assert (limited.max_concurrency, limited.max_rps) == (7, 50.0)
    assert mapping.limited(declared, {}) is declared


def action(name: str, provider: str, before: str = "") -> PlanAction:
    current = ResourceState(name=name, type="t", provider_ref=before) if before else None
    return PlanAction(
        action=Operation.UPDATE, resource=ResourceSpec(name=name, type="t"), provider_ref=provider, current=current
    )


def test_a_plan_needs_the_providers_of_what_was_and_of_what_will_be() -> None:
    plan = Plan(id="p", actions=(action("a", "new", "old"), action("b", "new"), action("c", "")))
    assert mapping.providers_needed(plan) == ("new", "old")


def test_a_run_begins_with_all_its_decisions_need(config: Config) -> None:
    plan = Plan(
        id="p", actions=(action("a", "cloud"),), workspace="shop", lineage="l", prior_serial=4, operation="destroy"
    )
    declared = ProviderDeclaration(name="cloud", plugin="nimbus")
    started = mapping.run_started(
        plan, run_id=RunId("r-1"), apply=config.apply, order=RunOrder(parallelism=2), providers=[declared]
    )
    assert (started.run_id, started.plan_id, started.operation) == ("r-1", "p", "destroy")
    assert (started.workspace, started.lineage, started.serial) == ("shop", "l", 4)
    assert [outline.name for outline in started.actions] == ["a"]
    assert started.policy.parallelism == 2
    assert [hook.name for hook in started.hooks] == ["smoke", "gate"]
    assert started.providers[0].max_concurrency == 7
