"""The generated code is the contract: every service, RPC, message, field and tag, and nothing else.

`upstream_*.json` and `go_plugin.json` list what existing plugins speak; `own_iac.json` lists what we promise on top.
A tag that changes, vanishes or appears fails here, whatever the .proto files say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, FileDescriptor, MethodDescriptor

from wfctl.protocol import go_plugin_broker_pb2, go_plugin_controller_pb2, go_plugin_stdio_pb2, iac_pb2, plugin_pb2

FOLDER = Path(__file__).parent
IAC = [iac_pb2.DESCRIPTOR]
PLUGIN = [plugin_pb2.DESCRIPTOR]
GO_PLUGIN = [go_plugin_broker_pb2.DESCRIPTOR, go_plugin_controller_pb2.DESCRIPTOR, go_plugin_stdio_pb2.DESCRIPTOR]
SCALARS = {
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_UINT32: "uint32",
}

Table = dict[str, Any]


@pytest.mark.parametrize(
    ("files", "tables"),
    [
        pytest.param(IAC, ["upstream_iac.json", "own_iac.json"], id="iac"),
        pytest.param(PLUGIN, ["upstream_plugin.json"], id="plugin"),
        pytest.param(GO_PLUGIN, ["go_plugin.json"], id="go-plugin"),
    ],
)
def test_generated_code_is_the_contract(files: list[FileDescriptor], tables: list[str]) -> None:
    promised, spoken = merged(tables), described(files)
    assert spoken["package"] == promised["package"]
    for part in ("services", "enums", "messages"):
        assert spoken[part] == promised[part]


def test_own_fields_of_upstream_messages_stay_out_of_its_way() -> None:
    upstream, own = load("upstream_iac.json"), load("own_iac.json")
    shared = upstream["messages"].keys() & own["messages"].keys()
    added = {f"{name}.{field.split(':')[1]}": tag(field) for name in shared for field in own["messages"][name]}
    set_aside_by_upstream = {"FinalizeApplyResponse.actions": 2}
    assert {name: at for name, at in added.items() if at < 1000} == set_aside_by_upstream


def test_file_names_cannot_meet_others_in_the_descriptor_pool() -> None:
    names = [file.name for file in IAC + PLUGIN + GO_PLUGIN]
    assert all(name.startswith("wfctl/protocol/") for name in names)


def merged(names: list[str]) -> Table:
    tables = [load(name) for name in names]
    whole: Table = {"package": tables[0]["package"], "services": {}, "enums": {}, "messages": {}}
    for table in tables:
        whole["services"] |= table["services"]
        whole["enums"] |= table["enums"]
        for name, fields in table["messages"].items():
            whole["messages"][name] = sorted(whole["messages"].get(name, []) + fields, key=tag)
    return whole


def load(name: str) -> Table:
    table: Table = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return table


def tag(field: str) -> int:
    return int(field.split(":", 1)[0])


def described(files: list[FileDescriptor]) -> Table:
    package = files[0].package
    messages = [message for file in files for top in file.message_types_by_name.values() for message in nested(top)]
    enums = [enum for file in files for enum in file.enum_types_by_name.values()]
    enums += [enum for message in messages for enum in message.enum_types]
    return {
        "package": package,
        "services": {
            service.name: {method.name: signature(method, package) for method in service.methods}
            for file in files
            for service in file.services_by_name.values()
        },
        "enums": {short(enum, package): {value.name: value.number for value in enum.values} for enum in enums},
        "messages": {
            short(message, package): sorted(fields(message, package), key=tag)
            for message in messages
            if not message.GetOptions().map_entry
        },
    }


def nested(message: Descriptor) -> Iterator[Descriptor]:
    yield message
    for inner in message.nested_types:
        yield from nested(inner)


def signature(method: MethodDescriptor, package: str) -> list[str]:
    ends = [(method.input_type, method.client_streaming), (method.output_type, method.server_streaming)]
    return ["stream " * streams + short(message, package) for message, streams in ends]


def fields(message: Descriptor, package: str) -> Iterable[str]:
    return (f"{field.number}:{field.name}:{type_of(field, package)}" for field in message.fields)


def type_of(field: FieldDescriptor, package: str) -> str:
    message = field.message_type
    if message and message.GetOptions().map_entry:
        key, value = message.fields_by_name["key"], message.fields_by_name["value"]
        return f"map<{element(key, package)}, {element(value, package)}>"
    optional = field.has_presence and not message and not real_oneof(field)
    return "repeated " * field.is_repeated + "optional " * optional + element(field, package)


def real_oneof(field: FieldDescriptor) -> bool:
    oneof = field.containing_oneof
    return oneof is not None and not oneof.name.startswith("_")


def element(field: FieldDescriptor, package: str) -> str:
    named = field.message_type or field.enum_type
    return short(named, package) if named else SCALARS[field.type]


def short(named: Descriptor | EnumDescriptor, package: str) -> str:
    return named.full_name.removeprefix(f"{package}.")
