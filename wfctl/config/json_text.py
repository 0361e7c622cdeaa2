"""The quick way to read a config file that is JSON: the standard library's decoder, a hundred times faster than YAML.

Knows nothing of mistakes: whatever is not plain JSON with the meaning YAML gives it is refused, and read as YAML instead,
which knows where things stand. So the two ways never differ, except that YAML has no surrogate pairs and no keys beyond
1024 characters.
"""

from __future__ import annotations

import json
import re
from typing import NoReturn

from wfctl.config.yaml_nodes import DEEPEST
from wfctl.config.yaml_scalars import plain

_SPACE = re.compile(r"[ \t\n\r]*")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class NotPlainJson(ValueError):
    """The text is to be read as YAML."""


def decode(text: str) -> object:
    """The value of a JSON text. Raises NotPlainJson for broken JSON, repeated keys, lone surrogates and deep nesting."""
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise NotPlainJson from None
    if _SURROGATE.search(text) and not _encodable(value):
        raise NotPlainJson
    _refuse_depth(value, DEEPEST)
    return value


def element_offsets(text: str, key: str) -> tuple[int, ...]:
    """Where each element of the list `key` of the outermost object begins, in characters. `text` is valid JSON."""
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        return ()
    at = _skip(text, at + 1)
    while text[at] == '"':
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        if name == key:
            return _elements(text, at)
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        if text[at] != ",":
            break
        at = _skip(text, at + 1)
    return ()


def _elements(text: str, at: int) -> tuple[int, ...]:
    found: list[int] = []
    if text[at] != "[":
        return ()
    at = _skip(text, at + 1)
    while text[at] != "]":
        found.append(at)
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        if text[at] == ",":
            at = _skip(text, at + 1)
    return tuple(found)


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotPlainJson
    return members


def _integer(digits: str) -> object:
    return int(digits) if len(digits) < 19 else plain(digits)  # beyond 64 bits YAML makes a float of it


def _refuse(constant: str) -> NoReturn:
    raise NotPlainJson(constant)


def _encodable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_depth(value: object, left: int) -> None:
    if isinstance(value, dict | list):
        if not left:
            raise NotPlainJson
        for item in value.values() if isinstance(value, dict) else value:
            _refuse_depth(item, left - 1)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_integer, parse_float=plain, parse_constant=_refuse)
