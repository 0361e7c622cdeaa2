from __future__ import annotations

import hashlib
import json
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wfctl.core.canonical import go_json
from wfctl.core.plan import (
    Document,
    FieldChange,
    GeneratorMetadata,
    Hints,
    Operation,
    Plan,
    PlanAction,
    PluginVersion,
    Provenance,
    ResourceSpec,
    ResourceState,
)
from wfctl.errors import WfctlError
from wfctl.planner.codec import decode, encode

BARE = Plan(
    id="plan-1",
    created_at="2026-11-21T08:00:00.25Z",
    plan_hash="4f53",
    schema_version=1,
    workspace="default",
    lineage="1c61",
    prior_serial=12,
    prior_state_digest="5d5d",
    engine_version="0.1.0",
)

FULL = Plan(
    id="plan-1",
    created_at="2026-11-21T08:00:00.25Z",
    plan_hash="4f53",
    schema_version=2,
    include=("key",),
    input_snapshot={"REGION": "cf53bae59ce9e61e"},
    generator_metadata=GeneratorMetadata(
        wfctl_version="0.1.0", plugins=(PluginVersion(name="local", version="0.1.0"), PluginVersion(name="x"))
    ),
    operation="apply",
    workspace="default",
    lineage="1c61",
    prior_serial=12,
    prior_state_digest="5d5d",
    plugin_digests={"cloud": "sha256:ab12"},
    engine_version="0.1.0",
    expires_at="2026-11-22T08:00:00Z",
    actions=(
        PlanAction(
            action=Operation.REPLACE,
            resource=ResourceSpec(
                name="key",
                type="local.key_pair",
                config={"bits": 4096, "a": "<b> & é", "f": 1.5},
                size="m",
                hints=Hints(cpu="1"),
                depends_on=("net",),
            ),
            current=ResourceState(
                id="key",
                name="key",
                type="local.key_pair",
                provider="local",
                provider_ref="cloud",
                provider_id="k1",
                config_hash="d01e",
                applied_config={"bits": 2048},
                applied_config_source="apply",
                outputs={},
                dependencies=("net",),
                provenance=Provenance.ADOPTED,
                protected=True,
                fingerprint="f",
                created_by_run="r-1",
                hooks_pending=("smoke",),
                mark="stale",
            ),
            changes=(FieldChange(path="bits", old=2048, new=4096, force_new=True),),
            resolved_config_hash="86349",
            provider_ref="cloud",
            requires=(),
            reason="bits cannot be changed in place",
        ),
        PlanAction(
            action=Operation.DELETE,
            resource=ResourceSpec(name="old", type="local.file"),
            current=ResourceState(name="old", type="local.file"),
            provider_ref="cloud",
            requires=(0,),
            hooks_only=("smoke",),
        ),
        PlanAction(
            action=Operation.CREATE,
            resource=ResourceSpec(name="new", type="local.file", config={}, hints=Hints()),
            provider_ref="cloud",
        ),
    ),
)

FULL_TEXT = r"""{
  "id": "plan-1",
  "actions": [
    {
      "action": "replace",
      "resource": {
        "name": "key",
        "type": "local.key_pair",
        "config": {
          "a": "\u003cb\u003e \u0026 é",
          "bits": 4096,
          "f": 1.5
        },
        "size": "m",
        "hints": {
          "cpu": "1"
        },
        "depends_on": [
          "net"
        ]
      },
      "current": {
        "id": "key",
        "name": "key",
        "type": "local.key_pair",
        "provider": "local",
        "provider_ref": "cloud",
        "provider_id": "k1",
        "config_hash": "d01e",
        "applied_config": {
          "bits": 2048
        },
        "applied_config_source": "apply",
        "outputs": {},
        "dependencies": [
          "net"
        ],
        "created_at": "0001-01-01T00:00:00Z",
        "updated_at": "0001-01-01T00:00:00Z",
        "last_drift_check": "0001-01-01T00:00:00Z",
        "provenance": "adopted",
        "protected": true,
        "fingerprint": "f",
        "created_by_run": "r-1",
        "hooks_pending": [
          "smoke"
        ],
        "mark": "stale"
      },
      "changes": [
        {
          "path": "bits",
          "old": 2048,
          "new": 4096,
          "force_new": true
        }
      ],
      "resolved_config_hash": "86349",
      "provider_ref": "cloud",
      "requires": [],
      "reason": "bits cannot be changed in place"
    },
    {
      "action": "delete",
      "resource": {
        "name": "old",
        "type": "local.file",
        "config": null
      },
      "current": {
        "id": "",
        "name": "old",
        "type": "local.file",
        "provider": "",
        "provider_id": "",
        "config_hash": "",
        "applied_config": null,
        "outputs": null,
        "dependencies": null,
        "created_at": "0001-01-01T00:00:00Z",
        "updated_at": "0001-01-01T00:00:00Z",
        "last_drift_check": "0001-01-01T00:00:00Z",
        "provenance": "created"
      },
      "provider_ref": "cloud",
      "requires": [
        0
      ],
      "hooks_only": [
        "smoke"
      ]
    },
    {
      "action": "create",
      "resource": {
        "name": "new",
        "type": "local.file",
        "config": {},
        "hints": {}
      },
      "provider_ref": "cloud"
    }
  ],
  "created_at": "2026-11-21T08:00:00.25Z",
  "plan_hash": "4f53",
  "include": [
    "key"
  ],
  "schema_version": 2,
  "input_snapshot": {
    "REGION": "cf53bae59ce9e61e"
  },
  "generator_metadata": {
    "wfctl_version": "0.1.0",
    "plugins": [
      {
        "name": "local",
        "version": "0.1.0"
      },
      {
        "name": "x"
      }
    ]
  },
  "operation": "apply",
  "workspace": "default",
  "lineage": "1c61",
  "prior_serial": 12,
  "prior_state_digest": "5d5d",
  "plugin_digests": {
    "cloud": "sha256:ab12"
  },
  "engine_version": "0.1.0",
  "expires_at": "2026-11-22T08:00:00Z",
  "digest": "DIGEST"
}"""

GO_TEXT = """{
  "id": "plan-1763716800000000000",
  "actions": [
    {
      "action": "update",
      "resource": {
        "name": "site-dns",
        "type": "infra.dns",
        "config": {
          "domain": "example.org",
          "iac_provider": "cloud"
        }
      },
      "current": {
        "id": "site-dns",
        "name": "site-dns",
        "type": "infra.dns",
        "provider": "digitalocean",
        "provider_id": "example.org",
        "config_hash": "",
        "applied_config": null,
        "applied_config_source": "adoption",
        "outputs": {},
        "dependencies": null,
        "created_at": "0001-01-01T00:00:00Z",
        "updated_at": "0001-01-01T00:00:00Z",
        "last_drift_check": "0001-01-01T00:00:00Z"
      },
      "resolved_config_hash": "d01e"
    },
    {
      "action": "delete",
      "resource": {
        "name": "vpc",
        "type": "infra.vpc",
        "config": null
      },
      "current": {
        "id": "vpc",
        "name": "vpc",
        "type": "infra.vpc",
        "provider": "digitalocean",
        "provider_ref": "other",
        "provider_id": "v-1",
        "config_hash": "",
        "applied_config": {
          "provider": "third"
        },
        "outputs": null,
        "dependencies": null,
        "created_at": "0001-01-01T00:00:00Z",
        "updated_at": "0001-01-01T00:00:00Z",
        "last_drift_check": "0001-01-01T00:00:00Z"
      }
    },
    {
      "action": "create",
      "resource": {
        "name": "app",
        "type": "infra.container_service",
        "config": {
          "provider": "cloud"
        }
      }
    }
  ],
  "created_at": "2025-11-21T09:20:00.000000001Z",
  "plan_hash": "4f53",
  "schema_version": 1,
  "generator_metadata": {
    "wfctl_version": "v0.60.0"
  },
  "future_key": true
}"""


def refused(data: bytes | str) -> WfctlError:
    with pytest.raises(WfctlError) as caught:
        decode(data.encode() if isinstance(data, str) else data, "p.json")
    return caught.value


def test_the_text_is_gos_key_by_key_and_ours_comes_behind() -> None:
    sealed, data = encode(FULL)
    assert data.decode() == FULL_TEXT.replace("DIGEST", sealed.digest)
    assert not data.endswith(b"\n")


def test_the_digest_covers_everything_else_in_canonical_form() -> None:
    sealed, data = encode(FULL)
    document = json.loads(data)
    del document["digest"]
    assert sealed.digest == hashlib.sha256(go_json(document)).hexdigest()


@pytest.mark.parametrize("plan", [BARE, FULL])
def test_what_is_written_can_be_read(plan: Plan) -> None:
    sealed, data = encode(plan)
    assert decode(data, "p.json") == sealed
    assert encode(sealed) == (sealed, data)


def test_an_empty_plan_has_no_actions_in_gos_words() -> None:
    assert b'"actions": null,' in encode(BARE)[1]


def test_another_layout_of_the_same_plan_is_the_same_plan() -> None:
    sealed, data = encode(FULL)
    assert decode(json.dumps(json.loads(data), sort_keys=True).encode(), "p.json") == sealed


def test_a_plan_of_the_go_tool_is_read() -> None:
    plan = decode(GO_TEXT.encode(), "p.json")
    assert (plan.operation, plan.workspace, plan.digest, plan.engine_version) == ("apply", "", "", "")
    assert [one.provider_ref for one in plan.steps] == ["cloud", "other", "cloud"]
    assert [one.requires for one in plan.steps] == [None, None, None]
    assert [one.current.provenance for one in plan.steps if one.current] == [Provenance.ADOPTED, Provenance.CREATED]


# --- what is wrong with a file ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_an_empty_file(text: str) -> None:
    assert refused(text).code == "PLAN_EMPTY"


def test_a_file_that_ends_too_early_wherever_it_was_cut() -> None:
    _, data = encode(FULL)
    for end in range(1, len(data) - 1):
        found = refused(data[:end])
        assert found.code == "PLAN_TRUNCATED", data[:end]
    assert "was not written or copied completely" in refused(data[:100]).message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "the plan is not JSON: p.json:1:1: Expecting value"),
        ('{"id": 1,,}', "the plan is not JSON: p.json:1:10: Expecting property name enclosed in double quotes"),
        ('{"id": NaN}', "the plan p.json is not JSON: NaN is no JSON number"),
        ("[" * 100_000, "the plan p.json is nested too deeply"),
        (b"\xff\xfe{}", "the plan p.json is not JSON: 'utf-8' codec can't decode byte 0xff"),
        ('{"prior_serial": ' + "9" * 5000 + "}", "the plan p.json is not JSON: Exceeds the limit"),
    ],
)
def test_no_json(text: bytes | str, message: str) -> None:
    found = refused(text)
    assert found.code == "PLAN_NOT_JSON"
    assert found.message.startswith(message)
    assert found.hint == "make the plan again: wfctl plan --out FILE"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "the plan p.json is not a JSON object"),
        ("{}", "the plan p.json is not one: Object missing required field `id`"),
        ('{"id": 7}', "the plan p.json is not one: Expected `str`, got `int` - at `$.id`"),
        (
            '{"id": "p", "actions": [{"action": "noop", "resource": {"name": "a", "type": "b"}}]}',
            "the plan p.json is not one: Invalid enum value 'noop' - at `$.actions[0].action`",
        ),
        (
            '{"id": "p", "actions": [{"action": "create", "resource": {"name": "a", "type": "b", "config": []}}]}',
            "the plan p.json is not one: Expected `object | null`, got `array` - at `$.actions[0].resource.config`",
        ),
    ],
)
def test_the_wrong_shape_says_where(text: str, message: str) -> None:
    found = refused(text)
    assert (found.code, found.message) == ("PLAN_INVALID", message)


def test_a_newer_format_is_not_guessed_at() -> None:
    found = refused('{"schema_version": 3, "actions": "something else altogether"}')
    assert found.code == "PLAN_TOO_NEW"
    assert found.message == "the plan p.json has schema version 3, and this wfctl reads versions up to 2"


def test_a_plan_without_a_hash_was_made_for_nothing() -> None:
    assert refused('{"id": "p", "actions": null, "created_at": ""}').code == "PLAN_NO_HASH"


@pytest.mark.parametrize(
    "edit",
    [
        {"prior_serial": 13},
        {"digest": ""},
        {"digest": "0" * 64},
        {"added": 1},
        {"actions": None},
        {"operation": "destroy"},
    ],
)
def test_an_edited_plan_is_refused(edit: Document) -> None:
    document = cast("Document", json.loads(encode(FULL)[1])) | edit
    assert refused(json.dumps(document)).code == "PLAN_EDITED"


def test_a_digest_that_was_taken_away_is_an_edit_too() -> None:
    document = json.loads(encode(FULL)[1])
    del document["digest"]
    assert refused(json.dumps(document)).code == "PLAN_EDITED"


def test_a_config_without_a_json_form_is_not_written() -> None:
    spec = ResourceSpec(name="a", type="b", config={"x": float("nan")})
    plan = Plan(id="p", actions=(PlanAction(action=Operation.CREATE, resource=spec),))
    with pytest.raises(WfctlError, match="nan is not a JSON number"):
        encode(plan)


SEALED = encode(FULL)[1]


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@example(b'{"id": "p", "plan_hash": "x", "schema_version": true}')
@example(b'{"id": "p", "plan_hash": "x", "schema_version": -1e999}')
@example(b'{"a":' * 400 + b"1" + b"}" * 400)
def test_any_bytes_are_a_plan_or_refused_with_a_way_out(data: bytes) -> None:
    try:
        decode(data, "p.json")
    except WfctlError as problem:
        if not problem.hint:
            pytest.fail(str(problem))


@given(st.integers(0, len(SEALED) - 1), st.binary(min_size=1, max_size=3))
def test_no_change_of_a_file_goes_unnoticed(at: int, put: bytes) -> None:
    changed = SEALED[:at] + put + SEALED[at + len(put) :]
    try:
        found = decode(changed, "p.json")
    except WfctlError:
        return
    assert json.loads(changed) == json.loads(SEALED)
    assert found == decode(SEALED, "p.json")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), values, max_size=4))
def test_every_config_comes_back_as_json_has_it(config: Document) -> None:
    spec = ResourceSpec(name="a", type="b", config=config)
    plan = Plan(id="p", plan_hash="h", actions=(PlanAction(action=Operation.CREATE, resource=spec),))
    sealed, data = encode(plan)
    read = decode(data, "p.json")
    assert read.digest == sealed.digest
    assert read.steps[0].resource.config == json.loads(go_json(config))
