from __future__ import annotations

import msgspec
import pytest

from tests.planner.cloud import DB, Cloud, action, actions, having, planned, row, want
from wfctl.core.outcome import Failure
from wfctl.core.plan import FieldChange, Operation, Provenance
from wfctl.engine.ports import CallFailed, Output, Reach
from wfctl.errors import Kind, WfctlError
from wfctl.planner.refresh import Drift, DriftKind, sanitised

SECRET = "secret_ref://db__password_561B"


def test_outputs_are_taken_as_they_are_now() -> None:
    cloud = Cloud()
    cloud.put("a", port=2)
    made = planned(cloud, [want("a"), want("b", port="${a.port}")], [row("a", outputs={"port": 1})])
    assert action(made, "b").resource.config == {"port": 2}
    assert made.drift == (
        Drift(
            name="a",
            type="local.file",
            kind=DriftKind.CHANGED,
            changes=(FieldChange(path="port", old=1, new=2),),
        ),
    )
    assert made.refreshed["a"].outputs == {"port": 2}


def test_without_a_refresh_nothing_is_read_and_the_state_is_believed() -> None:
    cloud = Cloud()
    made = planned(cloud, [want("a", port=1)], [row("a", outputs={"port": 1})], refresh=False)
    assert cloud.calls == [("diff", "a")]
    assert (actions(made), made.read, made.drift) == ([], (), ())


def test_what_is_provably_gone_is_made_anew() -> None:
    made = planned(Cloud(), [want("a"), want("b", a="${a.id}")], [row("a")])
    assert actions(made) == [(Operation.CREATE, "a"), (Operation.CREATE, "b")]
    assert action(made, "a").current is None
    assert action(made, "a").reason == "it was deleted outside wfctl"
    assert action(made, "b").resource.config == {"a": "${a.id}"}
    assert [one.kind for one in made.drift] == [DriftKind.DELETED]


def test_what_is_gone_and_not_wanted_leaves_the_state_by_a_delete() -> None:
    made = planned(Cloud(), [], [row("a")])
    assert actions(made) == [(Operation.DELETE, "a")]
    assert made.plan.steps[0].reason == "it is not in the configuration; it was deleted outside wfctl already"


def test_where_a_driver_cannot_tell_a_persons_word_stands() -> None:
    cloud = Cloud()
    cloud.refuse["read", "a"] = CallFailed(Reach.ANSWERED, Failure(code="failed", message="who knows"))
    settled = msgspec.structs.replace(row("a", outputs={"text": "x"}), provenance=Provenance.SETTLED)
    made = planned(cloud, [want("a", text="x")], [settled])
    assert actions(made) == []
    assert [str(one) for one in made.remarks] == ["local.file.a: is taken to be there as settled: who knows"]
    doubtful = msgspec.structs.replace(row("a", outputs={"text": "x"}), mark="quarantined")
    made = planned(cloud, [want("a", text="x")], [doubtful])
    assert [str(one) for one in made.remarks][:1] == ["local.file.a: is still in doubt: who knows"]
    cloud.refuse["read", "a"] = CallFailed(Reach.IN_DOUBT, Failure(code="unavailable", message="no answer"))
    with pytest.raises(WfctlError, match="no answer"):
        planned(cloud, [want("a", text="x")], [settled])


def test_what_is_perhaps_gone_is_kept_and_remarked_on() -> None:
    cloud = Cloud()
    cloud.likely.add("a")
    made = planned(cloud, [want("a", text="x")], [row("a", outputs={"text": "x"})])
    assert actions(made) == []
    assert [one.kind for one in made.drift] == [DriftKind.PERHAPS_DELETED]
    assert [str(one) for one in made.remarks] == [
        "local.file.a: may have been deleted outside wfctl; it is planned as if it were there"
    ]


def test_half_replaced_resources_and_those_without_an_id_are_not_read() -> None:
    cloud = Cloud()
    cloud.put("b", text="x")
    state = [having(row("a"), mark="half_replaced", provider_id=""), having(row("b"), provider_id="")]
    planned(cloud, [want("a"), want("b", text="x")], state)
    assert cloud.calls == [("diff", "b")]


def test_a_read_that_fails_stops_the_plan_with_all_that_failed() -> None:
    cloud = Cloud()
    for name in ("a", "b"):
        cloud.put(name)
        cloud.refuse["read", name] = CallFailed(Reach.REFUSED, Failure(code="unauthorized", message="no token"))
    with pytest.raises(WfctlError) as caught:
        planned(cloud, [want("a"), want("b")], [row("a"), row("b")])
    assert (caught.value.kind, caught.value.code) == (Kind.CONFIG, "DRIVER_FAILED")
    assert caught.value.details == ("local.file.a: Read: no token", "local.file.b: Read: no token")
    assert ("diff", "a") not in cloud.calls


def test_a_secret_that_is_read_back_stays_a_reference_or_is_left_out() -> None:
    cloud = Cloud()
    cloud.put("db", DB, sensitive=("password", "token"), password="hunter2", token="t0ken", host="h")
    before = row("db", DB, outputs={"host": "h", "password": SECRET})
    made = planned(cloud, [want("db", DB, host="g")], [before])
    assert (action(made, "db").current or before).outputs == {"host": "h", "password": SECRET}
    assert made.refreshed["db"].outputs == {"host": "h", "password": SECRET}
    assert made.drift == ()
    assert "hunter2" not in str(made)
    assert "t0ken" not in str(made)


def test_a_driver_that_forgets_to_say_what_is_secret_does_not_give_it_away() -> None:
    answer = Output(name="db", type=DB, provider_id="1", outputs={"password": "hunter2", "host": "h"})
    assert sanitised(answer, {"password": SECRET}).outputs == {"host": "h", "password": SECRET}


def test_an_answer_without_outputs_keeps_those_of_the_state() -> None:
    answer = Output(name="db", type=DB, provider_id="1")
    assert sanitised(answer, {"host": "h"}).outputs == {"host": "h"}
    assert sanitised(answer, None).outputs is None
