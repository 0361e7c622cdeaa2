from __future__ import annotations

import pytest

from tests.planner.cloud import Cloud, actions, having, planned, row, want
from wfctl.core.plan import Operation
from wfctl.errors import Kind, WfctlError
from wfctl.planner.request import Desired


def test_a_provider_that_is_not_configured_is_a_mistake_where_it_is_wanted() -> None:
    with pytest.raises(WfctlError) as caught:
        planned(Cloud(), [want("a", provider="nowhere")])
    assert caught.value.details == ("infra.yaml:1:3: local.file.a: there is no provider module 'nowhere'",)


@pytest.mark.parametrize("desired", [[], [want("a")]])
def test_what_a_lost_provider_made_can_neither_go_nor_be_replaced(desired: list[Desired]) -> None:
    with pytest.raises(WfctlError) as caught:
        planned(Cloud(), desired, [having(row("a"), provider_ref="lost")])
    (mistake,) = caught.value.details
    assert mistake.startswith("local.file.a: the provider module 'lost' that made it is not configured any more")
    assert mistake.endswith("put the module back")


def test_a_row_of_nobody_that_is_not_wanted_is_a_mistake() -> None:
    with pytest.raises(WfctlError, match="the state does not say who made it"):
        planned(Cloud(), [], [having(row("a"), provider_ref="")])


def test_what_is_gone_already_needs_no_old_provider() -> None:
    half = having(row("a"), provider_ref="lost", mark="half_replaced", provider_id="")
    assert actions(planned(Cloud(), [want("a")], [half])) == [(Operation.CREATE, "a")]


def test_an_include_of_nothing_known_is_a_mistake() -> None:
    with pytest.raises(WfctlError) as caught:
        planned(Cloud(), [want("a")], [row("b")], include=("a", "b", "x"))
    assert (caught.value.kind, caught.value.code) == (Kind.USAGE, "INCLUDE_UNKNOWN")


def test_an_include_limits_deletes_too() -> None:
    cloud = Cloud()
    cloud.put("b")
    made = planned(cloud, [want("a")], [row("b"), row("c")], include=("b",))
    assert actions(made) == [(Operation.DELETE, "b")]
    assert actions(planned(cloud, [], [row("b"), row("c")], include=("b",), destroy=True)) == [(Operation.DELETE, "b")]
