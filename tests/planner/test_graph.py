from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfctl.core.plan import Operation
from wfctl.planner.graph import after, circle, plan_order, requirements

C, U, R, D = Operation.CREATE, Operation.UPDATE, Operation.REPLACE, Operation.DELETE
Edges = dict[str, list[str]]


def required(actions: dict[str, Operation], needs: Edges, recorded: Edges) -> dict[str, set[str]]:
    """What each action requires, by name."""
    order = plan_order(actions, needs, recorded)
    found = requirements(order, actions, needs, recorded)
    return {name: {order[j] for j in found[i]} for i, name in enumerate(order)}


def test_dependencies_come_first_and_the_config_decides_the_rest() -> None:
    actions = {"web": C, "db": C, "net": C, "dns": C}
    assert plan_order(actions, {"web": ["db", "net"], "db": ["net"]}, {}) == ["net", "db", "web", "dns"]


def test_resources_without_an_action_are_walked_through() -> None:
    actions = {"web": U, "net": R}
    needs = {"web": ["db"], "db": ["net"]}
    assert plan_order(actions, needs, {}) == ["net", "web"]
    assert required(actions, needs, {}) == {"net": set(), "web": {"net"}}


def test_deletes_come_last_dependants_first() -> None:
    actions = {"new": C, "net": D, "db": D, "web": D}
    recorded = {"web": ["db"], "db": ["net"]}
    assert plan_order(actions, {}, recorded) == ["new", "web", "db", "net"]
    assert required(actions, {}, recorded) == {"new": set(), "web": set(), "db": {"web"}, "net": {"db"}}


def test_a_delete_waits_until_a_former_dependant_has_let_go() -> None:
    actions = {"web": U, "db": D}
    assert required(actions, {}, {"web": ["db"]}) == {"web": set(), "db": {"web"}}


def test_a_delete_waits_through_dependants_that_do_not_change() -> None:
    actions = {"dns": D, "net": D}
    assert required(actions, {}, {"dns": ["web"], "web": ["net"]}) == {"dns": set(), "net": {"dns"}}


def test_a_delete_does_not_wait_for_something_that_is_made_anew() -> None:
    actions = {"web": C, "db": D}
    assert required(actions, {}, {"web": ["db"]}) == {"web": set(), "db": set()}


def test_a_replace_waits_for_the_deletes_of_what_used_it() -> None:
    actions = {"net": R, "old": D}
    assert required(actions, {}, {"old": ["net"]}) == {"net": {"old"}, "old": set()}


def test_a_replace_does_not_wait_for_a_delete_that_waits_for_it() -> None:
    # old goes only when app has let go of it, and app changes only when net is new
    actions = {"net": R, "app": U, "old": D}
    recorded = {"old": ["net"], "app": ["old"]}
    assert required(actions, {"app": ["net"]}, recorded) == {"net": set(), "app": {"net"}, "old": {"app"}}


def test_a_replace_waits_although_other_work_has_to_come_before_that_delete() -> None:
    actions = {"net": R, "app": U, "old": D}
    recorded = {"old": ["net"], "app": ["old"]}
    assert required(actions, {}, recorded) == {"net": {"old"}, "app": set(), "old": {"app"}}


def test_dependencies_recorded_in_a_circle_block_nothing() -> None:
    actions = {"a": D, "b": D, "c": D}
    recorded = {"a": ["b"], "b": ["a"], "c": ["c", "a"]}
    assert plan_order(actions, {}, recorded) == ["c", "a", "b"]
    assert required(actions, {}, recorded) == {"c": set(), "a": {"c"}, "b": {"a"}}


def test_unknown_names_are_no_dependencies() -> None:
    assert required({"a": C}, {"a": ["nobody"]}, {"a": ["nobody"]}) == {"a": set()}


@pytest.mark.parametrize(
    ("edges", "found"),
    [
        ({"a": ["b"], "b": ["c"], "c": []}, ()),
        ({"a": ["a"]}, ("a", "a")),
        ({"a": ["b"], "b": ["a"]}, ("b", "a", "b")),
        ({"x": ["a"], "a": ["b"], "b": ["c", "y"], "c": ["a"], "y": []}, ("c", "a", "b", "c")),
        ({"a": ["elsewhere"]}, ()),
        ({}, ()),
    ],
)
def test_a_circle_is_shown_all_the_way_round(edges: Edges, found: tuple[str, ...]) -> None:
    assert circle(edges) == found


def test_a_chain_of_many_thousands_both_ways() -> None:
    names = [f"n{i}" for i in range(20_000)]
    chain = {name: [names[i - 1]] if i else [] for i, name in enumerate(names)}
    assert circle(chain) == ()
    assert required(dict.fromkeys(reversed(names), C), chain, {})["n19999"] == {"n19998"}
    assert plan_order(dict.fromkeys(names, D), {}, chain) == names[::-1]
    assert required(dict.fromkeys(names, D), {}, chain)["n0"] == {"n1"}
    far_apart = required({"n0": U, "n19999": U}, chain, {})
    assert far_apart == {"n0": set(), "n19999": {"n0"}}


names = st.sampled_from("abcdefgh")
edges = st.dictionaries(names, st.lists(names, max_size=3), max_size=8)


@given(st.dictionaries(names, st.sampled_from(list(Operation)), max_size=8), edges, edges)
def test_every_world_can_be_worked_off(actions: dict[str, Operation], wanted: Edges, recorded: Edges) -> None:
    # what is wanted has no circles: the config is refused otherwise; and what goes is not wanted
    place = {name: i for i, name in enumerate("abcdefgh")}
    gone = {name for name, action in actions.items() if action is D}
    needs = {
        name: [need for need in found if place[need] < place[name] and need not in gone]
        for name, found in wanted.items()
        if name not in gone
    }
    order = plan_order(actions, needs, recorded)
    assert sorted(order) == sorted(actions)
    found = requirements(order, actions, needs, recorded)
    done: set[int] = set()
    while ready := [i for i, before in enumerate(found) if i not in done and done.issuperset(before)]:
        done.update(ready)
    assert len(done) == len(order), "the actions wait for each other"
    for i, before in enumerate(found):
        assert i not in before
        assert list(before) == sorted(set(before))
    ups = [name for name in order if actions[name] is not D]
    assert order[: len(ups)] == ups
    for name in ups:
        for need in needs.get(name, ()):
            assert need not in actions or ups.index(need) < ups.index(name)


@given(edges)
def test_a_circle_is_found_exactly_where_there_is_one(found: Edges) -> None:
    def reaches(start: str) -> set[str]:
        return set(after(found.get(start, ()), found))

    there_is_one = any(name in reaches(name) for name in found)
    around = circle(found)
    assert bool(around) == there_is_one
    if around:
        assert around[0] == around[-1]
        assert all(step in found[name] for name, step in pairwise(around))
