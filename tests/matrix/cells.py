"""The cells of the matrix: what can meet what, and why some of it cannot.

Knows nothing of what comes of a cell. Each cell is about one resource, the subject. Besides it there may be a bystander that
fails or is in flight when the run is stopped, a follower that needs the subject, a guest made before it fails, and a dependant.
"""

from __future__ import annotations

import enum
import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec


class Op(enum.StrEnum):
    """What is done to the subject. A swap is a replace that makes the new object first."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    SWAP = "swap"
    DELETE = "delete"


class Mode(enum.StrEnum):
    """What the driver of the subject declares of undoing. UNDECLARED says nothing, of undoing or of anything else."""

    NONE = "none"
    INVERSE = "inverse"
    CUSTOM = "custom"
    UNDECLARED = "undeclared"


class Sent(enum.StrEnum):
    """How the first call of the subject goes; those in `..._2` are about the second call of a replace."""

    OK = "ok"
    BUSY = "busy"
    LOST = "lost"
    LOST_BEFORE = "lost_before"
    REFUSED = "refused"
    FAILED = "failed"
    FAILED_AFTER = "failed_after"
    PARTLY = "partly"
    HALF = "half"
    LOST_2 = "lost_2"
    LOST_BEFORE_2 = "lost_before_2"
    REFUSED_2 = "refused_2"


class Then(enum.StrEnum):
    """What happens next: nothing, a failing hook, a failing other action, a cancel, or the policy because it failed itself."""

    NOTHING = "nothing"
    HOOK = "hook"
    LATER = "later"
    CANCEL = "cancel"
    STOP = "stop"
    OWN = "own"


class Guard(enum.StrEnum):
    """What stands in the way of an undo."""

    NO = "no"
    ADOPTED = "adopted"
    UPSERTED = "upserted"
    DRIFTED = "drifted"
    MARK_DRIFTED = "mark_drifted"
    PROTECTED = "protected"
    DATA_UNKNOWN = "data_unknown"
    DATA_FULL = "data_full"
    DATA_EMPTY = "data_empty"
    DEPENDANT_STAYS = "dependant_stays"
    DEPENDANT_GOES = "dependant_goes"
    INCOMPLETE = "incomplete"
    IRREVERSIBLE = "irreversible"
    NEEDS_REPLACE = "needs_replace"


class Undo(enum.StrEnum):
    """How the first call of an undo goes; those in `..._2` are about the second call of one."""

    DONE = "done"
    REFUSED = "refused"
    LOST = "lost"
    LOST_BEFORE = "lost_before"
    LOST_BEFORE_ONCE = "lost_before_once"
    LIES = "lies"
    LIES_ONCE = "lies_once"
    GONE = "gone"
    NOTHING = "nothing"
    REFUSED_2 = "refused_2"
    LIES_2 = "lies_2"


class Cell(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One point of the matrix."""

    op: Op
    mode: Mode
    sent: Sent = Sent.OK
    then: Then = Then.NOTHING
    guard: Guard = Guard.NO
    undo: Undo = Undo.DONE

    @property
    def name(self) -> str:
        """As it is selected on the command line."""
        words = [self.op, self.mode, f"sent {self.sent}", self.then, f"guard {self.guard}", f"undo {self.undo}"]
        return "-".join(word.replace(" ", "_") for word in words)


UNDOING = (Then.HOOK, Then.LATER, Then.CANCEL)
"""After these the subject is to be taken back."""

AFTER_ALL = (Sent.OK, Sent.BUSY, Sent.LOST, Sent.LOST_BEFORE, Sent.LOST_2, Sent.LOST_BEFORE_2)
"""After these the subject is as it was wanted, however long it took."""

TWO_CALLS = (Op.REPLACE, Op.SWAP)
MAKES = (Op.CREATE, *TWO_CALLS)

SECOND = {one for one in (*Sent, *Undo) if one.endswith("_2")}
DATA = (Guard.DATA_UNKNOWN, Guard.DATA_FULL, Guard.DATA_EMPTY)
DEPENDANTS = (Guard.DEPENDANT_STAYS, Guard.DEPENDANT_GOES)
RESTORING = (Guard.IRREVERSIBLE, Guard.NEEDS_REPLACE)


def lands(cell: Cell) -> bool:
    """Whether the call comes to what was wanted in the end. A delete that failed and is proven gone does."""
    if cell.mode is Mode.UNDECLARED and cell.op is Op.CREATE and cell.sent is Sent.LOST:
        return False
    return cell.sent in AFTER_ALL or (cell.sent is Sent.FAILED_AFTER and cell.op in (Op.DELETE, Op.REPLACE))


def why_not(cell: Cell) -> str:
    """Why a cell cannot be, or is none of its own; empty if it can."""
    rules = (_of_undo, _of_sending, _of_what_follows, _of_guards, _of_undeclared)
    return next((reason for rule in rules if (reason := rule(cell))), "")


def _of_undo(cell: Cell) -> str:
    if cell.undo is Undo.DONE:
        return ""
    if cell.then not in UNDOING or cell.mode not in (Mode.INVERSE, Mode.CUSTOM):
        return "nothing is undone, so the undo cannot go wrong"
    if cell.guard is not Guard.NO or cell.sent is not Sent.OK:
        return "one trouble at a time: the undo goes wrong only where nothing else does"
    if cell.undo in SECOND and (cell.op not in TWO_CALLS or cell.mode is Mode.CUSTOM):
        return "the undo is one call and has no second"
    if cell.undo is Undo.NOTHING and cell.mode is not Mode.CUSTOM:
        return "only the plugin's own undo can say that there is nothing to undo"
    if cell.undo is Undo.GONE and cell.op is Op.DELETE:
        return "what was deleted cannot be gone once more"
    return ""


def _of_sending(cell: Cell) -> str:
    if cell.sent in SECOND and cell.op not in TWO_CALLS:
        return "only a replace has a second call"
    if cell.sent is Sent.HALF and cell.op is not Op.UPDATE:
        return "only an update can get half-way"
    if cell.sent is Sent.PARTLY and cell.op not in (Op.CREATE, Op.UPDATE):
        return "only a create or an update can tell the id of what it left"
    return ""


def _of_what_follows(cell: Cell) -> str:
    done = lands(cell)
    if not done and cell.then not in (Then.NOTHING, Then.OWN):
        return "it has failed by then, and nothing follows"
    if done and cell.then is Then.OWN:
        return "it did not fail, so nothing is undone because of it"
    if cell.sent not in (Sent.OK, Sent.LOST) and done and cell.then in (Then.CANCEL, Then.STOP):
        return "a cancel does not see how often a call was sent"
    return ""


def _of_guards(cell: Cell) -> str:  # noqa: PLR0912  (one rule a line)
    guard, op = cell.guard, cell.op
    if guard is Guard.NO:
        return ""
    if cell.then not in UNDOING:
        return "nothing is undone, so nothing is guarded"
    if cell.mode is Mode.NONE and guard not in (Guard.DRIFTED, Guard.PROTECTED, *DEPENDANTS):
        return "nothing is undone, so nothing is guarded"
    if cell.sent is not Sent.OK and not (guard is Guard.UPSERTED and cell.sent is Sent.LOST):
        return "one trouble at a time: a guard stands where all calls went well"
    if guard is Guard.UPSERTED and op is not Op.CREATE:
        return "only a create takes over what is there"
    if guard is Guard.ADOPTED and op in TWO_CALLS:
        return "what is replaced was there under the same name, so there is nothing to adopt"
    if guard is Guard.INCOMPLETE and op is Op.CREATE:
        return "before a create there is nothing"
    if guard in RESTORING and (op is not Op.UPDATE or cell.mode is Mode.CUSTOM):
        return "only an update that the engine restores has a restoring update"
    if guard in (Guard.DRIFTED, Guard.MARK_DRIFTED) and op is Op.DELETE:
        return "what is gone cannot be changed"
    if guard is Guard.MARK_DRIFTED and op is Op.SWAP:
        return "the mark is compared in the same way in both orders of a replace"
    if guard is Guard.DATA_UNKNOWN and op is Op.SWAP:
        return "data are guarded in the same way in both orders of a replace"
    if guard in DATA and op is Op.SWAP and cell.mode is Mode.CUSTOM:
        return "data are guarded in the same way in both orders of a replace"
    if guard in DEPENDANTS and (op is Op.DELETE or cell.then is Then.HOOK):
        return "nothing depends on it yet: dependants begin when it is done, and end before it is deleted"
    return ""


def _of_undeclared(cell: Cell) -> str:
    if cell.mode is not Mode.UNDECLARED:
        return ""
    if cell.op is Op.SWAP:
        return "the order of a replace is declared"
    if cell.guard is not Guard.NO:
        return "nothing is undone, so nothing is guarded"
    if cell.sent not in (Sent.OK, Sent.REFUSED, Sent.LOST, Sent.BUSY):
        return "what a driver without traits can be asked is settled by these"
    return ""


def every() -> Iterator[Cell]:
    """All combinations."""
    for op, mode, sent, then, guard, undo in itertools.product(Op, Mode, Sent, Then, Guard, Undo):
        yield Cell(op=op, mode=mode, sent=sent, then=then, guard=guard, undo=undo)


def sorted_out() -> tuple[list[Cell], Counter[str]]:
    """The cells that can be, and how many cannot, by reason."""
    valid: list[Cell] = []
    excluded: Counter[str] = Counter()
    for cell in every():
        reason = why_not(cell)
        if reason:
            excluded[reason] += 1
        else:
            valid.append(cell)
    return valid, excluded


def facets(cell: Cell) -> set[tuple[str, ...]]:
    """Every three of its values: what meets in this cell."""
    fields = ("op", "mode", "sent", "then", "guard", "undo")
    return set(itertools.combinations([f"{field} {getattr(cell, field)}" for field in fields], 3))


def chosen(cells: Sequence[Cell]) -> list[Cell]:
    """Fewer cells in which any three values meet that meet in any cell. Always the same ones, and none by its place."""
    met: set[tuple[str, ...]] = set()
    kept = set[Cell]()
    for cell in sorted(cells, key=lambda cell: hashlib.sha256(cell.name.encode()).digest()):
        if facets(cell) - met:
            met |= facets(cell)
            kept.add(cell)
    return [cell for cell in cells if cell in kept]


CELLS, EXCLUDED = sorted_out()
CHOSEN = chosen(CELLS)
