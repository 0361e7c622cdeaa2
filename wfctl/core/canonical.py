"""The bytes that are hashed: JSON exactly as Go's encoding/json (version 1) writes it.

Knows nothing of files, plans or resources. The Go tool compares hashes taken over these bytes, so one different escape
would make every plan look stale (upstream: platform/differ.go, iac/wfctlhelpers/desired_hash.go).

Written by hand because `json.dumps` differs in floats, in HTML characters and in what it takes for a key; handing it
the values without floats gains nothing, since they must be found first. `<`, `>`, `&`, U+2028 and U+2029 are left to
one replacement at the end: in JSON they occur inside strings only.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Final

_HTML = (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e"))
_LINES = (("\u2028", "\\u2028"), ("\u2029", "\\u2029"))
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class CanonicalError(ValueError):
    """The value has no JSON form: NaN, an infinity, a key that is not text, or a type JSON does not know."""


class Fields(dict[str, object]):
    """A mapping whose keys are written in the order given, as Go writes the fields of a struct."""


def go_json(value: object, *, escape_html: bool = True) -> bytes:
    """Compact JSON as Go's `json.Marshal` writes it: map keys sorted by their UTF-8 bytes, HTML characters escaped.

    `value` is built from None, bool, int, float, str, lists, tuples and mappings with text keys. Raises CanonicalError.
    """
    try:
        return _encoded(_text(value, None), escape_html=escape_html)
    except RecursionError:
        raise CanonicalError("the value is nested too deeply") from None


def go_json_indent(value: object) -> bytes:
    """JSON as Go's `json.MarshalIndent` writes it with two spaces, HTML characters escaped. Raises CanonicalError."""
    try:
        return _encoded(_text(value, ""), escape_html=True)
    except RecursionError:
        raise CanonicalError("the value is nested too deeply") from None


def go_float(number: float) -> str:
    """A float as Go's encoding/json prints it: shortest digits, plain from 1e-6 up to 1e21, else with an exponent."""
    if not math.isfinite(number):
        raise CanonicalError(f"{number} is not a JSON number")
    sign = "-" if math.copysign(1.0, number) < 0 else ""
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = fraction.rstrip("0")
    digits = (whole + fraction).lstrip("0")
    # the decimal point stands this many digits to the right of the first significant one
    point = int(exponent or 0) + len(digits) - len(fraction)
    digits = digits.rstrip("0")
    if not digits:
        return sign + "0"
    return sign + (_plain(digits, point) if 1e-6 <= abs(number) < 1e21 else _scientific(digits, point - 1))


def config_hash(config: Mapping[str, object] | None) -> str:
    """Upstream's hash of one resource config: lower-case hex SHA-256, or "" for an empty or absent config.

    A config without a JSON form hashes as empty input, as upstream's does; never use that value as a key.
    """
    if not config:
        return ""
    try:
        pairs = [f'{{"K":{_key(key)},"V":{_text(config[key], None)}}}' for key in sorted(config)]
        data = _encoded(f"[{','.join(pairs)}]", escape_html=True)
    except (CanonicalError, TypeError, RecursionError):  # TypeError: keys that cannot be sorted are not all text
        data = b""
    return hashlib.sha256(data).hexdigest()


def desired_hash(specs: Iterable[Mapping[str, object]]) -> str:
    """Upstream's `plan_hash` over the desired resources, in any order of theirs.

    Each mapping has its keys in the order of Go's ResourceSpec: name, type, config, then size, hints and depends_on
    where they are not empty. Returns "hash-error", as upstream does, when a config has no JSON form.
    """
    try:
        parts = [go_json(Fields(spec)) for spec in sorted(specs, key=lambda spec: str(spec["name"]))]
    except CanonicalError:
        return "hash-error"
    return hashlib.sha256(b"[" + b",".join(parts) + b"]").hexdigest()


_SCALARS: Final[Mapping[type, Callable[..., str]]] = {
    str: encode_basestring,
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    int: int.__repr__,
    float: go_float,
}
"""Looked up by exact type, which is most of the work of hashing; their subclasses take the longer way below."""


def _text(value: object, margin: str | None) -> str:
    written = _SCALARS.get(type(value))
    return written(value) if written is not None else _structure(value, margin)


def _structure(value: object, margin: str | None) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return go_float(value)
    inner = None if margin is None else margin + "  "
    if isinstance(value, Mapping):
        colon = ":" if margin is None else ": "
        return _joined("{}", [f"{_key(key)}{colon}{_text(item, inner)}" for key, item in _members(value)], margin)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return _joined("[]", [_text(item, inner) for item in value], margin)
    raise CanonicalError(f"a {type(value).__name__} has no JSON form")


def _joined(brackets: str, parts: list[str], margin: str | None) -> str:
    if not parts or margin is None:
        return brackets[0] + ",".join(parts) + brackets[1]
    line = f"\n{margin}  "
    return f"{brackets[0]}{line}{f',{line}'.join(parts)}\n{margin}{brackets[1]}"


def _members(value: Mapping[object, object]) -> Iterable[tuple[object, object]]:
    if isinstance(value, Fields):
        return value.items()
    try:
        return [(key, value[key]) for key in sorted(value)]  # type: ignore[type-var]  # keys of other types raise below
    except TypeError:
        raise CanonicalError("a key is not text") from None


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise CanonicalError(f"the key {key!r} is not text")
    return encode_basestring(key)


def _encoded(text: str, *, escape_html: bool) -> bytes:
    for character, escape in (*_HTML, *_LINES) if escape_html else _LINES:
        if character in text:
            text = text.replace(character, escape)
    try:
        return text.encode()
    except UnicodeEncodeError:  # Go writes each byte that is not UTF-8 as the escape of U+FFFD
        return _LONE_SURROGATE.sub(r"\\ufffd", text).encode()


def _plain(digits: str, point: int) -> str:
    if point <= 0:
        return "0." + "0" * -point + digits
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"


def _scientific(digits: str, exponent: int) -> str:
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    # Go prints e-07 as e-7, but e+07 with both digits; positive exponents here start at 21
    return f"{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent)}"
