"""What verbs that only look print with `--json`: one JSON document.

Knows nothing of what is in it, except that its format has a version.
"""

from __future__ import annotations

from typing import Final

import msgspec

VERSION: Final = "1.0"
"""The version of the documents: a new minor adds, a new major may change."""


def document(**parts: object) -> bytes:
    """A document with these keys, after `format_version`."""
    return msgspec.json.encode({"format_version": VERSION, **parts})
