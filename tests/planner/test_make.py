from __future__ import annotations

import msgspec
import pytest

from tests.planner.cloud import (
    BASIS,
    DB,
    DECLARATION,
    DISK,
    FILE,
    KEY,
    Cloud,
    action,
    actions,
    having,
    planned,
    required,
    row,
    want,
)
from wfctl.core.plan import Operation, outline
from wfctl.errors import Kind, WfctlError
from wfctl.planner.inputs import plan_hash
from wfctl.planner.make import moment
from wfctl.planner.recovery import Compensability, RecoveryKind

C, U, R, D = Operation.CREATE, Operation.UPDATE, Operation.REPLACE, Operation.DELETE


def test_what_is_wanted_and_not_there_is_created_dependencies_first() -> None:
    made = planned(Cloud(), [want("web", on=["db"]), want("db"), want("dns", target="${web.url}")])
    assert actions(made) == [(C, "db"), (C, "web"), (C, "dns")]
    assert required(made) == {"db": set(), "web": {"db"}, "dns": {"web"}}
    assert made.unchanged == 0


def test_one_of_each_in_one_plan() -> None:
    cloud = Cloud(fixed=("bits",))
    cloud.put("key", KEY, bits=2048)
    cloud.put("index", FILE, text="old")
    cloud.put("same", FILE, text="same")
    cloud.put("gone", FILE)
    state = [
        row("gone", on=["key"]),
        row("index", outputs={"text": "old"}),
        row("key", KEY, outputs={"bits": 2048}),
        row("same", outputs={"text": "same"}),
    ]
    desired = [want("index", text="new"), want("same", text="same"), want("key", KEY, bits=4096), want("banner")]
    made = planned(cloud, desired, state)
    assert actions(made) == [(U, "index"), (R, "key"), (C, "banner"), (D, "gone")]
    assert required(made) == {"index": set(), "key": {"gone"}, "banner": set(), "gone": set()}
    assert made.unchanged == 1
    assert made.read == ("gone", "index", "key", "same")
    key = action(made, "key")
    assert key.reason == "bits cannot be changed in place"
    assert [(change.path, change.old, change.new, change.force_new) for change in key.changes or ()] == [
        ("bits", 2048, 4096, True)
    ]
    assert [note.create_first for note in made.notes] == [False, True, False, False]


def test_nothing_to_do() -> None:
    cloud = Cloud()
    cloud.put("a", text="x")
    made = planned(cloud, [want("a", text="x")], [row("a", outputs={"text": "x"})])
    assert made.plan.actions is None
    assert made.unchanged == 1
    assert made.compensability == Compensability(compensable=0, total=0)


def test_the_plan_says_what_it_was_made_of() -> None:
    cloud = Cloud()
    desired = [want("a", region="${REGION}")]
    made = planned(cloud, desired, environment={"REGION": "nyc3"}).plan
    assert made.id == "plan-1795248000250000000"
    assert made.created_at == "2026-11-21T08:00:00.25Z"
    assert made.plan_hash == plan_hash(desired, {"REGION": "nyc3"})
    assert made.input_snapshot == {"REGION": "cf53bae59ce9e61e"}
    assert (made.workspace, made.lineage, made.prior_serial) == ("default", "1c61", 12)
    assert made.prior_state_digest == "5d5d"
    assert made.plugin_digests == {"cloud": "sha256:ab12"}
    assert made.engine_version == "0.1.0"
    assert made.schema_version == 1
    assert made.expires_at == ""
    assert made.generator_metadata is not None
    assert [(one.name, one.version) for one in made.generator_metadata.plugins] == [("local", "0.1.0")]


def test_a_plan_may_be_good_for_some_time_only() -> None:
    basis = msgspec.structs.replace(BASIS, valid_for=3600.0)
    assert planned(Cloud(), [want("a")], basis=basis).plan.expires_at == "2026-11-21T09:00:00.25Z"


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_795_248_000_000_000_001, "2026-11-21T08:00:00.000000001Z"),
        (1_795_248_000_120_000_000, "2026-11-21T08:00:00.12Z"),
    ],
)
def test_moments_are_written_as_go_writes_them(nanoseconds: int, text: str) -> None:
    assert moment(nanoseconds) == text


def test_destroy_takes_everything_down_dependants_first() -> None:
    cloud = Cloud()
    state = [row("a"), row("b", on=["a"]), row("c", on=["b"])]
    for one in state:
        cloud.put(one.name)
    made = planned(cloud, [want("a"), want("x", text="${UNSET}")], state, destroy=True)
    assert actions(made) == [(D, "c"), (D, "b"), (D, "a")]
    assert required(made) == {"c": set(), "b": {"c"}, "a": {"b"}}
    assert made.plan.operation == "destroy"
    assert {one.reason for one in made.plan.steps} == {"everything is taken down"}
    assert {one.resource.config for one in made.plan.steps} == {None}


def test_the_plan_order_and_the_requirements_please_the_core() -> None:
    cloud = Cloud()
    cloud.put("old")
    made = planned(cloud, [want("a", on=["b"]), want("b")], [row("old", on=["a"])])
    assert [one.requires for one in outline(made.plan)] == [(), (0,), ()]


def test_a_circle_is_refused_with_the_way_round() -> None:
    with pytest.raises(WfctlError) as caught:
        planned(Cloud(), [want("a", on=["b"]), want("b", text="${c.id}"), want("c", on=["a"])])
    assert caught.value.code == "DEPENDENCY_CIRCLE"
    assert caught.value.message == "resources depend on each other in a circle: c -> a -> b -> c"
    assert caught.value.details == ("infra.yaml:1:3 c", "infra.yaml:1:3 a", "infra.yaml:1:3 b")


def test_who_rests_on_whom_stays_known_when_references_are_filled_in() -> None:
    cloud = Cloud()
    cloud.put("net", cidr="10.0.0.0/8")
    made = planned(
        cloud,
        [want("net"), want("host", net="${net.id}", on=["other"]), want("other")],
        [row("net", outputs={"cidr": "10.0.0.0/8"})],
    )
    host = action(made, "host").resource
    assert host.config == {"net": "id-net"}
    assert host.depends_on == ("other", "net")


def test_references_to_what_changes_stay_and_make_a_plan_of_version_two() -> None:
    made = planned(Cloud(), [want("net"), want("host", net="${net.id}")])
    assert made.plan.schema_version == 2
    assert action(made, "host").resource.config == {"net": "${net.id}"}
    assert made.notes[1].changes[0].awaited == ("net.id",)


def test_every_mistake_is_shown_at_once() -> None:
    with pytest.raises(WfctlError) as caught:
        planned(Cloud(), [want("a", x="${UNSET}"), want("bb", x="${nobody.id}"), want("c")])
    assert (caught.value.kind, caught.value.code) == (Kind.CONFIG, "CONFIG_UNUSABLE")
    assert caught.value.details == (
        "infra.yaml:1:3: local.file.a: ${UNSET} at x: the environment variable UNSET is not set",
        "infra.yaml:2:3: local.file.bb: ${nobody.id} at x: nobody has no output id, or is not known yet",
    )


def test_protected_and_quarantined_resources_are_guarded() -> None:
    cloud = Cloud()
    cloud.put("a")
    with pytest.raises(WfctlError, match="protected"):
        planned(cloud, [], [having(row("a"), protected=True)])
    with pytest.raises(WfctlError) as caught:
        planned(cloud, [], [having(row("a"), mark="quarantined")], mark_runs={"a": "r-7k3q"})
    assert caught.value.kind is Kind.NEEDS_PERSON
    assert "wfctl settle r-7k3q local.file.a" in caught.value.hint


def test_what_a_quarantine_does_not_touch_goes_on() -> None:
    cloud = Cloud()
    cloud.put("a", text="x")
    state = [having(row("a", outputs={"text": "x"}), mark="quarantined")]
    made = planned(cloud, [want("a", text="x"), want("b")], state, mark_runs={"a": "r-7k3q"})
    assert actions(made) == [(C, "b")]
    (remark,) = made.remarks
    assert remark.address == "local.file.a"
    assert "wfctl settle r-7k3q local.file.a --as 'present:ID|absent'" in remark.message


def test_what_can_be_taken_back_is_told_and_may_be_demanded() -> None:
    desired = [want("f"), want("k", KEY), want("d", DISK), want("db", DB)]
    made = planned(Cloud(), desired)
    assert [note.recovery.kind for note in made.notes] == [
        RecoveryKind.DELETE,
        RecoveryKind.CUSTOM,
        RecoveryKind.DELETE,
        RecoveryKind.NONE,
    ]
    assert made.compensability == Compensability(
        compensable=3, total=4, not_compensable=(("local.database.db", "no undo of create declared"),)
    )
    with pytest.raises(WfctlError) as caught:
        planned(Cloud(), desired, require_compensable=True)
    assert (caught.value.kind, caught.value.code) == (Kind.POLICY, "NOT_COMPENSABLE")
    assert caught.value.details == ("local.database.db (no undo of create declared)",)
    assert planned(Cloud(), desired[:3], require_compensable=True).compensability.total == 3


def test_two_providers_in_one_plan() -> None:
    other = Cloud(msgspec.structs.replace(DECLARATION, name="other", digest=""))
    cloud = Cloud()
    other.put("b")
    made = planned({"cloud": cloud, "other": other}, [want("a"), want("b", provider="other")])
    assert [one.provider_ref for one in made.plan.steps] == ["cloud", "other"]
    assert made.plan.plugin_digests == {"cloud": "sha256:ab12"}


def test_only_what_is_included_is_planned() -> None:
    cloud = Cloud()
    cloud.put("net", cidr="10/8")
    state = [row("net", outputs={"cidr": "10/8"}), row("left")]
    desired = [want("net", cidr="10/9"), want("host", cidr="${net.cidr}"), want("other")]
    made = planned(cloud, desired, state, include=("host",))
    assert actions(made) == [(C, "host")]
    assert action(made, "host").resource.config == {"cidr": "10/8"}
    assert made.plan.include == ("host",)
    assert cloud.calls == []


def test_ten_thousand_resources_as_wanted_are_compared_some_at_a_time() -> None:
    cloud = Cloud()
    names = [f"n{i:05d}" for i in range(10_000)]
    for name in names:
        cloud.put(name, text="x")
    desired = [want(name, text="x", on=names[i - 1 : i]) for i, name in enumerate(names)]
    made = planned(cloud, desired, [row(name, outputs={"text": "x"}) for name in names])
    assert made.plan.actions is None
    assert made.unchanged == len(made.read) == 10_000
    assert len(cloud.calls) == 20_000
    assert cloud.most == 8


def test_a_chain_of_ten_thousand_references() -> None:
    names = [f"n{i:05d}" for i in range(10_000)]
    desired = [want(name, up=f"${{{names[i - 1]}.id}}" if i else "") for i, name in enumerate(names)]
    made = planned(Cloud(), desired[::-1])
    assert [name for _, name in actions(made)] == names
    assert made.plan.steps[-1].requires == (9_998,)
