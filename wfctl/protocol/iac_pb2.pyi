import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DriftClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DRIFT_CLASS_UNKNOWN: _ClassVar[DriftClass]
    DRIFT_CLASS_IN_SYNC: _ClassVar[DriftClass]
    DRIFT_CLASS_GHOST: _ClassVar[DriftClass]
    DRIFT_CLASS_CONFIG: _ClassVar[DriftClass]

class RequirementKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REQUIREMENT_KIND_UNSPECIFIED: _ClassVar[RequirementKind]
    REQUIREMENT_KIND_OBSERVABILITY: _ClassVar[RequirementKind]
    REQUIREMENT_KIND_WEB_API: _ClassVar[RequirementKind]
    REQUIREMENT_KIND_MESSAGE_BROKER: _ClassVar[RequirementKind]
    REQUIREMENT_KIND_DATABASE: _ClassVar[RequirementKind]
    REQUIREMENT_KIND_CACHE: _ClassVar[RequirementKind]
    REQUIREMENT_KIND_STORAGE: _ClassVar[RequirementKind]

class RequirementRuntime(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REQUIREMENT_RUNTIME_UNSPECIFIED: _ClassVar[RequirementRuntime]
    REQUIREMENT_RUNTIME_KUBERNETES: _ClassVar[RequirementRuntime]
    REQUIREMENT_RUNTIME_ECS: _ClassVar[RequirementRuntime]
    REQUIREMENT_RUNTIME_CLOUD_RUN: _ClassVar[RequirementRuntime]
    REQUIREMENT_RUNTIME_AZURE_CONTAINER_APPS: _ClassVar[RequirementRuntime]
    REQUIREMENT_RUNTIME_DIGITALOCEAN_APP_PLATFORM: _ClassVar[RequirementRuntime]

class TelemetrySignal(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TELEMETRY_SIGNAL_UNSPECIFIED: _ClassVar[TelemetrySignal]
    TELEMETRY_SIGNAL_TRACES: _ClassVar[TelemetrySignal]
    TELEMETRY_SIGNAL_METRICS: _ClassVar[TelemetrySignal]
    TELEMETRY_SIGNAL_LOGS: _ClassVar[TelemetrySignal]

class ObservabilityBackend(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OBSERVABILITY_BACKEND_UNSPECIFIED: _ClassVar[ObservabilityBackend]
    OBSERVABILITY_BACKEND_OTEL: _ClassVar[ObservabilityBackend]
    OBSERVABILITY_BACKEND_DATADOG: _ClassVar[ObservabilityBackend]
    OBSERVABILITY_BACKEND_PROMETHEUS: _ClassVar[ObservabilityBackend]
    OBSERVABILITY_BACKEND_LOKI: _ClassVar[ObservabilityBackend]
    OBSERVABILITY_BACKEND_GRAFANA: _ClassVar[ObservabilityBackend]

class DeploymentMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEPLOYMENT_MODE_UNSPECIFIED: _ClassVar[DeploymentMode]
    DEPLOYMENT_MODE_SIDECAR: _ClassVar[DeploymentMode]
    DEPLOYMENT_MODE_DAEMONSET: _ClassVar[DeploymentMode]
    DEPLOYMENT_MODE_SIBLING_SERVICE: _ClassVar[DeploymentMode]
    DEPLOYMENT_MODE_MANAGED: _ClassVar[DeploymentMode]

class PlanDiagnosticSeverity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLAN_DIAGNOSTIC_INFO: _ClassVar[PlanDiagnosticSeverity]
    PLAN_DIAGNOSTIC_WARNING: _ClassVar[PlanDiagnosticSeverity]
    PLAN_DIAGNOSTIC_ERROR: _ClassVar[PlanDiagnosticSeverity]

class ActionStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTION_STATUS_UNSPECIFIED: _ClassVar[ActionStatus]
    ACTION_STATUS_SUCCESS: _ClassVar[ActionStatus]
    ACTION_STATUS_ERROR: _ClassVar[ActionStatus]
    ACTION_STATUS_DELETE_FAILED: _ClassVar[ActionStatus]
    ACTION_STATUS_COMPENSATED: _ClassVar[ActionStatus]
    ACTION_STATUS_COMPENSATION_FAILED: _ClassVar[ActionStatus]
    ACTION_STATUS_SKIPPED: _ClassVar[ActionStatus]

class LogCaptureType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOG_CAPTURE_TYPE_UNSPECIFIED: _ClassVar[LogCaptureType]
    LOG_CAPTURE_TYPE_BUILD: _ClassVar[LogCaptureType]
    LOG_CAPTURE_TYPE_DEPLOY: _ClassVar[LogCaptureType]
    LOG_CAPTURE_TYPE_RUN: _ClassVar[LogCaptureType]
    LOG_CAPTURE_TYPE_RUN_RESTARTED: _ClassVar[LogCaptureType]

class JobState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOB_STATE_UNSPECIFIED: _ClassVar[JobState]
    JOB_STATE_PENDING: _ClassVar[JobState]
    JOB_STATE_RUNNING: _ClassVar[JobState]
    JOB_STATE_SUCCEEDED: _ClassVar[JobState]
    JOB_STATE_FAILED: _ClassVar[JobState]
    JOB_STATE_CANCELLED: _ClassVar[JobState]

class PlanOperation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLAN_OPERATION_UNSPECIFIED: _ClassVar[PlanOperation]
    PLAN_OPERATION_CREATE: _ClassVar[PlanOperation]
    PLAN_OPERATION_UPDATE: _ClassVar[PlanOperation]
    PLAN_OPERATION_REPLACE: _ClassVar[PlanOperation]
    PLAN_OPERATION_DELETE: _ClassVar[PlanOperation]

class CompensationMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPENSATION_MODE_UNSPECIFIED: _ClassVar[CompensationMode]
    COMPENSATION_MODE_NONE: _ClassVar[CompensationMode]
    COMPENSATION_MODE_INVERSE: _ClassVar[CompensationMode]
    COMPENSATION_MODE_CUSTOM: _ClassVar[CompensationMode]

class UndoResult(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNDO_RESULT_UNSPECIFIED: _ClassVar[UndoResult]
    UNDO_RESULT_DONE: _ClassVar[UndoResult]
    UNDO_RESULT_NOTHING_TO_UNDO: _ClassVar[UndoResult]
    UNDO_RESULT_REFUSED: _ClassVar[UndoResult]

class Idempotency(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IDEMPOTENCY_UNSPECIFIED: _ClassVar[Idempotency]
    IDEMPOTENCY_KEY: _ClassVar[Idempotency]
    IDEMPOTENCY_NATURAL: _ClassVar[Idempotency]

class IdentityTiming(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IDENTITY_TIMING_UNSPECIFIED: _ClassVar[IdentityTiming]
    IDENTITY_TIMING_EARLY: _ClassVar[IdentityTiming]
    IDENTITY_TIMING_BY_NAME: _ClassVar[IdentityTiming]

class Deferral(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEFERRAL_UNSPECIFIED: _ClassVar[Deferral]
    DEFERRAL_MARKED: _ClassVar[Deferral]
    DEFERRAL_DURABLE: _ClassVar[Deferral]
DRIFT_CLASS_UNKNOWN: DriftClass
DRIFT_CLASS_IN_SYNC: DriftClass
DRIFT_CLASS_GHOST: DriftClass
DRIFT_CLASS_CONFIG: DriftClass
REQUIREMENT_KIND_UNSPECIFIED: RequirementKind
REQUIREMENT_KIND_OBSERVABILITY: RequirementKind
REQUIREMENT_KIND_WEB_API: RequirementKind
REQUIREMENT_KIND_MESSAGE_BROKER: RequirementKind
REQUIREMENT_KIND_DATABASE: RequirementKind
REQUIREMENT_KIND_CACHE: RequirementKind
REQUIREMENT_KIND_STORAGE: RequirementKind
REQUIREMENT_RUNTIME_UNSPECIFIED: RequirementRuntime
REQUIREMENT_RUNTIME_KUBERNETES: RequirementRuntime
REQUIREMENT_RUNTIME_ECS: RequirementRuntime
REQUIREMENT_RUNTIME_CLOUD_RUN: RequirementRuntime
REQUIREMENT_RUNTIME_AZURE_CONTAINER_APPS: RequirementRuntime
REQUIREMENT_RUNTIME_DIGITALOCEAN_APP_PLATFORM: RequirementRuntime
TELEMETRY_SIGNAL_UNSPECIFIED: TelemetrySignal
TELEMETRY_SIGNAL_TRACES: TelemetrySignal
TELEMETRY_SIGNAL_METRICS: TelemetrySignal
TELEMETRY_SIGNAL_LOGS: TelemetrySignal
OBSERVABILITY_BACKEND_UNSPECIFIED: ObservabilityBackend
OBSERVABILITY_BACKEND_OTEL: ObservabilityBackend
OBSERVABILITY_BACKEND_DATADOG: ObservabilityBackend
OBSERVABILITY_BACKEND_PROMETHEUS: ObservabilityBackend
OBSERVABILITY_BACKEND_LOKI: ObservabilityBackend
OBSERVABILITY_BACKEND_GRAFANA: ObservabilityBackend
DEPLOYMENT_MODE_UNSPECIFIED: DeploymentMode
DEPLOYMENT_MODE_SIDECAR: DeploymentMode
DEPLOYMENT_MODE_DAEMONSET: DeploymentMode
DEPLOYMENT_MODE_SIBLING_SERVICE: DeploymentMode
DEPLOYMENT_MODE_MANAGED: DeploymentMode
PLAN_DIAGNOSTIC_INFO: PlanDiagnosticSeverity
PLAN_DIAGNOSTIC_WARNING: PlanDiagnosticSeverity
PLAN_DIAGNOSTIC_ERROR: PlanDiagnosticSeverity
ACTION_STATUS_UNSPECIFIED: ActionStatus
ACTION_STATUS_SUCCESS: ActionStatus
ACTION_STATUS_ERROR: ActionStatus
ACTION_STATUS_DELETE_FAILED: ActionStatus
ACTION_STATUS_COMPENSATED: ActionStatus
ACTION_STATUS_COMPENSATION_FAILED: ActionStatus
ACTION_STATUS_SKIPPED: ActionStatus
LOG_CAPTURE_TYPE_UNSPECIFIED: LogCaptureType
LOG_CAPTURE_TYPE_BUILD: LogCaptureType
LOG_CAPTURE_TYPE_DEPLOY: LogCaptureType
LOG_CAPTURE_TYPE_RUN: LogCaptureType
LOG_CAPTURE_TYPE_RUN_RESTARTED: LogCaptureType
JOB_STATE_UNSPECIFIED: JobState
JOB_STATE_PENDING: JobState
JOB_STATE_RUNNING: JobState
JOB_STATE_SUCCEEDED: JobState
JOB_STATE_FAILED: JobState
JOB_STATE_CANCELLED: JobState
PLAN_OPERATION_UNSPECIFIED: PlanOperation
PLAN_OPERATION_CREATE: PlanOperation
PLAN_OPERATION_UPDATE: PlanOperation
PLAN_OPERATION_REPLACE: PlanOperation
PLAN_OPERATION_DELETE: PlanOperation
COMPENSATION_MODE_UNSPECIFIED: CompensationMode
COMPENSATION_MODE_NONE: CompensationMode
COMPENSATION_MODE_INVERSE: CompensationMode
COMPENSATION_MODE_CUSTOM: CompensationMode
UNDO_RESULT_UNSPECIFIED: UndoResult
UNDO_RESULT_DONE: UndoResult
UNDO_RESULT_NOTHING_TO_UNDO: UndoResult
UNDO_RESULT_REFUSED: UndoResult
IDEMPOTENCY_UNSPECIFIED: Idempotency
IDEMPOTENCY_KEY: Idempotency
IDEMPOTENCY_NATURAL: Idempotency
IDENTITY_TIMING_UNSPECIFIED: IdentityTiming
IDENTITY_TIMING_EARLY: IdentityTiming
IDENTITY_TIMING_BY_NAME: IdentityTiming
DEFERRAL_UNSPECIFIED: Deferral
DEFERRAL_MARKED: Deferral
DEFERRAL_DURABLE: Deferral

class ResourceSpec(_message.Message):
    __slots__ = ("name", "type", "config_json", "size", "hints", "depends_on")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CONFIG_JSON_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    HINTS_FIELD_NUMBER: _ClassVar[int]
    DEPENDS_ON_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: str
    config_json: bytes
    size: str
    hints: ResourceHints
    depends_on: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., type: _Optional[str] = ..., config_json: _Optional[bytes] = ..., size: _Optional[str] = ..., hints: _Optional[_Union[ResourceHints, _Mapping]] = ..., depends_on: _Optional[_Iterable[str]] = ...) -> None: ...

class ResourceRef(_message.Message):
    __slots__ = ("name", "type", "provider_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: str
    provider_id: str
    def __init__(self, name: _Optional[str] = ..., type: _Optional[str] = ..., provider_id: _Optional[str] = ...) -> None: ...

class ResourceHints(_message.Message):
    __slots__ = ("cpu", "memory", "storage")
    CPU_FIELD_NUMBER: _ClassVar[int]
    MEMORY_FIELD_NUMBER: _ClassVar[int]
    STORAGE_FIELD_NUMBER: _ClassVar[int]
    cpu: str
    memory: str
    storage: str
    def __init__(self, cpu: _Optional[str] = ..., memory: _Optional[str] = ..., storage: _Optional[str] = ...) -> None: ...

class ProviderSizing(_message.Message):
    __slots__ = ("instance_type", "specs_json")
    INSTANCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    SPECS_JSON_FIELD_NUMBER: _ClassVar[int]
    instance_type: str
    specs_json: bytes
    def __init__(self, instance_type: _Optional[str] = ..., specs_json: _Optional[bytes] = ...) -> None: ...

class IaCCapabilityDeclaration(_message.Message):
    __slots__ = ("resource_type", "tier", "operations")
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    tier: int
    operations: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, resource_type: _Optional[str] = ..., tier: _Optional[int] = ..., operations: _Optional[_Iterable[str]] = ...) -> None: ...

class ResourceState(_message.Message):
    __slots__ = ("id", "name", "type", "provider", "provider_ref", "provider_id", "config_hash", "applied_config_json", "applied_config_source", "outputs_json", "dependencies", "created_at", "updated_at", "last_drift_check")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_REF_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_ID_FIELD_NUMBER: _ClassVar[int]
    CONFIG_HASH_FIELD_NUMBER: _ClassVar[int]
    APPLIED_CONFIG_JSON_FIELD_NUMBER: _ClassVar[int]
    APPLIED_CONFIG_SOURCE_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_JSON_FIELD_NUMBER: _ClassVar[int]
    DEPENDENCIES_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_DRIFT_CHECK_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    type: str
    provider: str
    provider_ref: str
    provider_id: str
    config_hash: str
    applied_config_json: bytes
    applied_config_source: str
    outputs_json: bytes
    dependencies: _containers.RepeatedScalarFieldContainer[str]
    created_at: _timestamp_pb2.Timestamp
    updated_at: _timestamp_pb2.Timestamp
    last_drift_check: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., type: _Optional[str] = ..., provider: _Optional[str] = ..., provider_ref: _Optional[str] = ..., provider_id: _Optional[str] = ..., config_hash: _Optional[str] = ..., applied_config_json: _Optional[bytes] = ..., applied_config_source: _Optional[str] = ..., outputs_json: _Optional[bytes] = ..., dependencies: _Optional[_Iterable[str]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_drift_check: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ResourceOutput(_message.Message):
    __slots__ = ("name", "type", "provider_id", "outputs_json", "sensitive", "status", "idempotency_key", "adopted", "deferred")
    class SensitiveEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bool
        def __init__(self, key: _Optional[str] = ..., value: bool = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_ID_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_JSON_FIELD_NUMBER: _ClassVar[int]
    SENSITIVE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    ADOPTED_FIELD_NUMBER: _ClassVar[int]
    DEFERRED_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: str
    provider_id: str
    outputs_json: bytes
    sensitive: _containers.ScalarMap[str, bool]
    status: str
    idempotency_key: str
    adopted: bool
    deferred: bool
    def __init__(self, name: _Optional[str] = ..., type: _Optional[str] = ..., provider_id: _Optional[str] = ..., outputs_json: _Optional[bytes] = ..., sensitive: _Optional[_Mapping[str, bool]] = ..., status: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., adopted: bool = ..., deferred: bool = ...) -> None: ...

class ResourceStatus(_message.Message):
    __slots__ = ("name", "type", "provider_id", "status", "outputs_json")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_JSON_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: str
    provider_id: str
    status: str
    outputs_json: bytes
    def __init__(self, name: _Optional[str] = ..., type: _Optional[str] = ..., provider_id: _Optional[str] = ..., status: _Optional[str] = ..., outputs_json: _Optional[bytes] = ...) -> None: ...

class FieldChange(_message.Message):
    __slots__ = ("path", "old_json", "new_json", "force_new")
    PATH_FIELD_NUMBER: _ClassVar[int]
    OLD_JSON_FIELD_NUMBER: _ClassVar[int]
    NEW_JSON_FIELD_NUMBER: _ClassVar[int]
    FORCE_NEW_FIELD_NUMBER: _ClassVar[int]
    path: str
    old_json: bytes
    new_json: bytes
    force_new: bool
    def __init__(self, path: _Optional[str] = ..., old_json: _Optional[bytes] = ..., new_json: _Optional[bytes] = ..., force_new: bool = ...) -> None: ...

class DiffResult(_message.Message):
    __slots__ = ("needs_update", "needs_replace", "changes")
    NEEDS_UPDATE_FIELD_NUMBER: _ClassVar[int]
    NEEDS_REPLACE_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    needs_update: bool
    needs_replace: bool
    changes: _containers.RepeatedCompositeFieldContainer[FieldChange]
    def __init__(self, needs_update: bool = ..., needs_replace: bool = ..., changes: _Optional[_Iterable[_Union[FieldChange, _Mapping]]] = ...) -> None: ...

class IaCRequirement(_message.Message):
    __slots__ = ("key", "kind", "source", "resource_type_hint", "environment", "runtimes", "telemetry_signals", "observability_backends", "deployment_modes", "vendor_features", "parameters_json")
    KEY_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_TYPE_HINT_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    RUNTIMES_FIELD_NUMBER: _ClassVar[int]
    TELEMETRY_SIGNALS_FIELD_NUMBER: _ClassVar[int]
    OBSERVABILITY_BACKENDS_FIELD_NUMBER: _ClassVar[int]
    DEPLOYMENT_MODES_FIELD_NUMBER: _ClassVar[int]
    VENDOR_FEATURES_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_JSON_FIELD_NUMBER: _ClassVar[int]
    key: str
    kind: RequirementKind
    source: str
    resource_type_hint: str
    environment: str
    runtimes: _containers.RepeatedScalarFieldContainer[RequirementRuntime]
    telemetry_signals: _containers.RepeatedScalarFieldContainer[TelemetrySignal]
    observability_backends: _containers.RepeatedScalarFieldContainer[ObservabilityBackend]
    deployment_modes: _containers.RepeatedScalarFieldContainer[DeploymentMode]
    vendor_features: _containers.RepeatedScalarFieldContainer[str]
    parameters_json: bytes
    def __init__(self, key: _Optional[str] = ..., kind: _Optional[_Union[RequirementKind, str]] = ..., source: _Optional[str] = ..., resource_type_hint: _Optional[str] = ..., environment: _Optional[str] = ..., runtimes: _Optional[_Iterable[_Union[RequirementRuntime, str]]] = ..., telemetry_signals: _Optional[_Iterable[_Union[TelemetrySignal, str]]] = ..., observability_backends: _Optional[_Iterable[_Union[ObservabilityBackend, str]]] = ..., deployment_modes: _Optional[_Iterable[_Union[DeploymentMode, str]]] = ..., vendor_features: _Optional[_Iterable[str]] = ..., parameters_json: _Optional[bytes] = ...) -> None: ...

class DiscoverRequirementsRequest(_message.Message):
    __slots__ = ("context", "module_config_json")
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    MODULE_CONFIG_JSON_FIELD_NUMBER: _ClassVar[int]
    context: RequirementContext
    module_config_json: bytes
    def __init__(self, context: _Optional[_Union[RequirementContext, _Mapping]] = ..., module_config_json: _Optional[bytes] = ...) -> None: ...

class RequirementContext(_message.Message):
    __slots__ = ("application", "environment", "modules", "plugin_ids")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    MODULES_FIELD_NUMBER: _ClassVar[int]
    PLUGIN_IDS_FIELD_NUMBER: _ClassVar[int]
    application: str
    environment: str
    modules: _containers.RepeatedCompositeFieldContainer[ModuleRef]
    plugin_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, application: _Optional[str] = ..., environment: _Optional[str] = ..., modules: _Optional[_Iterable[_Union[ModuleRef, _Mapping]]] = ..., plugin_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ModuleRef(_message.Message):
    __slots__ = ("name", "type", "satisfies")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SATISFIES_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: str
    satisfies: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., type: _Optional[str] = ..., satisfies: _Optional[_Iterable[str]] = ...) -> None: ...

class DiscoverRequirementsResponse(_message.Message):
    __slots__ = ("requirements",)
    REQUIREMENTS_FIELD_NUMBER: _ClassVar[int]
    requirements: _containers.RepeatedCompositeFieldContainer[IaCRequirement]
    def __init__(self, requirements: _Optional[_Iterable[_Union[IaCRequirement, _Mapping]]] = ...) -> None: ...

class MapRequirementsRequest(_message.Message):
    __slots__ = ("provider", "runtime", "environment", "requirements")
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENTS_FIELD_NUMBER: _ClassVar[int]
    provider: str
    runtime: RequirementRuntime
    environment: str
    requirements: _containers.RepeatedCompositeFieldContainer[IaCRequirement]
    def __init__(self, provider: _Optional[str] = ..., runtime: _Optional[_Union[RequirementRuntime, str]] = ..., environment: _Optional[str] = ..., requirements: _Optional[_Iterable[_Union[IaCRequirement, _Mapping]]] = ...) -> None: ...

class DerivedModuleSpec(_message.Message):
    __slots__ = ("name", "type", "satisfies", "config_json", "depends_on")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SATISFIES_FIELD_NUMBER: _ClassVar[int]
    CONFIG_JSON_FIELD_NUMBER: _ClassVar[int]
    DEPENDS_ON_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: str
    satisfies: _containers.RepeatedScalarFieldContainer[str]
    config_json: bytes
    depends_on: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., type: _Optional[str] = ..., satisfies: _Optional[_Iterable[str]] = ..., config_json: _Optional[bytes] = ..., depends_on: _Optional[_Iterable[str]] = ...) -> None: ...

class RequirementDiagnostic(_message.Message):
    __slots__ = ("key", "code", "message")
    KEY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    key: str
    code: str
    message: str
    def __init__(self, key: _Optional[str] = ..., code: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class RequirementNote(_message.Message):
    __slots__ = ("key", "message", "interactive")
    KEY_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    INTERACTIVE_FIELD_NUMBER: _ClassVar[int]
    key: str
    message: str
    interactive: bool
    def __init__(self, key: _Optional[str] = ..., message: _Optional[str] = ..., interactive: bool = ...) -> None: ...

class MapRequirementsResponse(_message.Message):
    __slots__ = ("accepted_keys", "rejected", "modules", "notes")
    ACCEPTED_KEYS_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    MODULES_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    accepted_keys: _containers.RepeatedScalarFieldContainer[str]
    rejected: _containers.RepeatedCompositeFieldContainer[RequirementDiagnostic]
    modules: _containers.RepeatedCompositeFieldContainer[DerivedModuleSpec]
    notes: _containers.RepeatedCompositeFieldContainer[RequirementNote]
    def __init__(self, accepted_keys: _Optional[_Iterable[str]] = ..., rejected: _Optional[_Iterable[_Union[RequirementDiagnostic, _Mapping]]] = ..., modules: _Optional[_Iterable[_Union[DerivedModuleSpec, _Mapping]]] = ..., notes: _Optional[_Iterable[_Union[RequirementNote, _Mapping]]] = ...) -> None: ...

class DriftResult(_message.Message):
    __slots__ = ("name", "type", "drifted", "expected_json", "actual_json", "fields")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DRIFTED_FIELD_NUMBER: _ClassVar[int]
    CLASS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_JSON_FIELD_NUMBER: _ClassVar[int]
    ACTUAL_JSON_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: str
    drifted: bool
    expected_json: bytes
    actual_json: bytes
    fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., type: _Optional[str] = ..., drifted: bool = ..., expected_json: _Optional[bytes] = ..., actual_json: _Optional[bytes] = ..., fields: _Optional[_Iterable[str]] = ..., **kwargs) -> None: ...

class DriftEntry(_message.Message):
    __slots__ = ("name", "plan_fingerprint", "apply_fingerprint")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PLAN_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    APPLY_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    name: str
    plan_fingerprint: str
    apply_fingerprint: str
    def __init__(self, name: _Optional[str] = ..., plan_fingerprint: _Optional[str] = ..., apply_fingerprint: _Optional[str] = ...) -> None: ...

class HealthResult(_message.Message):
    __slots__ = ("healthy", "message")
    HEALTHY_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    healthy: bool
    message: str
    def __init__(self, healthy: bool = ..., message: _Optional[str] = ...) -> None: ...

class Diagnostic(_message.Message):
    __slots__ = ("id", "phase", "cause", "at", "detail")
    ID_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    id: str
    phase: str
    cause: str
    at: _timestamp_pb2.Timestamp
    detail: str
    def __init__(self, id: _Optional[str] = ..., phase: _Optional[str] = ..., cause: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., detail: _Optional[str] = ...) -> None: ...

class PlanDiagnostic(_message.Message):
    __slots__ = ("severity", "resource", "field", "message")
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    severity: PlanDiagnosticSeverity
    resource: str
    field: str
    message: str
    def __init__(self, severity: _Optional[_Union[PlanDiagnosticSeverity, str]] = ..., resource: _Optional[str] = ..., field: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class PlanAction(_message.Message):
    __slots__ = ("action", "resource", "current", "changes", "resolved_config_hash")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    RESOLVED_CONFIG_HASH_FIELD_NUMBER: _ClassVar[int]
    action: str
    resource: ResourceSpec
    current: ResourceState
    changes: _containers.RepeatedCompositeFieldContainer[FieldChange]
    resolved_config_hash: str
    def __init__(self, action: _Optional[str] = ..., resource: _Optional[_Union[ResourceSpec, _Mapping]] = ..., current: _Optional[_Union[ResourceState, _Mapping]] = ..., changes: _Optional[_Iterable[_Union[FieldChange, _Mapping]]] = ..., resolved_config_hash: _Optional[str] = ...) -> None: ...

class IaCPlan(_message.Message):
    __slots__ = ("id", "actions", "created_at", "desired_hash", "schema_version", "input_snapshot")
    class InputSnapshotEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    DESIRED_HASH_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_VERSION_FIELD_NUMBER: _ClassVar[int]
    INPUT_SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    id: str
    actions: _containers.RepeatedCompositeFieldContainer[PlanAction]
    created_at: _timestamp_pb2.Timestamp
    desired_hash: str
    schema_version: int
    input_snapshot: _containers.ScalarMap[str, str]
    def __init__(self, id: _Optional[str] = ..., actions: _Optional[_Iterable[_Union[PlanAction, _Mapping]]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., desired_hash: _Optional[str] = ..., schema_version: _Optional[int] = ..., input_snapshot: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ActionError(_message.Message):
    __slots__ = ("resource", "action", "error")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    resource: str
    action: str
    error: str
    def __init__(self, resource: _Optional[str] = ..., action: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...

class DestroyResult(_message.Message):
    __slots__ = ("destroyed", "errors")
    DESTROYED_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    destroyed: _containers.RepeatedScalarFieldContainer[str]
    errors: _containers.RepeatedCompositeFieldContainer[ActionError]
    def __init__(self, destroyed: _Optional[_Iterable[str]] = ..., errors: _Optional[_Iterable[_Union[ActionError, _Mapping]]] = ...) -> None: ...

class BootstrapResult(_message.Message):
    __slots__ = ("bucket", "region", "endpoint", "env_vars")
    class EnvVarsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    BUCKET_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    ENV_VARS_FIELD_NUMBER: _ClassVar[int]
    bucket: str
    region: str
    endpoint: str
    env_vars: _containers.ScalarMap[str, str]
    def __init__(self, bucket: _Optional[str] = ..., region: _Optional[str] = ..., endpoint: _Optional[str] = ..., env_vars: _Optional[_Mapping[str, str]] = ...) -> None: ...

class MigrationRepairRequest(_message.Message):
    __slots__ = ("app_resource_name", "database_resource_name", "job_image", "source_dir", "expected_dirty_version", "force_version", "then_up", "up_if_clean", "confirm_force", "env", "timeout_seconds")
    class EnvEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    APP_RESOURCE_NAME_FIELD_NUMBER: _ClassVar[int]
    DATABASE_RESOURCE_NAME_FIELD_NUMBER: _ClassVar[int]
    JOB_IMAGE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_DIR_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_DIRTY_VERSION_FIELD_NUMBER: _ClassVar[int]
    FORCE_VERSION_FIELD_NUMBER: _ClassVar[int]
    THEN_UP_FIELD_NUMBER: _ClassVar[int]
    UP_IF_CLEAN_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FORCE_FIELD_NUMBER: _ClassVar[int]
    ENV_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    app_resource_name: str
    database_resource_name: str
    job_image: str
    source_dir: str
    expected_dirty_version: str
    force_version: str
    then_up: bool
    up_if_clean: bool
    confirm_force: str
    env: _containers.ScalarMap[str, str]
    timeout_seconds: int
    def __init__(self, app_resource_name: _Optional[str] = ..., database_resource_name: _Optional[str] = ..., job_image: _Optional[str] = ..., source_dir: _Optional[str] = ..., expected_dirty_version: _Optional[str] = ..., force_version: _Optional[str] = ..., then_up: bool = ..., up_if_clean: bool = ..., confirm_force: _Optional[str] = ..., env: _Optional[_Mapping[str, str]] = ..., timeout_seconds: _Optional[int] = ...) -> None: ...

class MigrationRepairResult(_message.Message):
    __slots__ = ("provider_job_id", "status", "applied", "logs", "diagnostics")
    PROVIDER_JOB_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    LOGS_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSTICS_FIELD_NUMBER: _ClassVar[int]
    provider_job_id: str
    status: str
    applied: _containers.RepeatedScalarFieldContainer[str]
    logs: str
    diagnostics: _containers.RepeatedCompositeFieldContainer[Diagnostic]
    def __init__(self, provider_job_id: _Optional[str] = ..., status: _Optional[str] = ..., applied: _Optional[_Iterable[str]] = ..., logs: _Optional[str] = ..., diagnostics: _Optional[_Iterable[_Union[Diagnostic, _Mapping]]] = ...) -> None: ...

class InitializeRequest(_message.Message):
    __slots__ = ("config_json",)
    CONFIG_JSON_FIELD_NUMBER: _ClassVar[int]
    config_json: bytes
    def __init__(self, config_json: _Optional[bytes] = ...) -> None: ...

class InitializeResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class NameRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class NameResponse(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class VersionRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class VersionResponse(_message.Message):
    __slots__ = ("version",)
    VERSION_FIELD_NUMBER: _ClassVar[int]
    version: str
    def __init__(self, version: _Optional[str] = ...) -> None: ...

class CapabilitiesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CapabilitiesResponse(_message.Message):
    __slots__ = ("capabilities", "canonical_keys", "compute_plan_version")
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    CANONICAL_KEYS_FIELD_NUMBER: _ClassVar[int]
    COMPUTE_PLAN_VERSION_FIELD_NUMBER: _ClassVar[int]
    capabilities: _containers.RepeatedCompositeFieldContainer[IaCCapabilityDeclaration]
    canonical_keys: _containers.RepeatedScalarFieldContainer[str]
    compute_plan_version: str
    def __init__(self, capabilities: _Optional[_Iterable[_Union[IaCCapabilityDeclaration, _Mapping]]] = ..., canonical_keys: _Optional[_Iterable[str]] = ..., compute_plan_version: _Optional[str] = ...) -> None: ...

class PlanRequest(_message.Message):
    __slots__ = ("desired", "current")
    DESIRED_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    desired: _containers.RepeatedCompositeFieldContainer[ResourceSpec]
    current: _containers.RepeatedCompositeFieldContainer[ResourceState]
    def __init__(self, desired: _Optional[_Iterable[_Union[ResourceSpec, _Mapping]]] = ..., current: _Optional[_Iterable[_Union[ResourceState, _Mapping]]] = ...) -> None: ...

class PlanResponse(_message.Message):
    __slots__ = ("plan",)
    PLAN_FIELD_NUMBER: _ClassVar[int]
    plan: IaCPlan
    def __init__(self, plan: _Optional[_Union[IaCPlan, _Mapping]] = ...) -> None: ...

class DestroyRequest(_message.Message):
    __slots__ = ("refs",)
    REFS_FIELD_NUMBER: _ClassVar[int]
    refs: _containers.RepeatedCompositeFieldContainer[ResourceRef]
    def __init__(self, refs: _Optional[_Iterable[_Union[ResourceRef, _Mapping]]] = ...) -> None: ...

class DestroyResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: DestroyResult
    def __init__(self, result: _Optional[_Union[DestroyResult, _Mapping]] = ...) -> None: ...

class StatusRequest(_message.Message):
    __slots__ = ("refs",)
    REFS_FIELD_NUMBER: _ClassVar[int]
    refs: _containers.RepeatedCompositeFieldContainer[ResourceRef]
    def __init__(self, refs: _Optional[_Iterable[_Union[ResourceRef, _Mapping]]] = ...) -> None: ...

class StatusResponse(_message.Message):
    __slots__ = ("statuses",)
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    statuses: _containers.RepeatedCompositeFieldContainer[ResourceStatus]
    def __init__(self, statuses: _Optional[_Iterable[_Union[ResourceStatus, _Mapping]]] = ...) -> None: ...

class ImportRequest(_message.Message):
    __slots__ = ("provider_id", "resource_type")
    PROVIDER_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    provider_id: str
    resource_type: str
    def __init__(self, provider_id: _Optional[str] = ..., resource_type: _Optional[str] = ...) -> None: ...

class ImportResponse(_message.Message):
    __slots__ = ("state",)
    STATE_FIELD_NUMBER: _ClassVar[int]
    state: ResourceState
    def __init__(self, state: _Optional[_Union[ResourceState, _Mapping]] = ...) -> None: ...

class ResolveSizingRequest(_message.Message):
    __slots__ = ("resource_type", "size", "hints")
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    HINTS_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    size: str
    hints: ResourceHints
    def __init__(self, resource_type: _Optional[str] = ..., size: _Optional[str] = ..., hints: _Optional[_Union[ResourceHints, _Mapping]] = ...) -> None: ...

class ResolveSizingResponse(_message.Message):
    __slots__ = ("sizing",)
    SIZING_FIELD_NUMBER: _ClassVar[int]
    sizing: ProviderSizing
    def __init__(self, sizing: _Optional[_Union[ProviderSizing, _Mapping]] = ...) -> None: ...

class BootstrapStateBackendRequest(_message.Message):
    __slots__ = ("config_json",)
    CONFIG_JSON_FIELD_NUMBER: _ClassVar[int]
    config_json: bytes
    def __init__(self, config_json: _Optional[bytes] = ...) -> None: ...

class BootstrapStateBackendResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: BootstrapResult
    def __init__(self, result: _Optional[_Union[BootstrapResult, _Mapping]] = ...) -> None: ...

class EnumerateAllRequest(_message.Message):
    __slots__ = ("resource_type",)
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    def __init__(self, resource_type: _Optional[str] = ...) -> None: ...

class EnumerateAllResponse(_message.Message):
    __slots__ = ("outputs",)
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    outputs: _containers.RepeatedCompositeFieldContainer[ResourceOutput]
    def __init__(self, outputs: _Optional[_Iterable[_Union[ResourceOutput, _Mapping]]] = ...) -> None: ...

class EnumerateByTagRequest(_message.Message):
    __slots__ = ("tag",)
    TAG_FIELD_NUMBER: _ClassVar[int]
    tag: str
    def __init__(self, tag: _Optional[str] = ...) -> None: ...

class EnumerateByTagResponse(_message.Message):
    __slots__ = ("refs",)
    REFS_FIELD_NUMBER: _ClassVar[int]
    refs: _containers.RepeatedCompositeFieldContainer[ResourceRef]
    def __init__(self, refs: _Optional[_Iterable[_Union[ResourceRef, _Mapping]]] = ...) -> None: ...

class DetectDriftRequest(_message.Message):
    __slots__ = ("refs",)
    REFS_FIELD_NUMBER: _ClassVar[int]
    refs: _containers.RepeatedCompositeFieldContainer[ResourceRef]
    def __init__(self, refs: _Optional[_Iterable[_Union[ResourceRef, _Mapping]]] = ...) -> None: ...

class DetectDriftResponse(_message.Message):
    __slots__ = ("drifts",)
    DRIFTS_FIELD_NUMBER: _ClassVar[int]
    drifts: _containers.RepeatedCompositeFieldContainer[DriftResult]
    def __init__(self, drifts: _Optional[_Iterable[_Union[DriftResult, _Mapping]]] = ...) -> None: ...

class DetectDriftWithSpecsRequest(_message.Message):
    __slots__ = ("refs", "specs")
    class SpecsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: ResourceSpec
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[ResourceSpec, _Mapping]] = ...) -> None: ...
    REFS_FIELD_NUMBER: _ClassVar[int]
    SPECS_FIELD_NUMBER: _ClassVar[int]
    refs: _containers.RepeatedCompositeFieldContainer[ResourceRef]
    specs: _containers.MessageMap[str, ResourceSpec]
    def __init__(self, refs: _Optional[_Iterable[_Union[ResourceRef, _Mapping]]] = ..., specs: _Optional[_Mapping[str, ResourceSpec]] = ...) -> None: ...

class DetectDriftWithSpecsResponse(_message.Message):
    __slots__ = ("drifts",)
    DRIFTS_FIELD_NUMBER: _ClassVar[int]
    drifts: _containers.RepeatedCompositeFieldContainer[DriftResult]
    def __init__(self, drifts: _Optional[_Iterable[_Union[DriftResult, _Mapping]]] = ...) -> None: ...

class RevokeProviderCredentialRequest(_message.Message):
    __slots__ = ("source", "credential_id")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_ID_FIELD_NUMBER: _ClassVar[int]
    source: str
    credential_id: str
    def __init__(self, source: _Optional[str] = ..., credential_id: _Optional[str] = ...) -> None: ...

class RevokeProviderCredentialResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListRegionsRequest(_message.Message):
    __slots__ = ("env_name",)
    ENV_NAME_FIELD_NUMBER: _ClassVar[int]
    env_name: str
    def __init__(self, env_name: _Optional[str] = ...) -> None: ...

class ProviderRegion(_message.Message):
    __slots__ = ("name", "display_name")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ...) -> None: ...

class ListRegionsResponse(_message.Message):
    __slots__ = ("regions",)
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    regions: _containers.RepeatedCompositeFieldContainer[ProviderRegion]
    def __init__(self, regions: _Optional[_Iterable[_Union[ProviderRegion, _Mapping]]] = ...) -> None: ...

class GetOwnerRequest(_message.Message):
    __slots__ = ("ref",)
    REF_FIELD_NUMBER: _ClassVar[int]
    ref: ResourceRef
    def __init__(self, ref: _Optional[_Union[ResourceRef, _Mapping]] = ...) -> None: ...

class GetOwnerResponse(_message.Message):
    __slots__ = ("owner", "source")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    owner: str
    source: str
    def __init__(self, owner: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...

class SetOwnerRequest(_message.Message):
    __slots__ = ("ref", "owner")
    REF_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ref: ResourceRef
    owner: str
    def __init__(self, ref: _Optional[_Union[ResourceRef, _Mapping]] = ..., owner: _Optional[str] = ...) -> None: ...

class SetOwnerResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListOwnersRequest(_message.Message):
    __slots__ = ("owner", "resource_type")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    owner: str
    resource_type: str
    def __init__(self, owner: _Optional[str] = ..., resource_type: _Optional[str] = ...) -> None: ...

class OwnedResource(_message.Message):
    __slots__ = ("ref", "owner", "source")
    REF_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ref: ResourceRef
    owner: str
    source: str
    def __init__(self, ref: _Optional[_Union[ResourceRef, _Mapping]] = ..., owner: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...

class ListOwnersResponse(_message.Message):
    __slots__ = ("resources",)
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    resources: _containers.RepeatedCompositeFieldContainer[OwnedResource]
    def __init__(self, resources: _Optional[_Iterable[_Union[OwnedResource, _Mapping]]] = ...) -> None: ...

class FinalizeApplyRequest(_message.Message):
    __slots__ = ("plan_id", "run_id", "applied")
    PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    plan_id: str
    run_id: str
    applied: _containers.RepeatedCompositeFieldContainer[AppliedAction]
    def __init__(self, plan_id: _Optional[str] = ..., run_id: _Optional[str] = ..., applied: _Optional[_Iterable[_Union[AppliedAction, _Mapping]]] = ...) -> None: ...

class FinalizeApplyResponse(_message.Message):
    __slots__ = ("errors", "actions")
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    errors: _containers.RepeatedCompositeFieldContainer[ActionError]
    actions: _containers.RepeatedCompositeFieldContainer[ActionResult]
    def __init__(self, errors: _Optional[_Iterable[_Union[ActionError, _Mapping]]] = ..., actions: _Optional[_Iterable[_Union[ActionResult, _Mapping]]] = ...) -> None: ...

class RepairDirtyMigrationRequest(_message.Message):
    __slots__ = ("request",)
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    request: MigrationRepairRequest
    def __init__(self, request: _Optional[_Union[MigrationRepairRequest, _Mapping]] = ...) -> None: ...

class RepairDirtyMigrationResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: MigrationRepairResult
    def __init__(self, result: _Optional[_Union[MigrationRepairResult, _Mapping]] = ...) -> None: ...

class ValidatePlanRequest(_message.Message):
    __slots__ = ("plan",)
    PLAN_FIELD_NUMBER: _ClassVar[int]
    plan: IaCPlan
    def __init__(self, plan: _Optional[_Union[IaCPlan, _Mapping]] = ...) -> None: ...

class ValidatePlanResponse(_message.Message):
    __slots__ = ("diagnostics",)
    DIAGNOSTICS_FIELD_NUMBER: _ClassVar[int]
    diagnostics: _containers.RepeatedCompositeFieldContainer[PlanDiagnostic]
    def __init__(self, diagnostics: _Optional[_Iterable[_Union[PlanDiagnostic, _Mapping]]] = ...) -> None: ...

class DetectDriftConfigRequest(_message.Message):
    __slots__ = ("refs", "specs")
    class SpecsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: ResourceSpec
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[ResourceSpec, _Mapping]] = ...) -> None: ...
    REFS_FIELD_NUMBER: _ClassVar[int]
    SPECS_FIELD_NUMBER: _ClassVar[int]
    refs: _containers.RepeatedCompositeFieldContainer[ResourceRef]
    specs: _containers.MessageMap[str, ResourceSpec]
    def __init__(self, refs: _Optional[_Iterable[_Union[ResourceRef, _Mapping]]] = ..., specs: _Optional[_Mapping[str, ResourceSpec]] = ...) -> None: ...

class DetectDriftConfigResponse(_message.Message):
    __slots__ = ("drifts",)
    DRIFTS_FIELD_NUMBER: _ClassVar[int]
    drifts: _containers.RepeatedCompositeFieldContainer[DriftResult]
    def __init__(self, drifts: _Optional[_Iterable[_Union[DriftResult, _Mapping]]] = ...) -> None: ...

class CaptureLogsRequest(_message.Message):
    __slots__ = ("resource_name", "resource_type", "provider_id", "component_name", "log_type", "tail_lines", "follow", "duration_seconds", "deployment_id")
    RESOURCE_NAME_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_ID_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_NAME_FIELD_NUMBER: _ClassVar[int]
    LOG_TYPE_FIELD_NUMBER: _ClassVar[int]
    TAIL_LINES_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_FIELD_NUMBER: _ClassVar[int]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    DEPLOYMENT_ID_FIELD_NUMBER: _ClassVar[int]
    resource_name: str
    resource_type: str
    provider_id: str
    component_name: str
    log_type: LogCaptureType
    tail_lines: int
    follow: bool
    duration_seconds: int
    deployment_id: str
    def __init__(self, resource_name: _Optional[str] = ..., resource_type: _Optional[str] = ..., provider_id: _Optional[str] = ..., component_name: _Optional[str] = ..., log_type: _Optional[_Union[LogCaptureType, str]] = ..., tail_lines: _Optional[int] = ..., follow: bool = ..., duration_seconds: _Optional[int] = ..., deployment_id: _Optional[str] = ...) -> None: ...

class LogChunk(_message.Message):
    __slots__ = ("data", "source", "eof")
    DATA_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    EOF_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    source: str
    eof: bool
    def __init__(self, data: _Optional[bytes] = ..., source: _Optional[str] = ..., eof: bool = ...) -> None: ...

class JobSpec(_message.Message):
    __slots__ = ("name", "kind", "image", "run_command", "env_vars", "env_vars_secret", "cron", "termination", "alerts", "log_destinations")
    class EnvVarsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class EnvVarsSecretEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    RUN_COMMAND_FIELD_NUMBER: _ClassVar[int]
    ENV_VARS_FIELD_NUMBER: _ClassVar[int]
    ENV_VARS_SECRET_FIELD_NUMBER: _ClassVar[int]
    CRON_FIELD_NUMBER: _ClassVar[int]
    TERMINATION_FIELD_NUMBER: _ClassVar[int]
    ALERTS_FIELD_NUMBER: _ClassVar[int]
    LOG_DESTINATIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: str
    image: str
    run_command: str
    env_vars: _containers.ScalarMap[str, str]
    env_vars_secret: _containers.ScalarMap[str, str]
    cron: str
    termination: JobTerminationSpec
    alerts: _containers.RepeatedCompositeFieldContainer[JobAlertSpec]
    log_destinations: _containers.RepeatedCompositeFieldContainer[JobLogDestinationSpec]
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[str] = ..., image: _Optional[str] = ..., run_command: _Optional[str] = ..., env_vars: _Optional[_Mapping[str, str]] = ..., env_vars_secret: _Optional[_Mapping[str, str]] = ..., cron: _Optional[str] = ..., termination: _Optional[_Union[JobTerminationSpec, _Mapping]] = ..., alerts: _Optional[_Iterable[_Union[JobAlertSpec, _Mapping]]] = ..., log_destinations: _Optional[_Iterable[_Union[JobLogDestinationSpec, _Mapping]]] = ...) -> None: ...

class JobTerminationSpec(_message.Message):
    __slots__ = ("drain_seconds", "grace_period_seconds")
    DRAIN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    GRACE_PERIOD_SECONDS_FIELD_NUMBER: _ClassVar[int]
    drain_seconds: int
    grace_period_seconds: int
    def __init__(self, drain_seconds: _Optional[int] = ..., grace_period_seconds: _Optional[int] = ...) -> None: ...

class JobAlertSpec(_message.Message):
    __slots__ = ("rule", "operator", "value", "window", "disabled")
    RULE_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    rule: str
    operator: str
    value: float
    window: str
    disabled: bool
    def __init__(self, rule: _Optional[str] = ..., operator: _Optional[str] = ..., value: _Optional[float] = ..., window: _Optional[str] = ..., disabled: bool = ...) -> None: ...

class JobLogDestinationSpec(_message.Message):
    __slots__ = ("name", "endpoint", "headers", "tls")
    class HeadersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    TLS_FIELD_NUMBER: _ClassVar[int]
    name: str
    endpoint: str
    headers: _containers.ScalarMap[str, str]
    tls: bool
    def __init__(self, name: _Optional[str] = ..., endpoint: _Optional[str] = ..., headers: _Optional[_Mapping[str, str]] = ..., tls: bool = ...) -> None: ...

class JobHandle(_message.Message):
    __slots__ = ("id", "name", "provider", "metadata")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    provider: str
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., provider: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class JobStatusReply(_message.Message):
    __slots__ = ("handle", "state", "exit_code", "message")
    HANDLE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EXIT_CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    handle: JobHandle
    state: JobState
    exit_code: int
    message: str
    def __init__(self, handle: _Optional[_Union[JobHandle, _Mapping]] = ..., state: _Optional[_Union[JobState, str]] = ..., exit_code: _Optional[int] = ..., message: _Optional[str] = ...) -> None: ...

class ResourceCreateRequest(_message.Message):
    __slots__ = ("resource_type", "spec")
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    spec: ResourceSpec
    def __init__(self, resource_type: _Optional[str] = ..., spec: _Optional[_Union[ResourceSpec, _Mapping]] = ...) -> None: ...

class ResourceCreateResponse(_message.Message):
    __slots__ = ("output",)
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    output: ResourceOutput
    def __init__(self, output: _Optional[_Union[ResourceOutput, _Mapping]] = ...) -> None: ...

class ResourceReadRequest(_message.Message):
    __slots__ = ("resource_type", "ref")
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    REF_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    ref: ResourceRef
    def __init__(self, resource_type: _Optional[str] = ..., ref: _Optional[_Union[ResourceRef, _Mapping]] = ...) -> None: ...

class ResourceReadResponse(_message.Message):
    __slots__ = ("output",)
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    output: ResourceOutput
    def __init__(self, output: _Optional[_Union[ResourceOutput, _Mapping]] = ...) -> None: ...

class ResourceUpdateRequest(_message.Message):
    __slots__ = ("resource_type", "ref", "spec")
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    REF_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    ref: ResourceRef
    spec: ResourceSpec
    def __init__(self, resource_type: _Optional[str] = ..., ref: _Optional[_Union[ResourceRef, _Mapping]] = ..., spec: _Optional[_Union[ResourceSpec, _Mapping]] = ...) -> None: ...

class ResourceUpdateResponse(_message.Message):
    __slots__ = ("output",)
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    output: ResourceOutput
    def __init__(self, output: _Optional[_Union[ResourceOutput, _Mapping]] = ...) -> None: ...

class ResourceDeleteRequest(_message.Message):
    __slots__ = ("resource_type", "ref")
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    REF_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    ref: ResourceRef
    def __init__(self, resource_type: _Optional[str] = ..., ref: _Optional[_Union[ResourceRef, _Mapping]] = ...) -> None: ...

class ResourceDeleteResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ResourceDiffRequest(_message.Message):
    __slots__ = ("resource_type", "desired", "current")
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    DESIRED_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    desired: ResourceSpec
    current: ResourceOutput
    def __init__(self, resource_type: _Optional[str] = ..., desired: _Optional[_Union[ResourceSpec, _Mapping]] = ..., current: _Optional[_Union[ResourceOutput, _Mapping]] = ...) -> None: ...

class ResourceDiffResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: DiffResult
    def __init__(self, result: _Optional[_Union[DiffResult, _Mapping]] = ...) -> None: ...

class ResourceScaleRequest(_message.Message):
    __slots__ = ("resource_type", "ref", "replicas")
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    REF_FIELD_NUMBER: _ClassVar[int]
    REPLICAS_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    ref: ResourceRef
    replicas: int
    def __init__(self, resource_type: _Optional[str] = ..., ref: _Optional[_Union[ResourceRef, _Mapping]] = ..., replicas: _Optional[int] = ...) -> None: ...

class ResourceScaleResponse(_message.Message):
    __slots__ = ("output",)
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    output: ResourceOutput
    def __init__(self, output: _Optional[_Union[ResourceOutput, _Mapping]] = ...) -> None: ...

class ResourceHealthCheckRequest(_message.Message):
    __slots__ = ("resource_type", "ref")
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    REF_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    ref: ResourceRef
    def __init__(self, resource_type: _Optional[str] = ..., ref: _Optional[_Union[ResourceRef, _Mapping]] = ...) -> None: ...

class ResourceHealthCheckResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: HealthResult
    def __init__(self, result: _Optional[_Union[HealthResult, _Mapping]] = ...) -> None: ...

class SensitiveKeysRequest(_message.Message):
    __slots__ = ("resource_type",)
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    def __init__(self, resource_type: _Optional[str] = ...) -> None: ...

class SensitiveKeysResponse(_message.Message):
    __slots__ = ("keys",)
    KEYS_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, keys: _Optional[_Iterable[str]] = ...) -> None: ...

class TroubleshootRequest(_message.Message):
    __slots__ = ("resource_type", "ref", "failure_msg")
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    REF_FIELD_NUMBER: _ClassVar[int]
    FAILURE_MSG_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    ref: ResourceRef
    failure_msg: str
    def __init__(self, resource_type: _Optional[str] = ..., ref: _Optional[_Union[ResourceRef, _Mapping]] = ..., failure_msg: _Optional[str] = ...) -> None: ...

class TroubleshootResponse(_message.Message):
    __slots__ = ("diagnostics",)
    DIAGNOSTICS_FIELD_NUMBER: _ClassVar[int]
    diagnostics: _containers.RepeatedCompositeFieldContainer[Diagnostic]
    def __init__(self, diagnostics: _Optional[_Iterable[_Union[Diagnostic, _Mapping]]] = ...) -> None: ...

class IaCState(_message.Message):
    __slots__ = ("resource_id", "resource_type", "provider", "provider_ref", "provider_id", "config_hash", "status", "outputs_json", "config_json", "dependencies", "created_at", "updated_at", "error")
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_REF_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_ID_FIELD_NUMBER: _ClassVar[int]
    CONFIG_HASH_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_JSON_FIELD_NUMBER: _ClassVar[int]
    CONFIG_JSON_FIELD_NUMBER: _ClassVar[int]
    DEPENDENCIES_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    resource_id: str
    resource_type: str
    provider: str
    provider_ref: str
    provider_id: str
    config_hash: str
    status: str
    outputs_json: bytes
    config_json: bytes
    dependencies: _containers.RepeatedScalarFieldContainer[str]
    created_at: str
    updated_at: str
    error: str
    def __init__(self, resource_id: _Optional[str] = ..., resource_type: _Optional[str] = ..., provider: _Optional[str] = ..., provider_ref: _Optional[str] = ..., provider_id: _Optional[str] = ..., config_hash: _Optional[str] = ..., status: _Optional[str] = ..., outputs_json: _Optional[bytes] = ..., config_json: _Optional[bytes] = ..., dependencies: _Optional[_Iterable[str]] = ..., created_at: _Optional[str] = ..., updated_at: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...

class ConfigureRequest(_message.Message):
    __slots__ = ("backend_name", "config_json")
    BACKEND_NAME_FIELD_NUMBER: _ClassVar[int]
    CONFIG_JSON_FIELD_NUMBER: _ClassVar[int]
    backend_name: str
    config_json: bytes
    def __init__(self, backend_name: _Optional[str] = ..., config_json: _Optional[bytes] = ...) -> None: ...

class ConfigureResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetStateRequest(_message.Message):
    __slots__ = ("resource_id",)
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    resource_id: str
    def __init__(self, resource_id: _Optional[str] = ...) -> None: ...

class GetStateResponse(_message.Message):
    __slots__ = ("state", "exists")
    STATE_FIELD_NUMBER: _ClassVar[int]
    EXISTS_FIELD_NUMBER: _ClassVar[int]
    state: IaCState
    exists: bool
    def __init__(self, state: _Optional[_Union[IaCState, _Mapping]] = ..., exists: bool = ...) -> None: ...

class SaveStateRequest(_message.Message):
    __slots__ = ("state",)
    STATE_FIELD_NUMBER: _ClassVar[int]
    state: IaCState
    def __init__(self, state: _Optional[_Union[IaCState, _Mapping]] = ...) -> None: ...

class SaveStateResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListStatesRequest(_message.Message):
    __slots__ = ("filter",)
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    FILTER_FIELD_NUMBER: _ClassVar[int]
    filter: _containers.ScalarMap[str, str]
    def __init__(self, filter: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ListStatesResponse(_message.Message):
    __slots__ = ("states",)
    STATES_FIELD_NUMBER: _ClassVar[int]
    states: _containers.RepeatedCompositeFieldContainer[IaCState]
    def __init__(self, states: _Optional[_Iterable[_Union[IaCState, _Mapping]]] = ...) -> None: ...

class DeleteStateRequest(_message.Message):
    __slots__ = ("resource_id",)
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    resource_id: str
    def __init__(self, resource_id: _Optional[str] = ...) -> None: ...

class DeleteStateResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class LockRequest(_message.Message):
    __slots__ = ("resource_id",)
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    resource_id: str
    def __init__(self, resource_id: _Optional[str] = ...) -> None: ...

class LockResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class UnlockRequest(_message.Message):
    __slots__ = ("resource_id",)
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    resource_id: str
    def __init__(self, resource_id: _Optional[str] = ...) -> None: ...

class UnlockResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListBackendNamesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListBackendNamesResponse(_message.Message):
    __slots__ = ("backend_names",)
    BACKEND_NAMES_FIELD_NUMBER: _ClassVar[int]
    backend_names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, backend_names: _Optional[_Iterable[str]] = ...) -> None: ...

class ActionResult(_message.Message):
    __slots__ = ("action_index", "status", "error", "resource_name", "resource_type", "provider_id", "code", "evidence_json")
    ACTION_INDEX_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_NAME_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_ID_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_JSON_FIELD_NUMBER: _ClassVar[int]
    action_index: int
    status: ActionStatus
    error: str
    resource_name: str
    resource_type: str
    provider_id: str
    code: str
    evidence_json: bytes
    def __init__(self, action_index: _Optional[int] = ..., status: _Optional[_Union[ActionStatus, str]] = ..., error: _Optional[str] = ..., resource_name: _Optional[str] = ..., resource_type: _Optional[str] = ..., provider_id: _Optional[str] = ..., code: _Optional[str] = ..., evidence_json: _Optional[bytes] = ...) -> None: ...

class AppliedAction(_message.Message):
    __slots__ = ("action_index", "operation", "ref")
    ACTION_INDEX_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    REF_FIELD_NUMBER: _ClassVar[int]
    action_index: int
    operation: PlanOperation
    ref: ResourceRef
    def __init__(self, action_index: _Optional[int] = ..., operation: _Optional[_Union[PlanOperation, str]] = ..., ref: _Optional[_Union[ResourceRef, _Mapping]] = ...) -> None: ...

class DescribeCompensationRequest(_message.Message):
    __slots__ = ("resource_types",)
    RESOURCE_TYPES_FIELD_NUMBER: _ClassVar[int]
    resource_types: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, resource_types: _Optional[_Iterable[str]] = ...) -> None: ...

class DescribeCompensationResponse(_message.Message):
    __slots__ = ("policies",)
    POLICIES_FIELD_NUMBER: _ClassVar[int]
    policies: _containers.RepeatedCompositeFieldContainer[CompensationPolicy]
    def __init__(self, policies: _Optional[_Iterable[_Union[CompensationPolicy, _Mapping]]] = ...) -> None: ...

class CompensationPolicy(_message.Message):
    __slots__ = ("resource_type", "create", "update", "replace", "delete", "stateless", "fingerprint_output", "irreversible_fields", "emptiness_output", "undo_timeout_seconds")
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    CREATE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_FIELD_NUMBER: _ClassVar[int]
    REPLACE_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    STATELESS_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_OUTPUT_FIELD_NUMBER: _ClassVar[int]
    IRREVERSIBLE_FIELDS_FIELD_NUMBER: _ClassVar[int]
    EMPTINESS_OUTPUT_FIELD_NUMBER: _ClassVar[int]
    UNDO_TIMEOUT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    create: CompensationMode
    update: CompensationMode
    replace: CompensationMode
    delete: CompensationMode
    stateless: bool
    fingerprint_output: str
    irreversible_fields: _containers.RepeatedScalarFieldContainer[str]
    emptiness_output: str
    undo_timeout_seconds: int
    def __init__(self, resource_type: _Optional[str] = ..., create: _Optional[_Union[CompensationMode, str]] = ..., update: _Optional[_Union[CompensationMode, str]] = ..., replace: _Optional[_Union[CompensationMode, str]] = ..., delete: _Optional[_Union[CompensationMode, str]] = ..., stateless: bool = ..., fingerprint_output: _Optional[str] = ..., irreversible_fields: _Optional[_Iterable[str]] = ..., emptiness_output: _Optional[str] = ..., undo_timeout_seconds: _Optional[int] = ...) -> None: ...

class CompensateRequest(_message.Message):
    __slots__ = ("resource_type", "operation", "applied", "applied_spec", "applied_outputs_json", "prior", "prior_spec", "prior_outputs_json", "run_id", "action_index", "forward_key", "undo_key", "attempt")
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    APPLIED_SPEC_FIELD_NUMBER: _ClassVar[int]
    APPLIED_OUTPUTS_JSON_FIELD_NUMBER: _ClassVar[int]
    PRIOR_FIELD_NUMBER: _ClassVar[int]
    PRIOR_SPEC_FIELD_NUMBER: _ClassVar[int]
    PRIOR_OUTPUTS_JSON_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_INDEX_FIELD_NUMBER: _ClassVar[int]
    FORWARD_KEY_FIELD_NUMBER: _ClassVar[int]
    UNDO_KEY_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    operation: PlanOperation
    applied: ResourceRef
    applied_spec: ResourceSpec
    applied_outputs_json: bytes
    prior: ResourceRef
    prior_spec: ResourceSpec
    prior_outputs_json: bytes
    run_id: str
    action_index: int
    forward_key: str
    undo_key: str
    attempt: int
    def __init__(self, resource_type: _Optional[str] = ..., operation: _Optional[_Union[PlanOperation, str]] = ..., applied: _Optional[_Union[ResourceRef, _Mapping]] = ..., applied_spec: _Optional[_Union[ResourceSpec, _Mapping]] = ..., applied_outputs_json: _Optional[bytes] = ..., prior: _Optional[_Union[ResourceRef, _Mapping]] = ..., prior_spec: _Optional[_Union[ResourceSpec, _Mapping]] = ..., prior_outputs_json: _Optional[bytes] = ..., run_id: _Optional[str] = ..., action_index: _Optional[int] = ..., forward_key: _Optional[str] = ..., undo_key: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...

class CompensateResponse(_message.Message):
    __slots__ = ("result", "code", "message", "evidence_json", "restored")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_JSON_FIELD_NUMBER: _ClassVar[int]
    RESTORED_FIELD_NUMBER: _ClassVar[int]
    result: UndoResult
    code: str
    message: str
    evidence_json: bytes
    restored: ResourceOutput
    def __init__(self, result: _Optional[_Union[UndoResult, str]] = ..., code: _Optional[str] = ..., message: _Optional[str] = ..., evidence_json: _Optional[bytes] = ..., restored: _Optional[_Union[ResourceOutput, _Mapping]] = ...) -> None: ...

class DescribeTraitsRequest(_message.Message):
    __slots__ = ("resource_types",)
    RESOURCE_TYPES_FIELD_NUMBER: _ClassVar[int]
    resource_types: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, resource_types: _Optional[_Iterable[str]] = ...) -> None: ...

class DescribeTraitsResponse(_message.Message):
    __slots__ = ("traits", "max_concurrency", "max_rps", "deferral")
    TRAITS_FIELD_NUMBER: _ClassVar[int]
    MAX_CONCURRENCY_FIELD_NUMBER: _ClassVar[int]
    MAX_RPS_FIELD_NUMBER: _ClassVar[int]
    DEFERRAL_FIELD_NUMBER: _ClassVar[int]
    traits: _containers.RepeatedCompositeFieldContainer[ResourceTraits]
    max_concurrency: int
    max_rps: float
    deferral: Deferral
    def __init__(self, traits: _Optional[_Iterable[_Union[ResourceTraits, _Mapping]]] = ..., max_concurrency: _Optional[int] = ..., max_rps: _Optional[float] = ..., deferral: _Optional[_Union[Deferral, str]] = ...) -> None: ...

class ResourceTraits(_message.Message):
    __slots__ = ("resource_type", "reads_by_name", "reads_by_key", "idempotency", "identity", "read_lag_ms", "max_concurrency", "create_before_delete", "update_not_idempotent", "upsert")
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    READS_BY_NAME_FIELD_NUMBER: _ClassVar[int]
    READS_BY_KEY_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    READ_LAG_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_CONCURRENCY_FIELD_NUMBER: _ClassVar[int]
    CREATE_BEFORE_DELETE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_NOT_IDEMPOTENT_FIELD_NUMBER: _ClassVar[int]
    UPSERT_FIELD_NUMBER: _ClassVar[int]
    resource_type: str
    reads_by_name: bool
    reads_by_key: bool
    idempotency: Idempotency
    identity: IdentityTiming
    read_lag_ms: int
    max_concurrency: int
    create_before_delete: bool
    update_not_idempotent: bool
    upsert: bool
    def __init__(self, resource_type: _Optional[str] = ..., reads_by_name: bool = ..., reads_by_key: bool = ..., idempotency: _Optional[_Union[Idempotency, str]] = ..., identity: _Optional[_Union[IdentityTiming, str]] = ..., read_lag_ms: _Optional[int] = ..., max_concurrency: _Optional[int] = ..., create_before_delete: bool = ..., update_not_idempotent: bool = ..., upsert: bool = ...) -> None: ...

class CreateEvent(_message.Message):
    __slots__ = ("provider_id", "progress", "output")
    PROVIDER_ID_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    provider_id: str
    progress: str
    output: ResourceOutput
    def __init__(self, provider_id: _Optional[str] = ..., progress: _Optional[str] = ..., output: _Optional[_Union[ResourceOutput, _Mapping]] = ...) -> None: ...
