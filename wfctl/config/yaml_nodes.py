"""YAML text as values that know where they stand.

Knows nothing of modules or resources. Events come from libyaml; what they stand for is decided as Go's yaml.v3 decides
it: see `yaml_scalars` for scalars; keys are unique, `<<` merges, an anchor may be given twice. Stricter than yaml.v3 in one
thing: a second document is an error, where yaml.v3 reads the first and is silent about the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import yaml

from wfctl.config.diagnostics import Findings, Mark
from wfctl.config.source import Source
from wfctl.config.yaml_scalars import plain, tagged

DEEPEST = 100
"""How far collections may stand inside each other."""
MOST_ALIASED = 400_000
"""How many values aliases may repeat in all (yaml.v3's bound for small files); six times nine aliases of nine exceed it."""

_PREFIX = "tag:yaml.org,2002:"
_LOADER: type[yaml.CSafeLoader | yaml.SafeLoader] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_UNCLOSED = "found unexpected end of stream"
_HINTS = {
    "found character '\\t' that cannot start any token": "YAML is indented with spaces, not tabs",
    "found character that cannot start any token": "quote text that begins with @, ` or %; indent with spaces, not tabs",
    "mapping values are not allowed in this context": "quote text that holds a colon and a space; check the indentation",
    "could not find expected ':'": "a key needs a colon and a space; check the indentation",
    "did not find expected ',' or '}'": "a { is not closed, or a comma is missing",
    "did not find expected ',' or ']'": "a [ is not closed, or a comma is missing",
    _UNCLOSED: "a quote is not closed",
}


class OddKey(str):
    """A key that is no string in YAML (`80:`, `true:`), as its text. JSON has no such keys."""

    __slots__ = ()


class ScalarNode(msgspec.Struct, gc=False):
    """A value without parts, and its place, from 1."""

    value: object
    line: int
    column: int
    size: int = 1
    depth: int = 0


class SequenceNode(msgspec.Struct, gc=False):
    """A list. `size` counts all values inside, those of aliases each time; `depth` is that of the deepest."""

    value: list[object]
    line: int
    column: int
    items: list[Node]
    size: int = 1
    depth: int = 1


class MappingNode(msgspec.Struct, gc=False):
    """A mapping. `key_places` are line and column of the keys; what `<<` brought stands where it was brought from."""

    value: dict[str, object]
    line: int
    column: int
    children: dict[str, Node]
    key_places: dict[str, tuple[int, int]]
    size: int = 1
    depth: int = 1


Node = ScalarNode | SequenceNode | MappingNode


class _Frame:
    """A collection that is being read; in a mapping, `key` is the one whose value comes next."""

    __slots__ = ("anchor", "key", "key_place", "merging", "node", "sources")

    def __init__(self, node: MappingNode | SequenceNode, anchor: str | None) -> None:
        self.node = node
        self.anchor = anchor
        self.key: str | None = None
        self.key_place = (0, 0)
        self.merging = False
        self.sources: list[MappingNode] = []

    @property
    def wants_key(self) -> bool:
        return self.key is None and isinstance(self.node, MappingNode)


class _StopReading(Exception):
    """The text cannot be read any further; the reason is among the findings."""


def parse(source: Source, findings: Findings) -> Node | None:
    """The root of the one document of a file. None with findings if the text is no YAML, None without if it is empty."""
    try:
        return _Composer(source, findings).document(_events(source, findings))
    except _StopReading:
        return None


def _events(source: Source, findings: Findings) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(source.text, Loader=_LOADER)
    except yaml.MarkedYAMLError as problem:
        what = str(problem.problem or problem.context or "unreadable")
        began, at = problem.context_mark, problem.problem_mark
        if what == _UNCLOSED or at is None:
            began, at = None, began
        since = f"; it began in line {began.line + 1}" if began and at and began.line != at.line else ""
        mark = source.mark(at.line + 1, at.column + 1) if at else None
        findings.error(mark, f"not YAML: {what}", _HINTS.get(what, "check the indentation and the quotes") + since)
        raise _StopReading from None
    except yaml.reader.ReaderError as problem:
        position = problem.position if isinstance(problem.position, int) else 0
        code = problem.character if isinstance(problem.character, int) else ord(str(problem.character)[:1] or "?")
        mark = source.mark_at(len(source.text.encode()[:position].decode(errors="ignore")))
        findings.error(mark, f"not YAML: the character U+{code:04X} is not allowed", "write it as an escape in quotes")
        raise _StopReading from None


class _Composer:
    """Turns the events of one document into nodes, without recursion."""

    def __init__(self, source: Source, findings: Findings) -> None:
        self._source = source
        self._findings = findings
        self._anchors: dict[str, Node | None] = {}  # None: still open
        self._stack: list[_Frame] = []
        self._root: Node | None = None
        self._aliased = 0
        self._documents = 0

    def document(self, events: Iterator[yaml.Event]) -> Node | None:
        for event in events:
            match event:
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.MappingStartEvent():
                    self._open(event, MappingNode({}, *_place(event), {}, {}))
                case yaml.SequenceStartEvent():
                    self._open(event, SequenceNode([], *_place(event), []))
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._close()
                case yaml.AliasEvent():
                    self._alias(event)
                case yaml.DocumentStartEvent():
                    self._document(event)
        return self._root

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._stop(event, "a second document", "a file holds one: remove the ---, or use `imports`")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        text = str(event.value)
        tag = None if event.tag is None or event.tag == "!" else str(event.tag).replace(_PREFIX, "!!")
        frame = self._stack[-1] if self._stack else None
        if frame is None or not frame.wants_key:
            self._add(ScalarNode(self._value(event, text, tag), *_place(event)), event.anchor)
        elif text == "<<" and (tag == "!!merge" or (tag is None and not event.style)):
            self._key(frame, event, text, merging=True)
        else:
            node = ScalarNode(self._value(event, text, tag), *_place(event))
            if event.anchor:
                self._anchors[event.anchor] = node
            self._key(frame, event, node.value if isinstance(node.value, str) else OddKey(text))

    def _value(self, event: yaml.ScalarEvent, text: str, tag: str | None) -> object:
        if tag is None:
            return text if event.style else plain(text)
        try:
            return tagged(tag, text)
        except ValueError as problem:
            self._findings.error(self._mark(event), f"the value {problem}")
            return None

    def _key(self, frame: _Frame, event: yaml.Event, key: str, *, merging: bool = False) -> None:
        first = self._first_place(frame, key, merging=merging)
        if first:
            self._findings.error(self._mark(event), f"the key {key} stands here twice", f"first in line {first}")
        frame.key, frame.key_place, frame.merging = key, _place(event), merging

    def _first_place(self, frame: _Frame, key: str, *, merging: bool) -> int:
        if merging:
            return frame.sources[0].line if frame.sources else 0
        return frame.node.key_places.get(key, (0, 0))[0] if isinstance(frame.node, MappingNode) else 0

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = str(event.anchor)
        node = self._anchors.get(name)
        if node is None:
            inside = name in self._anchors
            raise self._stop(event, f"*{name} stands inside itself" if inside else f"nothing is called &{name}")
        self._aliased += node.size
        if self._aliased > MOST_ALIASED:
            raise self._stop(event, "the aliases repeat too much", f"at most {MOST_ALIASED} values in all")
        if len(self._stack) + node.depth > DEEPEST:
            raise self._stop(event, f"nested more than {DEEPEST} deep")
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.merging and frame.key and isinstance(node, SequenceNode):
            raise self._stop(event, "<< takes a mapping or a list of mappings", "an alias of a list is neither")
        if frame is None or not frame.wants_key:
            self._add(node, None)
        elif isinstance(node.value, str):
            self._key(frame, event, node.value)
        else:
            raise self._stop(event, "a key must be text", "write the key out instead of using an alias")

    def _open(self, event: yaml.CollectionStartEvent, node: MappingNode | SequenceNode) -> None:
        if self._stack and self._stack[-1].wants_key:
            raise self._stop(event, "a list or mapping cannot be a key")
        if len(self._stack) >= DEEPEST:
            raise self._stop(event, f"nested more than {DEEPEST} deep")
        self._stack.append(_Frame(node, event.anchor))
        if event.anchor:
            self._anchors[event.anchor] = None

    def _close(self) -> None:
        frame = self._stack.pop()
        if isinstance(frame.node, MappingNode):
            _merge(frame.node, frame.sources)
        # an anchor given again inside keeps its newer meaning
        still_open = frame.anchor if frame.anchor and self._anchors[frame.anchor] is None else None
        self._add(frame.node, still_open)

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        if not self._stack:
            self._root = node
            return
        frame = self._stack[-1]
        parent = frame.node
        parent.size += node.size
        parent.depth = max(parent.depth, node.depth + 1)
        if isinstance(parent, SequenceNode):
            parent.items.append(node)
            parent.value.append(node.value)
            return
        key, frame.key = frame.key, None
        if frame.merging:
            self._merge_later(frame, node)
        elif key is not None and key not in parent.children:
            parent.children[key] = node
            parent.value[key] = node.value
            parent.key_places[key] = frame.key_place

    def _merge_later(self, frame: _Frame, node: Node) -> None:
        sources = node.items if isinstance(node, SequenceNode) else [node]
        for source in sources:
            if not isinstance(source, MappingNode):
                mark = self._source.mark(source.line, source.column)
                self._findings.error(mark, "<< takes a mapping or a list of mappings")
                return
        frame.sources += [source for source in sources if isinstance(source, MappingNode)]

    def _mark(self, event: yaml.Event) -> Mark:
        return self._source.mark(*_place(event))

    def _stop(self, event: yaml.Event, summary: str, detail: str = "") -> _StopReading:
        self._findings.error(self._mark(event), summary, detail)
        return _StopReading()


def _merge(node: MappingNode, sources: list[MappingNode]) -> None:
    """Take over what the mapping does not say itself; of several sources the first wins."""
    for source in sources:
        for key, child in source.children.items():
            if key not in node.children:
                node.children[key] = child
                node.value[key] = child.value
                node.key_places[key] = source.key_places[key]


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
