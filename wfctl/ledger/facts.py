"""What the projection must know of an action besides its events, and what it must remember of them.

Knows nothing of rows' lives: those are `projection`'s.
"""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256

import msgspec

from wfctl.core import events
from wfctl.core.events import RunStarted
from wfctl.core.itinerary import hooks_at
from wfctl.core.outcome import Existence
from wfctl.core.plan import (
    ActionOutline,
    Digest,
    Document,
    HookPoint,
    Operation,
    Plan,
    PlanAction,
    ResourceState,
    RunId,
    Step,
)
from wfctl.core.references import module_references


class Facts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What never changes about one action's resource during a run.

    `hooks` are the applied-hooks that match the action, `known_hooks` all applied-hooks of the run. `provider` is the
    plugin's own name, `provider_ref` the module's.
    """

    run_id: RunId
    workspace: str
    operation: Operation
    name: str
    type: str
    provider: str = ""
    provider_ref: str = ""
    dependencies: tuple[str, ...] = ()
    protected: bool = False
    prior: ResourceState | None = None
    hooks: tuple[str, ...] = ()
    known_hooks: tuple[str, ...] = ()


class Progress(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an action's events so far mean for the next one.

    `verifying`: the last call was answered with an error and its effect is being looked for. `undo_tried`: an undo was
    sent, whatever came of it.
    """

    applied: tuple[Step, ...] = ()
    verifying: bool = False
    undo_tried: bool = False


NOTHING_YET = Progress()


def advance(progress: Progress, event: events.Event) -> Progress:
    """The progress after one event of the same action; the very same object when it means nothing for the next."""
    match event:
        case events.ActionDispatched() if progress.verifying:
            return msgspec.structs.replace(progress, verifying=False)
        case events.ActionFailed():
            return _failed(progress, event)
        case events.ActionApplied():
            counts = event.step is Step.DELETE or not progress.verifying
            applied = (*progress.applied, event.step) if counts else progress.applied
            return msgspec.structs.replace(progress, applied=applied, verifying=False)
        case events.CompensationSucceeded():
            return msgspec.structs.replace(progress, undo_tried=True)
        case events.CompensationFailed() if not event.refused:
            return msgspec.structs.replace(progress, undo_tried=True)
        case _:
            return progress


def _failed(progress: Progress, event: events.ActionFailed) -> Progress:
    if event.effect is Existence.UNKNOWN:
        return msgspec.structs.replace(progress, verifying=True)
    if event.effect is Existence.EXISTS and event.provider_id and event.step is not Step.DELETE:
        return msgspec.structs.replace(progress, applied=(*progress.applied, event.step), verifying=False)
    return msgspec.structs.replace(progress, verifying=False)


class RunFacts:
    """The facts of a run's actions, each worked out when it is first asked for."""

    def __init__(self, plan: Plan, started: RunStarted) -> None:
        self._plan = plan
        self._started = started
        self._plugins = {provider.name: provider.plugin for provider in started.providers}
        self._known: dict[int, Facts] = {}

    def __getitem__(self, action: int) -> Facts:
        """The facts of one action. Raises IndexError for an index that is not in the plan."""
        found = self._known.get(action)
        if found is None:
            found = self._known[action] = self._facts(self._plan.steps[action], self._started.actions[action])
        return found

    @property
    def run_id(self) -> RunId:
        """The run."""
        return self._started.run_id

    @property
    def workspace(self) -> str:
        """The run's workspace."""
        return self._started.workspace

    @cached_property
    def _applied_hooks(self) -> tuple[str, ...]:
        return tuple(hook.name for hook in self._started.hooks if hook.on is HookPoint.APPLIED)

    def _facts(self, action: PlanAction, outline: ActionOutline) -> Facts:
        config = action.resource.config
        return Facts(
            run_id=self._started.run_id,
            workspace=self._started.workspace,
            operation=outline.operation,
            name=outline.name,
            type=outline.type,
            provider=self._plugins.get(outline.provider, ""),
            provider_ref=outline.provider,
            dependencies=_dependencies(action),
            protected=bool(config and config.get("protected") is True),
            prior=action.current,
            hooks=tuple(hook.name for hook in hooks_at(outline, self._started.hooks, HookPoint.APPLIED)),
            known_hooks=self._applied_hooks,
        )


def _dependencies(action: PlanAction) -> tuple[str, ...]:
    config = action.resource.config
    # most configs refer to nothing, and looking for the mark is much cheaper than walking to every leaf
    referred = module_references(config) if "${" in str(config) else ()
    return tuple(dict.fromkeys((*(action.resource.depends_on or ()), *(name for name, _ in referred))))


def prior_document(document: Document | None) -> tuple[Digest, bytes] | None:
    """A document of the plan's `current`, as it is stored when an undo puts it back."""
    if document is None:
        return None
    body = msgspec.json.encode(document, order="sorted")
    return Digest(sha256(body).hexdigest()), body


def prior_documents(prior: ResourceState | None) -> dict[Digest, bytes]:
    """The config and outputs a resource had before the run, by digest."""
    if prior is None:
        return {}
    found = (prior_document(prior.applied_config), prior_document(prior.outputs))
    return dict(pair for pair in found if pair is not None)
