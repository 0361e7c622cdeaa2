"""A module as an environment has it."""

from __future__ import annotations

from tests.config.projects import Project
from wfctl.config.project import Config

CLOUD = """
environments:
  staging: {provider: cloud, region: nyc3, envVars: {LOG: debug, A: top, PORT: 8080, ON: true, NO: null}}
  prod:
modules:
  - name: cloud
    type: iac.provider
    config: {provider: demo, zone: base}
    environments: {staging: {config: {zone: s}}}
"""


def config_of(found: Config, name: str) -> dict[str, object]:
    return next(resource.config for resource in found.resources if resource.name == name)


def test_without_an_environment_the_base_counts(project: Project) -> None:
    text = (
        CLOUD + "  - {name: a, type: infra.x, config: {iac_provider: cloud, name: n}, environments: {staging: null}}\n"
    )
    found = project.load(text)
    assert found.environment == ""
    assert config_of(found, "a") == {"iac_provider": "cloud", "name": "n"}
    assert found.providers["cloud"].config == {"provider": "demo", "zone": "base"}


def test_overrides_are_merged_deeply(project: Project) -> None:
    text = (
        CLOUD
        + """
  - name: a
    type: infra.x
    config: {iac_provider: cloud, region: own, tags: {a: 1, b: {c: 1, d: 2}}, list: [1]}
    environments:
      staging: {config: {tags: {b: {c: 9}, e: null}, list: [2]}}
"""
    )
    found = project.load(text, "staging")
    assert found.environment == "staging"
    assert config_of(found, "a") == {
        "iac_provider": "cloud",
        "region": "own",
        "tags": {"a": 1, "b": {"c": 9, "d": 2}, "e": None},
        "list": [2],
        "provider": "cloud",
    }
    assert found.providers["cloud"].config == {"provider": "demo", "zone": "s"}
    assert config_of(project.load(text), "a")["tags"] == {"a": 1, "b": {"c": 1, "d": 2}}


def test_an_environment_gives_defaults_to_infra_and_platform_alone(project: Project) -> None:
    text = (
        CLOUD
        + """
  - {name: web, type: infra.container_service, config: {iac_provider: cloud, env_vars: {A: own}}}
  - {name: k8s, type: platform.kubernetes, config: {provider: cloud}}
  - {name: file, type: demo.file}
"""
    )
    found = project.load(text, "staging")
    assert config_of(found, "web") == {
        "iac_provider": "cloud",
        "env_vars": {"LOG": "debug", "A": "own", "PORT": "8080", "ON": "true", "NO": ""},
        "region": "nyc3",
        "provider": "cloud",
    }
    assert config_of(found, "k8s") == {"provider": "cloud", "region": "nyc3"}
    assert config_of(found, "file") == {}
    assert config_of(project.load(text, "prod"), "k8s") == {"provider": "cloud"}


def test_a_variable_of_an_environment_is_one_text(project: Project) -> None:
    text = """
    environments: {prod: {envVars: {A: [1], B: .inf}}}
    modules:
      - {name: local, type: iac.provider, config: {provider: demo}}
      - {name: web, type: infra.container_service, config: {provider: local}}
    """
    assert project.mistakes(text, "prod") == [
        "1:36 the variable A must be text | it is a list",
        "1:44 the variable B must be text | it is inf",
    ]


def test_null_switches_a_module_off(project: Project) -> None:
    text = (
        CLOUD
        + """
  - {name: a, type: infra.x, config: {iac_provider: cloud}, environments: {staging: null}}
  - {name: b, type: infra.x, config: {iac_provider: cloud, depends_on: [a]}}
  - {name: c, type: infra.x, config: {iac_provider: cloud}}
"""
    )
    assert [resource.name for resource in project.load(text).resources] == ["a", "b", "c"]
    assert project.mistakes(text, "staging") == [
        "11:73 no resource is called a | it is switched off in environment staging"
    ]


def test_a_provider_may_be_chosen_by_the_environment(project: Project) -> None:
    text = """
    modules:
      - {name: one, type: iac.provider, config: {provider: demo}}
      - {name: two, type: iac.provider, config: {provider: demo}, environments: {prod: null}}
      - {name: a, type: infra.x, config: {provider: one}, environments: {dev: {provider: two}, prod: {provider: two}}}
    """
    assert project.load(text).resources[0].provider_module == "one"
    assert project.load(text, "dev").resources[0].provider_module == "two"
    assert project.mistakes(text, "prod") == [
        "4:109 provider two is switched off in this environment | set another config.iac_provider for this environment"
    ]


def test_an_environment_renames_and_references_follow(project: Project) -> None:
    text = (
        CLOUD
        + """
  - name: net
    type: infra.vpc
    config: {iac_provider: cloud}
    environments: {staging: {config: {name: staging-net}}}
  - name: api
    type: infra.x
    config: {iac_provider: cloud, depends_on: [net], vpc: "${net.id}", text: "net $${LOG}"}
apply:
  hooks: [{name: h, on: applied, exec: [x], on_failure: warn, secrets: {A: net.token}}]
"""
    )
    environ = {"LOG": "1", "$": "1"}
    found = project.load(text, "staging", environ)
    assert [resource.name for resource in found.resources] == ["staging-net", "api"]
    api = found.resources[1]
    assert api.depends_on == ("staging-net",)
    assert api.references == ("staging-net",)
    assert api.config["vpc"] == "${staging-net.id}"
    assert api.config["depends_on"] == ["staging-net"]
    assert "name" not in found.resources[0].config
    assert found.apply.hooks[0].secrets == {"A": "staging-net.token"}
    assert project.load(text, "", environ).resources[1].config["vpc"] == "${net.id}"


def test_two_resources_may_not_end_up_with_one_name(project: Project) -> None:
    text = (
        CLOUD
        + """
  - {name: a, type: infra.x, config: {iac_provider: cloud}, environments: {staging: {config: {name: b}}}}
  - {name: b, type: infra.x, config: {iac_provider: cloud}}
"""
    )
    (mistake,) = project.mistakes(text, "staging")
    assert mistake.startswith("11:38 two resources are called b in this environment | the first stands at ")


def test_protection_goes_into_the_config(project: Project) -> None:
    text = (
        CLOUD
        + """
  - {name: a, type: infra.x, protected: true, config: {iac_provider: cloud}}
  - {name: b, type: infra.x, config: {iac_provider: cloud, protected: true}}
  - {name: c, type: demo.x}
"""
    )
    found = project.load(text)
    assert [resource.protected for resource in found.resources] == [True, True, False]
    assert config_of(found, "a")["protected"] is True


def test_keys_in_the_wrong_place(project: Project) -> None:
    text = (
        CLOUD
        + """
  - {name: a, type: demo.x, depends_on: [b], nmae: x, protected: maybe}
  - {name: b, type: demo.x, config: 5, environments: {staging: {confg: {}}}}
"""
    )
    assert project.mistakes(text, "staging") == [
        "10:41 depends_on belongs inside config | a: config: {depends_on: …}",
        "10:46 unknown key nmae in modules[1] | did you mean name?",
        "10:66 modules[1].protected must be true or false, not text",
        "11:37 modules[2].config must be a mapping, not 5",
        "11:65 unknown key confg in modules[2].environments.staging | did you mean config?",
    ]


def test_the_order_of_workflows_is_not_ours(project: Project) -> None:
    text = CLOUD + "  - {name: a, type: demo.x, dependsOn: [b]}\n  - {name: b, type: demo.x, dependsOn: []}\n"
    assert project.warnings(text) == [
        "9:40 dependsOn does not order resources | it orders the modules of a workflow; between resources write config.depends_on"
    ]


def test_an_environment_nobody_mentions_is_worth_a_word(project: Project) -> None:
    assert project.warnings(CLOUD, "stagin") == [
        "5:5 no file mentions the environment stagin | did you mean staging?; the base is used"
    ]
    assert project.warnings("modules: [{name: l, type: iac.provider, config: {provider: l}}]\n", "prod") == []
