from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin_host.driving import MODULE, pool
from tests.plugin_host.hosting import Meeting, run, site
from tests.plugin_host.plugins import serving
from wfctl.core.plan import Deferral, Idempotency, Mode, ProviderDeclaration, TypeDeclaration
from wfctl.errors import Kind, WfctlError
from wfctl.plugin_host.facts import Capability, Facts
from wfctl.plugin_host.launch import Site
from wfctl.plugin_host.origin import ProviderModule

ALL = [
    "IaCProviderRequired",
    "ResourceDriver",
    "IaCProviderCompensator",
    "IaCProviderTraits",
    "IaCProviderFinalizer",
    "IaCProviderCreateStream",
]


def facts(root: Path, module: ProviderModule = MODULE, **life: object) -> Facts:
    serving(root, **life)

    async def work() -> Facts:
        async with pool(root, module) as drivers:
            return drivers.facts("cloud")

    return run(work())


def problem(root: Path, life: dict[str, object], at: Site | None = None, module: ProviderModule = MODULE) -> WfctlError:
    serving(root, **life)

    async def work() -> None:
        async with pool(root, module, at):
            pass

    with pytest.raises(WfctlError) as caught:
        run(work())
    assert f"plugin fake-plugin for provider fake ({root / 'fake/fake'}) " in caught.value.message
    assert caught.value.hint
    return caught.value


def test_a_plugin_that_declares_nothing(tmp_path: Path) -> None:
    known = facts(tmp_path)
    assert known.declaration == ProviderDeclaration(
        name="cloud",
        plugin="fake",
        version="1.2.3",
        digest=known.declaration.digest,
        max_concurrency=1,
        types={"fake.thing": TypeDeclaration()},
    )
    assert known.capabilities == (Capability(type="fake.thing", tier=1, operations=("create",)),)
    assert known.canonical_keys == ("region",)
    assert len(known.declaration.digest) == 64


def test_unknown_services_are_passed_over(tmp_path: Path) -> None:
    services = facts(tmp_path).services
    assert "somebody.elses.Service" in services
    assert "no.service" not in services


def test_everything_that_can_be_declared(tmp_path: Path) -> None:
    declared = facts(
        tmp_path,
        services=ALL,
        policies=[
            {
                "resource_type": "fake.thing",
                "create": "COMPENSATION_MODE_INVERSE",
                "update": "COMPENSATION_MODE_CUSTOM",
                "replace": "COMPENSATION_MODE_NONE",
                "stateless": True,
                "fingerprint_output": "etag",
                "irreversible_fields": ["size"],
                "emptiness_output": "count",
                "undo_timeout_seconds": 90,
            }
        ],
        traits={
            "max_concurrency": 5,
            "max_rps": 2.5,
            "deferral": "DEFERRAL_DURABLE",
            "traits": [
                {
                    "resource_type": "fake.thing",
                    "reads_by_name": True,
                    "reads_by_key": True,
                    "idempotency": "IDEMPOTENCY_KEY",
                    "identity": "IDENTITY_TIMING_EARLY",
                    "read_lag_ms": 250,
                    "max_concurrency": 3,
                    "create_before_delete": True,
                    "update_not_idempotent": True,
                    "upsert": True,
                },
                {
                    "resource_type": "fake.other",
                    "idempotency": "IDEMPOTENCY_NATURAL",
                    "identity": "IDENTITY_TIMING_BY_NAME",
                },
            ],
        },
    ).declaration
    assert (declared.max_concurrency, declared.max_rps, declared.finalizer) == (5, 2.5, True)
    assert declared.deferral is Deferral.DURABLE
    assert declared.types == {
        "fake.thing": TypeDeclaration(
            undo_create=Mode.INVERSE,
            undo_update=Mode.CUSTOM,
            stateless=True,
            fingerprint_output="etag",
            irreversible_fields=("size",),
            emptiness_output="count",
            undo_timeout_seconds=90,
            reads_by_name=True,
            reads_by_key=True,
            idempotency=Idempotency.KEY,
            early_identity=True,
            read_lag_ms=250,
            max_concurrency=3,
            create_before_delete=True,
            update_not_idempotent=True,
            upsert=True,
        ),
        "fake.other": TypeDeclaration(idempotency=Idempotency.NATURAL, identity_by_name=True),
    }


def test_a_registered_service_may_leave_its_method_out(tmp_path: Path) -> None:
    declared = facts(tmp_path, services=ALL, unregistered=["IaCProviderCompensator", "IaCProviderTraits"]).declaration
    assert declared.types == {"fake.thing": TypeDeclaration()}


def test_a_plugin_without_a_version_has_its_manifests(tmp_path: Path) -> None:
    assert facts(tmp_path, version="").declaration.version == "1.0.0"


@pytest.mark.parametrize(
    ("life", "reason"),
    [
        (
            {"services": ["IaCProviderRequired"]},
            "does not register the gRPC service workflow.plugin.external.iac.ResourceDriver",
        ),
        (
            {"services": ["ResourceDriver"]},
            "does not register the gRPC service workflow.plugin.external.iac.IaCProviderRequired",
        ),
        ({"no_registry": True}, "does not register the gRPC service workflow.plugin.external.iac.IaCProviderRequired"),
        ({"unregistered": ["IaCProviderRequired"]}, "does not implement Initialize"),
        ({"capabilities": {"abort": ["UNIMPLEMENTED", "x"]}}, "does not implement Capabilities"),
        ({"title": {"abort": ["UNIMPLEMENTED", "x"]}}, "does not implement Name"),
        ({"plan_version": "v1"}, "compute_plan_version 'v1', and 'v2' is needed"),
        ({"plan_version": ""}, "compute_plan_version ''"),
        ({"plan_version": "V2"}, "compute_plan_version 'V2'"),
    ],
)
def test_an_incompatible_plugin(tmp_path: Path, life: dict[str, object], reason: str) -> None:
    error = problem(tmp_path, life)
    assert (error.kind, error.code) == (Kind.PLUGIN, "PLUGIN_INCOMPATIBLE")
    assert reason in error.message


def test_a_plugin_that_refuses_its_configuration(tmp_path: Path) -> None:
    def redact(text: str) -> str:
        return text.replace("hunter2", "***")

    error = problem(tmp_path, {"initialize": {"abort": ["UNKNOWN", "token hunter2 is not valid"]}}, site(redact=redact))
    assert (error.kind, error.code) == (Kind.CONFIG, "PROVIDER_CONFIG")
    assert error.message.endswith("refuses its configuration: token *** is not valid")


def test_it_gets_its_configuration(tmp_path: Path) -> None:
    module = ProviderModule(
        name="cloud", provider="fake", config={"initialize": {"abort": ["INVALID_ARGUMENT", "as told"]}}
    )
    error = problem(tmp_path, {}, module=module)
    assert error.message.endswith("refuses its configuration: InvalidArgument: as told")


@pytest.mark.parametrize("where", ["registry", "initialize", "capabilities", "title"])
def test_a_plugin_that_dies_while_it_is_asked(tmp_path: Path, where: str) -> None:
    error = problem(tmp_path, {where: {"print": {"stderr": "panic: nil map\n"}, "exit": 2}})
    assert (error.kind, error.code) == (Kind.PLUGIN, "PLUGIN_EXITED")
    assert "exited with status 2 during" in error.message
    assert error.details == ("it said: panic: nil map",)


@pytest.mark.parametrize("where", ["registry", "capabilities"])
def test_a_call_that_fails(tmp_path: Path, where: str) -> None:
    error = problem(tmp_path, {where: {"abort": ["INTERNAL", "broken"]}})
    assert (error.kind, error.code) == (Kind.PLUGIN, "PLUGIN_RPC")
    assert "Internal: broken" in error.message


def test_a_configuration_that_takes_for_ever(tmp_path: Path) -> None:
    never = Meeting(tmp_path / "never")
    error = problem(tmp_path / "p", {"initialize": {"meet": str(never.path)}}, site(start=1.0, exit_=0.2))
    assert (error.kind, error.code) == (Kind.PLUGIN, "PLUGIN_RPC")
    assert "DeadlineExceeded" in error.message
