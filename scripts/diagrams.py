"""Draw the state machines from their tables, so that a picture cannot lie.

python scripts/diagrams.py            write docs/diagrams/*.md
python scripts/diagrams.py --check    exit 1 when they are not what the tables say
"""

from __future__ import annotations

import sys
from pathlib import Path

from wfctl.core.action import ATTEMPT, NEWS, WORK, Stand
from wfctl.core.itinerary import Work

DIRECTORY = Path(__file__).resolve().parent.parent / "docs" / "diagrams"


def attempt_diagram() -> str:
    """The attempt machine, as Mermaid."""
    lines = ["stateDiagram-v2", f"    [*] --> {Stand.DUE}"]
    for (stand, fact), results in ATTEMPT.items():
        for result in results:
            target = result if isinstance(result, Stand) else "[*]"
            label = fact if isinstance(result, Stand) else f"{fact} = {result}"
            lines.append(f"    {stand} --> {target}: {label}")
    return "\n".join(lines)


def work_diagram() -> str:
    """What an action does next, as Mermaid."""
    lines = ["stateDiagram-v2", f"    [*] --> {Work.WAITING}"]
    for (work, why), targets in WORK.items():
        lines.extend(f"    {work} --> {target}: {why}" for target in targets)
    lines.append(f"    {Work.ENDED} --> [*]")
    return "\n".join(lines)


def news_table() -> str:
    """Which event is which news, and where it may arrive."""
    rows = [f"| {event.__name__} | {fact} | {', '.join(sorted(works))} |" for event, (fact, works) in NEWS.items()]
    return "\n".join(("| event | news to the attempt machine | while the action is at |", "|---|---|---|", *rows))


def pages() -> dict[str, str]:
    """File name -> text."""
    note = (
        "<!-- Drawn by scripts/diagrams.py from wfctl/core/action.py: change the tables, then run `make diagrams`. -->"
    )
    attempt = (
        f"# The attempt machine\n\n{note}\n\nOne attempt at one stop of an action: a call, a hook or an undo. "
        f"Arrows to the end carry the verdict.\n\n```mermaid\n{attempt_diagram()}\n```\n\n{news_table()}\n"
    )
    work = (
        f"# The way of an action\n\n{note}\n\nWhat an action is busy with, and what it may do next. "
        f"Verdicts are those of the [attempt machine](attempt.md).\n\n```mermaid\n{work_diagram()}\n```\n"
    )
    return {"attempt.md": attempt, "action.md": work}


def main() -> int:
    """Write the pages, or compare them."""
    stale = []
    for name, text in pages().items():
        path = DIRECTORY / name
        if "--check" not in sys.argv[1:]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif not path.is_file() or path.read_text() != text:
            stale.append(str(path.relative_to(DIRECTORY.parent.parent)))
    if stale:
        print(f"not what the tables say: {', '.join(stale)}; run: make diagrams", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
