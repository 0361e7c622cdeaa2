"""Scripts are read turn by turn, and what has no meaning is refused with the place where it stands."""

from __future__ import annotations

import pytest
from wfctl_plugin_scripted.script import BadScript, Script, parse
from wfctl_plugin_scripted.vocabulary import BEHAVIOURS, COMMON


def does(script: Script, call: str, turns: int) -> list[str]:
    return [script.of(call).at(number).do for number in range(turns)]


def test_without_a_script_everything_goes_as_it_should() -> None:
    assert does(parse(None), "create", 2) == ["ok", "ok"]


def test_one_word_counts_every_time() -> None:
    assert does(parse({"create": "lost"}), "create", 3) == ["lost", "lost", "lost"]


def test_a_list_is_taken_one_by_one_and_then_all_is_well() -> None:
    script = parse({"delete": ["busy", {"do": "refuse", "as": "forbidden", "times": 2}]})
    assert does(script, "delete", 4) == ["busy", "refuse", "refuse", "ok"]
    assert script.of("delete").at(1).word("as") == "forbidden"


def test_an_argument_that_is_not_given_has_its_default() -> None:
    turn = parse({"create": "late"}).of("create").at(0)
    assert (turn.number("after"), turn.word("status"), turn.word("gate")) == (2, "unavailable", "")


def test_another_script_has_another_digest() -> None:
    assert parse({"read": "stale"}).digest != parse({"read": "absent"}).digest
    assert parse({"read": "stale", "look": "ok"}).digest == parse({"look": "ok", "read": "stale"}).digest


@pytest.mark.parametrize(
    ("script", "place", "words"),
    [
        ([], "script", "mapping from calls to turns"),
        ({"creat": "lie"}, "script", "did you mean create"),
        ({"create": "lye"}, "script.create", "did you mean lie"),
        ({"read": ["ok", "half"]}, "script.read[1]", "'half' is no read"),
        ({"create": 3}, "script.create", "name of a behaviour"),
        ({"create": {"do": 3}}, "script.create.do", "name of a behaviour"),
        ({"create": {"do": "lost", "state": "cut"}}, "script.create", "did you mean status"),
        ({"create": {"do": "lost", "status": "gone"}}, "script.create.status", "'gone' is no word here"),
        ({"create": [{"do": "ok", "times": 0}]}, "script.create[0].times", "from 1 to 1000"),
        ({"create": {"do": "ok", "delay_ms": "5"}}, "script.create.delay_ms", "whole number"),
        ({"create": {"do": "ok", "delay_ms": -5}}, "script.create.delay_ms", "from 0"),
        ({"create": {"do": "ok", "gate": 5}}, "script.create.gate", "a text"),
        ({"create": ["ok"] * 1001}, "script.create", "more than 1000 turns"),
        ({"create": {"meanwhile": {"put": 1}}}, "script.create.meanwhile", "thing somebody can do"),
        ({"create": {"meanwhile": {"remove": 1}}}, "script.create.meanwhile.remove", "true or false"),
        ({"create": {"meanwhile": {"set": 1}}}, "script.create.meanwhile.set", "fields to values"),
    ],
)
def test_what_has_no_meaning_is_refused_where_it_stands(script: object, place: str, words: str) -> None:
    with pytest.raises(BadScript) as refused:
        parse(script)
    assert refused.value.place == place
    assert words in str(refused.value)


def test_every_behaviour_can_be_written_for_every_call_that_knows_it() -> None:
    written = [(call, name) for name, behaviour in BEHAVIOURS.items() for call in behaviour.calls]
    assert len(written) > 100
    for call, name in written:
        said = {"do": name, **BEHAVIOURS[name].arguments, **COMMON}
        assert parse({call: [said]}).of(call).at(0).do == name
