"""What a look at a whole ledger finds: one finding a thing that is not as it should be, and how much was looked at.

Knows nothing of what is looked at; `verify` does that.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from wfctl.errors import WfctlError
from wfctl.ledger.trouble import translate

REPAIR: Final = "wfctl state repair"
"""What to type where the events tell how it should be."""

RESTORE: Final = "restore the ledger from a copy that is older than the damage; repairs leave some in .wfctl/backups"
"""What to do where nothing tells how it should be."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing: `subject` names the run, resource or table, `hint` what to type next.

    `grave` says that a person is needed; what is not grave ends by itself or was meant.
    """

    code: str
    subject: str
    message: str
    hint: str = ""
    workspace: str = ""
    grave: bool = True


class Counted(msgspec.Struct, kw_only=True):
    """How many of each were looked at."""

    runs: int = 0
    pruned_runs: int = 0
    events: int = 0
    documents: int = 0
    resources: int = 0
    secrets: int = 0


class Findings:
    """What was found so far, in all or (`within`) in one workspace."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._workspace = ""
        self.found: list[Finding] = []
        self.counted = Counted()

    def within(self, workspace: str) -> Findings:
        """The same list, for what concerns one workspace."""
        inner = Findings(self._path)
        inner.found, inner.counted = self.found, self.counted
        inner._workspace = workspace
        return inner

    def add(self, code: str, subject: str, message: str, hint: str = "") -> None:
        """Note something that needs a person."""
        self._note(Finding(code=code, subject=subject, message=message, hint=hint))

    def remark(self, code: str, subject: str, message: str, hint: str = "") -> None:
        """Note something that ends by itself or was meant."""
        self._note(Finding(code=code, subject=subject, message=message, hint=hint, grave=False))

    def _note(self, finding: Finding) -> None:
        self.found.append(msgspec.structs.replace(finding, workspace=self._workspace))

    @contextlib.contextmanager
    def of(self, subject: str, hint: str = RESTORE) -> Iterator[None]:
        """Note what keeps the block from being looked through to its end, and go on after it."""
        try:
            yield
        except WfctlError as error:
            self.add(error.code, subject, error.message.removeprefix(f"{self._path}: "), hint)
        except sqlite3.Error as error:
            told = translate(error, self._path)
            self.add(told.code, subject, told.message.removeprefix(f"{self._path}: "), hint)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # a flipped byte can turn any value into one of another kind
            self.add("LEDGER_DAMAGED", subject, f"it makes no sense ({type(error).__name__}: {error})", hint)
