"""Make text of strangers fit to be shown: one pass that takes away what a terminal or a build server would obey.

Knows nothing of secrets (those are redacted by value, by their owner) and nothing of views.
"""

from __future__ import annotations

import re

CUT = "…"
"""Stands where text was cut away."""

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # control sequences: colours, cursor movements
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?"  # titles, links, clipboard
    r"|\x1b[ -/]*[0-~]?"  # everything shorter
)
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turns the direction of what follows
    "\u00ad\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"  # takes no room
    "\U000e0000-\U000e007f]"  # tags: a whole invisible alphabet
)
_SURROGATES = re.compile("[\ud800-\udfff]")
# Build servers read orders out of the output of programs. GitHub wants `::` at the start of a line, but a view may
# break a line at any space; the others take theirs anywhere.
_ORDERS = re.compile(r"(?:(?<=\s)|\A):(?=:[A-Za-z])|##(?=(?:vso|teamcity)?\[)")


def clean(text: str, limit: int, *, keep_end: bool = False) -> str:
    """The text without escape sequences, control and invisible characters, and without orders to a build server.

    Newlines and tabs stay; every other line end becomes a newline. Text longer than `limit` characters is cut at its
    end, or at its start with `keep_end`, and `…` says so. The result has at most `limit` characters, plus one for each
    order broken up.
    """
    text = _LINE_ENDS.sub("\n", _ESCAPES.sub("", text))
    text = _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", _UNSEEN.sub("", text))
    if len(text) > limit:
        text = CUT + text[len(text) - limit + 1 :] if keep_end else text[: limit - 1] + CUT
    return _ORDERS.sub(lambda order: f"{order[0]} ", text)
