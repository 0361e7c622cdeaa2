from __future__ import annotations

import json
from typing import Any

import pytest

from tests.plugin_host.plugins import manifest
from wfctl.plugin_host.manifest import ManifestError, parse


def body(**fields: Any) -> bytes:  # noqa: ANN401  (of `manifest`)
    return json.dumps(manifest(**fields)).encode()


def test_a_manifest() -> None:
    read = parse(body(iacProvider={"computePlanVersion": "v2"}, tags=["x"], moduleTypes=None))
    assert (read.name, read.version, read.provider) == ("fake-plugin", "1.0.0", "fake")


def test_only_the_capabilities_name_a_provider() -> None:
    fields = manifest(iacProvider={"name": "other"})
    del fields["capabilities"]
    assert parse(json.dumps(fields).encode()).provider == ""


@pytest.mark.parametrize("version", ["1.2.3", "v1.2.3", "1.2.3-rc.1+linux"])
def test_versions(version: str) -> None:
    assert parse(body(version=version)).version == version


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": ""}, "name is missing"),
        ({"name": "Upper"}, "lower-case"),
        ({"name": "-a"}, "lower-case"),
        ({"name": "a-"}, "lower-case"),
        ({"version": None}, "version is missing"),
        ({"version": "1.2"}, r"major\.minor\.patch"),
        ({"author": ""}, "author is missing"),
        ({"description": ""}, "description is missing"),
        ({"dependencies": [{"name": "x"}]}, "constraint"),
        ({"dependencies": [{"name": "x", "constraint": "one"}]}, "constraint"),
        ({"dependencies": [{"constraint": ">=1.0.0"}]}, "constraint"),
        ({"iacProvider": {"computePlanVersion": "V2"}}, "computePlanVersion 'V2'"),
        ({"capabilities": {"iacProvider": {"name": "x", "computePlanVersion": "two"}}}, "computePlanVersion 'two'"),
        ({"capabilities": [{"name": "x", "role": "provider"}]}, r"capabilities"),
        ({"name": 3}, r"\$\.name"),
    ],
)
def test_broken_rules_are_named(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ManifestError, match=reason):
        parse(body(**fields))


@pytest.mark.parametrize("constraint", [">=1.0.0", "^2.1.0", "~1.2.0", "!= v1.0.0", "1.0.0"])
def test_constraints(constraint: str) -> None:
    assert parse(body(dependencies=[{"name": "x", "constraint": constraint}])).name


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b'"x"', b'{"name": "\xff"}', b'{"a":' * 9000])
def test_text_that_is_no_manifest(text: bytes) -> None:
    with pytest.raises(ManifestError, match=r"plugin\.json"):
        parse(text)
