"""A project with a state to look at and to change."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.cli.shell import Shell

STATE = """\
modules:
  - {name: here, type: iac.provider, config: {provider: local, root: build}}
  - {name: first, type: local.file, config: {path: first.txt, content: "one"}}
  - {name: second, type: local.file, config: {path: second.txt, content: "${first.sha256}"}}
  - {name: pw, type: local.password, config: {length: 20}}
"""


def damage(shell: Shell, sql: str) -> None:
    """Change the ledger behind everybody's back."""
    with closing(sqlite3.connect(shell.folder / ".wfctl/ledger.db", isolation_level=None)) as connection:
        connection.execute(sql)
