"""The behaviours a script may name: for which calls, with which arguments, and what they come to.

It knows nothing of how scripts are written or played.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAKING = frozenset({"create"})
CHANGING = frozenset({"update"})
DELETING = frozenset({"delete"})
UNDOING = frozenset({"compensate"})
MUTATING = MAKING | CHANGING | DELETING | UNDOING
LOOKING = frozenset({"read", "look"})
COMPARING = frozenset({"diff", "compare"})
FLUSHING = frozenset({"finalize"})
CALLS = MUTATING | LOOKING | COMPARING | FLUSHING
ANSWERED = MAKING | CHANGING | LOOKING
ASKED = MUTATING | LOOKING | COMPARING

Argument = str | int
"""What an argument is, by its default: a word or a whole number."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing a call can come to.

    Attributes:
        calls: The calls that know it.
        means: What it is, for a person.
        arguments: Names and defaults.
    """

    calls: frozenset[str]
    means: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)


_WORDS: Mapping[str, Argument] = {"as": "text"}
_STATUS: Mapping[str, Argument] = {"status": "unavailable"}

BEHAVIOURS: Mapping[str, Behaviour] = {
    "ok": Behaviour(CALLS, "as it should be"),
    # --- nothing happens, and the answer says so -----------------------------------------------------------------------
    "refuse": Behaviour(ASKED, "a plain no; nothing happened", {"as": "validation"}),
    "busy": Behaviour(MUTATING, "no, but try again; nothing happened", {"as": "rate_limited", "retry_after_ms": 10}),
    "exists": Behaviour(MAKING, "no: there is one of that name already"),
    "blocked": Behaviour(DELETING, "no: something still uses it"),
    # --- an error that leaves open what happened -----------------------------------------------------------------------
    "fail": Behaviour(ASKED, "an error; nothing happened", _WORDS),
    "fail_after": Behaviour(MUTATING, "it happens, and the answer is an error", _WORDS),
    "partly": Behaviour(MAKING | CHANGING, "it happens, and the answer is an error that tells the id"),
    "half": Behaviour(CHANGING, "only the first changed field gets there, and the answer is lost", _STATUS),
    "panic": Behaviour(ASKED, "the driver raises something nobody expected; nothing happened"),
    # --- no answer -----------------------------------------------------------------------------------------------------
    "lost": Behaviour(ASKED, "it happens, and the answer is lost", _STATUS),
    "lost_before": Behaviour(MUTATING, "nothing happens, and the answer is lost", _STATUS),
    "late": Behaviour(
        MUTATING, "the answer is lost, and it happens later, before the nth next call", {"after": 2, **_STATUS}
    ),
    "hang": Behaviour(ASKED, "no answer ever; nothing happened"),
    "hang_after": Behaviour(MUTATING, "it happens, and no answer ever comes"),
    "die": Behaviour(ASKED | FLUSHING, "the plugin ends at once; nothing happened"),
    "die_after": Behaviour(MUTATING, "it happens, and the plugin ends before it answers"),
    # --- an answer that is not true ------------------------------------------------------------------------------------
    "lie": Behaviour(MUTATING, "nothing happens, and the answer says it did"),
    "nothing": Behaviour(UNDOING, "nothing happens, and the answer says there was nothing to undo"),
    "refused": Behaviour(UNDOING, "the undo is refused; nothing happened", {"code": "not_now"}),
    "not_found": Behaviour(DELETING, "nothing happens, and the answer is that it is not there"),
    "resurrect": Behaviour(DELETING, "it goes, and is back before the nth next call", {"after": 1}),
    "adopt": Behaviour(MAKING, "takes over what has that name, and says so"),
    "no_id": Behaviour(ANSWERED, "it happens; the answer has no id"),
    "wrong_id": Behaviour(ANSWERED, "it happens; the answer has the id of nothing"),
    "other_id": Behaviour(ANSWERED, "it happens; the answer has the id of some other object"),
    "big": Behaviour(ANSWERED, "it happens; the answer has so many bytes too many", {"bytes": 5_000_000}),
    # --- what is seen --------------------------------------------------------------------------------------------------
    "stale": Behaviour(LOOKING, "what was there before the last change"),
    "absent": Behaviour(LOOKING, "surely not there, whatever is there"),
    "absent_text": Behaviour(LOOKING, "not there, in words that prove nothing"),
    "denied": Behaviour(LOOKING, "looking is not allowed"),
    "stranger": Behaviour(LOOKING, "something of that name that somebody else made"),
    "tokenless": Behaviour(LOOKING, "as it is, without its secret output"),
    "same": Behaviour(COMPARING, "no difference, whatever differs"),
    "differs": Behaviour(COMPARING, "a difference that can be made in place", {"field": "drift"}),
    "replaces": Behaviour(COMPARING, "a difference that needs a new object", {"field": "drift"}),
    # --- what is said at the end of a run ------------------------------------------------------------------------------
    "compensated": Behaviour(FLUSHING, "taken back, and said to be"),
    "claims_compensated": Behaviour(FLUSHING, "still there, and said to be taken back"),
    "compensation_failed": Behaviour(FLUSHING, "still there, and said to be"),
    "success": Behaviour(FLUSHING, "said to be done, which nobody doubted"),
    "unspecified": Behaviour(FLUSHING, "said to have no status"),
    "unheard_of": Behaviour(FLUSHING, "a word about a resource that nobody knows"),
    "error": Behaviour(FLUSHING, "what was put off has failed"),
    "fail_flush": Behaviour(FLUSHING, "the whole end of the run fails"),
    "lost_flush": Behaviour(FLUSHING, "the whole end of the run is not answered", _STATUS),
    "hang_flush": Behaviour(FLUSHING, "the whole end of the run never answers"),
}

COMMON: Mapping[str, Argument] = {
    "times": 1,
    "delay_ms": 0,
    "gate": "",
    "gate_after": "",
    "text": "",
    "noise": 0,
    "storm": 0,
}
"""Arguments that every behaviour knows: how often, and what goes with it (see the README)."""

ERRORS = (
    "validation",
    "forbidden",
    "unauthorized",
    "already_exists",
    "image_not_in_registry",
    "unimplemented",
    "invalid_argument",
    "failed_precondition",
    "permission_denied",
    "unauthenticated",
    "out_of_range",
)
"""What `refuse` may be refused as."""

WORDS = ("text", "transient")
"""What `fail` and `fail_after` may be said as."""

LIMITS = ("rate_limited", "resource_exhausted")
"""What `busy` may be said as."""

STATUSES = ("unavailable", "deadline_exceeded", "cancelled", "aborted", "internal", "data_loss", "cut")
"""How an answer may be lost; `cut` is an error without a text, as of a connection that went away."""

CHOICES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("refuse", "as"): ERRORS,
    ("busy", "as"): LIMITS,
    ("fail", "as"): WORDS,
    ("fail_after", "as"): WORDS,
} | {(name, "status"): STATUSES for name, one in BEHAVIOURS.items() if "status" in one.arguments}
"""The words an argument may be."""
