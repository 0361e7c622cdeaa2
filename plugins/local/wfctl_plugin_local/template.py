"""Fill `{{ name }}` in a text.

It knows no logic: no conditions, no loops, no functions. `${...}` belongs to the engine, which fills it before a plugin sees
the text, so placeholders look different here. Anything that is not a name between double braces stays as it is, and a value
that itself looks like a placeholder is not filled again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from wfctl_plugin_local.fields import BadField

_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*\}\}")


def fill(template: str, values: Mapping[str, object]) -> str:
    """The text with its values. Raises BadField (values) for a name without a value, and for a value without a name.

    Texts go in as they are; numbers, true and false as JSON writes them.
    """
    texts = {name: _text(name, value) for name, value in values.items()}
    wanted = set(_PLACEHOLDER.findall(template))
    missing, unused = sorted(wanted - texts.keys()), sorted(texts.keys() - wanted)
    if missing:
        raise BadField("values", f"the template wants {', '.join(missing)}, which has no value")
    if unused:
        raise BadField("values", f"the template has no place for {', '.join(unused)}")
    return _PLACEHOLDER.sub(lambda match: texts[match[1]], template)


def _text(name: str, value: object) -> str:
    match value:
        case str():
            return value
        case bool() | int():
            return json.dumps(value)
        case float():
            return json.dumps(int(value) if value.is_integer() else value)
        case _:
            raise BadField(f"values.{name}", "must be a text, a number, true or false")
