"""Make docs/picture.svg: what a failed apply really prints, taken from a real run of the demo's project.

.venv/bin/python scripts/picture.py
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
WFCTL = Path(sys.executable).with_name("wfctl")
EDITS = {"Hello from wfctl": "Hello from a broken page", "comment: demo": "comment: release"}
WIDTH = 108


def main() -> int:
    """Apply, break the page, apply again in colour, and draw what was printed."""
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory) / "shop"
        shutil.copytree(ROOT / "examples" / "demo", project, ignore=shutil.ignore_patterns("demo.py", "crash"))
        _wfctl(project, "apply", "--auto-approve", "--quiet")
        config = project / "infra.yaml"
        text = config.read_text()
        for old, new in EDITS.items():
            text = text.replace(old, new)
        config.write_text(text)
        printed = _wfctl(project, "apply", "--auto-approve", "--color", "always")
    _draw(printed, ROOT / "docs" / "picture.svg")
    return 0


def _wfctl(project: Path, *arguments: str) -> str:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS", "NO_COLOR")
    }
    environment |= {"WFCTL_SECRETS_KEY": "00" * 32, "COLUMNS": str(WIDTH)}
    ran = subprocess.run(
        [str(WFCTL), *arguments], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    return ran.stdout + ran.stderr


def _draw(printed: str, path: Path) -> None:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ wfctl apply --auto-approve", style="bold"))
    console.print(Text.from_ansi(printed.strip()))
    drawn = console.export_svg(title="wfctl", unique_id="wfctl")
    # A picture in a README must not fetch fonts from anywhere.
    path.write_text(re.sub(r"@font-face\s*\{.*?\}\s*", "", drawn, flags=re.DOTALL))
    print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
