from __future__ import annotations

import pytest

from wfctl.plugin_host.speech import KEPT, LINE_LIMIT, Lines, Speech, shown


def cut(*chunks: bytes) -> list[str]:
    taken: list[str] = []
    lines = Lines(taken.append)
    for chunk in chunks:
        lines.feed(chunk)
    lines.end()
    return taken


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ((b"a\nb\n",), ["a", "b"]),
        ((b"a", b"b\nc", b"\n"), ["ab", "c"]),
        ((b"a\r\nb\r\n",), ["a", "b"]),
        ((b"no end",), ["no end"]),
        ((b"\n\n",), ["", ""]),
        ((b"\xff\xfe garbage \xc3\n",), ["\ufffd\ufffd garbage \ufffd"]),
        ((), []),
    ],
)
def test_bytes_become_lines(chunks: tuple[bytes, ...], lines: list[str]) -> None:
    assert cut(*chunks) == lines


def test_a_line_without_an_end_takes_no_more_than_its_room() -> None:
    taken: list[str] = []
    lines = Lines(taken.append)
    for _ in range(100):
        lines.feed(b"x" * 10_000)
    lines.end()
    assert max(map(len, taken)) <= LINE_LIMIT
    assert sum(map(len, taken)) == 1_000_000


def test_a_long_line_in_one_chunk_is_cut_too() -> None:
    taken = cut(b"x" * 1_000_000 + b"\n")
    assert max(map(len, taken)) <= LINE_LIMIT
    assert sum(map(len, taken)) == 1_000_000


def test_the_last_lines_are_kept_clean_and_redacted() -> None:
    speech = Speech("p", "plugin p", lambda text: text.replace("hunter2", "***"))
    for number in range(100):
        speech.say(f"line {number}")
    speech.say("")
    speech.say("\x1b[31mpassword hunter2\x1b[0m")
    speech.say("hun\x1b[0mter2")
    speech.say("::error::owned")
    said = speech.last()
    assert len(said) == KEPT - 1
    assert said[-3:] == ("password ***", "***", ": :error::owned")
    assert speech.last(1) == (": :error::owned",)


def test_a_secret_of_several_lines_is_redacted_over_the_line_ends() -> None:
    secret = "-----BEGIN KEY-----\nMIIE\n-----END KEY-----"
    speech = Speech("p", "plugin p", lambda text: text.replace(secret, "***"))
    for line in f"key:\n{secret}\ndone".split("\n"):
        speech.say(line)
    assert speech.last() == ("key:", "***", "done")


def test_the_log_is_told_each_line() -> None:
    told: list[tuple[str, str]] = []
    speech = Speech(
        "p", "plugin p", lambda text: text.replace("hunter2", "***"), lambda name, line: told.append((name, line))
    )
    speech.say("hunter2\t1")
    speech.say("   ")
    assert told == [("p", "***\t1")]


def test_any_text_is_cut_to_its_limit() -> None:
    assert len(shown("x" * 10_000, str, 100)) == 100
    assert shown("  \x00 a \u202e b ", str) == "a  b"


def test_log_lines_of_go_are_read_and_its_chat_is_left_out() -> None:
    told: list[str] = []
    speech = Speech("p", "plugin p", str, lambda _name, line: told.append(line))
    speech.say('{"@level":"debug","@message":"plugin address","address":"/run/p"}')
    speech.say('{"@level":"error","@message":"no token","@timestamp":"2026-01-01T00:00:00Z","region":"x","n":1}')
    speech.say('{"@level":"error"')
    speech.say('{"@nothing": NaN}')
    assert speech.last() == ("no token region=x n=1", '{"@level":"error"', '{"@nothing": NaN}')
    assert len(told) == 4


def test_the_cause_of_a_crash_outlives_the_stack_that_follows() -> None:
    speech = Speech("p", "plugin p", lambda text: text.replace("hunter2", "***"))
    speech.say("before")
    assert speech.cause() == "before"
    speech.say("panic: no entry for hunter2")
    for number in range(100):
        speech.say(f"goroutine {number}")
    assert speech.cause() == "panic: no entry for ***"
