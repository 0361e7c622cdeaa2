"""A program that tries to begin a run and says how it went: `won`, or the code of the refusal.

usage: racing_writer.py LEDGER NAME. Begins when its stdin gives a byte, and holds what it got until stdin ends.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import msgspec

from tests.ledger.makers import batch, begun, owner, plan_of, vault, wanted
from wfctl.errors import WfctlError
from wfctl.ledger.lease import Claim, Clocks
from wfctl.ledger.sqlite import open_ledger


def say(word: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main(path: Path, name: str) -> None:
    """One try."""
    plan = plan_of(wanted("a"), id=f"plan-{name}")
    claim = Claim(owner=owner(), clocks=Clocks(wall=time.time, boot=time.monotonic))
    started = msgspec.structs.replace(begun(plan, f"run-{name}"))
    say("ready")
    sys.stdin.read(1)
    store = open_ledger(path, claim, vault(path.parent), create=True)
    try:
        store.create_run(plan, batch(started))
        say("won")
    except WfctlError as error:
        say(error.code)
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
