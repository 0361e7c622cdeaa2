"""Which modules are resources, and whose."""

from __future__ import annotations

import pytest

from tests.config.projects import PROVIDER, Project

TWO = """
modules:
  - {name: one, type: iac.provider, config: {provider: demo}}
  - {name: two, type: iac.provider, config: {provider: demo}}
"""


def owners(project: Project, text: str) -> dict[str, str]:
    return {resource.name: resource.provider_module for resource in project.load(text).resources}


def test_a_resource_belongs_to_the_provider_it_names(project: Project) -> None:
    text = (
        TWO
        + """
  - {name: a, type: infra.x, config: {iac_provider: one}}
  - {name: b, type: infra.x, config: {provider: two}}
  - {name: c, type: infra.x, config: {iac_provider: one, provider: kafka}}
  - {name: d, type: platform.x, config: {provider: one}}
  - {name: e, type: demo.x, config: {iac_provider: two}}
  - {name: f, type: anything, config: {provider: two}}
"""
    )
    assert owners(project, text) == {"a": "one", "b": "two", "c": "one", "d": "one", "e": "two", "f": "two"}


def test_a_type_belongs_to_the_provider_of_its_first_word(project: Project) -> None:
    text = (
        PROVIDER
        + """
  - {name: a, type: local.file, config: {provider: openai}}
  - {name: b, type: local.file}
  - {name: web, type: http.server, config: {provider: nginx}}
  - {name: local-ish, type: local}
"""
    )
    assert owners(project, text) == {"a": "local", "b": "local"}


def test_the_provider_may_come_from_the_environment_of_the_process(project: Project) -> None:
    text = (
        PROVIDER.replace("{provider: local}", '{provider: "$PLUGIN"}')
        + """
  - {name: a, type: infra.x, config: {iac_provider: "${WHICH}"}}
  - {name: b, type: demo.x}
"""
    )
    found = project.load(text, environ={"PLUGIN": "demo", "WHICH": "local"})
    assert found.providers["local"].provider == "demo"
    assert found.providers["local"].config == {"provider": "$PLUGIN"}
    assert [resource.provider_module for resource in found.resources] == ["local", "local"]
    assert found.resources[0].config == {"iac_provider": "${WHICH}"}


@pytest.mark.parametrize(
    ("module", "mistake"),
    [
        (
            "{name: a, type: infra.x}",
            "4:5 a (infra.x) names no provider | set config.iac_provider; declared are: one, two",
        ),
        (
            "{name: a, type: infra.x, config: {iac_provider: oen}}",
            "4:53 no iac.provider module is called oen | did you mean one?",
        ),
        (
            "{name: a, type: infra.x, config: {provider: demo}}",
            "4:49 no iac.provider module is called demo | declared are: one, two",
        ),
        (
            "{name: a, type: demo.x}",
            "4:5 a (demo.x) could be of several providers | set config.iac_provider to one of one, two",
        ),
        (
            "{name: a, type: http.x, config: {iac_provider: three}}",
            "4:52 no iac.provider module is called three | declared are: one, two",
        ),
        (
            "{name: a, type: iac.provider}",
            "4:5 provider a does not say which plugin it is of | config.provider is the name of a plugin",
        ),
        (
            "{name: a, type: iac.provider, config: {provider: [x]}}",
            "4:54 provider a does not say which plugin it is of | config.provider is",
        ),
        (
            '{name: "a${b}", type: infra.x, config: {provider: one}}',
            "4:12 the name cannot be used | up to 255 printable characters",
        ),
        ('{name: "a\\tb", type: infra.x, config: {provider: one}}', "4:12 the name cannot be used"),
        ('{name: " a", type: infra.x, config: {provider: one}}', "4:12 the name cannot be used"),
        ("{name: 5, type: infra.x, config: {provider: one}}", "4:12 modules[2].name must be text, not 5"),
        ("{type: infra.x, config: {provider: one}}", "4:5 name of modules[2] is missing"),
        (
            "{name: a, type: infra.x, config: {provider: one, protected: yes}}",
            "4:65 protected must be true or false, not text",
        ),
        (
            "{name: a, type: infra.x, config: {provider: one, p: {80: x}}}",
            '4:58 a: the key p.80 is no text; write it in quotes: "80" | a config is JSON',
        ),
        (
            "{name: a, type: infra.x, config: {provider: one, 80: x}}",
            '4:54 a: the key 80 is no text; write it in quotes: "80" | a config is JSON',
        ),
        (
            "{name: a, type: infra.x, config: {provider: one, l: [{x: .nan}]}}",
            "4:62 a: l[0].x is nan, which is no JSON number | a config is JSON",
        ),
    ],
)
def test_mistakes(project: Project, module: str, mistake: str) -> None:
    found = project.mistakes(TWO + f"  - {module}\n")
    assert found[0][: len(mistake)] == mistake
    assert len(found) == 1


def test_an_unset_variable_is_the_only_thing_wrong(project: Project) -> None:
    text = (
        PROVIDER.replace("{provider: local}", '{provider: "$PLUGIN"}')
        + """
  - {name: a, type: infra.x, config: {iac_provider: "${WHICH}"}}
  - {name: b, type: infra.x, config: {provider: "${WHICH}"}}
  - {name: c, type: ai.chat, config: {provider: "${MODEL}"}}
"""
    )
    assert project.mistakes(text) == [
        "4:24 the environment variable PLUGIN is not set | set it, or remove the reference",
        "6:53 the environment variable WHICH is not set | set it, or remove the reference; it stands in 2 places",
    ]


def test_a_type_that_is_nearly_a_provider_s_is_a_mistake(project: Project) -> None:
    assert project.mistakes(PROVIDER + "  - {name: a, type: locl.file}\n") == [
        "5:21 a (locl.file): no provider is called locl | did you mean local?"
    ]


def test_a_module_that_is_no_resource_is_left_alone_with_a_word(project: Project) -> None:
    assert project.warnings(PROVIDER + "  - {name: a, type: http.server}\n") == [
        "5:21 a (http.server) is left alone: it is no resource | no provider is called http, and the module names none"
    ]


def test_sections_that_are_not_ours_may_have_odd_keys(project: Project) -> None:
    assert (
        project.load(PROVIDER + "  - {name: a, type: http.x, config: {200: ok}}\npipelines: {1: {2: 3}}\n").resources
        == ()
    )


def test_the_state_module(project: Project) -> None:
    text = (
        PROVIDER
        + """
  - {name: tf, type: iac.state, config: {backend: postgres, dsn: "${DSN}"}}
  - {name: other, type: iac.state}
"""
    )
    found = project.load(text, environ={"DSN": "secret"})
    assert found.state is not None
    assert (found.state.name, found.state.backend) == ("tf", "postgres")
    assert found.state.config == {"backend": "postgres", "dsn": "${DSN}"}
    assert [project.shown(warning) for warning in found.warnings] == ["7:25 a second iac.state module | tf is used"]
    assert project.load(PROVIDER).state is None
    bare = project.load(PROVIDER + "  - {name: tf, type: iac.state}\n").state
    assert bare is not None
    assert bare.backend == "filesystem"


def test_a_provider_may_be_told_which_variables_its_process_gets(project: Project) -> None:
    found = project.load(PROVIDER + "apply: {providers: {local: {env: [PATH]}}}\n").providers["local"]
    assert found.env_allow == ("PATH",)
    assert project.load(PROVIDER).providers["local"].env_allow is None


def test_keys_of_modules_we_read_are_known(project: Project) -> None:
    text = PROVIDER + "  - {name: s, type: iac.state, cofnig: {}}\n"
    assert project.mistakes(text) == ["5:32 unknown key cofnig in modules[1] | did you mean config?"]
    assert project.load(PROVIDER + "  - {name: s, type: http.server, cofnig: {}}\n").resources == ()
