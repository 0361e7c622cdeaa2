"""A file and its imports: who comes first, what is taken once, and circles."""

from __future__ import annotations

from tests.config.projects import PROVIDER, Project

ONE = "  - {name: %s, type: local.file, config: {path: %s}}\n"


def paths(project: Project, text: str, environment: str = "") -> dict[str, object]:
    return {resource.name: resource.config.get("path") for resource in project.load(text, environment).resources}


def test_the_importing_file_comes_first_then_its_imports_depth_first(project: Project) -> None:
    project.write("imports: [sub/c.yaml]\nmodules:\n" + ONE % ("a", "of-a") + ONE % ("x", "of-a"), "a.yaml")
    project.write("modules:\n" + ONE % ("c", "of-c") + ONE % ("b", "of-c"), "sub/c.yaml")
    project.write("modules:\n" + ONE % ("b", "of-b") + ONE % ("x", "of-b"), "b.yaml")
    found = paths(project, "imports: [a.yaml, b.yaml]\n" + PROVIDER + ONE % ("x", "mine"))
    assert list(found.items()) == [("x", "mine"), ("a", "of-a"), ("c", "of-c"), ("b", "of-c")]
    files = [
        file.removeprefix(f"{project.folder}/")
        for file in project.load((project.folder / "infra.yaml").read_text()).files
    ]
    assert files == ["infra.yaml", "a.yaml", "sub/c.yaml", "b.yaml"]


def test_json_may_be_imported_and_a_file_may_be_imported_twice(project: Project) -> None:
    project.write('{"modules": [{"name": "j", "type": "local.file", "config": {"path": "of-j"}}]}', "j.json")
    project.write("imports: [j.json]\n", "a.yaml")
    project.write("imports: [./j.json]\n", "b.yaml")
    assert paths(project, "imports: [a.yaml, b.yaml, j.json]\n" + PROVIDER) == {"j": "of-j"}


def test_a_ladder_of_diamonds_is_read_in_one_go(project: Project) -> None:
    for level in range(40):
        project.write(f"imports: [l{level + 1}.yaml, r{level + 1}.yaml]\n", f"l{level}.yaml")
        project.write(f"imports: [r{level + 1}.yaml, l{level + 1}.yaml]\n", f"r{level}.yaml")
    project.write("modules: []\n", "l40.yaml")
    project.write("modules:\n" + ONE % ("x", "deep"), "r40.yaml")
    assert paths(project, "imports: [l0.yaml]\n" + PROVIDER) == {"x": "deep"}


def test_a_circle_is_named_where_it_closes(project: Project) -> None:
    project.write("imports:\n  - infra.yaml\nmodules: []\n", "a.yaml")
    assert project.mistakes("imports: [a.yaml]\n" + PROVIDER) == [
        "a.yaml:2:5 infra.yaml imports itself | the imports form a circle"
    ]
    assert project.mistakes("imports: [infra.yaml]\n") == ["1:11 infra.yaml imports itself | the imports form a circle"]


def test_too_many_files(project: Project) -> None:
    names = [f"f{number}.yaml" for number in range(250)]
    for name in names:
        project.write("modules: []\n", name)
    (mistake,) = project.mistakes(f"imports: [{', '.join(names)}]\n")
    assert mistake.endswith("more than 200 files are imported")


def test_a_missing_import_is_said_where_it_is_asked_for(project: Project) -> None:
    assert project.mistakes("imports:\n  - ok.yaml\n  - [x]\n") == [
        "2:5 ok.yaml does not exist",
        "3:5 imports[1] must be text, not a list",
    ]


def test_mistakes_of_all_files_are_found_together(project: Project) -> None:
    project.write('modules:\n  - name: b\n    type: local.file\n    config: {x: "${NOPE}"}\n', "b.yaml")
    assert project.mistakes("imports: [b.yaml]\n" + PROVIDER + "  - {name: a}\n") == [
        "b.yaml:4:17 the environment variable NOPE is not set | set it, or remove the reference",
        "7:5 type of modules[1] is missing",
    ]


def test_what_an_unreadable_file_may_hold_is_not_missed(project: Project) -> None:
    project.write("modules: [\n", "shared.yaml")
    text = "imports: [shared.yaml]\nmodules:\n  - {name: a, type: infra.x, config: {provider: shared}}\n"
    (mistake,) = project.mistakes(text)
    assert mistake.startswith("shared.yaml:2:1 not YAML")


def test_sections_of_the_importing_file_go_before(project: Project) -> None:
    shared = """
    apply: {parallelism: 3, on_failure: stop}
    environments: {prod: {region: imported}, dev: {region: imported}}
    secrets: {generate: [{key: B}]}
    """
    project.write(shared, "shared.yaml")
    text = """
    imports: [shared.yaml]
    apply: {parallelism: 5}
    environments: {prod: {region: own}}
    secrets: {entries: [{name: A}]}
    modules:
      - {name: local, type: iac.provider, config: {provider: local}}
      - {name: a, type: infra.x, config: {iac_provider: local}}
    """
    found = project.load(text, "prod")
    assert found.apply.parallelism == 5
    assert found.apply.on_failure == "continue"
    assert found.secret_names == ("A", "B")
    assert found.resources[0].config["region"] == "own"
    assert project.load(text, "dev").resources[0].config["region"] == "imported"


def test_two_modules_of_one_name_in_one_file(project: Project) -> None:
    assert project.mistakes(PROVIDER + ONE % ("a", "x") + ONE % ("a", "y")) == [
        "6:12 two modules are called a | the first stands in line 5"
    ]


def test_what_is_no_project(project: Project) -> None:
    assert project.mistakes("# nothing yet\n") == [
        "1:1 infra.yaml holds nothing | a file is a mapping that holds `modules`"
    ]
    assert project.mistakes("- a\n") == ["1:1 infra.yaml holds a list | a file is a mapping that holds `modules`"]
    assert project.mistakes("moduels: []\n")[0] == "1:1 modules is missing | rename moduels"
    assert project.mistakes("modules: {a: b}\n") == ["1:10 modules must be a list, not a mapping"]
    assert project.load("modules: []\n").resources == ()


def test_unknown_sections_are_worth_a_word(project: Project) -> None:
    assert project.warnings(PROVIDER + "aply: {}\nworkflows: {}\n") == [
        "5:1 unknown section aply | did you mean apply?"
    ]
