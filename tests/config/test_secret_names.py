"""Variables that the files declare to be secrets."""

from __future__ import annotations

from tests.config.projects import Project


def test_all_the_places_that_declare_secrets(project: Project) -> None:
    text = """
    secrets:
      provider: env
      generate: [{key: GEN, type: random_hex}, {type: x}, 5]
      entries: [{name: ENTRY}, {name: ""}]
    modules:
      - {name: s1, type: secrets.generate, config: {generate: [{key: M1}]}}
      - {name: s2, type: secrets.requires, config: {requires: [{key: M2}], generate: no}}
      - {name: s3, type: other, config: {generate: [{key: NOT}]}}
    """
    assert project.load(text).secret_names == ("ENTRY", "GEN", "M1", "M2")


def test_none(project: Project) -> None:
    assert project.load("modules: []\n").secret_names == ()
