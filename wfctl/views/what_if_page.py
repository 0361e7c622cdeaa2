"""What single failures would leave behind, laid out for people: the numbers, then the failures, the worst first.

Knows nothing of how that is found out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from wfctl.core.aftermath import Left, Remnant
from wfctl.core.mishap import Mishap, MishapKind
from wfctl.core.plan import ActionOutline, RunPolicy
from wfctl.core.what_if import Scenario
from wfctl.views.line import BLANK, Line, Span, Style, line, one_line
from wfctl.views.table import Cell, table
from wfctl.views.wording import plural

MOST_SHOWN: Final = 20
"""Most failures listed. Programs get all of them."""

_MOST_NAMED: Final = 3

_REMNANT: Final = {
    Remnant.UNDO_FAILED: "not undone",
    Remnant.IN_DOUBT: "in doubt",
    Remnant.RESIDUE: "on no record",
    Remnant.HALF_REPLACED: "half replaced",
    Remnant.NOT_UNDONE: "stays",
}


class WhatIfPage(msgspec.Struct, frozen=True, kw_only=True):
    """What would be left behind by each single failure of a plan, the worst first. `actions` are the plan's, in its order."""

    scenarios: tuple[Scenario, ...] = ()
    actions: tuple[ActionOutline, ...] = ()
    policy: RunPolicy = RunPolicy()

    @property
    def leaving(self) -> tuple[Scenario, ...]:
        """Those that leave something behind."""
        return tuple(one for one in self.scenarios if one.left_behind)


def what_if_lines(page: WhatIfPage) -> list[Line]:
    """The whole page."""
    if not page.scenarios:
        return [line("What if: nothing would be done, so nothing can go wrong.")]
    leaving = page.leaving
    lines = [headline(page)]
    if leaving:
        lines += [worst_line(page), BLANK, *_listed(page, leaving[:MOST_SHOWN])]
    if len(leaving) > MOST_SHOWN:
        lines.append(line(f"… and {plural(len(leaving) - MOST_SHOWN, 'more failure')}; --json has all", Style.FAINT))
    harmless = [one for one in page.scenarios if not one.left_behind]
    if harmless:
        others = "The others leave" if leaving else "They leave"
        lines += [BLANK] if leaving else []
        lines.append(line(f"{others} nothing behind that is not on record: {exits(harmless)}."))
    return lines


def headline(page: WhatIfPage) -> Line:
    """How many were played, under which policy, and how many of them leave something."""
    policy, count = page.policy, len(page.leaving)
    how = f"on failure: {policy.on_failure}, on cancel: {policy.on_cancel}, parallelism {policy.parallelism}"
    leave = f"{count:,} leave something behind" if count != 1 else "1 leaves something behind"
    played = plural(len(page.scenarios), "single failure")
    return (
        Span(f"What if: {played} played ({how}); "),
        Span(f"{leave}.", Style.BAD if count else Style.GOOD),
    )


def worst_line(page: WhatIfPage) -> Line:
    """The failure that leaves most. Only of a page with such a failure."""
    worst = page.leaving[0]
    return line(f"Worst: {mishap_text(page, worst.mishap)}: {plural(worst.left_behind, 'thing')} left, {_exit(worst)}.")


def mishap_text(page: WhatIfPage, mishap: Mishap) -> str:
    """One single failure as words; of a failed undo also what led to it, where that was something else of the same action."""
    return f"{one_line(page.actions[mishap.action].address)}: {_what(mishap)}"


def _what(mishap: Mishap) -> str:
    at = f"hook {one_line(mishap.hook)}" if mishap.hook else str(mishap.step)
    match mishap.kind:
        case MishapKind.REFUSED:
            return f"{at} is refused"
        case MishapKind.LOST:
            return f"the answer to {at} is lost"
        case MishapKind.HOOK_FAILED:
            return f"{at} fails"
        case MishapKind.CANCELLED:
            return f"stopped during {at}"
        case MishapKind.UNDO_FAILED:
            undo = at if mishap.hook else str(mishap.undo)
            own = mishap.after is not None and mishap.after.action == mishap.action
            return f"undo ({undo}) fails after {_what(mishap.root)}" if own else f"undo ({undo}) fails"


def left_text(page: WhatIfPage, scenario: Scenario, most: int = _MOST_NAMED) -> str:
    """What is left, the worst first."""
    told = ", ".join(_left(page, left) for left in scenario.left[:most])
    more = scenario.left_behind - len(scenario.left[:most])
    return f"{told} and {more:,} more" if more > 0 else told


def exits(scenarios: Iterable[Scenario]) -> str:
    """Exit codes and how often each comes: `exit 3 (40 times), exit 130 (20 times)`."""
    found = Counter(one.exit_code for one in scenarios)
    return ", ".join(f"exit {code} ({plural(count, 'time')})" for code, count in sorted(found.items()))


def _left(page: WhatIfPage, left: Left) -> str:
    told = left.remnant is Remnant.IN_DOUBT or left.code == MishapKind.UNDO_FAILED
    why = f": {one_line(left.code)}" if left.code and not told else ""
    return f"{one_line(page.actions[left.action].address)} ({_REMNANT[left.remnant]}{why})"


def _listed(page: WhatIfPage, scenarios: Iterable[Scenario]) -> list[Line]:
    rows: list[list[Cell]] = [
        [
            str(one.left_behind),
            Span(str(one.exit_code), Style.BAD if one.exit_code == 5 else Style.PLAIN),
            mishap_text(page, one.mishap),
            left_text(page, one),
        ]
        for one in scenarios
    ]
    return table(("LEFT", "EXIT", "SINGLE FAILURE", "WHAT WOULD BE LEFT"), rows, right=(0, 1))


def _exit(scenario: Scenario) -> str:
    return f"exit {scenario.exit_code} ({scenario.result})"
