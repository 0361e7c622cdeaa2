"""One config file as a value whose parts know where they stand.

Knows nothing of what the keys mean. A `.json` file takes the quick way, and is only read as YAML, which carries places,
when there is something to point at.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path as FilePath

from wfctl.config import json_text, source, yaml_nodes
from wfctl.config.diagnostics import Findings, Mark, Position
from wfctl.config.source import Source
from wfctl.config.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode
from wfctl.core.references import Path

MODULES = "modules"
"""The list whose elements are found quickly in JSON too: every resource keeps its place."""


class Document:
    """The value of one file."""

    def __init__(self, text: Source, value: object, root: Node | None) -> None:
        self.source = text
        self.value = value
        self._read_root = root

    def mark(self, path: Path, *, key: bool = False) -> Mark:
        """The place of a value, or of its key; of the nearest value around it where there is none."""
        return self.source.mark(*self._place(path, key=key))

    def position(self, path: Path) -> Position:
        """The place of a value without its text."""
        line, column = self._place(path, key=False)
        return Position(file=self.source.file, line=line, column=column)

    def _place(self, path: Path, *, key: bool) -> tuple[int, int]:
        quick = self._module_place(path)
        if quick and len(path) == 2:
            return quick
        # JSON that YAML cannot read (surrogate pairs) keeps the places of its modules
        return _place(self._root, path, key=key) if self._root else quick or (1, 1)

    def _module_place(self, path: Path) -> tuple[int, int] | None:
        if self._read_root or len(path) < 2 or path[0] != MODULES or not isinstance(path[1], int):
            return None
        offsets = self._module_offsets
        return self.source.place(offsets[path[1]]) if path[1] < len(offsets) else None

    @cached_property
    def _root(self) -> Node | None:
        return self._read_root or yaml_nodes.parse(self.source, Findings(self.source.file))

    @cached_property
    def _module_offsets(self) -> tuple[int, ...]:
        return json_text.element_offsets(self.source.text, MODULES)


def read(path: FilePath, file: str, findings: Findings, asked_at: Mark | None = None) -> Document | None:
    """The file at `path`, shown to people as `file`; None with the reason among the findings."""
    text = source.read(path, file, findings, asked_at)
    if text is None:
        return None
    if path.suffix == ".json":
        try:
            return Document(text, json_text.decode(text.text), None)
        except json_text.NotPlainJson:
            pass
    before = findings.total
    root = yaml_nodes.parse(text, findings)
    if root is None and findings.total != before:
        return None
    root = root or ScalarNode(None, 1, 1)
    return Document(text, root.value, root)


def _place(node: Node, path: Path, *, key: bool) -> tuple[int, int]:
    place = (node.line, node.column)
    for number, step in enumerate(path):
        last = number == len(path) - 1
        if isinstance(node, MappingNode) and isinstance(step, str) and step in node.children:
            at_key = node.key_places[step]
            node = node.children[step]
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            at_key = (node.line, node.column)
        else:
            return place
        # an empty value has no place of its own worth showing
        place = at_key if (last and key) or node.value is None else (node.line, node.column)
    return place
