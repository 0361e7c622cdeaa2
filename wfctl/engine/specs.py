"""Configs and outputs between the record and the driver.

On record, `${NAME}` of the environment stays text and secrets are references; what is sent is filled in at the last moment
and never kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final, cast

import msgspec

from wfctl.core import references
from wfctl.core.canonical import config_hash
from wfctl.core.plan import Digest, Document, Operation, Plan, PlanAction, ResourceSpec, Step
from wfctl.core.run import RunState
from wfctl.engine.ports import Documents, Output, SecretWrite

SECRET: Final = "secret_ref://"  # noqa: S105  (upstream's marker, not a secret)
_SECRET_PATTERN: Final = re.compile(r"secret_ref://([A-Za-z0-9_]{1,128})")
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


class UnfilledError(Exception):
    """A config cannot be filled in: what is missing. Never carries a value."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """One config in its three forms: as recorded, as sent, and the hash of its resolved form (secrets as references)."""

    recorded: Document
    sent: ResourceSpec
    hash: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Outputs on their way into the record: the document without secrets, its digest, and the secrets apart."""

    document: Document
    digest: Digest
    body: bytes
    secrets: tuple[SecretWrite, ...] = ()
    sensitive: tuple[str, ...] = ()


class Specs:
    """The configs and outputs of one run.

    `secret_name(resource, key)` names a secret; `environment` fills `${NAME}`.
    """

    def __init__(
        self,
        *,
        plan: Plan,
        state: RunState,
        environment: Mapping[str, str],
        documents: Documents,
        secret_name: Callable[[str, str], str],
    ) -> None:
        self._actions = plan.steps
        self._state = state
        self._environment = environment
        self._documents = documents
        self._secret_name = secret_name
        self._index_of = {action.resource.name: index for index, action in enumerate(plan.steps)}
        # Other tools fill `$NAME` in before they write a plan; what looks like one there is plain text.
        self._bare = bool(plan.engine_version)

    def action(self, index: int) -> PlanAction:
        """The plan's action."""
        return self._actions[index]

    def desired(self, index: int) -> Config:
        """The config an action wants. Raises UnfilledError."""
        resource = self._actions[index].resource
        return self._config(resource, resource.config or {})

    def prior(self, index: int) -> Config | None:
        """The config from before the action, ready to be restored; None when the state has none. Raises UnfilledError."""
        action = self._actions[index]
        if action.current is None or action.current.applied_config is None:
            return None
        resource = ResourceSpec(
            name=action.resource.name,
            type=action.current.type,
            size=action.resource.size,
            depends_on=action.current.dependencies,
        )
        return self._config(resource, action.current.applied_config, former=True)

    def prior_intact(self, index: int, prior: Config) -> bool:
        """Whether the config from before still resolves to what was sent then: variables may have changed since."""
        current = self._actions[index].current
        return current is not None and current.config_hash in ("", prior.hash)

    def _config(self, resource: ResourceSpec, config: Document, *, former: bool = False) -> Config:
        if _is_plain(config):
            return _config(resource, recorded=config, resolved=config, sent=config)
        try:
            recorded = cast("Document", references.substitute(config, self._look_up))
            resolved = cast("Document", references.resolve(config, self._look_up, self._environment, bare=self._bare))
            sent = cast("Document", self.reveal(resolved, former=former))
        except references.BadReferenceError as problem:
            raise UnfilledError(str(problem)) from None
        return _config(resource, recorded=recorded, resolved=resolved, sent=sent)

    def _look_up(self, name: str, field: str) -> object:
        index = self._index_of.get(name)
        if index is None:
            raise KeyError(field)
        state = self._state.actions[index]
        if field in state.exports:
            return state.exports[field]
        made = next((done.provider_id for done in reversed(state.applied) if done.step is not Step.DELETE), "")
        current = self._actions[index].current
        if field == "id" and (made or current):
            return made or (current.provider_id if current else "")
        if not self._state.facts[index].outline.hooks_only or current is None or current.outputs is None:
            raise KeyError(field)
        return current.outputs[field]

    def reveal(self, value: object, *, former: bool = False) -> object:
        """A copy with every `secret_ref://NAME` replaced by its value, or by the one from before the run.

        Raises UnfilledError.
        """
        match value:
            case str() if SECRET in value:
                return self._revealed(value, former=former)
            case dict():
                return {key: self.reveal(item, former=former) for key, item in value.items()}
            case list() | tuple():
                return [self.reveal(item, former=former) for item in value]
            case _:
                return value

    def _revealed(self, text: str, *, former: bool) -> object:
        whole = _SECRET_PATTERN.fullmatch(text)
        if whole:
            return self._secret(whole[1], former=former)
        return _SECRET_PATTERN.sub(lambda match: str(self._secret(match[1], former=former)), text)

    def _secret(self, name: str, *, former: bool) -> object:
        if former and self._state.rollback is not None and name in self._rewritten:
            # The run was over, and with its end the value from before went: what is there now is this run's own.
            raise UnfilledError(f"the value that the secret {name} had before the run is not kept any more")
        try:
            return self._documents.former_secret(name) if former else self._documents.secret(name)
        except KeyError:
            raise UnfilledError(f"the secret {name} is not in the vault") from None

    @cached_property
    def _rewritten(self) -> frozenset[str]:
        """The secrets this run wrote."""
        written = (
            self._secret_name(facts.outline.name, key)
            for facts, action in zip(self._state.facts, self._state.actions, strict=True)
            for done in action.applied
            for key in done.sensitive
        )
        return frozenset(written)

    def keep(self, index: int, output: Output) -> Kept:
        """Outputs as they may be recorded: sensitive values go to the vault and leave a reference."""
        name = self._actions[index].resource.name
        document = dict(output.outputs or {})
        secrets = []
        sensitive = tuple(sorted(key for key in output.sensitive if key in document))
        for key in sensitive:
            secret = self._secret_name(name, key)
            secrets.append(SecretWrite(name=secret, resource=name, value=document[key]))
            document[key] = SECRET + secret
        body = _ENCODER.encode(document)
        return Kept(document=document, digest=digest(body), body=body, secrets=tuple(secrets), sensitive=sensitive)

    def revealed_document(self, recorded: Digest | None) -> Document:
        """A recorded document with its secrets filled in; {} for none. Raises UnfilledError."""
        if recorded is None:
            return {}
        return cast("Document", self.reveal(self.recorded_document(recorded)))

    def recorded_document(self, recorded: Digest | None) -> Document:
        """A recorded document, secrets as references; {} for none."""
        if recorded is None:
            return {}
        return msgspec.json.decode(self._documents.document(recorded), type=Document)

    def outputs_of(self, name: str) -> Document:
        """The newest recorded outputs of a resource of the plan, secrets as references. Raises KeyError."""
        index = self._index_of[name]
        made = [done.outputs for done in self._state.actions[index].applied if done.outputs is not None]
        if made:
            return self.recorded_document(made[-1])
        current = self._actions[index].current
        return dict(current.outputs or {}) if current else {}

    def operation(self, index: int) -> Operation:
        """What the action is."""
        return self._actions[index].action


def _config(resource: ResourceSpec, *, recorded: Document, resolved: Document, sent: Document) -> Config:
    return Config(recorded=recorded, sent=msgspec.structs.replace(resource, config=sent), hash=config_hash(resolved))


def _is_plain(config: Document) -> bool:
    """Whether there is nothing to fill in. Most configs are so, and this is much cheaper than three walks to every leaf."""
    body = msgspec.json.encode(config)
    return b"$" not in body and SECRET.encode() not in body


def digest(body: bytes) -> Digest:
    """The name a document is stored under."""
    return Digest(hashlib.sha256(body).hexdigest())


def encoded(document: Document) -> bytes:
    """A document as stored: compact JSON with sorted keys."""
    return _ENCODER.encode(document)
