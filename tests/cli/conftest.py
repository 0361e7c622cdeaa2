from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.kept import STATE
from tests.cli.lodge import laid_out
from tests.cli.shell import Shell

PROJECT = """\
modules:
  - name: here
    type: iac.provider
    config: {provider: local, root: build}
  - name: first
    type: local.file
    config: {path: first.txt, content: "one\\n"}
  - name: slow
    type: local.step
    config:
      do: ["../slow.sh"]
      undo: ["/bin/rm", "-f", "slow.done"]
      read: ["/bin/sh", "-c", "test -f slow.done && echo '{}'"]
      depends_on: [first]
  - name: last
    type: local.file
    config: {path: last.txt, content: "${first.sha256}", depends_on: [slow]}
apply:
  hooks:
    - name: smoke
      on: applied
      match: {name: last}
      exec: ["./smoke.sh"]
      on_failure: stop
"""

SLOW = """\
#!/bin/sh
if [ -p ../gate ]; then cat ../gate > /dev/null; fi
touch slow.done
echo run >> ../slow.log
echo '{}'
"""

SMOKE = """\
#!/bin/sh
cat > smoke.json
test ! -f smoke.refuses
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """An empty folder."""
    return Shell(tmp_path)


@pytest.fixture
def project(shell: Shell) -> Shell:
    """Three resources in a row; the middle one waits while a fifo `gate` is there, and a hook comes after the last."""
    shell.write("infra.yaml", PROJECT)
    shell.write("slow.sh", SLOW, mode=0o755)
    shell.write("smoke.sh", SMOKE, mode=0o755)
    return shell


@pytest.fixture
def kept(shell: Shell) -> Shell:
    """Three resources, made; one of them has a secret."""
    shell.write("infra.yaml", STATE)
    shell.run("apply", "-y")
    return shell


@pytest.fixture
def lodge(shell: Shell) -> Shell:
    """A project with a lobby, and a room that stands on it; nothing is made yet."""
    return laid_out(shell)


class Gate:
    """Holds the slow step back until it is opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        os.mkfifo(path)

    def open(self) -> None:
        """Let the one that waits go on, and nobody wait any more."""
        with self._path.open("w") as gate:
            gate.write("go\n")
        self.remove()

    def remove(self) -> None:
        self._path.unlink()


@pytest.fixture
def gate(project: Shell) -> Gate:
    return Gate(project.folder / "gate")
