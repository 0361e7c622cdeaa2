from __future__ import annotations

import io

import pytest

from tests.views.stories import STORIES
from tests.views.tale import BEGUN, Tale, action, failure, many, same_as_golden
from wfctl.core import events as e
from wfctl.core.plan import Effect, Operation, Step
from wfctl.errors import Kind, WfctlError
from wfctl.views.human import MOST_LINES, Human
from wfctl.views.rows import Diagnostic, Severity
from wfctl.views.screen import PlainScreen, Terminal, open_screen
from wfctl.views.sink import Sink


def view(*, heartbeats: bool = True, hints: bool = True) -> tuple[io.BytesIO, Human]:
    stream = io.BytesIO()
    return stream, Human(PlainScreen(Sink(stream)), heartbeats=heartbeats, hints=hints)


@pytest.mark.parametrize("name", STORIES)
def test_a_run_as_text(name: str) -> None:
    stream, human = view()
    STORIES[name](human).end()
    same_as_golden(f"{name}.txt", stream.getvalue().decode())


def test_quiet_gives_no_sign_of_life() -> None:
    stream, human = view(heartbeats=False)
    STORIES["succeeded"](human).end()
    assert "Still creating" not in stream.getvalue().decode()


def test_a_machine_is_not_told_what_to_type() -> None:
    stream, human = view(hints=False)
    STORIES["compensated"](human).end()
    text = stream.getvalue().decode()
    assert "Next:" not in text
    assert text.endswith("(exit 4)\n")


def test_an_error_before_any_run() -> None:
    stream, human = view()
    human.error(
        WfctlError(Kind.CONFIG, "BAD", "infra.yaml is wrong", hint="wfctl validate", details=("3:1 no such key",)), 1
    )
    human.close()
    assert stream.getvalue().decode() == (
        "Error: infra.yaml is wrong\n"
        "  3:1 no such key\n"
        "\n"
        "Next: wfctl validate\n"
        "(exit 1: the command line or the configuration is wrong, or wfctl itself failed before anything was sent)\n"
    )


def test_an_error_in_a_run_names_the_run_and_goes_where_errors_go() -> None:
    out, err = io.BytesIO(), io.BytesIO()
    human = Human(PlainScreen(Sink(out)), PlainScreen(Sink(err)))
    STORIES["interrupted"](human)
    human.error(WfctlError(Kind.LEDGER, "LEDGER_LOST", "the disk is full"), 5)
    human.close()
    assert "Error" not in out.getvalue().decode()
    assert "Run r-7k3q is on record: wfctl runs show r-7k3q\n" in err.getvalue().decode()


def test_findings_say_where_they_are() -> None:
    stream, human = view()
    human.diagnostics(
        [
            Diagnostic(
                severity=Severity.ERROR,
                summary="unknown key: siez",
                detail="did you mean size?",
                file="infra.yaml",
                line=3,
                column=5,
                snippet="  siez: small",
            ),
            Diagnostic(severity=Severity.WARNING, summary="not protected", address="local.file.a"),
        ]
    )
    human.notice("wrote plan.json\n::error::no")
    human.ended(1)
    assert stream.getvalue().decode() == (
        "infra.yaml:3:5: Error: unknown key: siez\n"
        "  |   siez: small\n"
        "  did you mean size?\n"
        "local.file.a: Warning: not protected\n"
        "1 error, 1 warning\n"
        "wrote plan.json : :error::no\n"
    )


class Counting:
    """A live screen that only counts how often it is drawn on."""

    live = True

    def __init__(self) -> None:
        self.shown: list[int] = []
        self.statuses: list[list[str]] = []

    def show(self, lines: object) -> None:
        self.shown.append(len(list(lines)))  # type: ignore[call-overload]

    def status(self, lines: object) -> None:
        self.statuses.append(["".join(span.text for span in row) for row in lines])  # type: ignore[attr-defined]

    def close(self) -> None:
        pass


def test_a_terminal_is_drawn_at_a_fixed_rate_however_many_events_come() -> None:
    screen = Counting()
    human = Human(screen)
    ticks = 0
    for at, (state, records) in enumerate(many(10_000)):
        human.publish(records, state)
        if at % 1000 == 0:
            human.tick(BEGUN + at)
            human.tick(BEGUN + at + 0.01)
            ticks += 1
    assert len(screen.statuses) == ticks
    assert len(screen.shown) == ticks
    assert max(screen.shown) <= 2 * MOST_LINES + 1
    assert screen.statuses[-1][0].startswith("Apply: 10,000/10,000 done · 0 running · ")


def test_a_log_tells_every_action_of_a_big_run() -> None:
    stream, human = view()
    for state, records in many(2_000):
        human.publish(records, state)
    lines = stream.getvalue().decode().splitlines()
    assert len(lines) == 4_000
    assert lines[-1] == "local.file.f1999: Creation complete after 0s [id=id-1999] (2000/2000)"


def test_failures_are_drawn_even_when_everything_else_passes_too_fast() -> None:
    stream = io.BytesIO()
    human = Human(open_screen(Sink(stream), Terminal(live=True, size=lambda: (120, 30))))
    tale = Tale(
        tuple(action(index, Operation.CREATE, "local.file", f"f{index}") for index in range(600)), views=(human,)
    )
    tale.tell(e.ActionDispatched(action=0, step=Step.CREATE, attempt=1, key="k"))
    tale.tell(e.ActionFailed(action=0, step=Step.CREATE, failure=failure("denied", "not yours")))
    for index in range(1, 600):
        tale.done(index, Step.CREATE, Effect.CREATED, f"id-{index}")
    human.tick(tale.now)
    text = stream.getvalue().decode()
    human.close()
    assert "local.file.f0: Creation failed: denied: not yours (1/600)" in text
    assert "lines passed too fast to be drawn; wfctl runs show --events has them" in text
    assert "local.file.f3: " not in text


def test_the_status_names_what_has_been_going_on_the_longest() -> None:
    screen = Counting()
    human = Human(screen)
    tale = Tale(tuple(action(index, Operation.CREATE, "local.file", f"f{index}") for index in range(9)), views=(human,))
    for index in range(9):
        tale.tell(e.ActionDispatched(action=index, step=Step.CREATE, attempt=1, key="k"), after=1)
    human.tick(tale.now + 5)
    head, *rest = screen.statuses[-1]
    assert head == "Apply: 0/9 done · 9 running · 00m13s"
    assert rest[0] == "  local.file.f0: Still creating... [00m13s elapsed] (1/9)"
    assert rest[-1] == "  and 3 more"
    human.finished(tale.end(), tale.run)
    assert screen.statuses[-1] == []


def test_the_status_of_a_rollback_counts_what_is_undone() -> None:
    screen = Counting()
    human = Human(screen)
    tale = STORIES["rolled-back"](human)
    human.tick(tale.now)
    assert screen.statuses[-1] == ["Rollback: 1/4 undone · 1 failed · 0 running"]


def test_a_status_that_has_not_changed_is_not_drawn_again() -> None:
    screen = Counting()
    human = Human(screen)
    tale = STORIES["interrupted"](human)
    for tenths in range(20):
        human.tick(tale.now + tenths / 10)
    assert 1 < len(screen.statuses) < 5
    human.ended(0)
    assert screen.statuses[-1] == []


def test_nothing_is_drawn_before_a_run_is_known() -> None:
    screen = Counting()
    human = Human(screen)
    human.tick(BEGUN)
    assert not screen.shown
    assert not screen.statuses
