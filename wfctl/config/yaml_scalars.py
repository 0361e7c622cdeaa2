"""The value a YAML scalar stands for, decided as Go's yaml.v3 decides it.

Knows nothing of documents or positions. Types matter because configs are hashed: `yes` is text, `0777` is 511, `12:30:45`
is text, and a date is a moment written as RFC 3339 (yaml.v3 1.2 core schema with its octals and timestamps of 1.1).
"""

from __future__ import annotations

import base64
import binascii
import re

_CONSTANTS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_NUMERIC = frozenset("+-0123456789")
_WORTH_A_LOOK = _NUMERIC | frozenset(".nNtTfF~")

_INTEGER = re.compile(r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_SIGN_INSIDE = re.compile(r"0(?:b([+-][01]+)|o([+-][0-7]+))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_POINT_FLOAT = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
_TIMESTAMP = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"(?:(?P<gap>[Tt]| +)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2}):(?P<second>[0-9]{1,2})(?:[.,](?P<fraction>[0-9]+))?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_INT64 = 1 << 63
_UINT64 = 1 << 64
_TAGS = {bool: "!!bool", int: "!!int", float: "!!float", str: "!!str", type(None): "!!null"}


def plain(text: str) -> object:
    """The value of an unquoted scalar without a tag."""
    if text and text[0] not in _WORTH_A_LOOK:
        return text
    moment = _moment(text)
    return _resolved(text) if moment is None else moment


def tagged(tag: str, text: str) -> object:
    """The value of a scalar with a tag such as `!!int`. Tags of other makers leave the text as it is.

    Raises ValueError when the text is nothing of the kind.
    """
    if tag == "!!binary":
        return _binary(text)
    if tag == "!!timestamp":
        moment = _moment(text)
        if moment is None:
            raise ValueError("is no timestamp")
        return moment
    if tag not in _TAGS.values() or tag == "!!str":
        return text
    value = _resolved(text)
    kind = _TAGS[type(value)]
    if tag == "!!float" and kind == "!!int" and isinstance(value, int) and value < _INT64:
        return float(value)
    if kind != tag:
        raise ValueError(f"is no {tag.removeprefix('!!')}")
    return value


def _resolved(text: str) -> object:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] == ".":
        return _float(text) if _POINT_FLOAT.fullmatch(text) else text
    if text[0] not in _NUMERIC:
        return text
    return _number(text)


def _number(text: str) -> object:
    digits = text.replace("_", "")
    number = _integer(digits)
    if number is not None:
        return number
    if _FLOAT.fullmatch(digits):
        value = _float(digits)
        return text if isinstance(value, str) else value
    inside = _SIGN_INSIDE.fullmatch(digits)
    if inside:  # yaml.v3 reads 0b-1 as -1
        number = int(inside[1], 2) if inside[1] else int(inside[2], 8)
        return number if -_INT64 <= number < _INT64 else text
    return text


def _integer(digits: str) -> int | None:
    match = _INTEGER.fullmatch(digits)
    if match is None or len(digits) > 80:  # 64 bits need fewer digits in any base
        return None
    sign, sixteen, two, eight, ten = match.groups()
    size = int(ten) if ten else int(sixteen, 16) if sixteen else int(two, 2) if two else int(eight, 8)
    if sign == "-":
        return -size if size <= _INT64 else None
    return size if size < (_INT64 if sign else _UINT64) else None


def _float(text: str) -> object:
    value = float(text)
    return text if value in (float("inf"), float("-inf")) else value


def _moment(text: str) -> str | None:
    """A timestamp as the RFC 3339 text that Go writes for it."""
    match = _TIMESTAMP.fullmatch(text) if text[4:5] == "-" else None
    if match is None:
        return None
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    if not 1 <= month <= 12 or not 1 <= day <= _days(year, month):
        return None
    date = f"{year:04}-{month:02}-{day:02}"
    gap, zone = match["gap"], match["zone"]
    if gap is None:
        return f"{date}T00:00:00Z"
    # a T wants a zone, a space refuses one
    if (gap in {"T", "t"}) is not (zone is not None):
        return None
    clock = _clock(match)
    zone = _zone(zone or "Z")
    return None if clock is None or zone is None else f"{date}T{clock}{zone}"


def _clock(match: re.Match[str]) -> str | None:
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"])
    if hour > 23 or minute > 59 or second > 59:
        return None
    fraction = (match["fraction"] or "")[:9].rstrip("0")
    return f"{hour:02}:{minute:02}:{second:02}{'.' if fraction else ''}{fraction}"


def _zone(zone: str) -> str | None:
    if zone == "Z":
        return zone
    hours, minutes = int(zone[1:3]), int(zone[4:])
    if minutes > 60 or hours * 60 + minutes >= 24 * 60:  # Go takes a minute 60, and cannot write a day
        return None
    hours, minutes = divmod(hours * 60 + minutes, 60)
    return f"{zone[0]}{hours:02}:{minutes:02}" if hours or minutes else "Z"


def _days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def _binary(text: str) -> str:
    try:
        return base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True).decode()
    except binascii.Error:
        raise ValueError("is no base64 text") from None
    except UnicodeDecodeError:
        raise ValueError("decodes to bytes that are no UTF-8 text, and a config can only hold text") from None
