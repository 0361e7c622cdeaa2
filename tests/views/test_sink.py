from __future__ import annotations

import io
import os

import pytest

from wfctl.views.sink import Sink


class Dribble:
    """A stream that takes three bytes at a time, and sometimes none for the moment."""

    def __init__(self, number: int) -> None:
        self.taken = b""
        self.number = number
        self.turns = 0

    def write(self, piece: memoryview, /) -> int | None:
        self.turns += 1
        if self.turns % 2 == 0:
            return None
        self.taken += bytes(piece[:3])
        return len(piece[:3])

    def flush(self) -> None:
        pass

    def fileno(self) -> int:
        return self.number


def test_nothing_is_written_before_the_flush() -> None:
    stream = io.BytesIO()
    sink = Sink(stream)
    sink.write("one\n")
    assert stream.getvalue() == b""
    sink.write_bytes(b"two\n")
    sink.flush()
    assert stream.getvalue() == b"one\ntwo\n"


def test_text_that_the_encoding_cannot_say_is_escaped() -> None:
    stream = io.BytesIO()
    sink = Sink(stream, encoding="ascii")
    sink.write("naïve …\n")
    sink.flush()
    assert stream.getvalue() == b"na\\xefve \\u2026\n"


def test_a_stream_that_takes_little_gets_it_all_in_the_end() -> None:
    reading, writing = os.pipe()
    stream = Dribble(writing)
    sink = Sink(stream)
    sink.write("a longer text")
    sink.flush()
    os.close(reading)
    os.close(writing)
    assert stream.taken == b"a longer text"


def test_a_closed_pipe_silences_the_sink_and_raises_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as stream:
        sink = Sink(stream)
        sink.write("nobody reads this")
        sink.flush()
        assert isinstance(sink.trouble, BrokenPipeError)
        sink.write("nor this")
        sink.flush()


def test_a_stream_closed_by_someone_else_silences_the_sink() -> None:
    stream = io.BytesIO()
    sink = Sink(stream)
    stream.close()
    sink.write("late")
    sink.flush()
    assert sink.trouble is not None


def test_a_full_disk_is_remembered() -> None:
    if not os.path.exists("/dev/full"):  # noqa: PTH110
        pytest.skip("/dev/full")
    with open("/dev/full", "wb", buffering=0) as stream:  # noqa: PTH123
        sink = Sink(stream)
        sink.write("too much")
        sink.flush()
        assert isinstance(sink.trouble, OSError)


def test_a_text_stream_is_written_past_its_buffer(tmp_path: object) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="latin-1") as stream:
        stream.write("before ")
        sink = Sink.over(stream)
        sink.write("é")
        sink.flush()
        assert os.read(reading, 100) == b"before \xe9"
    os.close(reading)
