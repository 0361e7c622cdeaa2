"""What every order needs of one action: its driver, its references, the tag of a call, and how an answer is recorded.

Decides nothing; turns what a driver says into facts.
"""

from __future__ import annotations

from typing import Final

from wfctl.core.action import ActionFacts, ActionState
from wfctl.core.events import (
    ActionApplied,
    ActionFailed,
    ActionLeftInDoubt,
    ActionNotSent,
)
from wfctl.core.outcome import CausePhase, Existence, Failure
from wfctl.core.plan import Digest, Document, Effect, Provenance, ProviderDeclaration, Step
from wfctl.core.run import RunState
from wfctl.engine.ports import Answer, CallFailed, CallTag, Driver, Drivers, Output, Reach, Ref
from wfctl.engine.specs import Config, Kept, Specs, digest, encoded

_EFFECTS: Final = {Step.CREATE: Effect.CREATED, Step.UPDATE: Effect.UPDATED, Step.DELETE: Effect.DELETED}


class NoDriverError(Exception):
    """No plugin is open for a provider module."""


class Calls:
    """The run as the carrying out of orders sees it. `exports` names, for each resource, the outputs others refer to."""

    def __init__(self, *, state: RunState, specs: Specs, drivers: Drivers, exports: dict[str, tuple[str, ...]]) -> None:
        self.state = state
        self.specs = specs
        self._drivers = drivers
        self._exports = exports

    def facts(self, index: int) -> ActionFacts:
        """The action's unchanging side."""
        return self.state.facts[index]

    def action(self, index: int) -> ActionState:
        """Where the action stands."""
        return self.state.actions[index]

    def driver(self, index: int, *, prior: bool = False) -> Driver:
        """The driver of an action; `prior` = of the object from before. Raises NoDriverError."""
        outline = self.facts(index).outline
        provider = (outline.prior_provider or outline.provider) if prior else outline.provider
        try:
            return self._drivers.driver(provider)
        except KeyError:
            raise NoDriverError(f"no plugin is open for provider {provider or '(none named)'}") from None

    def provider(self, name: str) -> Driver:
        """The driver of a provider module. Raises KeyError."""
        return self._drivers.driver(name)

    def declared(self, name: str) -> ProviderDeclaration:
        """What a provider module declared when the run began. Raises KeyError."""
        return self.state.providers[name]

    def ref(self, index: int, provider_id: str) -> Ref:
        """The action's object under an id (empty: by name)."""
        outline = self.facts(index).outline
        return Ref(name=outline.name, type=outline.type, provider_id=provider_id)

    def prior_ref(self, index: int) -> Ref:
        """The object from before the action."""
        outline = self.facts(index).outline
        return Ref(name=outline.name, type=outline.prior_type or outline.type, provider_id=outline.prior_id)

    def tag(self, index: int, attempt: int, key: str) -> CallTag:
        """What accompanies a call."""
        return CallTag(run_id=self.state.begun.run_id, action=index, attempt=attempt, key=key)

    def timeout(self) -> float | None:
        """Seconds one forward call may take; None = no limit."""
        return self.state.begun.policy.action_timeout or None

    def undo_timeout(self, index: int) -> float | None:
        """Seconds one undo call may take; the driver's own word goes first."""
        declared = self.facts(index).declaration.undo_timeout_seconds
        return float(declared) if declared else (self.state.begun.policy.undo_timeout or None)

    def applied(
        self, index: int, step: Step, output: Output | None, config: Config | None, *, via: str = "answer"
    ) -> Answer:
        """The fact that a step took effect, with its documents and secrets."""
        documents: dict[Digest, bytes] = {}
        kept = self.specs.keep(index, output) if output is not None else None
        if kept is not None:
            documents[kept.digest] = kept.body
        recorded = encoded(config.recorded) if config is not None else None
        adopted = output is not None and output.adopted
        event = ActionApplied(
            action=index,
            step=step,
            effect=Effect.ADOPTED if adopted and step is Step.CREATE else _EFFECTS[step],
            provider_id=output.provider_id if output else self.facts(index).outline.prior_id,
            provenance=Provenance.ADOPTED if adopted else Provenance.CREATED,
            outputs=kept.digest if kept else None,
            config=_store(documents, recorded),
            config_hash=config.hash if config else "",
            fingerprint=self._fingerprint(index, kept),
            exports=self._exported(index, step, kept, output),
            sensitive=kept.sensitive if kept else (),
            via=via,
            deferred=output is not None and output.deferred,
        )
        return Answer(event=event, documents=documents, secrets=kept.secrets if kept else ())

    def _fingerprint(self, index: int, kept: Kept | None) -> str:
        declared = self.facts(index).declaration.fingerprint_output
        return str(kept.document.get(declared, "")) if kept and declared else ""

    def _exported(self, index: int, step: Step, kept: Kept | None, output: Output | None) -> dict[str, object]:
        wanted = self._exports.get(self.facts(index).outline.name, ())
        document = kept.document if kept is not None else self._old_outputs(index, step)
        exported = {field: document[field] for field in wanted if field in document}
        # Upstream lets the id shadow an output of that name.
        if "id" in wanted and output is not None:
            exported["id"] = output.provider_id
        return exported

    def _old_outputs(self, index: int, step: Step) -> Document:
        """An update that was answered without outputs has left the old ones in force."""
        current = self.specs.action(index).current
        return (current.outputs or {}) if current is not None and step is Step.UPDATE else {}


def _store(documents: dict[Digest, bytes], body: bytes | None) -> Digest | None:
    if body is None:
        return None
    name = digest(body)
    documents[name] = body
    return name


def not_sent(index: int, step: Step, code: str, message: str, phase: CausePhase = CausePhase.REFERENCE) -> Answer:
    """The fact that an order was recorded and nothing went out."""
    return Answer(
        event=ActionNotSent(action=index, step=step, failure=Failure(code=code, message=message), phase=phase)
    )


def failed(index: int, step: Step, problem: CallFailed) -> Answer:
    """The fact a failed call comes to.

    Plainly refused: nothing happened. Answered with an error: to be verified. Anything else, or an object without an id: doubt.
    """
    if problem.effect is Existence.EXISTS and problem.provider_id:
        event = ActionFailed(
            action=index,
            step=step,
            failure=problem.failure,
            effect=Existence.EXISTS,
            provider_id=problem.provider_id,
        )
        return Answer(event=event)
    if problem.reach is Reach.IN_DOUBT or problem.effect is Existence.EXISTS:
        return Answer(event=ActionLeftInDoubt(action=index, step=step, failure=problem.failure))
    effect = Existence.NONE if problem.reach is Reach.REFUSED else Existence.UNKNOWN
    return Answer(event=ActionFailed(action=index, step=step, failure=problem.failure, effect=effect))


def in_doubt(index: int, step: Step, code: str, message: str) -> Answer:
    """The fact that nobody knows."""
    return Answer(event=ActionLeftInDoubt(action=index, step=step, failure=Failure(code=code, message=message)))
