"""What a plan was made of besides the state: a hash of what is wanted, and fingerprints of the variables.

Knows nothing of plans. Both are computed as upstream computes them, so that either tool can check the other's plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress

from wfctl.core.canonical import Fields, desired_hash
from wfctl.core.plan import ResourceSpec
from wfctl.core.references import MalformedReferenceError, environment_names, expand_environment
from wfctl.planner.request import Desired

UNSET = "(unset)"
"""Stands for the fingerprint of a variable that is not set."""


def plan_hash(desired: Iterable[Desired], environment: Mapping[str, str], literal: Collection[str] = ()) -> str:
    """The hash of everything wanted, with variables filled in and references to outputs as text.

    A variable that is not set, or is named in `literal`, is hashed as `${NAME}`
    (upstream: iac/wfctlhelpers/desired_hash.go).
    """
    return desired_hash([_spec(one, environment, literal) for one in desired])


def _spec(one: Desired, environment: Mapping[str, str], literal: Collection[str]) -> Fields:
    config: object = one.config if one.spec.config is not None or one.protected else None
    unset = [name for name in environment_names(config) if name not in environment]
    with suppress(MalformedReferenceError):  # the plan fails for it, and says where
        config = expand_environment(config, environment, keep={*literal, *unset})
    return spec_fields(one.spec, config)


def spec_fields(spec: ResourceSpec, config: object) -> Fields:
    """A resource as the fields of Go's ResourceSpec, in their order, empty optional ones left out."""
    fields = Fields(name=spec.name, type=spec.type, config=config)
    if spec.size:
        fields["size"] = spec.size
    if spec.hints is not None:
        hints = {"cpu": spec.hints.cpu, "memory": spec.hints.memory, "storage": spec.hints.storage}
        fields["hints"] = Fields({key: value for key, value in hints.items() if value})
    if spec.depends_on:
        fields["depends_on"] = list(spec.depends_on)
    return fields


def snapshot(desired: Iterable[Desired], environment: Mapping[str, str]) -> dict[str, str] | None:
    """The fingerprints of the variables that the configs name and that are set; None when there are none.

    (upstream: cmd/wfctl/infra_inputsnapshot.go)
    """
    names = {name for one in desired for name in environment_names(one.config)}
    found = {name: fingerprint(environment[name]) for name in sorted(names) if name in environment}
    return found or None


def fingerprint(value: str) -> str:
    """The first 16 hex digits of the SHA-256 of a variable's value."""
    return hashlib.sha256(value.encode(errors="surrogateescape")).hexdigest()[:16]


def changed_inputs(before: Mapping[str, str], environment: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """The variables that changed since a snapshot: name, fingerprint then, fingerprint now; sorted by name."""
    now = {name: fingerprint(environment[name]) if name in environment else UNSET for name in before}
    return [(name, before[name], now[name]) for name in sorted(before) if now[name] != before[name]]
