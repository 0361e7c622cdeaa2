"""Carrying out: every order has exactly one answer, and nothing that must stay here goes out."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from tests.engine.fakes import TYPE, FakeDriver, FakeHooks, document
from tests.engine.scene import Scene, body_of, creates, deletes, replaces, run, updates, was
from wfctl.core import events
from wfctl.core.canonical import config_hash
from wfctl.core.commands import DispatchAction, Finalize, FinishRun, RunHook, StartBackoff
from wfctl.core.outcome import CausePhase, Existence, Failure, RunResult
from wfctl.core.plan import (
    Deferral,
    Effect,
    HookFailure,
    HookPoint,
    HookSpec,
    PlanAction,
    Provenance,
    ProviderDeclaration,
    RunPolicy,
    Step,
    TypeDeclaration,
)
from wfctl.engine.perform import HOOKS_AT_ONCE
from wfctl.engine.ports import (
    Absence,
    CallFailed,
    FinalizeAnswer,
    FinalizeResult,
    HookCall,
    HookReport,
    Output,
    Reach,
)

NO = Failure(code="refused", message="no")


def hook(name: str = "smoke", on: HookPoint = HookPoint.APPLIED, **more: object) -> HookSpec:
    options = {"name": name, "on": on, "exec": ["./smoke", "now"], "on_failure": HookFailure.STOP, **more}
    return msgspec.convert(options, HookSpec)


def applied(event: events.Event) -> events.ActionApplied:
    assert isinstance(event, events.ActionApplied), event
    return event


class TestCreate:
    def test_the_config_goes_out_filled_in_with_a_tag_that_names_the_action(self) -> None:
        scene = Scene(creates("a", size="${SIZE}"), environment={"SIZE": "big"}, policy=RunPolicy(action_timeout=7))
        command = scene.order(DispatchAction)
        scene.perform(command)

        sent = scene.driver.last("create")
        assert sent.spec is not None
        assert sent.tag is not None
        assert sent.spec.config == {"size": "big"}
        assert (sent.tag.run_id, sent.tag.action, sent.tag.attempt, sent.tag.key) == ("run-1", 0, 1, command.key)
        assert sent.timeout == 7

    def test_what_is_recorded_keeps_the_variable_as_text_and_hashes_its_value(self) -> None:
        scene = Scene(creates("a", size="${SIZE}"), environment={"SIZE": "big"})
        answer = scene.perform(scene.order(DispatchAction))
        event = applied(answer.event)

        assert body_of(answer, "config") == {"size": "${SIZE}"}
        assert event.config_hash == config_hash({"size": "big"})
        assert (event.effect, event.provider_id, event.provenance) == (Effect.CREATED, "a-1", Provenance.CREATED)
        assert event.via == "answer"

    def test_an_action_time_of_nought_is_no_limit(self) -> None:
        scene = Scene(creates("a"), policy=RunPolicy(action_timeout=0))
        scene.perform(scene.order(DispatchAction))

        assert scene.driver.last("create").timeout is None

    def test_what_was_there_before_is_adopted(self) -> None:
        scene = Scene(creates("a"))
        scene.driver.will("create", Output(name="a", type=TYPE, provider_id="theirs", adopted=True))
        event = applied(scene.carry_out(DispatchAction))

        assert (event.effect, event.provenance) == (Effect.ADOPTED, Provenance.ADOPTED)

    def test_a_yes_without_an_object_is_a_doubt(self) -> None:
        scene = Scene(creates("a"))
        scene.driver.will("create", None)
        event = scene.carry_out(DispatchAction)

        assert isinstance(event, events.ActionLeftInDoubt)
        assert event.failure.code == "no_output"

    def test_an_early_identity_is_on_record_before_the_answer(self) -> None:
        scene = Scene(creates("a"), declared=TypeDeclaration(early_identity=True))
        scene.carry_out(DispatchAction)

        assert scene.announced == [events.ActionIdentified(action=0, provider_id="a-1")]
        assert [type(event).__name__ for event in scene.events[-2:]] == ["ActionIdentified", "ActionApplied"]

    def test_that_a_name_was_free_is_on_record_before_the_create_is_sent(self) -> None:
        scene = Scene(creates("a"), declared=TypeDeclaration(reads_by_name=True))
        scene.carry_out(DispatchAction)

        assert scene.announced == [events.ActionClearBefore(action=0)]
        assert [sent.call for sent in scene.driver.sent] == ["read", "create"]
        asked = scene.driver.sent[0].ref
        assert asked is not None
        assert (asked.name, asked.type, asked.provider_id) == ("a", TYPE, "")

    @pytest.mark.parametrize(
        "read",
        [
            Absence.LIKELY,
            Output(name="a", type=TYPE, provider_id="theirs"),
            CallFailed(Reach.IN_DOUBT, Failure(code="unavailable", message="no")),
        ],
        ids=["perhaps", "taken", "failed"],
    )
    def test_nothing_is_on_record_where_that_is_not_certain(self, read: object) -> None:
        scene = Scene(creates("a"), declared=TypeDeclaration(reads_by_name=True))
        scene.driver.will("read", read)
        event = scene.carry_out(DispatchAction)

        assert isinstance(event, events.ActionApplied)
        assert scene.announced == []

    @pytest.mark.parametrize(
        "declared", [TypeDeclaration(), TypeDeclaration(reads_by_name=True, reads_by_key=True)], ids=["nothing", "key"]
    )
    def test_nobody_looks_beforehand_where_a_name_means_nothing_or_a_key_says_more(
        self, declared: TypeDeclaration
    ) -> None:
        scene = Scene(creates("a"), declared=declared)
        scene.carry_out(DispatchAction)

        assert [sent.call for sent in scene.driver.sent] == ["create"]

    def test_an_identity_is_not_asked_for_where_none_is_declared(self) -> None:
        scene = Scene(creates("a"))
        scene.carry_out(DispatchAction)

        assert scene.announced == []

    def test_only_outputs_that_others_refer_to_are_exported(self) -> None:
        scene = Scene(creates("a", host="db", port=5432, secret=1), creates("b", needs=["a"], at="${a.host}:${a.port}"))
        event = applied(scene.carry_out(DispatchAction))
        scene.carry_out(DispatchAction)

        assert event.exports == {"host": "db", "port": 5432}
        assert scene.driver.last("create").spec.config == {"at": "db:5432"}  # type: ignore[union-attr]

    def test_the_id_stands_before_an_output_of_that_name(self) -> None:
        scene = Scene(creates("a", id="mine"), creates("b", needs=["a"], of="${a.id}"))

        assert applied(scene.carry_out(DispatchAction)).exports == {"id": "a-1"}


class TestUpdateAndDelete:
    def test_an_update_goes_to_the_known_id(self) -> None:
        scene = Scene(updates("a", {"size": 1}, size=2))
        event = applied(scene.carry_out(DispatchAction))

        sent = scene.driver.last("update")
        assert sent.ref is not None
        assert (sent.ref.provider_id, sent.spec.config) == ("old-a", {"size": 2})  # type: ignore[union-attr]
        assert (event.effect, event.provider_id) == (Effect.UPDATED, "old-a")

    def test_an_update_without_outputs_leaves_the_old_ones_in_force(self) -> None:
        scene = Scene(
            updates("a", {"size": 1}, outputs={"port": 80}, size=2), creates("b", needs=["a"], port="${a.port}")
        )
        scene.driver.will("update", None)
        event = applied(scene.carry_out(DispatchAction))
        scene.carry_out(DispatchAction)

        assert (event.provider_id, event.outputs, event.exports) == ("old-a", None, {"port": 80})
        assert scene.driver.last("create").spec.config == {"port": 80}  # type: ignore[union-attr]

    def test_a_delete_goes_to_the_old_object(self) -> None:
        scene = Scene(deletes("a", {"size": 1}))
        event = applied(scene.carry_out(DispatchAction))

        assert scene.driver.last("delete").ref.provider_id == "old-a"  # type: ignore[union-attr]
        assert (event.effect, event.outputs, event.config) == (Effect.DELETED, None, None)

    def test_nothing_is_deleted_by_name(self) -> None:
        nameless = msgspec.structs.replace(was("a", {"size": 1}), provider_id="")
        scene = Scene(msgspec.structs.replace(deletes("a", {}), current=nameless))
        event = scene.carry_out(DispatchAction)

        assert isinstance(event, events.ActionNotSent)
        assert (event.failure.code, event.phase) == ("no_identity", CausePhase.DISPATCH)
        assert scene.driver.sent == []

    def test_a_replace_across_providers_deletes_with_the_old_driver_and_creates_with_the_new_one(self) -> None:
        old = FakeDriver(ProviderDeclaration(name="q"))
        scene = Scene(replaces("a", {"size": 1}, old_type="was", old_provider="q", size=2), more={"q": old})
        scene.carry_out(DispatchAction)
        scene.carry_out(DispatchAction)

        assert (old.mutations(), scene.driver.mutations()) == (["delete"], ["create"])
        assert old.last("delete").ref.type == "was"  # type: ignore[union-attr]
        assert scene.driver.last("create").spec.type == TYPE  # type: ignore[union-attr]


class TestFailedCalls:
    @pytest.mark.parametrize(
        ("action", "step"),
        [
            (creates("a"), Step.CREATE),
            (updates("a", {}), Step.UPDATE),
            (deletes("a", {}), Step.DELETE),
        ],
    )
    @pytest.mark.parametrize(
        ("problem", "fact"),
        [
            (CallFailed(Reach.REFUSED, NO), ("ActionFailed", Existence.NONE, "")),
            (CallFailed(Reach.ANSWERED, NO), ("ActionFailed", Existence.UNKNOWN, "")),
            (CallFailed(Reach.IN_DOUBT, NO), ("ActionLeftInDoubt", None, None)),
            (CallFailed(Reach.IN_DOUBT, NO, plugin_died=True), ("ActionLeftInDoubt", None, None)),
            (CallFailed(Reach.ANSWERED, NO, effect=Existence.EXISTS), ("ActionLeftInDoubt", None, None)),
            (
                CallFailed(Reach.ANSWERED, NO, effect=Existence.EXISTS, provider_id="x"),
                ("ActionFailed", Existence.EXISTS, "x"),
            ),
        ],
    )
    def test_how_far_a_call_got_decides_the_fact(
        self, action: PlanAction, step: Step, problem: CallFailed, fact: tuple[str, object, object]
    ) -> None:
        scene = Scene(action)
        scene.driver.will(step, problem)
        event = scene.perform(scene.order(DispatchAction)).event

        found = (type(event).__name__, getattr(event, "effect", None), getattr(event, "provider_id", None))
        assert found == fact
        assert isinstance(event, events.ActionFailed | events.ActionLeftInDoubt)
        assert (event.step, event.failure) == (step, NO)

    @pytest.mark.parametrize(
        ("config", "told"),
        [
            ({"x": "${a.port}"}, "${a.port} at x: a has no output port, or is not known yet"),
            ({"x": "${elsewhere.port}"}, "elsewhere has no output port"),
            ({"x": "${UNSET}"}, "the environment variable UNSET is not set"),
            ({"x": "secret_ref://gone"}, "the secret gone is not in the vault"),
        ],
    )
    def test_what_cannot_be_filled_in_is_not_sent(self, config: dict[str, object], told: str) -> None:
        second = creates("b", needs=["a"])
        second = msgspec.structs.replace(second, resource=msgspec.structs.replace(second.resource, config=config))
        scene = Scene(creates("a"), second)
        scene.carry_out(DispatchAction)
        event = scene.carry_out(DispatchAction)

        assert isinstance(event, events.ActionNotSent)
        assert (event.failure.code, event.phase) == ("unresolved_reference", CausePhase.REFERENCE)
        assert told in event.failure.message
        assert len(scene.driver.mutations()) == 1

    def test_without_a_driver_nothing_is_sent(self) -> None:
        scene = Scene(msgspec.structs.replace(creates("a"), provider_ref="gone"))
        event = scene.carry_out(DispatchAction)

        assert isinstance(event, events.ActionNotSent)
        assert event.failure.code == "no_driver"

    def test_a_mistake_of_ours_is_raised(self) -> None:
        scene = Scene(creates("a"))
        scene.driver.will("create", ZeroDivisionError())
        command = scene.order(DispatchAction)

        with pytest.raises(ZeroDivisionError):
            scene.perform(command)

    def test_the_end_of_a_run_is_no_order_to_carry_out(self) -> None:
        with pytest.raises(AssertionError):
            Scene().perform(FinishRun(result=RunResult.SUCCEEDED, exit_code=0))


class TestSecrets:
    def made(self) -> Scene:
        scene = Scene(
            creates("db", user="app"), creates("app", needs=["db"], url="pg://${db.password}@db", key="${db.password}")
        )
        outputs = document(user="app", password="hunter2")
        db = Output(name="db", type=TYPE, provider_id="db-1", outputs=outputs, sensitive=("password",))
        scene.driver.will("create", db, Output(name="app", type=TYPE, provider_id="app-2"))
        return scene

    def test_a_sensitive_output_goes_to_the_vault_and_leaves_a_reference(self) -> None:
        scene = self.made()
        answer = scene.perform(scene.order(DispatchAction))
        event = applied(answer.event)

        assert [(secret.name, secret.resource, secret.value) for secret in answer.secrets] == [
            ("db_password", "db", "hunter2")
        ]
        assert body_of(answer, "outputs") == {"user": "app", "password": "secret_ref://db_password"}
        assert event.exports == {"password": "secret_ref://db_password"}
        assert event.sensitive == ("password",)

    def test_the_clear_value_is_in_no_event_and_in_no_document(self) -> None:
        scene = self.made()
        scene.carry_out(DispatchAction)
        scene.carry_out(DispatchAction)

        assert all(b"hunter2" not in events.encode(event) for event in scene.events)
        assert all(b"hunter2" not in body for body in scene.documents.bodies.values())

    def test_it_is_sent_in_clear_to_whoever_refers_to_it(self) -> None:
        scene = self.made()
        scene.carry_out(DispatchAction)
        answer = scene.perform(scene.order(DispatchAction))

        assert scene.driver.last("create").spec.config == {"url": "pg://hunter2@db", "key": "hunter2"}  # type: ignore[union-attr]
        assert body_of(answer, "config") == {
            "url": "pg://secret_ref://db_password@db",
            "key": "secret_ref://db_password",
        }


class TestHooks:
    def test_a_hook_is_told_what_happened_on_its_stdin(self) -> None:
        scene = Scene(creates("a", port=80), hooks=[hook(timeout=9)])
        scene.carry_out(DispatchAction)
        event = scene.carry_out(RunHook)
        call = scene.hooks.calls[0]

        assert event == events.HookSucceeded(action=0, hook="smoke")
        assert (call.argv, call.timeout, call.environment) == (("./smoke", "now"), 9, {})
        assert msgspec.json.decode(call.stdin)["outputs"] == {"port": 80}

    def test_a_hook_whose_condition_is_false_does_not_run(self) -> None:
        scene = Scene(creates("a", port=0), hooks=[hook(when="outputs.port > 0")])
        scene.carry_out(DispatchAction)

        assert scene.carry_out(RunHook) == events.HookSucceeded(action=0, hook="smoke", ran=False)
        assert scene.hooks.calls == []

    def test_a_hook_whose_condition_is_true_runs(self) -> None:
        scene = Scene(creates("a", port=1), hooks=[hook(when="outputs.port > 0")])
        scene.carry_out(DispatchAction)

        assert scene.carry_out(RunHook) == events.HookSucceeded(action=0, hook="smoke")

    def test_secrets_arrive_as_variables(self) -> None:
        scene = Scene(creates("a"), hooks=[hook(secrets={"PW": "a.password", "ALL": "a.many"})])
        outputs = document(password="hunter2", many=["x"])
        scene.driver.will(
            "create", Output(name="a", type=TYPE, provider_id="1", outputs=outputs, sensitive=("password", "many"))
        )
        scene.carry_out(DispatchAction)
        scene.carry_out(RunHook)

        assert scene.hooks.calls[0].environment == {"PW": "hunter2", "ALL": '["x"]'}
        assert b"hunter2" not in scene.hooks.calls[0].stdin

    def test_a_secret_that_is_not_there_fails_the_hook_before_it_runs(self) -> None:
        scene = Scene(creates("a"), hooks=[hook(secrets={"PW": "a.password"})])
        scene.carry_out(DispatchAction)
        event = scene.carry_out(RunHook)

        assert isinstance(event, events.HookFailed)
        assert event.failure.code == "hook_secret_missing"
        assert scene.hooks.calls == []

    @pytest.mark.parametrize(
        ("report", "code", "message"),
        [
            (HookReport(exit_status=3, output="boom\n"), "hook_exit_nonzero", "hook smoke: exit status 3\nboom"),
            (HookReport(exit_status=3, output=" \n"), "hook_exit_nonzero", "hook smoke: exit status 3"),
            (
                HookReport(exit_status=None, timed_out=True, output="so far"),
                "hook_timeout",
                "hook smoke took longer than 60 s\nso far",
            ),
            (HookReport(exit_status=None, problem="no such file"), "hook_not_run", "hook smoke: no such file"),
        ],
    )
    def test_how_a_hook_fails(self, report: HookReport, code: str, message: str) -> None:
        scene = Scene(creates("a"), hooks=[hook(position="infra.yaml:4:5")])
        scene.hooks.reports = [report]
        scene.carry_out(DispatchAction)
        event = scene.carry_out(RunHook)

        assert isinstance(event, events.HookFailed)
        assert event.failure == Failure(code=code, message=message, position="infra.yaml:4:5")
        assert not event.in_doubt

    def test_the_undo_of_a_hook_is_a_program_of_its_own_and_has_no_condition(self) -> None:
        smoke = hook("one", undo_exec=["./unsmoke"], when="outputs.port")
        declared = TypeDeclaration()
        scene = Scene(creates("a", port=1), hooks=[smoke, hook("two")], declared=declared)
        scene.carry_out(DispatchAction)
        command = msgspec.structs.replace(scene.order(RunHook), undo=True)
        scene.driver.objects.clear()
        answer = scene.perform(command)

        assert answer.event == events.HookSucceeded(action=0, hook="one", undo=True)
        assert scene.hooks.calls[0].argv == ("./unsmoke",)

    def test_not_all_hooks_run_at_once(self) -> None:
        names = [f"a{n}" for n in range(HOOKS_AT_ONCE + 4)]
        scene = Scene(*(creates(name) for name in names), hooks=[hook("gate", HookPoint.BEFORE)])
        crowd = Crowd()
        scene.performer._hooks = crowd
        commands = [msgspec.structs.replace(scene.order(RunHook)) for _ in names]

        async def all_of_them() -> None:
            running = [asyncio.create_task(scene.performer.perform(command, scene._announce)) for command in commands]
            await crowd.full.wait()
            crowd.go.set()
            await asyncio.gather(*running)

        run(all_of_them())
        assert crowd.most == HOOKS_AT_ONCE


class Crowd(FakeHooks):
    """Hooks that wait until as many as may run do run, and then for a word."""

    def __init__(self) -> None:
        super().__init__()
        self.full, self.go = asyncio.Event(), asyncio.Event()
        self.now = self.most = 0

    async def run(self, call: HookCall) -> HookReport:
        self.now += 1
        self.most = max(self.most, self.now)
        if self.now == HOOKS_AT_ONCE:
            self.full.set()
        await self.go.wait()
        self.now -= 1
        return HookReport(exit_status=0)


def test_a_pause_is_waited_for() -> None:
    scene = Scene(creates("a"))
    later = Failure(code="later", message="later", retryable=True, retry_after=42)
    scene.driver.will("create", CallFailed(Reach.REFUSED, later))
    scene.carry_out(DispatchAction)

    assert scene.carry_out(StartBackoff) == events.BackoffElapsed(action=0)
    assert scene.pauses == [42]


class TestFinalize:
    def applied(self, *actions: PlanAction) -> Scene:
        scene = Scene(*actions, finalizer=True)
        for action in actions:
            if action.current is not None:
                scene.driver.put(action.current.provider_id, name=action.resource.name)
        for _ in actions:
            scene.carry_out(DispatchAction)
        return scene

    def finalized(
        self, scene: Scene, *results: FinalizeResult, errors: tuple[str, ...] = ()
    ) -> events.FinalizeReported:
        scene.driver.will("finalize", FinalizeAnswer(results=results, errors=errors))
        event = scene.perform(scene.order(Finalize)).event
        assert isinstance(event, events.FinalizeReported)
        return event

    @pytest.mark.parametrize(("deferral", "sent"), [(Deferral.DURABLE, 2), (Deferral.MARKED, 1), (Deferral.ANY, 1)])
    def test_a_plugin_that_dies_over_it_is_asked_again_where_nothing_died_with_it(
        self, deferral: Deferral, sent: int
    ) -> None:
        scene = Scene(creates("a"), finalizer=True, deferral=deferral)
        scene.driver.will("create", Output(name="a", type=TYPE, provider_id="a-1", outputs={}, deferred=True))
        scene.carry_out(DispatchAction)
        died = CallFailed(Reach.IN_DOUBT, Failure(code="plugin_died", message="it died"), plugin_died=True)
        scene.driver.will("finalize", died)
        event = scene.perform(scene.order(Finalize)).event

        assert scene.driver.mutations().count("finalize") == sent
        assert isinstance(event, events.FinalizeReported if sent == 2 else events.FinalizeLost)

    def test_a_provider_is_told_what_keeps_an_effect(self) -> None:
        scene = self.applied(creates("a"), updates("b", {}, size=1))
        self.finalized(scene)

        told = [
            (entry.action, entry.operation, entry.ref.name, entry.ref.provider_id) for entry in scene.driver.flushed
        ]
        assert told == [(0, "create", "a", "a-1"), (1, "update", "b", "old-b")]

    @pytest.mark.parametrize(
        ("result", "action"),
        [
            (FinalizeResult(action=None, status=5, name="b", type=TYPE), 1),
            (FinalizeResult(action=0, status=5, name="b", type=TYPE), 1),
            (FinalizeResult(action=1, status=5), 1),
        ],
    )
    def test_a_verdict_goes_by_name_and_type_and_by_index_only_without_a_name(
        self, result: FinalizeResult, action: int
    ) -> None:
        report = self.finalized(self.applied(creates("a"), creates("b")), result)

        assert [verdict.action for verdict in report.verdicts] == [action]
        assert report.errors == ()

    @pytest.mark.parametrize(
        "result",
        [
            FinalizeResult(action=0, status=5, name="b", type="another"),
            FinalizeResult(action=0, status=5, name="nobody", type=TYPE),
            FinalizeResult(action=7, status=5),
            FinalizeResult(action=None, status=5),
        ],
    )
    def test_a_verdict_on_an_action_of_nobody_is_an_error(self, result: FinalizeResult) -> None:
        report = self.finalized(self.applied(creates("a"), creates("b")), result)

        assert report.verdicts == ()
        assert "an action this run does not have" in report.errors[0]

    def test_no_status_is_an_error(self) -> None:
        report = self.finalized(self.applied(creates("a")), FinalizeResult(action=0, status=0, name="a", type=TYPE))

        assert report.verdicts == ()
        assert "ACTION_STATUS_UNSPECIFIED" in report.errors[0]

    @pytest.mark.parametrize(
        ("reads", "confirmed"),
        [
            (Absence.PROVEN, True),
            (Absence.LIKELY, False),
            (Output(name="a", type=TYPE, provider_id="a-1"), False),
            (CallFailed(Reach.REFUSED, NO), False),
        ],
    )
    def test_an_undone_create_is_believed_when_it_is_provably_gone(self, reads: object, confirmed: bool) -> None:
        scene = self.applied(creates("a"))
        scene.driver.will("read", reads)
        report = self.finalized(scene, FinalizeResult(action=0, status=4, name="a", type=TYPE, error="", code=""))

        assert report.verdicts == (events.FinalizeVerdict(action=0, status=4, confirmed=confirmed),)

    @pytest.mark.parametrize(("size", "confirmed"), [(1, True), (2, False)])
    def test_an_undone_update_is_believed_when_it_is_as_before(self, size: int, confirmed: bool) -> None:
        scene = self.applied(updates("a", {"size": 1}, size=2))
        scene.driver.put("old-a", size=size)
        report = self.finalized(scene, FinalizeResult(action=0, status=4, name="a", type=TYPE))

        assert report.verdicts[0].confirmed is confirmed

    def test_an_update_whose_object_is_gone_is_not_undone(self) -> None:
        scene = self.applied(updates("a", {"size": 1}, size=2))
        scene.driver.objects.clear()
        report = self.finalized(scene, FinalizeResult(action=0, status=4, name="a", type=TYPE))

        assert not report.verdicts[0].confirmed

    def test_only_an_undo_is_looked_at(self) -> None:
        scene = self.applied(creates("a"))
        report = self.finalized(
            scene, FinalizeResult(action=0, status=5, name="a", type=TYPE, error="stuck", code="jam")
        )

        assert report.verdicts[0].failure == Failure(code="jam", message="stuck")
        assert "read" not in [sent.call for sent in scene.driver.sent]

    def test_errors_are_passed_on(self) -> None:
        assert self.finalized(self.applied(creates("a")), errors=("a/create: late",)).errors == ("a/create: late",)

    @pytest.mark.parametrize(
        "problem", [CallFailed(Reach.IN_DOUBT, NO), CallFailed(Reach.REFUSED, NO, plugin_died=True)]
    )
    def test_deferred_work_is_lost_with_its_process(self, problem: CallFailed) -> None:
        scene = self.applied(creates("a"))
        scene.driver.will("finalize", problem)

        assert scene.carry_out(Finalize) == events.FinalizeLost(provider="p", actions=(0,), reason="no")

    def test_a_refused_flush_is_an_error(self) -> None:
        scene = self.applied(creates("a"))
        scene.driver.will("finalize", CallFailed(Reach.REFUSED, NO))

        assert scene.carry_out(Finalize) == events.FinalizeReported(provider="p", errors=("no",))
