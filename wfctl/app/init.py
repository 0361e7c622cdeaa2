"""Write a first configuration, and keep the record of runs out of git."""

from __future__ import annotations

from pathlib import Path

from wfctl.app.project import CONFIG_FILES, RECORD
from wfctl.app.settings import Settings
from wfctl.errors import Kind, WfctlError
from wfctl.views.view import View

_IGNORED = f"{RECORD}/"


def init(settings: Settings, directory: Path, view: View) -> None:
    """Write infra.yaml and the line of .gitignore. Raises WfctlError (usage): INIT_EXISTS, INIT_FAILED."""
    from wfctl.config.init import STARTER

    folder = settings.cwd / directory
    path = directory / CONFIG_FILES[0]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (settings.cwd / path).open("x", encoding="utf-8") as file:
            file.write(STARTER)
        ignored = _ignore(folder / ".gitignore")
    except FileExistsError:
        raise WfctlError(
            Kind.USAGE, "INIT_EXISTS", f"{path} is there already and stays as it is", hint="wfctl plan"
        ) from None
    except OSError as reason:
        message = f"{path} cannot be written: {reason.strerror}"
        raise WfctlError(Kind.USAGE, "INIT_FAILED", message, hint="choose a directory you may write to") from reason
    view.notice(f"Wrote {path}.")
    if ignored:
        view.notice(
            f"{directory / '.gitignore'} now keeps {_IGNORED} out of git: it holds the state and may hold secrets."
        )
    if not settings.in_automation:
        view.notice("Next: wfctl plan" if directory == Path() else f"Next: cd {directory} && wfctl plan")


def _ignore(path: Path) -> bool:
    """Add the record to a .gitignore; False when it is there already."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if _IGNORED in before.splitlines():
        return False
    gap = "" if not before or before.endswith("\n") else "\n"
    path.write_text(f"{before}{gap}{_IGNORED}\n", encoding="utf-8")
    return True
