"""Secret names, letter by letter as the Go tool makes them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfctl.ledger.secret_name import references_in, secret_name


@pytest.mark.parametrize(
    ("resource", "output", "name"),
    [
        ("db", "password", "db__password_561B7493C4D00A37EE242DE0D2557DD0"),
        ("bmw-staging-db", "uri", "bmw_staging_db__uri_EDD624032308186822486BE7D64B1EB5"),
    ],
)
def test_upstreams_own_vectors(resource: str, output: str, name: str) -> None:
    assert name == secret_name(resource, output)


@pytest.mark.parametrize(
    ("resource", "output", "begin"),
    [
        ("", "", "SECRET__SECRET_"),
        ("1db", "2", "_1db___2_"),
        ("dÄb", "x.y", "d_b__x_y_"),
        ("github", "token", "WF_github__token_"),
        ("GitHub-", "x", "WF_GitHub___x_"),
        ("a" * 200, "b" * 200, "a" * 32 + "__" + "b" * 33 + "_"),
        ("a" * 200, "b", "a" * 64 + "__b_"),
        ("a", "b" * 200, "a__" + "b" * 64 + "_"),
        ("github_" + "a" * 200, "b" * 200, "WF_github_" + "a" * 24 + "__" + "b" * 31 + "_"),
    ],
)
def test_strange_and_long_names(resource: str, output: str, begin: str) -> None:
    name = secret_name(resource, output)

    assert name.startswith(begin)
    assert len(begin) + 32 == len(name) <= 100


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_every_name_is_fit_for_an_environment(resource: str, output: str) -> None:
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", secret_name(resource, output))


def test_names_that_read_alike_differ() -> None:
    assert secret_name("a-b", "c") != secret_name("a_b", "c")


def test_the_secrets_a_document_refers_to() -> None:
    first, second = secret_name("db", "password"), secret_name("db", "uri")
    document = f'{{"a":"secret_ref://{first}","b":["secret_ref://{second}"],"c":"secret_ref://"}}'.encode()

    assert {first, second} == references_in(document)
