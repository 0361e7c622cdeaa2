"""Spans of time as Go writes them."""

from __future__ import annotations

import pytest

from wfctl.config.durations import seconds


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0", 0.0),
        ("0s", 0.0),
        ("30s", 30.0),
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("1.5h", 5400.0),
        ("1m.5s", 60.5),
        ("250ms", 0.25),
        ("1us", 1e-6),
        ("1µs", 1e-6),
        ("2m30s500ms", 150.5),
    ],
)
def test_spans(text: str, span: float) -> None:
    assert seconds(text) == pytest.approx(span)


@pytest.mark.parametrize(
    "text", ["", "30", "s", "-1s", "+1s", "1 s", "1d", "1h30", "1e3s", "99999999h", "1S", "\u0661s", "1s\n"]
)
def test_what_is_no_span(text: str) -> None:
    assert seconds(text) is None
