from __future__ import annotations

import pytest

from tests.planner.cloud import DB, FILE, Cloud, action, actions, planned, row, want
from wfctl.core.outcome import Failure
from wfctl.core.plan import FieldChange, Operation
from wfctl.engine.ports import CallFailed, Diff, Reach
from wfctl.errors import WfctlError
from wfctl.planner.compare import operation_of, why_replaced

U, R, C = Operation.UPDATE, Operation.REPLACE, Operation.CREATE
SECRET = "secret_ref://db__password_561B"


def test_the_reading_of_a_comparison_is_upstreams() -> None:
    changed = FieldChange(path="a", new=1)
    forcing = FieldChange(path="b", new=1, force_new=True)
    assert operation_of(Diff()) is None
    assert operation_of(Diff(changes=(changed,))) is None
    assert operation_of(Diff(needs_update=True)) is U
    assert operation_of(Diff(needs_update=True, needs_replace=True)) is R
    assert operation_of(Diff(changes=(changed, forcing))) is R
    assert why_replaced(Diff(changes=(changed, forcing))) == "b cannot be changed in place"
    assert why_replaced(Diff(needs_replace=True)) == "it cannot be changed in place"


def test_the_driver_compares_in_clear_and_the_plan_keeps_the_text() -> None:
    cloud = Cloud()
    cloud.put("a", token="old-one")
    made = planned(
        cloud, [want("a", token="${TOKEN}")], [row("a", outputs={"token": "old-one"})], environment={"TOKEN": "hunter2"}
    )
    assert cloud.compared["a"][0].config == {"token": "hunter2"}
    assert action(made, "a").resource.config == {"token": "${TOKEN}"}
    assert action(made, "a").changes == (FieldChange(path="token", old="old-one", new="${TOKEN}"),)
    assert "hunter2" not in str(made.plan)


def test_secrets_of_the_state_are_compared_in_clear_where_the_vault_is_open() -> None:
    cloud = Cloud()
    cloud.put("db", DB, host="h")
    cloud.put("app", FILE, password="old-secret")
    state = [row("db", DB, outputs={"host": "h", "password": SECRET}), row("app", outputs={"password": SECRET + "2"})]
    vault = {"db__password_561B": "hunter2", "db__password_561B2": "old-secret"}
    made = planned(cloud, [want("db", DB), want("app", password="${db.password}")], state, secret=vault.__getitem__)
    spec, current = cloud.compared["app"]
    assert (spec.config, current.outputs) == ({"password": "hunter2"}, {"password": "old-secret"})
    assert action(made, "app").resource.config == {"password": SECRET}
    assert action(made, "app").changes == (
        FieldChange(path="password", old="(sensitive value)", new="(sensitive value)"),
    )
    assert made.notes[0].changes[0].sensitive
    assert "hunter2" not in str(made)
    assert "old-secret" not in str(made.plan)


def test_what_takes_an_output_of_an_updated_parent_is_updated_after_it() -> None:
    cloud = Cloud()
    cloud.put("net", cidr="a", port=1)
    cloud.put("host", port=1)
    state = [row("net", outputs={"cidr": "a", "port": 1}), row("host", outputs={"port": 1})]
    made = planned(cloud, [want("net", cidr="b"), want("host", port="${net.port}")], state)
    assert actions(made) == [(U, "net"), (U, "host")]
    assert action(made, "host").changes == (FieldChange(path="port", old=1, new="${net.port}"),)
    assert action(made, "host").reason == "net changes"
    assert made.notes[1].changes[0].awaited == ("net.port",)


def test_the_id_of_an_updated_parent_stays_and_moves_nothing() -> None:
    cloud = Cloud()
    cloud.put("net", cidr="a")
    cloud.put("host", net="id-net")
    state = [row("net", outputs={"cidr": "a"}), row("host", outputs={"net": "id-net"})]
    made = planned(cloud, [want("net", cidr="b"), want("host", net="${net.id}")], state)
    assert actions(made) == [(U, "net")]


def test_a_replaced_parent_changes_what_refers_to_it() -> None:
    cloud = Cloud(fixed=("cidr",))
    cloud.put("net", cidr="a")
    cloud.put("host", net="id-net")
    state = [row("net", outputs={"cidr": "a"}), row("host", outputs={"net": "id-net"})]
    made = planned(cloud, [want("net", cidr="b"), want("host", net="${net.id}")], state)
    assert actions(made) == [(R, "net"), (U, "host")]
    assert action(made, "host").changes == (FieldChange(path="net", old="id-net", new="${net.id}"),)
    assert made.notes[1].changes[0].awaited == ("net.id",)


def test_a_driver_decides_whether_an_unknown_value_replaces() -> None:
    cloud = Cloud(fixed=("cidr", "net"))
    cloud.put("net", cidr="a")
    cloud.put("host", net="id-net")
    state = [row("net", outputs={"cidr": "a"}), row("host", outputs={"net": "id-net"})]
    made = planned(cloud, [want("net", cidr="b"), want("host", net="${net.id}")], state)
    assert actions(made) == [(R, "net"), (R, "host")]


def test_a_driver_that_takes_no_reference_for_a_value_is_asked_with_the_old_one() -> None:
    cloud = Cloud(fixed=("cidr",))
    cloud.picky = True
    cloud.put("net", cidr="a")
    cloud.put("host", net="id-net", size=1)
    state = [row("net", outputs={"cidr": "a"}), row("host", outputs={"net": "id-net", "size": 1})]
    made = planned(cloud, [want("net", cidr="b"), want("host", net="${net.id}", size=2)], state)
    assert actions(made) == [(R, "net"), (U, "host")]
    assert cloud.compared["host"][0].config == {"net": "id-net", "size": 2}
    assert action(made, "host").changes == (
        FieldChange(path="size", old=1, new=2),
        FieldChange(path="net", new="${net.id}"),
    )
    assert [one.message for one in made.remarks] == [
        "${net.id} is not known yet, and Diff says: that is not an address"
    ]


def test_and_where_there_is_no_old_one_an_update_is_expected() -> None:
    cloud = Cloud()
    cloud.picky = True
    cloud.put("host", net="id-old")
    made = planned(cloud, [want("net"), want("host", net="${net.id}")], [row("host", outputs={"net": "id-old"})])
    assert actions(made) == [(C, "net"), (U, "host")]
    assert action(made, "host").changes == (FieldChange(path="net", new="${net.id}"),)


def test_other_failures_are_no_reason_to_guess() -> None:
    cloud = Cloud()
    cloud.put("host", net="id-old")
    cloud.refuse["diff", "host"] = CallFailed(Reach.REFUSED, Failure(code="unauthorized", message="no token"))
    with pytest.raises(WfctlError, match="no token"):
        planned(cloud, [want("net"), want("host", net="${net.id}")], [row("host", outputs={"net": "id-old"})])
    assert cloud.calls.count(("diff", "host")) == 1
