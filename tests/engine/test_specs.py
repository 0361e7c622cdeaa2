"""Configs and outputs between the record and the driver: what is filled in, and what must stay a reference."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from tests.engine.fakes import TYPE, document
from tests.engine.scene import Scene, creates, deletes, updates, was
from wfctl.core.canonical import config_hash
from wfctl.core.commands import DispatchAction
from wfctl.core.plan import Document, Operation, PlanAction
from wfctl.engine.ports import Output
from wfctl.engine.specs import UnfilledError, digest, encoded


def wants(config: Document) -> PlanAction:
    action = creates("a")
    return msgspec.structs.replace(action, resource=msgspec.structs.replace(action.resource, config=config))


def output(name: str = "a", *, sensitive: tuple[str, ...] = (), **outputs: object) -> Output:
    return Output(name=name, type=TYPE, provider_id="x", outputs=outputs, sensitive=sensitive)


class TestDesired:
    def test_a_config_has_three_forms(self) -> None:
        scene = Scene(wants({"size": "${SIZE}", "port": 80}), environment={"SIZE": "big"})
        config = scene.specs.desired(0)

        assert config.recorded == {"size": "${SIZE}", "port": 80}
        assert config.sent.config == {"size": "big", "port": 80}
        assert (config.sent.name, config.sent.type) == ("a", TYPE)
        assert config.hash == config_hash({"size": "big", "port": 80})

    def test_one_with_nothing_to_fill_in_is_the_same_in_all_of_them(self) -> None:
        plain: dict[str, object] = {"size": "big {it} says", "deep": [{"ports": [80, 1.5, None]}]}
        config = Scene(wants(plain)).specs.desired(0)

        assert config.recorded == plain
        assert config.sent.config == plain
        assert (config.sent.name, config.sent.type) == ("a", TYPE)
        assert config.hash == config_hash(plain)

    @pytest.mark.parametrize("mark", ["${SIZE}", "$SIZE", "secret_ref://size"])
    def test_what_is_to_be_filled_in_is_found_at_any_depth(self, mark: str) -> None:
        scene = Scene(wants({"plain": 1, "deep": [{"size": f"so {mark}"}]}), environment={"SIZE": "big"})
        scene.documents.secrets["size"] = "big"

        assert scene.specs.desired(0).sent.config == {"plain": 1, "deep": [{"size": "so big"}]}

    def test_the_hash_takes_a_secret_as_its_reference(self) -> None:
        scene = Scene(wants({"password": "secret_ref://db_password"}))
        scene.documents.secrets["db_password"] = "hunter2"
        config = scene.specs.desired(0)

        assert config.sent.config == {"password": "hunter2"}
        assert config.hash == config_hash({"password": "secret_ref://db_password"})

    def test_a_bare_variable_is_filled_in(self) -> None:
        assert Scene(wants({"home": "$HOME"}), environment={"HOME": "/h"}).specs.desired(0).sent.config == {
            "home": "/h"
        }

    def test_unless_another_tool_wrote_the_plan_and_has_filled_it_in_already(self) -> None:
        scene = Scene(wants({"home": "$HOME", "at": "${AT}"}), environment={"AT": "x"}, engine_version="")

        assert scene.specs.desired(0).sent.config == {"home": "$HOME", "at": "x"}

    def test_no_config_is_an_empty_one(self) -> None:
        assert Scene(deletes("a", {})).specs.desired(0).sent.config == {}

    def test_what_is_missing_is_named_and_no_value_with_it(self) -> None:
        scene = Scene(wants({"both": "${SET}-${UNSET}"}), environment={"SET": "hunter2"})

        with pytest.raises(UnfilledError, match="UNSET") as caught:
            scene.specs.desired(0)
        assert "hunter2" not in str(caught.value)

    def test_the_plan_is_left_as_it_was(self) -> None:
        action = wants({"deep": [{"size": "${SIZE}"}]})
        Scene(action, environment={"SIZE": "1"}).specs.desired(0)

        assert action.resource.config == {"deep": [{"size": "${SIZE}"}]}


class TestReferences:
    def test_an_output_of_an_action_that_is_done(self) -> None:
        scene = Scene(creates("net", cidr="10/8"), creates("a", needs=["net"], x="${net.cidr}", y="${net.id}"))
        scene.carry_out(DispatchAction)

        assert scene.specs.desired(1).sent.config == {"x": "10/8", "y": "net-1"}

    def test_the_id_of_something_that_is_only_updated(self) -> None:
        scene = Scene(updates("net", {}, size=1), creates("a", needs=["net"], x="${net.id}"))

        assert scene.specs.desired(1).sent.config == {"x": "old-net"}

    def test_an_output_of_something_that_only_owes_a_hook(self) -> None:
        owing = msgspec.structs.replace(updates("net", {}, outputs={"cidr": "10/8"}), hooks_only=("mail",))
        scene = Scene(owing, creates("a", needs=["net"], x="${net.cidr}", y="${net.id}"))

        assert scene.specs.desired(1).sent.config == {"x": "10/8", "y": "old-net"}

    def test_an_old_output_of_something_that_is_about_to_change_is_not_used(self) -> None:
        scene = Scene(updates("net", {}, outputs={"cidr": "10/8"}, size=1), creates("a", x="${net.cidr}"))

        with pytest.raises(UnfilledError, match="not known yet"):
            scene.specs.desired(1)

    @pytest.mark.parametrize("text", ["${net.nothing}", "${other.cidr}"])
    def test_an_output_that_is_not_there(self, text: str) -> None:
        owing = msgspec.structs.replace(updates("net", {}, outputs={}), hooks_only=("mail",))

        with pytest.raises(UnfilledError):
            Scene(owing, creates("a", x=text)).specs.desired(1)


class TestPrior:
    def test_the_config_from_before_under_the_old_type(self) -> None:
        action = updates("a", {"size": 1}, size=2)
        current = msgspec.structs.replace(was("a", {"size": 1}), type="was", dependencies=("net",))
        prior = Scene(msgspec.structs.replace(action, current=current)).specs.prior(0)

        assert prior is not None
        assert (prior.sent.type, prior.sent.config, prior.sent.depends_on) == ("was", {"size": 1}, ("net",))

    def test_there_is_none_of_what_is_created(self) -> None:
        assert Scene(creates("a")).specs.prior(0) is None

    def test_there_is_none_where_the_state_holds_none(self) -> None:
        current = msgspec.structs.replace(was("a", {}), applied_config=None)

        assert Scene(msgspec.structs.replace(updates("a", {}), current=current)).specs.prior(0) is None

    @pytest.mark.parametrize(("now", "intact"), [("then", True), ("later", False)])
    def test_it_is_intact_while_its_variables_are_what_they_were(self, now: str, intact: bool) -> None:
        current = msgspec.structs.replace(was("a", {"at": "${AT}"}), config_hash=config_hash({"at": "then"}))
        scene = Scene(msgspec.structs.replace(updates("a", {}), current=current), environment={"AT": now})
        prior = scene.specs.prior(0)

        assert prior is not None
        assert scene.specs.prior_intact(0, prior) is intact

    def test_without_a_hash_from_then_nothing_speaks_against_it(self) -> None:
        current = msgspec.structs.replace(was("a", {"at": "${AT}"}), config_hash="")
        scene = Scene(msgspec.structs.replace(updates("a", {}), current=current), environment={"AT": "x"})
        prior = scene.specs.prior(0)

        assert prior is not None
        assert scene.specs.prior_intact(0, prior)


class TestKeep:
    def test_outputs_are_stored_with_sorted_keys_under_their_digest(self) -> None:
        kept = Scene(creates("a")).specs.keep(0, output(b=1, a={"z": 1, "y": 2}))

        assert kept.body == b'{"a":{"y":2,"z":1},"b":1}'
        assert kept.digest == hashlib.sha256(kept.body).hexdigest()
        assert (kept.secrets, kept.sensitive) == ((), ())

    def test_sensitive_ones_leave_references(self) -> None:
        kept = Scene(creates("a")).specs.keep(
            0, output(user="u", pw="x", keys=[1, 2], sensitive=("pw", "keys", "gone"))
        )

        assert kept.document == {"user": "u", "pw": "secret_ref://a_pw", "keys": "secret_ref://a_keys"}
        assert kept.sensitive == ("keys", "pw")
        assert [(secret.name, secret.value) for secret in kept.secrets] == [("a_keys", [1, 2]), ("a_pw", "x")]

    def test_the_drivers_own_outputs_are_left_alone(self) -> None:
        made = output(pw="x", sensitive=("pw",))
        Scene(creates("a")).specs.keep(0, made)

        assert made.outputs == {"pw": "x"}

    def test_no_outputs_are_an_empty_document(self) -> None:
        kept = Scene(creates("a")).specs.keep(0, Output(name="a", type=TYPE, provider_id="x"))

        assert (kept.document, kept.body) == ({}, b"{}")


class TestReveal:
    def revealed(self, value: object) -> object:
        scene = Scene()
        scene.documents.secrets.update({"pw": "hunter2", "port": 5432})
        return scene.specs.reveal(value)

    def test_a_whole_reference_becomes_the_value_with_its_type(self) -> None:
        assert self.revealed("secret_ref://port") == 5432

    def test_inside_text_it_becomes_text(self) -> None:
        assert self.revealed("db:secret_ref://port/secret_ref://pw") == "db:5432/hunter2"

    def test_at_any_depth(self) -> None:
        assert self.revealed({"a": ["secret_ref://pw", {"b": ("secret_ref://pw",)}]}) == {
            "a": ["hunter2", {"b": ["hunter2"]}]
        }

    @pytest.mark.parametrize("value", [1, None, True, "plain", "secret_ref:/pw"])
    def test_everything_else_stays(self, value: object) -> None:
        assert self.revealed(value) == value

    def test_a_secret_that_is_not_there_is_named(self) -> None:
        with pytest.raises(UnfilledError, match="gone"):
            self.revealed("secret_ref://gone")


class TestDocuments:
    def test_a_recorded_document_has_references_and_a_revealed_one_has_values(self) -> None:
        scene = Scene(creates("a"))
        scene.driver.will("create", output(pw="x", sensitive=("pw",)))
        scene.carry_out(DispatchAction)
        digest = scene.calls.action(0).applied[0].outputs

        assert scene.specs.recorded_document(digest) == {"pw": "secret_ref://a_pw"}
        assert scene.specs.revealed_document(digest) == {"pw": "x"}

    def test_of_none_there_is_nothing(self) -> None:
        specs = Scene().specs

        assert (specs.recorded_document(None), specs.revealed_document(None)) == ({}, {})

    def test_the_newest_outputs_of_a_resource(self) -> None:
        scene = Scene(updates("a", {}, outputs={"size": 1}, size=2), creates("b"))
        before = scene.specs.outputs_of("a")
        scene.carry_out(DispatchAction)

        assert (before, scene.specs.outputs_of("a"), scene.specs.outputs_of("b")) == ({"size": 1}, {"size": 2}, {})

    def test_of_a_stranger_there_are_none(self) -> None:
        with pytest.raises(KeyError):
            Scene().specs.outputs_of("a")

    def test_equal_documents_have_one_name(self) -> None:
        assert digest(encoded(document(a=1, b=2))) == digest(encoded(document(b=2, a=1)))


def test_what_an_action_is() -> None:
    scene = Scene(creates("a"), deletes("b", {}))

    assert [scene.specs.operation(index) for index in (0, 1)] == [Operation.CREATE, Operation.DELETE]
    assert scene.specs.action(1).resource.name == "b"
