from __future__ import annotations

from wfctl.app.redaction import MASK, Redactor


def test_secrets_are_taken_out_by_value_as_they_become_known() -> None:
    known: list[frozenset[str]] = [frozenset()]
    redact = Redactor(lambda: known[0], ["from-the-start"])
    assert redact("from-the-start and later-known") == f"{MASK} and later-known"
    known[0] = frozenset({"later-known"})
    assert redact("from-the-start and later-known") == f"{MASK} and {MASK}"


def test_a_secret_that_begins_like_another_leaves_nothing_behind() -> None:
    redact = Redactor(frozenset, ["hunter2", "hunter2-and-more", "a.*b"])
    assert redact("hunter2-and-more, hunter2, a.*b, axxb") == f"{MASK}, {MASK}, {MASK}, axxb"


def test_values_that_stand_in_every_text_are_left() -> None:
    redact = Redactor(frozenset, ["", "1", "yes"])
    assert redact("yes, 1 of 1") == "yes, 1 of 1"


def test_a_secret_of_many_lines_is_found_with_its_line_ends_changed() -> None:
    lines = [
        "-----BEGIN PRIVATE KEY-----",
        "b3BlbnNzaC1rZXktdjEA",
        "AIiVYPuClWD7ggAAAAtz",
        "ok",
        "-----END PRIVATE KEY-----",
    ]
    redact = Redactor(frozenset, ["\n".join(lines) + "\n"])
    assert redact("\n".join(lines) + "\n") == MASK
    assert redact(" ".join(lines)) == f"{lines[0]} {MASK} {MASK} ok {lines[-1]}"
    assert redact("\r\n".join(lines)) == f"{lines[0]}\r\n{MASK}\r\n{MASK}\r\nok\r\n{lines[-1]}"
    assert redact("another -----BEGIN PRIVATE KEY-----") == "another -----BEGIN PRIVATE KEY-----"


def test_a_secret_is_found_as_json_writes_it() -> None:
    redact = Redactor(frozenset, ['pass"word', "two\nlines"])
    assert redact(r'{"a": "pass\"word", "b": "two\nlines"}') == f'{{"a": "{MASK}", "b": "{MASK}"}}'
