"""`local.key_pair`: an Ed25519 key pair, in the registry and, where asked for, in two files for ssh.

It knows nothing of who trusts the key. A key that was deleted stays in the registry for a while, so that the run that
replaced it can put it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wfctl.plugin_sdk import (
    AlreadyExists,
    CompensateRequest,
    Compensation,
    CreateRequest,
    DeleteRequest,
    NotFound,
    Output,
    PlanOperation,
    ReadRequest,
    Spec,
    Transient,
    Undo,
    UndoOutcome,
    UndoResult,
    UpdateRequest,
)
from wfctl_plugin_local.faults import named
from wfctl_plugin_local.fields import BadField, Fields
from wfctl_plugin_local.key_files import KeyFiles
from wfctl_plugin_local.pair import PUBLIC, Pair, generate
from wfctl_plugin_local.registry import Entry, NameTaken, Stage
from wfctl_plugin_local.root import normal
from wfctl_plugin_local.shop import LocalDriver, Shop


class KeyPairDriver(LocalDriver):
    """Makes key pairs. The registry holds the key; an entry is pending until the files hold it too."""

    type = "local.key_pair"
    force_new = ("path", "rotation")
    sensitive_keys = ("private",)
    compensation = Compensation(create=Undo.CUSTOM, update=Undo.INVERSE, replace=Undo.CUSTOM, delete=Undo.CUSTOM)

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop)
        self._files = KeyFiles(shop)

    def wanted(self, spec: Spec) -> dict[str, Any]:
        """`path`, `comment` and `rotation`, checked. Raises BadField."""
        fields = Fields(spec.config, "path", "comment", "rotation")
        path = normal(fields.text("path"), "path") if "path" in fields else None
        if path is not None:
            normal(path + PUBLIC, "path")
        return {"path": path, "comment": fields.line("comment", "").strip(), "rotation": fields.scalar("rotation")}

    def places(self, spec: Spec) -> tuple[str, ...]:
        """The paths of its files."""
        path = self.wanted(spec)["path"]
        return () if path is None else (path, path + PUBLIC)

    def expected_outputs(self, spec: Spec) -> Mapping[str, Any]:
        """What was asked for, and that the files, where there are any, hold the key."""
        wanted = self.wanted(spec)
        return {**wanted, "files_intact": None if wanted["path"] is None else True}

    def create(self, request: CreateRequest) -> Output:
        """Make a key, or finish the one this very create was making when it was cut short."""
        wanted = self.wanted(request.spec)
        for entry in self._shop.registry.by_name(self.type, request.spec.name):
            if entry.made_by(request.idempotency_key):
                return self._output(self._finished(entry))
            self._clear(entry)
        if request.cancelled.is_set():
            raise Transient("cancelled before anything was done")
        private, public, fingerprint = generate()
        entry = Entry(
            kind=self.type,
            name=request.spec.name,
            id=fingerprint,
            key=request.idempotency_key,
            run=request.run_id,
            body=Pair(private=private, public=public, **wanted).body,
        )
        taken = self._files.foreign(_pair(entry))
        if taken:
            raise AlreadyExists(f"{taken[0]} is there and was not made by this action")
        try:
            self._shop.registry.begin(entry, alone=True)
        except NameTaken:
            raise _name_taken(entry) from None
        return self._output(self._finished(entry))

    def read(self, request: ReadRequest) -> Output:
        """From the registry; the files are compared with it."""
        entry = self._settled(self._shop.entry(self.type, request))
        if entry.stage is Stage.PENDING:
            if not self._files.exists(_pair(entry)):
                raise NotFound(f"the {self.type} named {entry.name} was about to be made, and was not")
            self._shop.registry.finish(entry)
        return self._output(entry)

    def update(self, request: UpdateRequest) -> Output:
        """Change the comment, and write files anew that are missing or were changed."""
        wanted = self.wanted(request.spec)
        entry = self._settled(self._shop.entry(self.type, ReadRequest(ref=request.ref)))
        pair = _pair(entry)
        for name in self.force_new:
            if wanted[name] != getattr(pair, name):
                raise BadField(name, "cannot be changed in place")
        changed = replace(pair, comment=wanted["comment"])
        if pair.files:
            # Until the public half says otherwise the old comment is in force; after a crash a read can tell.
            self._shop.registry.finish(replace(entry, body={**pair.body, "next": changed.comment}))
            self._files.put(changed)
        entry = replace(entry, body=changed.body)
        self._shop.registry.finish(entry)
        return self._output(entry)

    def delete(self, request: DeleteRequest) -> None:
        """Remove the files, then keep the key aside for the run that asked; without a run, forget it."""
        entry = self._settled(self._shop.entry(self.type, ReadRequest(ref=request.ref)))
        self._files.remove(_pair(entry))
        if request.run_id and entry.stage is Stage.DONE:
            self._shop.registry.retire(entry, request.run_id)
        else:
            self._shop.registry.forget(entry)

    def compensate(self, request: CompensateRequest) -> UndoOutcome:
        """Take a new key away, bring an old one back, or both."""
        entry = self._shop.registry.by_id(self.type, request.applied.provider_id)
        new = self._settled(entry) if entry else None
        if request.operation is PlanOperation.CREATE:
            return self._take_away(new)
        return self._bring_back((request.prior or request.applied).provider_id, new)

    def _take_away(self, new: Entry | None) -> UndoOutcome:
        if new is None:
            return UndoOutcome(UndoResult.NOTHING_TO_UNDO)
        foreign = self._files.foreign(_pair(new))
        if foreign:
            return _refused("files_changed", f"{', '.join(foreign)} holds something else by now")
        self._files.remove(_pair(new))
        self._shop.registry.forget(new)
        return UndoOutcome(UndoResult.DONE, evidence={"removed": new.id})

    def _bring_back(self, identity: str, new: Entry | None) -> UndoOutcome:
        """After a replace or a delete. The files come first: until the registry says so too, it can be done again."""
        there = self._shop.registry.by_id(self.type, identity)
        if there is not None:
            return UndoOutcome(UndoResult.NOTHING_TO_UNDO, restored=self._output(there))
        old = self._shop.registry.retired(self.type, identity)
        if old is None:
            return _refused("old_key_gone", f"the key {identity} is not kept any more")
        if any(new is None or other.id != new.id for other in self._shop.registry.by_name(self.type, old.name)):
            return _refused("name_taken", f"another key pair is named {old.name} by now")
        pairs = [_pair(old), *([_pair(new)] if new else [])]
        foreign = self._files.foreign(*pairs)
        if foreign:
            return _refused("files_changed", f"{', '.join(foreign)} holds something else by now")
        if new is not None and pairs[1].path != pairs[0].path:
            self._files.remove(pairs[1])
        self._files.put(pairs[0])
        self._shop.registry.reinstate(old, instead_of=new.id if new else "")
        return UndoOutcome(UndoResult.DONE, evidence={"restored": old.id}, restored=self._output(old))

    def _finished(self, entry: Entry) -> Entry:
        """The entry, once its files are written."""
        if entry.stage is Stage.DONE:
            return self._settled(entry)
        try:
            with named(str(_pair(entry).path)):
                self._files.add(_pair(entry))
        except Exception:
            self._shop.registry.forget(entry)
            raise
        self._shop.registry.finish(entry)
        return entry

    def _clear(self, entry: Entry) -> None:
        """Make room where another create was cut short before its effect. Raises AlreadyExists if it was not."""
        pair = _pair(entry)
        if entry.stage is Stage.DONE or self._files.exists(pair):
            raise _name_taken(entry)
        self._files.remove(pair, only_ours=True)
        self._shop.registry.forget(entry)

    def _settled(self, entry: Entry) -> Entry:
        """The entry with the comment that is in force, if an update was cut short."""
        if "next" not in entry.body:
            return entry
        pair = _pair(entry)
        changed = replace(pair, comment=entry.body["next"])
        settled = replace(entry, body=(changed if self._files.announces(changed) else pair).body)
        self._shop.registry.finish(settled)
        return settled

    def _output(self, entry: Entry) -> Output:
        pair = _pair(entry)
        outputs = {
            "algorithm": "ed25519",
            "fingerprint": entry.id,
            "public": pair.line,
            "private": pair.private,
            "comment": pair.comment,
            "rotation": pair.rotation,
            "path": pair.path,
            "files_intact": self._files.intact(pair) if pair.files else None,
        }
        return Output(entry.id, outputs, idempotency_key=entry.key, name=entry.name)


def _pair(entry: Entry) -> Pair:
    return Pair(**{name: value for name, value in entry.body.items() if name != "next"})


def _name_taken(entry: Entry) -> AlreadyExists:
    return AlreadyExists(f"this root has a key pair named {entry.name}")


def _refused(code: str, message: str) -> UndoOutcome:
    return UndoOutcome(UndoResult.REFUSED, code, message)
