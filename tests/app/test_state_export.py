"""What is in the files for the Go tool."""

from __future__ import annotations

import pytest

from wfctl.app.state_export import files_of
from wfctl.app.state_file import HeldResource, StateFile
from wfctl.errors import WfctlError
from wfctl.ledger.upstream_state import UpstreamRecord


def state(*resources: HeldResource) -> StateFile:
    return StateFile(format_version="1.0", workspace="w", lineage="l", serial=1, resources=resources)


def test_a_resource_is_told_in_upstreams_words() -> None:
    one = HeldResource(
        name="a/b",
        type="infra.vpc",
        provider="cloud",
        provider_ref="here",
        provider_id="id",
        config_hash="h",
        applied_config={"x": 1},
        outputs={},
        dependencies=("n",),
        protected=True,
        created_at="2026-01-01T00:00:00.123456Z",
        updated_at="2026-01-02T02:00:00+02:00",
    )

    assert files_of(state(one)) == {
        "a_b.json": UpstreamRecord(
            resource_id="a/b",
            resource_type="infra.vpc",
            provider="cloud",
            provider_ref="here",
            provider_id="id",
            config_hash="h",
            config={"x": 1},
            outputs={},
            dependencies=("n",),
            created_at="2026-01-01T00:00:00Z",
            updated_at="2026-01-02T00:00:00Z",
        )
    }


def test_a_moment_that_is_none_is_gos_zero() -> None:
    (record,) = files_of(state(HeldResource(name="a", type="t"))).values()
    assert record.created_at == record.updated_at == "0001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("resources", "code"),
    [
        ((HeldResource(name="a", type="t", mark="quarantined", mark_run="r-1"),), "EXPORT_MARKED"),
        ((HeldResource(name="a:b", type="t"), HeldResource(name="a_b", type="t")), "EXPORT_COLLISION"),
        ((HeldResource(name="metadata", type="t"),), "EXPORT_COLLISION"),
        ((HeldResource(name="x.lock", type="t"),), "EXPORT_COLLISION"),
    ],
)
def test_what_the_go_tool_cannot_be_told_is_refused(resources: tuple[HeldResource, ...], code: str) -> None:
    with pytest.raises(WfctlError) as caught:
        files_of(state(*resources))
    assert caught.value.code == code
