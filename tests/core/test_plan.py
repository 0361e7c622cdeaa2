"""What must succeed before what: as the planner wrote it, or as plans of other tools imply it."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfctl.core.plan import (
    UNDECLARED,
    Document,
    Mode,
    Operation,
    Plan,
    PlanAction,
    Provenance,
    ProviderDeclaration,
    ResourceSpec,
    ResourceState,
    TypeDeclaration,
    exports,
    outline,
    requirements,
)
from wfctl.errors import Kind, WfctlError


def action(
    name: str,
    operation: Operation = Operation.CREATE,
    *,
    on: tuple[str, ...] | None = None,
    recorded: tuple[str, ...] | None = None,
    requires: tuple[int, ...] | None = None,
    config: Document | None = None,
) -> PlanAction:
    """An action; `on` is what the config says it depends on, `recorded` what the state says."""
    resource = ResourceSpec(name=name, type="t", config=config, depends_on=on)
    current = None if operation is Operation.CREATE else ResourceState(name=name, type="t", dependencies=recorded)
    return PlanAction(action=operation, resource=resource, current=current, requires=requires)


def deletion(name: str, recorded: tuple[str, ...] = ()) -> PlanAction:
    return action(name, Operation.DELETE, recorded=recorded)


def refused(*actions: PlanAction) -> str:
    with pytest.raises(WfctlError) as caught:
        requirements(actions)
    assert (caught.value.kind, caught.value.code) == (Kind.CONFIG, "PLAN_INVALID")
    assert caught.value.hint
    return caught.value.message


class TestWritten:
    def test_what_the_planner_wrote_is_taken_sorted_and_each_once(self) -> None:
        plan = (action("a"), action("b"), action("c", requires=(1, 0, 1), on=("nobody",)))

        assert requirements(plan)[2] == (0, 1)

    def test_nothing_written_is_not_the_same_as_nothing_required(self) -> None:
        plan = (action("a"), action("b", on=("a",), requires=()), action("c", on=("a",)))

        assert requirements(plan) == [(), (), (0,)]

    @pytest.mark.parametrize("need", [-1, 1, 7])
    def test_an_action_that_is_not_in_the_plan_cannot_be_required(self, need: int) -> None:
        assert "requires an action that is not in the plan" in refused(action("a", requires=(need,)))

    def test_nor_can_an_action_require_itself(self) -> None:
        assert "action 1 (b)" in refused(action("a"), action("b", requires=(1,)))


class TestImplied:
    def test_on_the_way_up_dependencies_come_first_wherever_they_stand(self) -> None:
        plan = (action("app", on=("db", "net")), action("db", on=("net",)), action("net"))

        assert requirements(plan) == [(1, 2), (2,), ()]

    def test_a_reference_is_a_dependency(self) -> None:
        plan = (action("db"), action("app", config={"env": {"url": ["pg://${db.host}"], "home": "$db.host ${HOME}"}}))

        assert requirements(plan) == [(), (0,)]

    def test_what_is_not_in_the_plan_is_there_already(self) -> None:
        assert requirements((action("app", on=("net",), config={"x": "${vpc.id}"}),)) == [()]

    def test_on_the_way_down_dependants_go_first(self) -> None:
        plan = (deletion("net"), deletion("db", ("net",)), deletion("app", ("db", "net")))

        assert requirements(plan) == [(1, 2), (2,), ()]

    def test_what_moves_away_from_something_goes_before_that_is_deleted(self) -> None:
        plan = (deletion("old"), action("app", Operation.UPDATE, on=("new",), recorded=("old",)), action("new"))

        assert requirements(plan) == [(1,), (2,), ()]

    def test_without_recorded_dependencies_those_of_the_config_count(self) -> None:
        plan = (deletion("net"), action("app", Operation.REPLACE, on=("net",), recorded=None))

        assert requirements(plan) == [(1,), ()]

    def test_a_create_does_not_wait_for_a_deletion(self) -> None:
        assert requirements((deletion("net"), action("app", on=("net",)))) == [(1,), ()]


class TestRefused:
    def test_two_actions_for_one_name(self) -> None:
        assert refused(action("a"), action("b"), deletion("a")) == "the plan has two actions for a"

    def test_a_circle_names_who_is_in_it_and_behind_it(self) -> None:
        message = refused(
            action("free"), action("a", on=("b",)), action("b", on=("a",)), action("behind", on=("a", "free"))
        )

        assert message.endswith("in a circle: a, b, behind")

    def test_a_large_circle_does_not_fill_the_screen(self) -> None:
        ring = tuple(action(f"resource-{i}", on=(f"resource-{(i + 1) % 500}",)) for i in range(500))

        assert len(refused(*ring)) < 500


@given(st.integers(0, 2**32), st.integers(1, 60))
def test_a_plan_without_circles_is_never_refused_and_its_order_can_be_kept(seed: int, size: int) -> None:
    dice = random.Random(seed)
    names = [f"r{i}" for i in range(size)]
    below = {name: tuple(dice.sample(names[:i], dice.randint(0, min(i, 3)))) for i, name in enumerate(names)}
    actions = [
        action(name, dice.choice(list(Operation)), on=below[name], recorded=dice.choice([below[name], None, ()]))
        for name in names
    ]
    dice.shuffle(actions)
    required = requirements(tuple(actions))

    done: set[int] = set()
    while len(done) < size:
        free = [i for i, needs in enumerate(required) if i not in done and done.issuperset(needs)]
        assert free
        done.update(free)


def test_a_long_chain_is_no_deep_one() -> None:
    chain = tuple(action(f"r{i}", on=(f"r{i - 1}",) if i else ()) for i in range(20_000))

    assert requirements(chain)[-1] == (19_998,)


class TestOutline:
    def plan(self, *actions: PlanAction) -> Plan:
        return Plan(id="plan", actions=actions)

    def test_what_decisions_need_and_nothing_more(self) -> None:
        current = ResourceState(
            name="a",
            type="t",
            provider_ref="p",
            provider_id="x",
            applied_config={"size": 1},
            provenance=Provenance.ADOPTED,
        )
        one = PlanAction(
            action=Operation.UPDATE,
            resource=ResourceSpec(name="a", type="t", config={"size": 2}),
            current=current,
            provider_ref="p",
            hooks_only=("mail",),
        )
        (told,) = outline(self.plan(one))

        assert (told.index, told.operation, told.address, told.provider) == (0, Operation.UPDATE, "t.a", "p")
        assert (told.prior_id, told.prior_type, told.prior_provider) == ("x", "", "")
        assert (told.prior_provenance, told.prior_config, told.protected) == (Provenance.ADOPTED, True, False)
        assert told.hooks_only == ("mail",)

    def test_another_type_and_another_provider_are_told(self) -> None:
        current = ResourceState(name="a", type="was", provider_ref="q")
        one = PlanAction(
            action=Operation.REPLACE, resource=ResourceSpec(name="a", type="t"), current=current, provider_ref="p"
        )
        (told,) = outline(self.plan(one))

        assert (told.prior_type, told.prior_provider, told.prior_config) == ("was", "q", False)

    def test_of_a_create_there_is_nothing_from_before(self) -> None:
        (told,) = outline(self.plan(action("a")))

        assert (told.prior_id, told.prior_type, told.prior_provider, told.prior_config) == ("", "", "", False)

    @pytest.mark.parametrize(
        ("in_state", "config", "protected"),
        [
            (True, None, True),
            (False, {"protected": True}, True),
            (False, {"protected": "yes"}, False),
            (False, {"protected": False}, False),
            (False, None, False),
            (True, {"protected": False}, True),
        ],
    )
    def test_protected_is_what_state_or_config_says_is(
        self, in_state: bool, config: Document | None, protected: bool
    ) -> None:
        one = action("a", Operation.UPDATE, config=config)
        one = msgspec.structs.replace(one, current=ResourceState(name="a", type="t", protected=in_state))

        assert outline(self.plan(one))[0].protected is protected

    def test_no_actions_are_none(self) -> None:
        assert Plan(id="plan").steps == ()
        assert outline(Plan(id="plan")) == ()


def test_exports_are_the_outputs_that_others_refer_to() -> None:
    plan = Plan(
        id="plan",
        actions=(
            action("a", config={"x": "${b.port} ${b.host}", "y": ["${c.id}", "${HOME}"]}),
            action("d", config={"z": {"deep": "${b.port}"}}),
            action("e"),
        ),
    )

    assert exports(plan) == {"b": ("host", "port"), "c": ("id",)}


class TestDeclarations:
    @pytest.mark.parametrize("operation", list(Operation))
    def test_nothing_declared_is_nothing_undone(self, operation: Operation) -> None:
        assert UNDECLARED.undo(operation) is Mode.NONE

    @pytest.mark.parametrize("operation", list(Operation))
    def test_each_operation_has_a_mode_of_its_own(self, operation: Operation) -> None:
        declared = msgspec.convert({f"undo_{operation}": "custom"}, TypeDeclaration)

        assert [other for other in Operation if declared.undo(other) is Mode.CUSTOM] == [operation]

    def test_an_undeclared_type_holds_data_and_is_called_one_at_a_time(self) -> None:
        provider = ProviderDeclaration(name="p", types={"t": TypeDeclaration(stateless=True)})

        assert provider.declaration("t").stateless
        assert not provider.declaration("other").stateless
        assert provider.max_concurrency == 1
