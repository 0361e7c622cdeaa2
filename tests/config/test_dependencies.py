"""What resources need of each other and of the environment."""

from __future__ import annotations

import pytest

from tests.config.projects import PROVIDER, Project


def resource(name: str, config: str = "") -> str:
    return f"  - {{name: {name}, type: local.file, config: {{{config}}}}}\n"


def test_dependencies_and_references(project: Project) -> None:
    text = PROVIDER
    text += resource("c", 'depends_on: [a, b, a], x: "${b.id} ${a.out.deep}", y: ["${b.id}"]')
    text += resource("a") + resource("b")
    found = project.load(text)
    assert [(r.depends_on, r.references) for r in found.resources] == [(("a", "b"), ("a", "b")), ((), ()), ((), ())]
    assert found.resources[0].config["depends_on"] == ["a", "b", "a"]


@pytest.mark.parametrize(
    ("config", "mistakes"),
    [
        ("depends_on: [b]", ["5:55 no resource is called b"]),
        ("depends_on: [local]", ["5:55 no resource is called local | it is a module of type iac.provider"]),
        ("depends_on: [net-wrok]", ["5:55 no resource is called net-wrok | did you mean net-work?"]),
        ("depends_on: net-work", ["5:54 depends_on must be a list of resource names, not text"]),
        ("depends_on: [5]", ["5:55 depends_on must hold resource names, not 5"]),
        ("depends_on: [a]", ["5:55 a refers to itself"]),
        ('x: "${a.id}"', ["5:45 a refers to itself"]),
        ('x: "${b.id}"', ["5:45 no resource is called b"]),
        ('x: "${local.id}"', ["5:45 no resource is called local | it is a module of type iac.provider"]),
        ('x: "${}"', ["5:45 ${} names nothing | write ${NAME} or ${resource.output}"]),
        ('x: "${.id}"', ["5:45 ${.id} needs a resource before its first dot and an output after it | write"]),
        ('x: "a${b"', ["5:45 ${ is never closed by a } | write ${NAME} or ${resource.output}"]),
        (
            'x: "${NOPE}", y: "$NOPE/$OTHER"',
            [
                "5:45 the environment variable NOPE is not set | set it, or remove the reference; it stands in 2 places",
                "5:59 the environment variable OTHER is not set | set it, or remove the reference",
            ],
        ),
        ('x: "${NAME:-dflt}"', ["5:45 the environment variable NAME:-dflt is not set | ${…} has no defaults"]),
        ('x: "pa$$word"', ["5:45 the environment variable $ is not set | ${…} has no defaults and $ no escape"]),
        ('env_vars: {P: "$NOPE", Q: "${NOPE}"}', ["5:68 the environment variable NOPE is not set"]),
    ],
)
def test_mistakes(project: Project, config: str, mistakes: list[str]) -> None:
    found = project.mistakes(PROVIDER + resource("a", config) + resource("net-work"))
    assert [line[: len(mistake)] for line, mistake in zip(found, mistakes, strict=True)] == mistakes


def test_values_of_the_environment_are_never_shown_or_kept(project: Project) -> None:
    text = PROVIDER + resource("a", 'x: "${TOKEN} ${}"')
    environ = {"TOKEN": "hunter2"}
    assert "hunter2" not in str(project.mistakes(text, environ=environ))
    assert "hunter2" not in str(project.load(text.replace(" ${}", ""), environ=environ))


def test_an_empty_variable_is_set(project: Project) -> None:
    assert project.load(PROVIDER + resource("a", 'x: "$EMPTY"'), environ={"EMPTY": ""}).resources[0].config == {
        "x": "$EMPTY"
    }


def test_providers_and_state_take_variables_but_no_outputs(project: Project) -> None:
    text = """
    modules:
      - {name: local, type: iac.provider, config: {provider: local, t: "${NOPE}", u: "${a.id}"}}
      - {name: s, type: iac.state, config: {dsn: "${a.id}"}}
      - {name: a, type: local.file}
    """
    assert project.mistakes(text) == [
        "2:68 the environment variable NOPE is not set | set it, or remove the reference",
        "2:82 local cannot take ${a.id} | an iac.provider is needed before any resource has outputs",
        "3:46 s cannot take ${a.id} | an iac.state is needed before any resource has outputs",
    ]


def test_circles_are_named(project: Project) -> None:
    text = PROVIDER
    text += resource("d", "depends_on: [b]") + resource("b", 'x: "${c.id}"') + resource("c", "depends_on: [a]")
    text += resource("a", "depends_on: [b]")
    text += resource("x", "depends_on: [y]") + resource("y", 'v: "${x.id}"')
    assert project.mistakes(text) == [
        "8:55 a circle of dependencies: a → b → c → a | each waits for the next",
        "9:55 a circle of dependencies: x → y → x | each waits for the next",
    ]


def test_a_long_chain_is_no_circle(project: Project) -> None:
    text = PROVIDER + resource("r0") + "".join(resource(f"r{i}", f"depends_on: [r{i - 1}]") for i in range(1, 3000))
    assert len(project.load(text).resources) == 3000


def test_a_long_circle_is_found(project: Project) -> None:
    text = PROVIDER + "".join(resource(f"r{i}", f"depends_on: [r{(i + 1) % 3000}]") for i in range(3000))
    (mistake,) = project.mistakes(text)
    assert "a circle of dependencies: r0 → r1 → r2" in mistake
