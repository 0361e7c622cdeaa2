from __future__ import annotations

import pytest

from wfctl.core.plan import Document, FieldChange
from wfctl.planner.changes import overlap, redacted, shown
from wfctl.planner.reading import Known, Reader, Standing

SECRET = "secret_ref://db__password_561B"
PARENTS = {
    "db": Known(standing=Standing.UNCHANGED, provider_id="db-1", outputs={"password": SECRET, "port": 5432}),
    "net": Known(standing=Standing.NEW),
}


def seen(config: Document, change: FieldChange, **secret_outputs: object) -> tuple[object, object]:
    """Old and new of one change of a config, as shown."""
    environment = {"TOKEN": "hunter2", "N": "7"}
    reading = Reader(environment, {"db__password_561B": "pass-word"}.__getitem__).read(config, PARENTS.__getitem__)
    (after,) = shown([change], reading, secret_outputs)
    assert (after.path, after.force_new) == (change.path, change.force_new)
    return after.old, after.new


def test_what_has_nothing_to_do_with_references_is_shown_as_it_is() -> None:
    assert seen({"a": 1}, FieldChange(path="a", old={"x": [1]}, new=1, force_new=True)) == ({"x": [1]}, 1)


@pytest.mark.parametrize("path", ["token", "config.token"])
def test_a_field_taken_from_a_variable_is_shown_as_the_config_has_it(path: str) -> None:
    change = FieldChange(path=path, old="before", new="hunter2")
    assert seen({"token": "${TOKEN}"}, change) == ("before", "${TOKEN}")


def test_a_field_that_is_not_known_yet_is_shown_as_its_reference() -> None:
    change = FieldChange(path="nets[0].id", old="n-1", new="${net.id}")
    assert seen({"nets": [{"id": "${net.id}"}]}, change) == ("n-1", "${net.id}")


def test_a_parent_of_such_a_field_is_shown_from_the_config_too() -> None:
    change = FieldChange(path="env", old={}, new={"T": "hunter2", "x": 1})
    assert seen({"env": {"T": "${TOKEN}", "x": 1}}, change) == ({}, {"T": "${TOKEN}", "x": 1})


def test_a_field_that_is_a_secret_is_never_shown() -> None:
    change = FieldChange(path="password", old="older", new="pass-word")
    assert seen({"password": "${db.password}"}, change) == ("(sensitive value)", "(sensitive value)")
    fresh = FieldChange(path="password", new="pass-word")
    assert seen({"password": "x${db.password}"}, fresh) == (None, "(sensitive value)")
    assert seen({}, FieldChange(path="key.pem", old="a", new="b"), key=SECRET) == (
        "(sensitive value)",
        "(sensitive value)",
    )


def test_values_in_clear_are_taken_out_of_any_other_field() -> None:
    config: Document = {"token": "${TOKEN}", "password": "${db.password}", "n": "${N}"}
    change = FieldChange(path="url", old=["u:pass-word@h", "own-secret"], new={"u": "x/hunter2/7", "n": "7"})
    assert seen(config, change, own="own-secret") == (
        ["u:(sensitive value)@h", "(sensitive value)"],
        {"u": "x/${TOKEN}/7", "n": "${N}"},
    )


def test_a_path_that_leads_nowhere_in_the_config_is_shown_without_values_in_clear() -> None:
    change = FieldChange(path="env.T.sub", old=None, new="hunter2!")
    assert seen({"env": {"T": "${TOKEN}"}}, change) == (None, "${TOKEN}!")


def test_known_outputs_are_shown_as_they_are() -> None:
    assert seen({"port": "${db.port}"}, FieldChange(path="port", old=1, new=5432)) == (1, 5432)


def test_the_longest_value_is_taken_out_first_and_empty_ones_never() -> None:
    assert redacted("secret-and-more", {"secret": "A", "secret-and-more-": "B", "secret-and": "C"}) == "C-more"
    reading = Reader({"E": ""}).read({"e": "${E}"}, PARENTS.__getitem__)
    assert shown([FieldChange(path="x", old="", new="text")], reading, {})[0].new == "text"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a", "a", True),
        ("a", "a.b", True),
        ("a[0]", "a", True),
        ("ab", "a", False),
        ("a.b", "a.c", False),
        ("", "a", False),
    ],
)
def test_paths_overlap_where_one_leads_into_the_other(one: str, other: str, same: bool) -> None:
    assert overlap(one, other) is same
