"""What single failures would leave behind, as messages for programs.

Knows nothing of how that is found out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from wfctl.core.aftermath import Left
from wfctl.core.mishap import Mishap
from wfctl.core.what_if import Scenario
from wfctl.views.json_parts import INFO, WARN, Message, Payload, resource
from wfctl.views.line import plain
from wfctl.views.what_if_page import WhatIfPage, headline, mishap_text


def messages(page: WhatIfPage) -> Iterator[Message]:
    """A message for each single failure, the worst first, then the numbers."""
    for scenario in page.scenarios:
        yield _scenario(page, scenario)
    yield _summary(page)


def _scenario(page: WhatIfPage, scenario: Scenario) -> Message:
    payload = {
        "failure": _mishap(page, scenario.mishap),
        "result": scenario.result,
        "exit_code": scenario.exit_code,
        "counts": msgspec.structs.asdict(scenario.counts),
        "left_behind": scenario.left_behind,
        "left": [_left(page, left) for left in scenario.left],
    }
    text = f"{mishap_text(page, scenario.mishap)}: {scenario.left_behind} left behind, exit {scenario.exit_code}"
    return Message("what_if", "what_if", payload, text, WARN if scenario.left_behind else INFO)


def _mishap(page: WhatIfPage, mishap: Mishap) -> Payload:
    outline = page.actions[mishap.action]
    return {
        "kind": mishap.kind,
        "plan_index": mishap.action,
        "resource": resource(outline.type, outline.name, outline.provider),
        "action": outline.operation,
        "step": mishap.step,
        "hook": mishap.hook or None,
        "undo": mishap.undo,
        "after": _mishap(page, mishap.after) if mishap.after else None,
    }


def _left(page: WhatIfPage, left: Left) -> Payload:
    return {
        "plan_index": left.action,
        "addr": page.actions[left.action].address,
        "remnant": left.remnant,
        "code": left.code or None,
    }


def _summary(page: WhatIfPage) -> Message:
    exits = Counter(scenario.exit_code for scenario in page.scenarios)
    payload = {
        "played": len(page.scenarios),
        "leaving": len(page.leaving),
        "worst": max((scenario.left_behind for scenario in page.scenarios), default=0),
        "exit_codes": {str(code): count for code, count in sorted(exits.items())},
        "on_failure": page.policy.on_failure,
        "on_cancel": page.policy.on_cancel,
        "parallelism": page.policy.parallelism,
    }
    return Message("what_if_summary", "what_if", payload, plain(headline(page)))
