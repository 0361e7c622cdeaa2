from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

import msgspec
import pytest

from tests.core.playbook import Wanted, create, replace, started
from tests.core.stories import applied, cancelled, elapsed, failed, hook, hook_ok, resumed
from wfctl.core.commands import intent
from wfctl.core.decide import decide
from wfctl.core.events import Event, FinalizeReported, Recorded
from wfctl.core.plan import Digest, HookSpec, RunId, Step
from wfctl.core.run import RunState, fold
from wfctl.engine.ports import Answer, SecretWrite
from wfctl.executors.spill import Spill, place, take_up, write

RUN = RunId("run")


class Record:
    """The record of a run, up to its orders."""

    def __init__(self, *wanted: Wanted, hooks: tuple[HookSpec, ...] = (), finalizer: bool = False) -> None:
        self.records: list[Recorded] = []
        self.add(started(wanted, hooks=hooks, finalizer=finalizer))
        self.ordered()

    def add(self, *facts: Event) -> Record:
        for fact in facts:
            self.records.append(Recorded(seq=len(self.records) + 1, at=1.0, event=fact))
        return self

    def ordered(self) -> Record:
        """Record the intents of everything that is due."""
        return self.add(*(intent(command) for command in decide(self.state)))

    @property
    def state(self) -> RunState:
        return fold(self.records)

    def next(self, count: int) -> list[Recorded]:
        """The places the next facts would get."""
        head = len(self.records)
        return [Recorded(seq=head + 1 + n, at=1.0, event=cancelled()) for n in range(count)]

    def take_up(self, folder: Path) -> list[Spill]:
        return take_up(folder, self.records, self.state)


def answers(*facts: Event) -> list[Answer]:
    return [Answer(event=fact) for fact in facts]


def taken(spills: list[Spill]) -> list[Event]:
    return [answer.event for spill in spills for answer in spill.answers]


def counts(spill: Spill) -> tuple[int, int, int, int]:
    return len(spill.answers), spill.known, spill.unfit, spill.unreadable


def test_what_could_not_be_recorded_comes_back_as_it_was(tmp_path: Path) -> None:
    record = Record(create("a"), create("b"))
    body = b'{"port":80}'
    digest = Digest(hashlib.sha256(body).hexdigest())
    one = Answer(event=msgspec.structs.replace(applied(0), outputs=digest), documents={digest: body})
    two = Answer(event=failed(1))
    path = write(place(tmp_path, RUN, 1), [one, two], record.next(1))

    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (spill,) = record.take_up(tmp_path)
    assert spill.answers == (one, two)
    assert spill.whole
    spill.done()
    assert not path.exists()
    spill.done()


def test_secrets_and_what_is_no_answer_are_not_written(tmp_path: Path) -> None:
    path = place(tmp_path, RUN, 1)
    secret = Answer(event=applied(0), secrets=(SecretWrite(name="s", resource="a", value="hush"),))
    assert write(path, [secret, *answers(cancelled(), resumed(), elapsed(0))]) is None
    assert not path.exists()


def test_an_answer_that_is_on_record_after_all_is_known_by_its_place(tmp_path: Path) -> None:
    record = Record(create("a"), create("b"))
    write(place(tmp_path, RUN, 1), answers(applied(0), applied(1)), record.next(1))
    record.add(applied(0))

    (spill,) = record.take_up(tmp_path)
    assert counts(spill) == (1, 1, 0, 0)
    assert taken([spill]) == [applied(1)]


def test_a_file_from_before_the_run_was_last_taken_up_was_taken_in_then(tmp_path: Path) -> None:
    record = Record(create("a"))
    write(place(tmp_path, RUN, 1), answers(applied(0)))
    record.add(resumed(epoch=2)).ordered()

    (spill,) = record.take_up(tmp_path)
    assert counts(spill) == (0, 1, 0, 0)
    assert spill.whole


def test_an_owner_whose_first_append_fails_writes_again_what_it_took_in(tmp_path: Path) -> None:
    record = Record(create("a"), create("b"))
    write(place(tmp_path, RUN, 1), answers(applied(0)), record.next(1))
    again = [*answers(applied(0), resumed(epoch=2)), Answer(event=applied(1))]
    write(place(tmp_path, RUN, 2), again, record.next(2))

    spills = record.take_up(tmp_path)
    assert [counts(spill) for spill in spills] == [(1, 0, 0, 0), (1, 1, 0, 0)]
    assert taken(spills) == [applied(0), applied(1)]


def test_files_of_an_owner_are_added_to_and_those_of_other_runs_left_alone(tmp_path: Path) -> None:
    record = Record(create("a"), create("b"))
    for fact in (applied(0), applied(1)):
        write(place(tmp_path, RUN, 1), answers(fact))
    other = write(place(tmp_path, RunId("run-2"), 1), answers(applied(0)))
    (tmp_path / "run.x.spill.jsonl").write_text("not ours")

    assert taken(record.take_up(tmp_path)) == [applied(0), applied(1)]
    assert other is not None
    assert other.exists()


def test_the_answer_to_something_else_does_not_fit(tmp_path: Path) -> None:
    hooks = (hook("one"), hook("two"))
    record = Record(create("a"), replace("b"), hooks=hooks, finalizer=True)
    record.add(applied(0)).ordered().add(applied(1, Step.DELETE)).ordered()
    stale: list[Event] = [applied(0), hook_ok(0, "two"), applied(1, Step.DELETE), applied(7)]
    stale.append(FinalizeReported(provider="p"))
    path = write(place(tmp_path, RUN, 1), answers(*stale, hook_ok(0, "one")))

    (spill,) = record.take_up(tmp_path)
    assert counts(spill) == (1, 0, 5, 0)
    assert path is not None
    spill.done()
    assert not path.exists()
    assert Path(f"{path}.left").exists(), "what was left out is kept for a person"


def test_whatever_is_torn_off_the_lines_before_it_count(tmp_path: Path) -> None:
    record = Record(create("a"), create("b"))
    path = write(place(tmp_path, RUN, 1), answers(applied(0), applied(1)))
    assert path is not None
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        (spill,) = record.take_up(tmp_path)
        assert len(spill.answers) == (length >= first)
        assert spill.unreadable == (length not in (0, first))


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"action":0', b'"action":"x"'), (b"ActionApplied", b"RunFinished"), (b'{"event"', b'["event"'), (b"80", b"81")],
)
def test_a_damaged_line_is_left_out_and_the_others_count(tmp_path: Path, old: bytes, new: bytes) -> None:
    record = Record(create("a"), create("b"))
    body = b'{"port":80}'
    digest = Digest(hashlib.sha256(body).hexdigest())
    path = write(place(tmp_path, RUN, 1), [Answer(event=applied(0), documents={digest: body}), *answers(applied(1))])
    assert path is not None
    path.write_bytes(path.read_bytes().replace(old, new, 1))

    (spill,) = record.take_up(tmp_path)
    assert counts(spill) == (1, 0, 0, 1)
    assert taken([spill]) == [applied(1)]


def test_somebody_elses_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    path = place(tmp_path, RUN, 1)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        write(path, answers(applied(0)))
