"""What the kinds that live at a path have in common: directories, files and links.

It knows nothing of what they are made of. The path is the identity. Each kind makes its object in one step that fails if
anything is there already, so an object either exists whole or not at all.

    create   note it as pending -> make it -> mark it as done

A process that dies before the middle step leaves nothing but the note; one that dies after it leaves an object that agrees
with the note, and is recognised by that.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Generic, TypeVar

from wfctl.plugin_sdk import (
    AlreadyExists,
    CreateRequest,
    DeleteRequest,
    NotFound,
    Output,
    PartlyApplied,
    ReadRequest,
    Spec,
    Transient,
    UpdateRequest,
)
from wfctl_plugin_local.faults import named
from wfctl_plugin_local.fields import BadField
from wfctl_plugin_local.registry import Entry, Stage
from wfctl_plugin_local.root import Place, no_folder, normal
from wfctl_plugin_local.shop import LocalDriver, Unclear

Wanted = TypeVar("Wanted")


class PlacedDriver(LocalDriver, Generic[Wanted]):
    """One kind. `Wanted` is its config, checked."""

    noun: ClassVar[str]
    """What a person calls one."""
    force_new = ("path",)

    @abstractmethod
    def wanted(self, spec: Spec) -> Wanted:
        """The config. Raises BadField."""

    @abstractmethod
    def path(self, wanted: Wanted) -> str:
        """Where it is to be, as `normal` writes it."""

    @abstractmethod
    def make(self, place: Place, wanted: Wanted) -> None:
        """Make the object in one step. Raises FileExistsError if something is there, whatever it is."""

    @abstractmethod
    def change(self, place: Place, wanted: Wanted) -> None:
        """Make the object that is there what is wanted, in steps that each leave something whole."""

    @abstractmethod
    def remove(self, place: Place) -> None:
        """Remove the object that is there. Raises FileNotFoundError."""

    @abstractmethod
    def find(self, place: Place) -> Mapping[str, Any] | None:
        """The outputs of the object; None if nothing of this kind is there."""

    @abstractmethod
    def mark(self, wanted: Wanted) -> Mapping[str, Any]:
        """Outputs by which an object just made is recognised."""

    def tidy(self, place: Place) -> None:
        """Take away what making the object may have left beside it when it was cut short."""

    def places(self, spec: Spec) -> tuple[str, ...]:
        """Its path."""
        return (self.path(self.wanted(spec)),)

    def create(self, request: CreateRequest) -> Output:
        """Make the object. What is there and is not the work of this very create is left alone."""
        wanted = self.wanted(request.spec)
        path = self.path(wanted)
        self._shop.root.make()
        with named(path), self._place(path, "path") as place:
            if place is None:
                raise no_folder(path)
            entry = self._shop.registry.by_id(self.type, path)
            if entry is not None and entry.made_by(request.idempotency_key):
                made = self._recognised(place, entry)
                if made is not None:
                    return self._output(made, entry)
            if place.look() is not None:
                raise AlreadyExists(f"{path} is there and was not made by this action")
            if request.cancelled.is_set():
                raise Transient("cancelled before anything was done")
            return self._make(place, wanted, request)

    def _make(self, place: Place, wanted: Wanted, request: CreateRequest) -> Output:
        entry = Entry(
            kind=self.type,
            name=request.spec.name,
            id=place.path,
            key=request.idempotency_key,
            run=request.run_id,
            body=self.mark(wanted),
        )
        self._shop.registry.begin(entry)
        try:
            self.make(place, wanted)
        except OSError:
            self._shop.registry.forget(entry)
            raise
        try:
            self._shop.registry.finish(entry)
            outputs = self.find(place)
        except Exception as error:
            raise PartlyApplied(provider_id=place.path) from error
        if outputs is None:
            raise Unclear(f"{place.path} was made and is gone already")
        return self._output(outputs, entry)

    def read(self, request: ReadRequest) -> Output:
        """By path what is there, whoever made it; by key and by name what this plugin made."""
        if request.ref.provider_id:
            return self._read_there(normal(request.ref.provider_id, "provider_id"))
        if request.lookup_key:
            entry = self._shop.registry.by_key(self.type, request.lookup_key)
            entries = [entry] if entry else []
        else:
            entries = self._shop.registry.by_name(self.type, request.ref.name)
        for entry in entries:
            try:
                return self._read_made(entry)
            except NotFound:
                continue
        raise NotFound(f"no {self.noun} was made under that {'key' if request.lookup_key else 'name'}")

    def _read_there(self, path: str) -> Output:
        with named(path), self._place(path, "provider_id") as place:
            found = self.find(place) if place else None
        if found is None:
            raise NotFound(f"{path} is not there or is no {self.noun}")
        entry = self._shop.registry.by_id(self.type, path)
        return self._output(found, entry if entry and _agrees(found, entry) else None)

    def _read_made(self, entry: Entry) -> Output:
        with named(entry.id), self._place(entry.id, "path") as place:
            found = self._recognised(place, entry) if place else None
        if found is None:
            raise NotFound(f"{entry.id} is not there or is no {self.noun}")
        return self._output(found, entry)

    def _recognised(self, place: Place, entry: Entry) -> Mapping[str, Any] | None:
        """What is there of an entry. Raises Unclear if somebody else may have put it there."""
        found = self.find(place)
        if found is not None and not _agrees(found, entry):
            raise Unclear(f"{place.path} is there, but is not what a create that was cut short was about to make")
        if found is not None and entry.stage is Stage.PENDING:
            self.tidy(place)
            self._shop.registry.finish(entry)
        return found

    def update(self, request: UpdateRequest) -> Output:
        """Make the object what is wanted."""
        wanted = self.wanted(request.spec)
        path = normal(request.ref.provider_id, "provider_id")
        if self.path(wanted) != path:
            raise BadField("path", f"{path} cannot be moved in place")
        with named(path), self._place(path, "path") as place:
            if place is None or self.find(place) is None:
                raise NotFound(f"{path} is not there or is no {self.noun}")
            self.change(place, wanted)
            outputs = self.find(place)
        if outputs is None:
            raise Unclear(f"{path} was changed and is gone already")
        return self._output(outputs, self._shop.registry.by_id(self.type, path))

    def delete(self, request: DeleteRequest) -> None:
        """Remove the object, then the entry: while the object may be there, so is the entry."""
        path = normal(request.ref.provider_id, "provider_id")
        with named(path), self._place(path, "provider_id") as place:
            try:
                if place is None or self.find(place) is None:
                    raise NotFound(f"{path} is not there or is no {self.noun}")
                self.remove(place)
            except FileNotFoundError:
                raise NotFound(path) from None
            finally:
                self._forget(path, place)

    def _forget(self, path: str, place: Place | None) -> None:
        entry = self._shop.registry.by_id(self.type, path)
        if entry is not None and (place is None or self.find(place) is None):
            self._shop.registry.forget(entry)

    def _place(self, path: str, field: str) -> AbstractContextManager[Place | None]:
        return self._shop.root.place(path, field)

    def _output(self, outputs: Mapping[str, Any], entry: Entry | None) -> Output:
        return Output(
            provider_id=str(outputs["path"]),
            outputs=outputs,
            idempotency_key=entry.key if entry else "",
            name=entry.name if entry else "",
        )


def _agrees(found: Mapping[str, Any], entry: Entry) -> bool:
    """Whether an object can be the one of an entry: until its create was marked as done, it has to look like it."""
    return entry.stage is not Stage.PENDING or all(found.get(name) == value for name, value in entry.body.items())
