from __future__ import annotations

import msgspec

from tests.planner.cloud import want
from wfctl.core.plan import Hints, ResourceSpec
from wfctl.planner.inputs import changed_inputs, fingerprint, plan_hash, snapshot
from wfctl.planner.request import Desired

# computed with the Go tool's own algorithm
EMPTY = "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
THREE = "14a6f7e9508d48768b96a571302136714e5cbdcdcd3a7588a82038016e822616"


def test_the_hash_of_what_is_wanted_is_upstreams() -> None:
    specs = [
        ResourceSpec(name="b", type="infra.vpc", config={"region": "${REGION}"}, depends_on=("a",)),
        ResourceSpec(name="a", type="infra.database", config=None, size="m", hints=Hints(cpu="1")),
        ResourceSpec(name="c", type="infra.dns", config={}, hints=Hints()),
    ]
    desired = [Desired(spec=spec, provider="cloud") for spec in specs]
    assert plan_hash(desired, {"REGION": "nyc3"}) == THREE
    assert plan_hash(desired, {"REGION": "ams3"}) != THREE
    assert plan_hash([], {}) == EMPTY


def test_references_variables_without_a_value_and_declared_secrets_are_hashed_as_text() -> None:
    text = want("a", x="${net.id}", y="${UNSET}", z="${KEY}")
    assert plan_hash([text], {"KEY": "1"}, ["KEY"]) == plan_hash([text], {"KEY": "2"}, ["KEY"])
    assert plan_hash([text], {"KEY": "1"}) != plan_hash([text], {"KEY": "2"})


def test_a_malformed_reference_is_hashed_as_text_too() -> None:
    assert plan_hash([want("a", x="${")], {}) != plan_hash([want("a", x="${}")], {})


def test_the_protection_of_a_module_counts() -> None:
    plain = want("a")
    guarded = msgspec.structs.replace(plain, protected=True)
    assert plan_hash([guarded], {}) == plan_hash([want("a", protected=True)], {}) != plan_hash([plain], {})


def test_variables_that_are_named_and_set_have_a_fingerprint() -> None:
    desired = [want("a", x="${REGION}/$TOKEN"), want("b", x="${UNSET} ${net.id}", env_vars={"L": "${REGION}"})]
    environment = {"REGION": "nyc3", "TOKEN": "t", "OTHER": "o"}
    assert snapshot(desired, environment) == {"REGION": "cf53bae59ce9e61e", "TOKEN": fingerprint("t")}
    assert snapshot([want("a")], environment) is None


def test_inputs_that_changed_are_named_in_order() -> None:
    before = {"C": fingerprint("c"), "A": fingerprint("a"), "B": fingerprint("b")}
    assert changed_inputs(before, {"A": "a", "B": "x"}) == [
        ("B", fingerprint("b"), fingerprint("x")),
        ("C", fingerprint("c"), "(unset)"),
    ]


def test_a_variable_that_is_not_utf8_has_a_fingerprint_too() -> None:
    assert len(fingerprint(b"\xff".decode(errors="surrogateescape"))) == 16
