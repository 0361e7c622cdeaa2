"""A plan as JSON: upstream's plan.json key by key, ours behind them, and a digest over all of it.

Knows nothing of files, and nothing of whether a plan still fits the world: that is `stale`'s. The Go tool writes none of
our keys; its plans are read with the checks its keys allow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import NoReturn, cast

import msgspec

from wfctl.core.canonical import CanonicalError, Fields, go_json, go_json_indent
from wfctl.core.plan import Document, FieldChange, Plan, PlanAction, Provenance, ResourceState
from wfctl.errors import Kind, WfctlError
from wfctl.planner.inputs import spec_fields

NEWEST = 2
"""The newest schema version this wfctl reads and writes."""

AGAIN = "make the plan again: wfctl plan --out FILE"
_OURS = ("operation", "workspace", "lineage", "prior_serial", "prior_state_digest", "engine_version")


def encode(plan: Plan) -> tuple[Plan, bytes]:
    """The plan with its digest, and the text of its file: as Go's MarshalIndent writes it, no newline at the end.

    Raises WfctlError (PLAN_NOT_WRITTEN) for a config that has no JSON form.
    """
    try:
        sealed = msgspec.structs.replace(plan, digest=_digest(json.loads(go_json(_plan_fields(plan, "")))))
        return sealed, go_json_indent(_plan_fields(sealed, sealed.digest))
    except CanonicalError as problem:
        message = f"the plan cannot be written as JSON: {problem}"
        raise WfctlError(Kind.CONFIG, "PLAN_NOT_WRITTEN", message, hint="look for NaN or infinity") from None


def decode(data: bytes, name: str) -> Plan:
    """The plan in the text of a file; `name` is the file's.

    Raises WfctlError: PLAN_EMPTY, PLAN_TRUNCATED, PLAN_NOT_JSON, PLAN_TOO_NEW, PLAN_INVALID (with the path of what is
    wrong), PLAN_NO_HASH, PLAN_EDITED.
    """
    document = _parsed(data, name)
    _refuse_newer(document, name)
    plan = _converted(document, name)
    if not plan.plan_hash:
        _refuse("PLAN_NO_HASH", f"the plan {name} has no plan_hash, so nothing says what it was made for")
    _refuse_edited(document, name)
    return msgspec.structs.replace(plan, actions=tuple(map(_completed, plan.steps)) or None)


# --- reading ----------------------------------------------------------------------------------------------------------


def _parsed(data: bytes, name: str) -> Document:
    if not data.strip():
        _refuse("PLAN_EMPTY", f"the plan {name} is empty")
    try:
        document = json.loads(data.decode(), parse_constant=_no_constant)
    except RecursionError:
        _refuse("PLAN_NOT_JSON", f"the plan {name} is nested too deeply")
    except json.JSONDecodeError as problem:
        if _ends_early(problem):
            _refuse_truncated(name)
        place = f"{name}:{problem.lineno}:{problem.colno}"
        _refuse("PLAN_NOT_JSON", f"the plan is not JSON: {place}: {problem.msg}")
    except UnicodeDecodeError as problem:
        if problem.end == len(data) and data.lstrip().startswith(b"{"):
            _refuse_truncated(name)
        _refuse("PLAN_NOT_JSON", f"the plan {name} is not JSON: {problem}")
    except ValueError as problem:  # NaN, or a number of thousands of digits
        _refuse("PLAN_NOT_JSON", f"the plan {name} is not JSON: {problem}")
    if not isinstance(document, dict):
        _refuse("PLAN_INVALID", f"the plan {name} is not a JSON object")
    return cast("Document", document)


def _ends_early(problem: json.JSONDecodeError) -> bool:
    text = problem.doc.strip()
    return text.startswith("{") and (not text.endswith("}") or problem.pos >= len(problem.doc.rstrip()))


def _refuse_truncated(name: str) -> NoReturn:
    _refuse("PLAN_TRUNCATED", f"the plan {name} ends in the middle: it was not written or copied completely")


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _refuse_newer(document: Document, name: str) -> None:
    version = document.get("schema_version", 0)
    if isinstance(version, int) and version > NEWEST:
        raise WfctlError(
            Kind.CONFIG,
            "PLAN_TOO_NEW",
            f"the plan {name} has schema version {version}, and this wfctl reads versions up to {NEWEST}",
            hint="apply it with the wfctl that made it, or make the plan again with this one",
        )


def _converted(document: Document, name: str) -> Plan:
    try:
        return msgspec.convert(document, Plan)
    except msgspec.ValidationError as problem:
        _refuse("PLAN_INVALID", f"the plan {name} is not one: {problem}")


def _refuse_edited(document: Document, name: str) -> None:
    told = document.pop("digest", "")
    try:
        fits = told == _digest(document)
    except CanonicalError as problem:
        _refuse("PLAN_NOT_JSON", f"the plan {name} cannot be checked: {problem}")
    if not fits and (told or any(key in document for key in _OURS)):
        _refuse("PLAN_EDITED", f"the plan {name} was changed after it was made: its digest does not fit")


def _completed(action: PlanAction) -> PlanAction:
    """What the Go tool leaves to be found: the provider module, and that an object was adopted."""
    current = action.current
    if current and current.applied_config_source == "adoption" and current.provenance is Provenance.CREATED:
        current = msgspec.structs.replace(current, provenance=Provenance.ADOPTED)
    provider = action.provider_ref or _module(action.resource.config)
    if current and not provider:
        provider = current.provider_ref or _module(current.applied_config)
    return msgspec.structs.replace(action, current=current, provider_ref=provider)


def _module(config: Document | None) -> str:
    for key in ("iac_provider", "provider"):
        value = (config or {}).get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def _refuse(code: str, message: str) -> NoReturn:
    raise WfctlError(Kind.CONFIG, code, message, hint=AGAIN)


def _digest(document: Mapping[str, object]) -> str:
    return hashlib.sha256(go_json(document)).hexdigest()


# --- writing ----------------------------------------------------------------------------------------------------------


def _plan_fields(plan: Plan, digest: str) -> Fields:
    fields = Fields(id=plan.id, actions=[_action_fields(action) for action in plan.steps] or None)
    fields["created_at"] = plan.created_at
    _put(fields, plan_hash=plan.plan_hash, include=list(plan.include or ()), schema_version=plan.schema_version)
    _put(fields, input_snapshot=plan.input_snapshot)
    if plan.generator_metadata is not None:
        fields["generator_metadata"] = _generator_fields(plan)
    fields |= {
        "operation": plan.operation,
        "workspace": plan.workspace,
        "lineage": plan.lineage,
        "prior_serial": plan.prior_serial,
        "prior_state_digest": plan.prior_state_digest,
    }
    _put(fields, plugin_digests=plan.plugin_digests, engine_version=plan.engine_version, expires_at=plan.expires_at)
    _put(fields, digest=digest)
    return fields


def _put(fields: Fields, **optional: object) -> None:
    """Adds what is not empty, as Go's omitempty does."""
    fields |= {key: value for key, value in optional.items() if value}


def _generator_fields(plan: Plan) -> Fields:
    made = plan.generator_metadata
    fields = Fields(wfctl_version=made.wfctl_version if made else "")
    plugins = [Fields(name=one.name) for one in (made.plugins if made else ())]
    for one, plugin in zip(plugins, made.plugins if made else (), strict=True):
        _put(one, version=plugin.version)
    _put(fields, plugins=plugins)
    return fields


def _action_fields(action: PlanAction) -> Fields:
    fields = Fields(action=str(action.action), resource=spec_fields(action.resource, action.resource.config))
    if action.current is not None:
        fields["current"] = _state_fields(action.current)
    _put(fields, changes=[_change_fields(change) for change in action.changes or ()])
    _put(fields, resolved_config_hash=action.resolved_config_hash, provider_ref=action.provider_ref)
    if action.requires is not None:
        fields["requires"] = list(action.requires)
    _put(fields, hooks_only=list(action.hooks_only), reason=action.reason)
    return fields


def _state_fields(state: ResourceState) -> Fields:
    fields = Fields(id=state.id, name=state.name, type=state.type, provider=state.provider)
    _put(fields, provider_ref=state.provider_ref)
    fields |= {"provider_id": state.provider_id, "config_hash": state.config_hash}
    fields["applied_config"] = state.applied_config
    _put(fields, applied_config_source=state.applied_config_source)
    fields |= {
        "outputs": state.outputs,
        "dependencies": None if state.dependencies is None else list(state.dependencies),
        "created_at": state.created_at,
        "updated_at": state.updated_at,
        "last_drift_check": state.last_drift_check,
        "provenance": str(state.provenance),
    }
    _put(fields, protected=state.protected, fingerprint=state.fingerprint, created_by_run=state.created_by_run)
    _put(fields, hooks_pending=list(state.hooks_pending), mark=state.mark)
    return fields


def _change_fields(change: FieldChange) -> Fields:
    return Fields(path=change.path, old=change.old, new=change.new, force_new=change.force_new)
