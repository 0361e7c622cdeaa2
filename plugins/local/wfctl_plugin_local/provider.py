"""The provider `local`: its drivers, and the root they work in.

It knows nothing of what the drivers do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from wfctl.plugin_sdk import (
    ActionError,
    ActionReport,
    Deferral,
    DriftDetector,
    Finalizer,
    FinalizeRequest,
    FinalizeResult,
    PlannedAction,
    PlanOperation,
    Provider,
    Remark,
    Severity,
    Spec,
    Validator,
)
from wfctl_plugin_local import __version__
from wfctl_plugin_local.directory import DirectoryDriver
from wfctl_plugin_local.fields import BadField, Fields
from wfctl_plugin_local.file import FileDriver
from wfctl_plugin_local.key_pair import KeyPairDriver
from wfctl_plugin_local.password import PasswordDriver
from wfctl_plugin_local.registry import Registry
from wfctl_plugin_local.root import Root
from wfctl_plugin_local.shop import AT_ONCE, LocalDriver, Shop
from wfctl_plugin_local.step import StepDriver
from wfctl_plugin_local.symlink import SymlinkDriver


class LocalProvider(Provider, DriftDetector, Validator, Finalizer):
    """Everything under one root. Several providers may have roots of their own. What is put off is noted in the root."""

    deferral = Deferral.DURABLE

    def __init__(
        self,
        *,
        directory: Path,
        environment: Mapping[str, str],
        clock: Callable[[], float],
        root: Callable[[Path], Root] = Root,
        registry: Callable[[Root, Callable[[], float]], Registry] = Registry,
    ) -> None:
        """A root is relative to `directory`; `environment` is what steps find; `clock` tells seconds since 1970.

        `root` and `registry` make the two things that drivers share.
        """
        self._shop = Shop()
        self._directory = directory
        self._clock = clock
        self._root = root
        self._registry = registry
        self._steps = StepDriver(self._shop, environment)
        drivers = (
            DirectoryDriver(self._shop),
            FileDriver(self._shop),
            SymlinkDriver(self._shop),
            PasswordDriver(self._shop),
            KeyPairDriver(self._shop),
            self._steps,
        )
        super().__init__("local", __version__, drivers, max_concurrency=AT_ONCE)

    def configure(self, config: Mapping[str, Any]) -> None:
        """Take the root. Nothing is touched yet: it is made when something is first put in. Raises BadField."""
        fields = Fields(config, "root")
        root = self._directory / fields.line("root")
        if not fields.line("root") or (root.exists() and not root.is_dir()):
            raise BadField("root", "must name a folder, or one that can be made")
        self._shop.root = self._root(root.resolve())
        self._shop.registry = self._registry(self._shop.root, self._clock)

    def finalize(self, request: FinalizeRequest) -> FinalizeResult:
        """Run the steps that were put off."""
        found = list(self._steps.flush(request))
        return FinalizeResult(
            actions=tuple(one for one in found if isinstance(one, ActionReport)),
            errors=tuple(one for one in found if isinstance(one, ActionError)),
        )

    def validate(self, actions: tuple[PlannedAction, ...]) -> Iterable[Remark]:
        """What can be seen to be wrong before anything is done: fields, and two resources in one place."""
        owners: dict[str, str] = {}
        for action in actions:
            driver = self.drivers.get(action.spec.type)
            certain = action.operation is not PlanOperation.DELETE and not _is_open(action.spec.config)
            if certain and isinstance(driver, LocalDriver):
                yield from _judge(driver, action.spec, owners)


def _judge(driver: LocalDriver, spec: Spec, owners: dict[str, str]) -> Iterator[Remark]:
    try:
        places = driver.places(spec)
    except BadField as error:
        yield Remark(Severity.ERROR, error.message, resource=spec.name, field=error.field)
        return
    for path in places:
        owner = owners.setdefault(path, spec.name)
        if owner != spec.name:
            yield Remark(Severity.ERROR, f"path: {path} is taken by {owner} as well", resource=spec.name, field="path")


def _is_open(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether anything in a config is still to be filled in by the engine."""
    match value:
        case str():
            return "${" in value
        case Mapping():
            return any(map(_is_open, value.values()))
        case list() | tuple():
            return any(map(_is_open, value))
        case _:
            return False
