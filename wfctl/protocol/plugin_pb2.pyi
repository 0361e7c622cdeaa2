from google.protobuf import any_pb2 as _any_pb2
from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ContractKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTRACT_KIND_UNSPECIFIED: _ClassVar[ContractKind]
    CONTRACT_KIND_MODULE: _ClassVar[ContractKind]
    CONTRACT_KIND_STEP: _ClassVar[ContractKind]
    CONTRACT_KIND_SERVICE: _ClassVar[ContractKind]
    CONTRACT_KIND_TRIGGER: _ClassVar[ContractKind]
    CONTRACT_KIND_MESSAGE: _ClassVar[ContractKind]

class ContractMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTRACT_MODE_UNSPECIFIED: _ClassVar[ContractMode]
    CONTRACT_MODE_LEGACY_STRUCT: _ClassVar[ContractMode]
    CONTRACT_MODE_PROTO_WITH_LEGACY_STRUCT: _ClassVar[ContractMode]
    CONTRACT_MODE_STRICT_PROTO: _ClassVar[ContractMode]
CONTRACT_KIND_UNSPECIFIED: ContractKind
CONTRACT_KIND_MODULE: ContractKind
CONTRACT_KIND_STEP: ContractKind
CONTRACT_KIND_SERVICE: ContractKind
CONTRACT_KIND_TRIGGER: ContractKind
CONTRACT_KIND_MESSAGE: ContractKind
CONTRACT_MODE_UNSPECIFIED: ContractMode
CONTRACT_MODE_LEGACY_STRUCT: ContractMode
CONTRACT_MODE_PROTO_WITH_LEGACY_STRUCT: ContractMode
CONTRACT_MODE_STRICT_PROTO: ContractMode

class Manifest(_message.Message):
    __slots__ = ("name", "version", "author", "description", "config_mutable", "sample_category")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CONFIG_MUTABLE_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_CATEGORY_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    author: str
    description: str
    config_mutable: bool
    sample_category: str
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., author: _Optional[str] = ..., description: _Optional[str] = ..., config_mutable: bool = ..., sample_category: _Optional[str] = ...) -> None: ...

class ContractRegistry(_message.Message):
    __slots__ = ("contracts", "file_descriptor_set")
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    FILE_DESCRIPTOR_SET_FIELD_NUMBER: _ClassVar[int]
    contracts: _containers.RepeatedCompositeFieldContainer[ContractDescriptor]
    file_descriptor_set: _descriptor_pb2.FileDescriptorSet
    def __init__(self, contracts: _Optional[_Iterable[_Union[ContractDescriptor, _Mapping]]] = ..., file_descriptor_set: _Optional[_Union[_descriptor_pb2.FileDescriptorSet, _Mapping]] = ...) -> None: ...

class ContractDescriptor(_message.Message):
    __slots__ = ("kind", "module_type", "step_type", "trigger_type", "service_name", "method", "config_message", "input_message", "output_message", "mode", "contract_type", "proto_package", "message_names", "go_import_path", "schema_digest", "protocol_version")
    KIND_FIELD_NUMBER: _ClassVar[int]
    MODULE_TYPE_FIELD_NUMBER: _ClassVar[int]
    STEP_TYPE_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_TYPE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_NAME_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    CONFIG_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    INPUT_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_TYPE_FIELD_NUMBER: _ClassVar[int]
    PROTO_PACKAGE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_NAMES_FIELD_NUMBER: _ClassVar[int]
    GO_IMPORT_PATH_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_DIGEST_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    kind: ContractKind
    module_type: str
    step_type: str
    trigger_type: str
    service_name: str
    method: str
    config_message: str
    input_message: str
    output_message: str
    mode: ContractMode
    contract_type: str
    proto_package: str
    message_names: _containers.RepeatedScalarFieldContainer[str]
    go_import_path: str
    schema_digest: str
    protocol_version: str
    def __init__(self, kind: _Optional[_Union[ContractKind, str]] = ..., module_type: _Optional[str] = ..., step_type: _Optional[str] = ..., trigger_type: _Optional[str] = ..., service_name: _Optional[str] = ..., method: _Optional[str] = ..., config_message: _Optional[str] = ..., input_message: _Optional[str] = ..., output_message: _Optional[str] = ..., mode: _Optional[_Union[ContractMode, str]] = ..., contract_type: _Optional[str] = ..., proto_package: _Optional[str] = ..., message_names: _Optional[_Iterable[str]] = ..., go_import_path: _Optional[str] = ..., schema_digest: _Optional[str] = ..., protocol_version: _Optional[str] = ...) -> None: ...

class GetAssetRequest(_message.Message):
    __slots__ = ("path",)
    PATH_FIELD_NUMBER: _ClassVar[int]
    path: str
    def __init__(self, path: _Optional[str] = ...) -> None: ...

class GetAssetResponse(_message.Message):
    __slots__ = ("content", "content_type", "error")
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    content: bytes
    content_type: str
    error: str
    def __init__(self, content: _Optional[bytes] = ..., content_type: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...

class TypeList(_message.Message):
    __slots__ = ("types",)
    TYPES_FIELD_NUMBER: _ClassVar[int]
    types: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, types: _Optional[_Iterable[str]] = ...) -> None: ...

class ModuleSchemaList(_message.Message):
    __slots__ = ("schemas",)
    SCHEMAS_FIELD_NUMBER: _ClassVar[int]
    schemas: _containers.RepeatedCompositeFieldContainer[ModuleSchema]
    def __init__(self, schemas: _Optional[_Iterable[_Union[ModuleSchema, _Mapping]]] = ...) -> None: ...

class ModuleSchema(_message.Message):
    __slots__ = ("type", "label", "category", "description", "inputs", "outputs", "config_fields")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELDS_FIELD_NUMBER: _ClassVar[int]
    type: str
    label: str
    category: str
    description: str
    inputs: _containers.RepeatedCompositeFieldContainer[ServiceIODef]
    outputs: _containers.RepeatedCompositeFieldContainer[ServiceIODef]
    config_fields: _containers.RepeatedCompositeFieldContainer[ConfigFieldDef]
    def __init__(self, type: _Optional[str] = ..., label: _Optional[str] = ..., category: _Optional[str] = ..., description: _Optional[str] = ..., inputs: _Optional[_Iterable[_Union[ServiceIODef, _Mapping]]] = ..., outputs: _Optional[_Iterable[_Union[ServiceIODef, _Mapping]]] = ..., config_fields: _Optional[_Iterable[_Union[ConfigFieldDef, _Mapping]]] = ...) -> None: ...

class ServiceIODef(_message.Message):
    __slots__ = ("name", "type", "description")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: str
    description: str
    def __init__(self, name: _Optional[str] = ..., type: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class ConfigFieldDef(_message.Message):
    __slots__ = ("name", "type", "description", "default_value", "required", "options")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_VALUE_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: str
    description: str
    default_value: str
    required: bool
    options: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., type: _Optional[str] = ..., description: _Optional[str] = ..., default_value: _Optional[str] = ..., required: bool = ..., options: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateModuleRequest(_message.Message):
    __slots__ = ("type", "name", "config", "typed_config")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    TYPED_CONFIG_FIELD_NUMBER: _ClassVar[int]
    type: str
    name: str
    config: _struct_pb2.Struct
    typed_config: _any_pb2.Any
    def __init__(self, type: _Optional[str] = ..., name: _Optional[str] = ..., config: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., typed_config: _Optional[_Union[_any_pb2.Any, _Mapping]] = ...) -> None: ...

class CreateStepRequest(_message.Message):
    __slots__ = ("type", "name", "config", "typed_config")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    TYPED_CONFIG_FIELD_NUMBER: _ClassVar[int]
    type: str
    name: str
    config: _struct_pb2.Struct
    typed_config: _any_pb2.Any
    def __init__(self, type: _Optional[str] = ..., name: _Optional[str] = ..., config: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., typed_config: _Optional[_Union[_any_pb2.Any, _Mapping]] = ...) -> None: ...

class CreateTriggerRequest(_message.Message):
    __slots__ = ("type", "name", "config")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    type: str
    name: str
    config: _struct_pb2.Struct
    def __init__(self, type: _Optional[str] = ..., name: _Optional[str] = ..., config: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class ConfigureCallbackRequest(_message.Message):
    __slots__ = ("broker_id",)
    BROKER_ID_FIELD_NUMBER: _ClassVar[int]
    broker_id: int
    def __init__(self, broker_id: _Optional[int] = ...) -> None: ...

class HandleResponse(_message.Message):
    __slots__ = ("handle_id", "error")
    HANDLE_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    handle_id: str
    error: str
    def __init__(self, handle_id: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...

class HandleRequest(_message.Message):
    __slots__ = ("handle_id",)
    HANDLE_ID_FIELD_NUMBER: _ClassVar[int]
    handle_id: str
    def __init__(self, handle_id: _Optional[str] = ...) -> None: ...

class ErrorResponse(_message.Message):
    __slots__ = ("error",)
    ERROR_FIELD_NUMBER: _ClassVar[int]
    error: str
    def __init__(self, error: _Optional[str] = ...) -> None: ...

class ExecuteStepRequest(_message.Message):
    __slots__ = ("handle_id", "trigger_data", "step_outputs", "current", "metadata", "config", "typed_config", "typed_input")
    class StepOutputsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _struct_pb2.Struct
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...
    HANDLE_ID_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_DATA_FIELD_NUMBER: _ClassVar[int]
    STEP_OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    TYPED_CONFIG_FIELD_NUMBER: _ClassVar[int]
    TYPED_INPUT_FIELD_NUMBER: _ClassVar[int]
    handle_id: str
    trigger_data: _struct_pb2.Struct
    step_outputs: _containers.MessageMap[str, _struct_pb2.Struct]
    current: _struct_pb2.Struct
    metadata: _struct_pb2.Struct
    config: _struct_pb2.Struct
    typed_config: _any_pb2.Any
    typed_input: _any_pb2.Any
    def __init__(self, handle_id: _Optional[str] = ..., trigger_data: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., step_outputs: _Optional[_Mapping[str, _struct_pb2.Struct]] = ..., current: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., config: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., typed_config: _Optional[_Union[_any_pb2.Any, _Mapping]] = ..., typed_input: _Optional[_Union[_any_pb2.Any, _Mapping]] = ...) -> None: ...

class ExecuteStepResponse(_message.Message):
    __slots__ = ("output", "error", "stop_pipeline", "typed_output")
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    STOP_PIPELINE_FIELD_NUMBER: _ClassVar[int]
    TYPED_OUTPUT_FIELD_NUMBER: _ClassVar[int]
    output: _struct_pb2.Struct
    error: str
    stop_pipeline: bool
    typed_output: _any_pb2.Any
    def __init__(self, output: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., error: _Optional[str] = ..., stop_pipeline: bool = ..., typed_output: _Optional[_Union[_any_pb2.Any, _Mapping]] = ...) -> None: ...

class InvokeServiceRequest(_message.Message):
    __slots__ = ("handle_id", "method", "args", "typed_input")
    HANDLE_ID_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    ARGS_FIELD_NUMBER: _ClassVar[int]
    TYPED_INPUT_FIELD_NUMBER: _ClassVar[int]
    handle_id: str
    method: str
    args: _struct_pb2.Struct
    typed_input: _any_pb2.Any
    def __init__(self, handle_id: _Optional[str] = ..., method: _Optional[str] = ..., args: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., typed_input: _Optional[_Union[_any_pb2.Any, _Mapping]] = ...) -> None: ...

class InvokeServiceResponse(_message.Message):
    __slots__ = ("result", "error", "typed_output")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    TYPED_OUTPUT_FIELD_NUMBER: _ClassVar[int]
    result: _struct_pb2.Struct
    error: str
    typed_output: _any_pb2.Any
    def __init__(self, result: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., error: _Optional[str] = ..., typed_output: _Optional[_Union[_any_pb2.Any, _Mapping]] = ...) -> None: ...

class TriggerWorkflowRequest(_message.Message):
    __slots__ = ("trigger_type", "action", "data", "typed_data")
    TRIGGER_TYPE_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    TYPED_DATA_FIELD_NUMBER: _ClassVar[int]
    trigger_type: str
    action: str
    data: _struct_pb2.Struct
    typed_data: _any_pb2.Any
    def __init__(self, trigger_type: _Optional[str] = ..., action: _Optional[str] = ..., data: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., typed_data: _Optional[_Union[_any_pb2.Any, _Mapping]] = ...) -> None: ...

class GetServiceRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetServiceResponse(_message.Message):
    __slots__ = ("found",)
    FOUND_FIELD_NUMBER: _ClassVar[int]
    found: bool
    def __init__(self, found: bool = ...) -> None: ...

class LogRequest(_message.Message):
    __slots__ = ("level", "message", "fields")
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    level: str
    message: str
    fields: _struct_pb2.Struct
    def __init__(self, level: _Optional[str] = ..., message: _Optional[str] = ..., fields: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class PublishMessageRequest(_message.Message):
    __slots__ = ("handle_id", "topic", "payload", "metadata")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    HANDLE_ID_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    handle_id: str
    topic: str
    payload: bytes
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, handle_id: _Optional[str] = ..., topic: _Optional[str] = ..., payload: _Optional[bytes] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class PublishMessageResponse(_message.Message):
    __slots__ = ("error", "message_id")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    error: str
    message_id: str
    def __init__(self, error: _Optional[str] = ..., message_id: _Optional[str] = ...) -> None: ...

class SubscribeRequest(_message.Message):
    __slots__ = ("handle_id", "topic", "broker_name")
    HANDLE_ID_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    BROKER_NAME_FIELD_NUMBER: _ClassVar[int]
    handle_id: str
    topic: str
    broker_name: str
    def __init__(self, handle_id: _Optional[str] = ..., topic: _Optional[str] = ..., broker_name: _Optional[str] = ...) -> None: ...

class UnsubscribeRequest(_message.Message):
    __slots__ = ("handle_id", "topic")
    HANDLE_ID_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    handle_id: str
    topic: str
    def __init__(self, handle_id: _Optional[str] = ..., topic: _Optional[str] = ...) -> None: ...

class DeliverMessageRequest(_message.Message):
    __slots__ = ("handle_id", "topic", "payload", "message_id", "metadata")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    HANDLE_ID_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    handle_id: str
    topic: str
    payload: bytes
    message_id: str
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, handle_id: _Optional[str] = ..., topic: _Optional[str] = ..., payload: _Optional[bytes] = ..., message_id: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class DeliverMessageResponse(_message.Message):
    __slots__ = ("error", "acknowledged")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    error: str
    acknowledged: bool
    def __init__(self, error: _Optional[str] = ..., acknowledged: bool = ...) -> None: ...

class ConfigFragmentResponse(_message.Message):
    __slots__ = ("yaml_config", "plugin_dir")
    YAML_CONFIG_FIELD_NUMBER: _ClassVar[int]
    PLUGIN_DIR_FIELD_NUMBER: _ClassVar[int]
    yaml_config: bytes
    plugin_dir: str
    def __init__(self, yaml_config: _Optional[bytes] = ..., plugin_dir: _Optional[str] = ...) -> None: ...
