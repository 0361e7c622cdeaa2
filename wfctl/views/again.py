"""The options of this call, put into every command that is suggested: what is printed can be typed as it stands.

Knows the options only as text. A suggestion without them would look at another project, workspace or plugin directory.
"""

from __future__ import annotations

import re

_GROUPS = ("runs", "state", "lock", "plugin")
_COMMAND = re.compile(rf"\bwfctl (?:(?:{'|'.join(_GROUPS)}) )?(?!init\b|help\b|version\b|completion\b)[a-z][a-z-]*\b")


def again(text: str, options: str) -> str:
    """A text in which every `wfctl VERB` is followed by the options; the text itself when there are none."""
    return _COMMAND.sub(lambda command: f"{command[0]} {options}", text) if options else text
