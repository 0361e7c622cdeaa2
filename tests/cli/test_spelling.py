from __future__ import annotations

import click
import pytest

from wfctl.cli.spelling import respelled

OPTIONS = [
    click.Option(["--auto-approve", "--yes", "-y"], is_flag=True),
    click.Option(["--refresh/--no-refresh"], default=True),
    click.Option(["--out", "-o"]),
    click.Option(["--config", "-c"]),
    click.Option(["--json"], is_flag=True),
]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("-auto-approve", "--auto-approve"),
        ("-out=p.json", "--out=p.json"),
        ("-out p.json", "--out p.json"),
        ("-out -json", "--out -json"),
        ("--out -json -json", "--out -json --json"),
        ("-refresh=false", "--no-refresh"),
        ("--refresh=false", "--no-refresh"),
        ("-refresh=True", "--refresh"),
        ("-refresh=maybe", "--refresh=maybe"),
        ("-no-refresh=false", "--refresh"),
        ("-auto-approve=true", "--auto-approve"),
        ("-y -o p.json -cinfra.yaml", "-y -o p.json -cinfra.yaml"),
        ("-o -json", "-o -json"),
        ("plan.json -- -json", "plan.json -- -json"),
        ("-unknown", "-unknown"),
        ("-", "-"),
    ],
)
def test_the_go_spellings_are_accepted(typed: str, meant: str) -> None:
    assert respelled(OPTIONS, typed.split()) == meant.split()


def test_a_switch_that_cannot_be_off_is_left_to_be_complained_about() -> None:
    assert respelled(OPTIONS, ["-json=false"]) == ["--json=false"]
