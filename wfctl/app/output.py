"""Read the outputs of resources. Changes nothing."""

from __future__ import annotations

import msgspec

from wfctl.app import compose, project
from wfctl.app.facts import SECRET, shown
from wfctl.app.orders import Where
from wfctl.app.settings import Settings
from wfctl.app.state import find
from wfctl.core.plan import ResourceState
from wfctl.engine.ports import Documents
from wfctl.errors import Kind, WfctlError
from wfctl.views.rows import OutputRow, Shown, ValueForm
from wfctl.views.view import View


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """One output: the value in clear when it may be known, else None and `sensitive`."""

    address: str
    name: str
    field: str
    value: object
    sensitive: bool = False

    @property
    def row(self) -> OutputRow:
        """The output as views show it."""
        value = Shown(form=ValueForm.SENSITIVE) if self.sensitive and self.value is None else shown(self.value)
        return OutputRow(address=self.address, field=self.field, value=value)


def read_outputs(
    settings: Settings, where: Where, name: str, view: View, *, show_sensitive: bool = False
) -> tuple[Output, ...]:
    """The outputs of all resources, of one (`name`), or a single one (`name.field`); secrets only when asked for.

    Raises WfctlError (usage): RESOURCE_UNKNOWN, OUTPUT_UNKNOWN.
    """
    place = project.find(settings, where, view)
    with compose.ledger(settings, place, view.notice) as record:
        store = record.store if record else None
        held = store.state(place.workspace).resources if store else ()
        secrets = store.documents(place.workspace) if store and show_sensitive else None
        outputs = [output for resource in _named(held, name) for output in _outputs(resource, secrets)]
    field = _field(held, name)
    wanted = tuple(output for output in outputs if not field or output.field == field)
    if field and not wanted:
        raise WfctlError(Kind.USAGE, "OUTPUT_UNKNOWN", f"there is no output {name}", hint="wfctl output")
    return wanted


def _named(held: tuple[ResourceState, ...], name: str) -> tuple[ResourceState, ...]:
    if not name:
        return held
    if _field(held, name):
        return tuple(resource for resource in held if resource.name == name.partition(".")[0])
    return (find(held, name),)


def _field(held: tuple[ResourceState, ...], name: str) -> str:
    """The field of `name.field`, when the part before the dot is a resource and the whole is none."""
    known = {resource.name for resource in held}
    before, _, field = name.partition(".")
    return field if name not in known and before in known else ""


def _outputs(resource: ResourceState, secrets: Documents | None) -> list[Output]:
    address = f"{resource.type}.{resource.name}"
    return [_output(address, resource.name, field, value, secrets) for field, value in (resource.outputs or {}).items()]


def _output(address: str, name: str, field: str, value: object, secrets: Documents | None) -> Output:
    if not (isinstance(value, str) and value.startswith(SECRET)):
        return Output(address=address, name=name, field=field, value=value)
    known = secrets.secret(value.removeprefix(SECRET)) if secrets else None
    return Output(address=address, name=name, field=field, value=known, sensitive=True)
