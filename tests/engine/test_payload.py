"""What a hook is told: version 1 of a public format, without a secret in it."""

from __future__ import annotations

import msgspec
import pytest

from tests.engine.fakes import TYPE, document
from tests.engine.scene import Scene, creates, deletes, replaces, updates
from wfctl.core.commands import DispatchAction, RunHook
from wfctl.core.outcome import ActionStatus
from wfctl.core.plan import HookFailure, HookPoint, HookSpec, PlanAction
from wfctl.engine.payload import payload, secrets
from wfctl.engine.ports import Output
from wfctl.engine.specs import UnfilledError


def hook(on: HookPoint = HookPoint.APPLIED, **more: object) -> HookSpec:
    options = {"name": "smoke", "on": on, "exec": ["./smoke"], "on_failure": HookFailure.STOP, **more}
    return msgspec.convert(options, HookSpec)


def told(scene: Scene) -> dict[str, object]:
    """The payload of the hook that is due, as its program reads it."""
    return msgspec.json.decode(msgspec.json.encode(payload(scene.calls, scene.order(RunHook))), type=dict[str, object])


def test_everything_a_hook_is_told() -> None:
    scene = Scene(creates("a", size=1), hooks=[hook()])
    scene.carry_out(DispatchAction)
    command = scene.order(RunHook)

    assert msgspec.json.decode(msgspec.json.encode(payload(scene.calls, command))) == {
        "version": 1,
        "run_id": "run-1",
        "workspace": "default",
        "plan_id": "plan-1",
        "hook": "smoke",
        "attempt": 1,
        "key": command.key,
        "undo": False,
        "status": None,
        "action": {"index": 0, "kind": "create", "name": "a", "type": TYPE},
        "effect": "CREATED",
        "provider_id": "a-1",
        "outputs": {"size": 1},
        "prior_outputs": None,
    }


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (creates("a", size=2), (None, "", None, None)),
        (updates("a", {"size": 1}, size=2), (None, "old-a", None, {"size": 1})),
        (deletes("a", {"size": 1}), (None, "old-a", None, {"size": 1})),
    ],
)
def test_a_gate_is_asked_before_anything_has_happened(action: PlanAction, expected: tuple[object, ...]) -> None:
    found = told(Scene(action, hooks=[hook(HookPoint.BEFORE)]))

    assert (found["effect"], found["provider_id"], found["outputs"], found["prior_outputs"]) == expected


def test_after_an_update_it_is_told_new_and_old() -> None:
    scene = Scene(updates("a", {"size": 1}, size=2), hooks=[hook()])
    scene.carry_out(DispatchAction)
    found = told(scene)

    assert (found["effect"], found["outputs"], found["prior_outputs"]) == ("UPDATED", {"size": 2}, {"size": 1})


def test_after_an_update_that_tells_no_outputs_the_old_ones_are_in_force() -> None:
    scene = Scene(updates("a", {}, outputs={"port": 80}, size=2), hooks=[hook()])
    scene.driver.will("update", None)
    scene.carry_out(DispatchAction)
    found = told(scene)

    assert (found["effect"], found["provider_id"], found["outputs"]) == ("UPDATED", "old-a", {"port": 80})


def test_after_a_delete_there_are_no_outputs_any_more() -> None:
    scene = Scene(deletes("a", {"size": 1}), hooks=[hook(HookPoint.DELETED)])
    scene.carry_out(DispatchAction)
    found = told(scene)

    assert (found["effect"], found["provider_id"], found["outputs"]) == ("DELETED", "old-a", None)
    assert found["prior_outputs"] == {"size": 1}


def test_after_a_replace_it_is_told_of_the_new_one() -> None:
    scene = Scene(replaces("a", {"size": 1}, size=2), hooks=[hook()])
    scene.carry_out(DispatchAction)
    scene.carry_out(DispatchAction)
    found = told(scene)

    assert (found["effect"], found["provider_id"], found["outputs"]) == ("REPLACED", "a-2", {"size": 2})


def test_a_hook_that_is_still_owed_is_told_what_is_there() -> None:
    owing = msgspec.structs.replace(updates("a", {}, outputs={"size": 1}), hooks_only=("smoke",))
    found = told(Scene(owing, hooks=[hook()]))

    assert (found["effect"], found["provider_id"], found["outputs"]) == (None, "old-a", {"size": 1})


def test_an_observer_is_told_the_status() -> None:
    scene = Scene(creates("a"), hooks=[hook(HookPoint.COMPLETE)])
    scene.carry_out(DispatchAction)

    assert told(scene)["status"] == ActionStatus.SUCCESS.name


def test_a_secret_is_told_as_a_reference() -> None:
    scene = Scene(creates("a"), hooks=[hook()])
    outputs = document(password="hunter2")
    scene.driver.will("create", Output(name="a", type=TYPE, provider_id="x", outputs=outputs, sensitive=("password",)))
    scene.carry_out(DispatchAction)

    assert told(scene)["outputs"] == {"password": "secret_ref://a_password"}


class TestSecrets:
    def made(self) -> Scene:
        scene = Scene(creates("db"), creates("app", needs=["db"]))
        outputs = document(password="hunter2", port=5432, hosts=["a", "b"])
        scene.driver.will(
            "create", Output(name="db", type=TYPE, provider_id="x", outputs=outputs, sensitive=("password",))
        )
        scene.carry_out(DispatchAction)
        return scene

    def test_they_are_in_clear_text_as_it_is_and_anything_else_as_json(self) -> None:
        wanted = hook(secrets={"PW": "db.password", "PORT": "db.port", "HOSTS": "db.hosts"})

        assert secrets(self.made().calls, wanted) == {"PW": "hunter2", "PORT": "5432", "HOSTS": '["a","b"]'}

    @pytest.mark.parametrize("source", ["db.nothing", "nobody.password", "db", "app.password"])
    def test_what_is_missing_is_named(self, source: str) -> None:
        with pytest.raises(UnfilledError, match=source):
            secrets(self.made().calls, hook(secrets={"PW": source}))

    def test_no_secrets_are_no_variables(self) -> None:
        assert secrets(self.made().calls, hook()) == {}
