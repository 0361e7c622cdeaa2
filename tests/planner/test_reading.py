from __future__ import annotations

from collections.abc import Mapping

import pytest

from wfctl.core.canonical import config_hash
from wfctl.core.plan import Document
from wfctl.core.references import BadReferenceError, OutputReference
from wfctl.planner.reading import Known, Reader, Reading, Standing

PASSWORD = "secret_ref://db__password_561B"
DB = {"port": 5432, "host": "db.internal", "password": PASSWORD, "tags": {"a": 1}, "bcrypt": "$2b$12$abc"}


def read(
    config: Document,
    parents: Mapping[str, Known] | None = None,
    environment: Mapping[str, str] | None = None,
    secrets: Mapping[str, object] | None = None,
) -> Reading:
    reader = Reader(environment or {}, secrets.__getitem__ if secrets is not None else None)
    return reader.read(config, (parents or {}).__getitem__)


def db(standing: Standing = Standing.UNCHANGED, outputs: Document | None = DB) -> dict[str, Known]:
    return {"db": Known(standing=standing, provider_id="db-1", outputs=outputs)}


def texts(found: tuple[OutputReference, ...]) -> list[str]:
    return [one.text for one in found]


def test_a_config_without_references_is_itself() -> None:
    config: Document = {"bits": 2048, "nested": {"list": [1, None, True]}}
    reading = read(config)
    assert reading.text is reading.clear is reading.guess is config
    assert reading.hash == config_hash(config)


def test_a_variable_stays_text_and_is_filled_for_driver_and_hash_alone() -> None:
    reading = read({"token": "${TOKEN}", "url": "x/$REGION"}, environment={"TOKEN": "hunter2", "REGION": "nyc3"})
    assert reading.text == {"token": "${TOKEN}", "url": "x/$REGION"}
    assert reading.clear == {"token": "hunter2", "url": "x/nyc3"}
    assert reading.hash == config_hash({"token": "hunter2", "url": "x/nyc3"})
    assert reading.private == {"hunter2": "${TOKEN}", "nyc3": "${REGION}"}


def test_an_output_of_an_unchanged_parent_is_written_down_with_its_type() -> None:
    reading = read({"port": "${db.port}", "url": "${db.host}:${db.port}", "id": "${db.id}", "t": "${db.tags}"}, db())
    filled = {"port": 5432, "url": "db.internal:5432", "id": "db-1", "t": {"a": 1}}
    assert reading.text == reading.clear == filled
    assert reading.hash == config_hash(filled)
    assert not reading.pending


def test_a_secret_output_is_written_down_as_its_reference_and_compared_in_clear() -> None:
    config: Document = {"password": "${db.password}", "url": "pg://u:${db.password}@h"}
    reading = read(config, db(), secrets={"db__password_561B": "hunter2"})
    assert reading.text == {"password": PASSWORD, "url": f"pg://u:{PASSWORD}@h"}
    assert reading.clear == {"password": "hunter2", "url": "pg://u:hunter2@h"}
    assert reading.hash == config_hash(reading.text)
    assert reading.private == {"hunter2": "(sensitive value)"}
    assert texts(reading.secret) == ["${db.password}"] * 2


def test_without_a_vault_the_reference_is_compared() -> None:
    assert read({"password": "${db.password}"}, db()).clear == {"password": PASSWORD}


def test_an_output_of_an_updated_parent_stays_a_reference_and_is_compared_as_it_was() -> None:
    reading = read({"url": "${db.host}:${db.port}", "new": "${db.added}"}, db(Standing.UPDATED))
    assert reading.text == {"url": "${db.host}:${db.port}", "new": "${db.added}"}
    assert reading.clear == reading.guess == {"url": "db.internal:5432", "new": "${db.added}"}
    assert texts(reading.pending) == ["${db.host}", "${db.port}", "${db.added}"]
    assert texts(reading.unknown) == ["${db.added}"]


def test_an_output_of_a_new_parent_is_compared_as_text_and_its_old_value_is_only_a_guess() -> None:
    reading = read({"host": "${db.host}", "x": "${net.id}"}, {**db(Standing.NEW), "net": Known(standing=Standing.NEW)})
    assert reading.text == reading.clear == {"host": "${db.host}", "x": "${net.id}"}
    assert reading.guess == {"host": "db.internal", "x": "${net.id}"}
    assert texts(reading.unknown) == ["${db.host}", "${net.id}"]
    assert reading.hash == config_hash(reading.text)


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"a": "${nobody.id}"}, "${nobody.id} at a: nobody has no output id, or is not known yet"),
        ({"a": ["${db.nothing}"]}, "${db.nothing} at a[0]: db has no output nothing, or is not known yet"),
        ({"a": "${UNSET}"}, "${UNSET} at a: the environment variable UNSET is not set"),
        ({"a": "${}"}, "${} at a: names nothing"),
        ({"a": {"b": "x${db.bcrypt}"}}, "${db.bcrypt} at a.b: holds text that itself looks like a reference"),
        (
            {"a": "${db.password}2"},
            "${db.password} at a: is a secret, so it cannot be followed directly by a letter, a digit or _",
        ),
    ],
)
def test_what_cannot_be_filled_says_where_and_why(config: Document, complaint: str) -> None:
    with pytest.raises(BadReferenceError) as caught:
        read(config, db())
    assert str(caught.value) == complaint


def test_a_secret_that_is_gone_is_an_error() -> None:
    with pytest.raises(BadReferenceError, match="its secret is not in the vault"):
        read({"a": "${db.password}"}, db(), secrets={})


def test_secrets_that_are_no_text_keep_their_type() -> None:
    reading = read({"a": "${db.password}"}, db(), secrets={"db__password_561B": {"k": [1]}})
    assert reading.clear == {"a": {"k": [1]}}
    assert reading.private == {}
