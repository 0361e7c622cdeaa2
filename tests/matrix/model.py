"""What has to come of a cell, told from the rules and from nothing else.

It shares no code with the engine and knows nothing of how it works: it is a table of what users are promised. The rules:

- There are six statuses. SUCCESS: it happened and every required hook succeeded. ERROR and DELETE_FAILED: it was sent and did not
  succeed. COMPENSATED: it happened and is taken back, and a Read agrees. COMPENSATION_FAILED: it happened, should have been taken
  back, and is not. SKIPPED: it was never sent.
- A call whose answer is lost is looked up, and sent again where it surely did not happen. A call that failed is looked up once.
- Only what a driver declares is undone. When a hook of its own fails, not being able to is a failure; when the run takes
  everything back, it is not: it stays SUCCESS.
- Before an undo everything that may stand in its way is asked, and when one says no, nothing is sent.
- An undo is repeated where it can be, and counts only when a Read agrees.
- What others stand on stays as long as they do.
"""

from __future__ import annotations

import msgspec

from tests.matrix.cells import MAKES, Cell, Guard, Mode, Op, Sent, Then, Undo, lands

SUCCESS, ERROR, DELETE_FAILED, COMPENSATED, COMPENSATION_FAILED, SKIPPED = range(1, 7)

SUBJECT, BYSTANDER, FOLLOWER, GUEST, DEPENDANT = "subject", "bystander", "follower", "guest", "dependant"

OLD, NEW, HALF, DRIFT = "old", "new", "half", "drift"
"""What a thing can be: as before, as wanted, half-way between, or as somebody else made it."""

ANY = "any"
"""The state may say what it likes."""


class Promise(msgspec.Struct, kw_only=True):
    """What is to be seen after a run, by role. `world` has everything there is of a role, `state` what the record says of it.

    `effect` is what is said of a failed call; `before` are pairs of roles of which the first is taken back before the second.
    """

    status: dict[str, int]
    world: dict[str, list[str]]
    state: dict[str, str | None]
    exit_code: int
    result: str
    effect: str = ""
    before: tuple[tuple[str, str], ...] = ()
    both_errors: bool = False


class _Subject(msgspec.Struct, kw_only=True):
    """The subject after a while: its status, what there is of it, what the state says; what is left that nobody wants."""

    status: int
    world: list[str]
    state: str | None
    effect: str = ""
    live: bool = False
    person: bool = False


def promise(cell: Cell) -> Promise:
    """What has to come of a cell."""
    subject = _sent(cell)
    if subject.status == SUCCESS:
        subject = _followed(cell, subject)
    return _whole(cell, subject)


# --- the call itself ---------------------------------------------------------------------------------------------------


def _before(cell: Cell) -> str | None:
    return None if cell.op is Op.CREATE else OLD


def _things(*labels: str | None) -> list[str]:
    return sorted(label for label in labels if label)


def _done(cell: Cell) -> _Subject:
    after = None if cell.op is Op.DELETE else NEW
    return _Subject(status=SUCCESS, world=_things(after), state=after, live=True)


def _failed(cell: Cell, world: list[str], state: str | None, effect: str, *, person: bool = False) -> _Subject:
    status = DELETE_FAILED if cell.op is Op.DELETE else ERROR
    return _Subject(status=status, world=world, state=state, effect=effect, live=effect != "none", person=person)


def _sent(cell: Cell) -> _Subject:
    before = _before(cell)
    nothing_happened = _failed(cell, _things(before), before, "none")
    undoable = cell.mode in (Mode.INVERSE, Mode.CUSTOM)
    if lands(cell):
        return _done(cell)
    match cell.sent:
        case Sent.LOST:
            # It is there, and no question that a driver without traits may be asked would find it.
            return _failed(cell, [NEW], ANY, "unknown", person=True)
        case Sent.REFUSED | Sent.FAILED:
            return nothing_happened
        case Sent.FAILED_AFTER if cell.op is Op.UPDATE:
            return _failed(cell, [NEW], ANY, "exists")
        case Sent.FAILED_AFTER:
            # An object that nobody asked about is left over: somebody has to look.
            return _failed(cell, _things(before, NEW), ANY, "exists", person=True)
        case Sent.HALF:
            return _failed(cell, [HALF], ANY, "unknown", person=True)
        case Sent.PARTLY:
            return _undone(cell) if undoable else _stuck(cell, [NEW], ANY)
        case Sent.REFUSED_2 if undoable:
            return _undone(cell)
        case Sent.REFUSED_2 if cell.op is Op.REPLACE:
            return _failed(cell, [], OLD, "DELETED")
        case Sent.REFUSED_2:
            return _failed(cell, [NEW, OLD], ANY, "CREATED", person=True)
    raise AssertionError(cell.name)


# --- taking it back ----------------------------------------------------------------------------------------------------


def _undone(cell: Cell) -> _Subject:
    before = _before(cell)
    return _Subject(status=COMPENSATED, world=_things(before), state=before)


def _stuck(cell: Cell, world: list[str], state: str | None) -> _Subject:
    return _Subject(status=COMPENSATION_FAILED, world=sorted(world), state=state, live=True, person=True)


def _followed(cell: Cell, done: _Subject) -> _Subject:
    """The subject after what followed; it was a success until then."""
    world = _touched(cell, done.world)
    untouched = msgspec.structs.replace(done, world=world)
    if cell.then in (Then.NOTHING, Then.STOP):
        return untouched
    if cell.mode in (Mode.NONE, Mode.UNDECLARED):
        return _stuck(cell, world, done.state) if cell.then is Then.HOOK else untouched
    if cell.guard is Guard.DEPENDANT_STAYS:
        return untouched
    if _guarded(cell):
        return _stuck(cell, world, done.state)
    return _taken_back(cell, done)


def _touched(cell: Cell, world: list[str]) -> list[str]:
    if cell.guard in (Guard.DRIFTED, Guard.MARK_DRIFTED):
        return [DRIFT]
    return world


def _guarded(cell: Cell) -> bool:
    """Whether something says no. What would not be deleted by the undo need not be guarded against that."""
    would_delete = cell.op in MAKES
    match cell.guard:
        case Guard.ADOPTED | Guard.UPSERTED:
            # The object is not ours; a change of it, or its end, was.
            return cell.op is Op.CREATE
        case Guard.PROTECTED:
            return would_delete
        case Guard.DATA_UNKNOWN | Guard.DATA_FULL:
            # A plugin that takes something back by its own means has said what becomes of the data.
            return would_delete and cell.mode is Mode.INVERSE
        case Guard.DRIFTED | Guard.MARK_DRIFTED | Guard.INCOMPLETE | Guard.IRREVERSIBLE | Guard.NEEDS_REPLACE:
            return True
        case Guard.NO | Guard.DATA_EMPTY | Guard.DEPENDANT_GOES | Guard.DEPENDANT_STAYS:
            return False


def _taken_back(cell: Cell, done: _Subject) -> _Subject:
    match cell.undo:
        case Undo.DONE | Undo.LOST | Undo.LOST_BEFORE_ONCE | Undo.LIES_ONCE:
            return _undone(cell)
        case Undo.GONE if cell.op is Op.UPDATE and cell.mode is Mode.INVERSE:
            return _stuck(cell, [], done.state)  # there is nothing that could be set back
        case Undo.GONE:
            return _undone(cell)
        case Undo.REFUSED_2 | Undo.LIES_2:
            return _stuck(cell, [OLD, NEW], ANY)  # the old one is back, and the new one stays
        case Undo.REFUSED | Undo.LOST_BEFORE | Undo.LIES | Undo.NOTHING:
            # What was tried to bring back is kept on record, for whoever has to look; an undo that was refused is no try.
            tried = not (cell.mode is Mode.CUSTOM and cell.undo is Undo.REFUSED)
            return _stuck(cell, done.world, OLD if cell.op is Op.DELETE and tried else done.state)


# --- the others, and the run -------------------------------------------------------------------------------------------


def _whole(cell: Cell, subject: _Subject) -> Promise:
    status, world, state = {SUBJECT: subject.status}, {SUBJECT: subject.world}, {SUBJECT: subject.state}

    def add(role: str, of: int) -> None:
        there = [NEW] if of == SUCCESS else []
        status[role], world[role], state[role] = of, there, NEW if there else None

    succeeded = subject.status == SUCCESS and cell.then is Then.NOTHING
    if cell.op is not Op.DELETE and cell.then is not Then.OWN:
        add(FOLLOWER, SUCCESS if succeeded else SKIPPED)
    if cell.then is Then.LATER:
        add(BYSTANDER, ERROR)
    if cell.then is Then.CANCEL:
        add(BYSTANDER, COMPENSATED)
    if cell.then is Then.STOP:
        add(BYSTANDER, SUCCESS)
    if cell.then is Then.OWN:
        add(GUEST, COMPENSATED)
    if cell.guard is Guard.DEPENDANT_STAYS:
        add(DEPENDANT, SUCCESS)
    if cell.guard is Guard.DEPENDANT_GOES:
        add(DEPENDANT, COMPENSATED)
    lives = subject.live or cell.guard is Guard.DEPENDANT_STAYS
    goes_first = cell.guard is Guard.DEPENDANT_GOES and subject.status == COMPENSATED
    failed_hook = cell.then is Then.HOOK and subject.status == COMPENSATION_FAILED
    return Promise(
        status=status,
        world=world,
        state=state,
        exit_code=_exit_code(cell, status, subject, lives=lives),
        result=_result(cell, status, lives=lives),
        effect=subject.effect,
        before=((DEPENDANT, SUBJECT),) if goes_first else (),
        both_errors=failed_hook,
    )


def _exit_code(cell: Cell, status: dict[str, int], subject: _Subject, *, lives: bool) -> int:
    """The first that is true: a person is needed, stopped, all is well, nothing remains, something does."""
    if subject.person:
        return 5
    if set(status.values()) == {SUCCESS}:
        return 0  # also where somebody asked for a stop, and nothing was left to stop
    if cell.then is Then.STOP:
        return 130
    return 3 if lives else 4


def _result(cell: Cell, status: dict[str, int], *, lives: bool) -> str:
    if set(status.values()) == {SUCCESS}:
        return "succeeded"
    if cell.then is Then.STOP:
        return "interrupted"
    if cell.then is Then.CANCEL:
        return "cancelled"
    wanted_back = cell.then in (Then.LATER, Then.OWN)
    return "compensated" if wanted_back and not lives and COMPENSATED in status.values() else "failed"
