"""Show a plan file: what is in it, without asking anybody."""

from __future__ import annotations

from pathlib import Path

import msgspec

from wfctl.app.pages import plan_page
from wfctl.app.settings import Settings
from wfctl.planner import file
from wfctl.planner.notes import notes
from wfctl.views.rows import PlanPage


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A plan for people and for programs."""

    page: PlanPage
    document: bytes


def show_plan(settings: Settings, path: Path) -> Shown:
    """The plan in a file. Raises WfctlError with what is wrong with it."""
    plan = file.read(settings.cwd / path)
    page = plan_page(
        plan,
        notes(plan, {}),
        refreshed=True,
        undo_known=False,
        next_command=f"wfctl apply {path}" if plan.steps else "",
    )
    return Shown(page=page, document=msgspec.json.encode(plan))
