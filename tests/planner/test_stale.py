from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.planner.cloud import BASIS, DECLARATION, Cloud, planned, row, want
from wfctl.core.plan import Plan
from wfctl.errors import Kind, WfctlError
from wfctl.planner.file import read, write
from wfctl.planner.inputs import fingerprint
from wfctl.planner.stale import Present, moved, refuse_stale

DESIRED = (want("a", region="${REGION}"), want("b", x="${a.id}"))
NOW = Present(basis=BASIS, desired=DESIRED, environment={"REGION": "nyc3"}, providers={"cloud": DECLARATION})


def made(**fields: object) -> Plan:
    return planned(Cloud(), DESIRED, (), environment={"REGION": "nyc3"}, **fields).plan


def later(**fields: object) -> Present:
    return msgspec.structs.replace(NOW, **fields)


def basis(**fields: object) -> Present:
    return later(basis=msgspec.structs.replace(BASIS, **fields))


def test_a_plan_fits_the_world_it_was_made_in(tmp_path: Path) -> None:
    plan = made()
    assert moved(plan, NOW) == ()
    write(plan, tmp_path / "p.json")
    refuse_stale(read(tmp_path / "p.json"), basis(now=BASIS.now + 10 * 365 * 86400.0))


@pytest.mark.parametrize(
    ("present", "what"),
    [
        (basis(serial=14), "state: serial 12 -> 14"),
        (basis(lineage="77"), "state: it is another one (lineage 1c61 -> 77)"),
        (basis(state_digest="eeee"), "state: its content (serial 12, digest 5d5d -> eeee)"),
        (basis(workspace="staging"), "workspace: default -> staging"),
        (later(desired=DESIRED[:1]), "configuration: it is not what the plan was made for"),
        (
            later(environment={"REGION": "ams3"}),
            f"variable REGION: fingerprint {fingerprint('nyc3')} -> {fingerprint('ams3')}",
        ),
        (later(environment={}), f"variable REGION: fingerprint {fingerprint('nyc3')} -> (unset)"),
        (later(providers={}), "provider cloud: it is not configured any more"),
        (
            later(providers={"cloud": msgspec.structs.replace(DECLARATION, digest="sha256:cd34")}),
            "provider cloud: its plugin is another build (sha256:ab12 -> sha256:cd34)",
        ),
    ],
)
def test_what_moved_is_named(present: Present, what: str) -> None:
    assert moved(made(), present) == (what,)


def test_everything_that_moved_is_named_at_once() -> None:
    present = later(
        basis=msgspec.structs.replace(BASIS, serial=14, workspace="x"), environment={"REGION": "x"}, providers={}
    )
    with pytest.raises(WfctlError) as caught:
        refuse_stale(made(), present)
    assert (caught.value.kind, caught.value.code) == (Kind.STALE_PLAN, "PLAN_STALE")
    assert caught.value.message == "the plan plan-1795248000250000000 is stale: 4 things moved since it was made"
    assert [line.split(":")[0] for line in caught.value.details] == [
        "workspace",
        "state",
        "variable REGION",
        "provider cloud",
    ]


def test_a_plan_made_on_an_empty_state_does_not_fit_a_full_one() -> None:
    empty = msgspec.structs.replace(BASIS, serial=0, state_digest="")
    assert moved(made(basis=empty), NOW) == ("state: serial 0 -> 12",)


def test_a_plan_that_is_good_for_an_hour() -> None:
    plan = made(basis=msgspec.structs.replace(BASIS, valid_for=3600.0))
    assert moved(plan, basis(now=BASIS.now + 3600.0)) == ()
    assert moved(plan, basis(now=BASIS.now + 3600.001)) == ("time: the plan was valid until 2026-11-21T09:00:00.25Z",)


def test_plugins_that_were_not_started_are_not_compared() -> None:
    assert moved(made(), later(providers=None)) == ()


def test_a_plan_of_some_resources_is_compared_with_these() -> None:
    plan = made(include=("a",))
    assert moved(plan, later(desired=DESIRED[:1])) == ()
    assert moved(plan, later(desired=(want("a", region="x"),))) != ()


def test_a_plan_to_take_down_does_not_care_what_is_wanted() -> None:
    cloud = Cloud()
    cloud.put("a")
    plan = planned(cloud, DESIRED, [row("a")], destroy=True).plan
    assert moved(plan, later(desired=(), environment={})) == ()


def test_a_plan_of_the_go_tool_is_checked_as_far_as_its_keys_allow() -> None:
    plan = made()
    theirs = Plan(id="plan-1", plan_hash=plan.plan_hash, schema_version=1)
    assert moved(theirs, basis(serial=99, lineage="x", workspace="y")) == ()
    assert moved(theirs, later(environment={"REGION": "ams3"})) == (
        "configuration: it is not what the plan was made for",
    )
