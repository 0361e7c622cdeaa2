"""What is suggested names the same project and workspace as the call it is suggested to."""

from __future__ import annotations

import pytest

from wfctl.views.again import again


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("wfctl resume r-1", "wfctl resume --env prod r-1"),
        ("wfctl runs show r-1", "wfctl runs show --env prod r-1"),
        ("wfctl state push FILE", "wfctl state push --env prod FILE"),
        (
            "wait (--lock-timeout 10m), look (wfctl runs watch r-1) or stop it: wfctl runs cancel r-1",
            "wait (--lock-timeout 10m), look (wfctl runs watch --env prod r-1) or stop it: wfctl runs cancel --env prod r-1",
        ),
        ("wfctl force-unlock default", "wfctl force-unlock --env prod default"),
        ("wfctl init, or name it with --config", "wfctl init, or name it with --config"),
        ("wfctl help exit-codes", "wfctl help exit-codes"),
        ("this is a bug in wfctl; run it again", "this is a bug in wfctl; run it again"),
        ("", ""),
    ],
)
def test_options_follow_every_verb_that_takes_them(text: str, told: str) -> None:
    assert again(text, "--env prod") == told


def test_without_options_a_text_stays() -> None:
    assert again("wfctl resume r-1", "") == "wfctl resume r-1"
