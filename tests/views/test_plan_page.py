from __future__ import annotations

import pytest

from tests.views.tale import same_as_golden
from wfctl.core.plan import Operation
from wfctl.views.line import plain
from wfctl.views.plan_page import MOST_CHANGES, footer, plan_lines, symbol, tally, value
from wfctl.views.rows import ChangeRow, PlannedRow, PlanPage, Shown, ValueForm


def is_(text: str) -> Shown:
    return Shown(form=ValueForm.PLAIN, text=text)


MIXED = PlanPage(
    project="shop",
    workspace="staging",
    serial=12,
    read=8,
    read_seconds=0.1,
    next_command="wfctl apply",
    actions=(
        PlannedRow(
            operation=Operation.REPLACE,
            name="deploy",
            type="local.key_pair",
            reason="bits",
            create_first=True,
            changes=(
                ChangeRow(path="bits", old=is_("2048"), new=is_("4096"), forces_replacement=True),
                ChangeRow(path="comment", new=is_('"new"')),
            ),
            undo="custom",
        ),
        PlannedRow(
            operation=Operation.UPDATE,
            name="index",
            type="local.file",
            changes=(
                ChangeRow(path="content_sha256", old=is_('"2f1c"'), new=is_('"9be0"')),
                ChangeRow(path="mode", old=is_('"0644"')),
                ChangeRow(
                    path="token",
                    old=Shown(form=ValueForm.SENSITIVE),
                    new=Shown(form=ValueForm.SENSITIVE, text="s3cret"),
                ),
            ),
            undo="restore",
        ),
        PlannedRow(
            operation=Operation.CREATE,
            name="banner",
            type="local.file",
            changes=(
                ChangeRow(path="public_key", new=Shown(form=ValueForm.REFERENCE, text="local.key_pair.deploy.public")),
                ChangeRow(path="size", new=Shown(form=ValueForm.UNKNOWN)),
            ),
            undo="delete",
        ),
        PlannedRow(operation=Operation.CREATE, name="admin", type="local.password", undo="none", undo_note="stateful"),
        PlannedRow(
            operation=Operation.DELETE, name="old", type="local.file", provider_id="site/old.txt", undo="recreate"
        ),
        PlannedRow(operation=Operation.REPLACE, name="db", type="local.file", undo="none"),
        PlannedRow(operation=Operation.UPDATE, name="web", type="local.file", hooks_only=("smoke-test", "notify")),
    ),
)


def text(page: PlanPage, *, hints: bool = True) -> str:
    return "".join(f"{plain(row)}\n" for row in plan_lines(page, hints=hints))


def test_a_plan_with_everything_in_it() -> None:
    same_as_golden("plan.txt", text(MIXED))


def test_the_footer_is_terraforms_to_the_letter() -> None:
    assert plain(footer(MIXED.actions)) == "Plan: 4 to add, 1 to change, 3 to destroy."
    assert plain(footer(())) == "Plan: 0 to add, 0 to change, 0 to destroy."
    assert tally(MIXED.actions).add == 4


def test_the_legend_lists_only_what_occurs() -> None:
    page = PlanPage(actions=(PlannedRow(operation=Operation.CREATE, name="a", type="local.file", undo="delete"),))
    rows = text(page).splitlines()
    assert "  + create" in rows
    assert "destroy" not in rows[1]
    assert "Compensable: 1 of 1 action" in rows


def test_what_can_be_undone_stands_below_the_footer_and_never_in_it() -> None:
    rows = text(MIXED).splitlines()
    at = rows.index("Plan: 4 to add, 1 to change, 3 to destroy.")
    assert rows[at + 1] == (
        "Compensable: 4 of 6 actions; not compensable: local.password.admin (stateful), local.file.db"
    )
    assert rows[at + 2] == "Pending hooks: smoke-test, notify on local.file.web"


@pytest.mark.parametrize(
    ("page", "last"),
    [
        (PlanPage(read=8), "No changes. 8 resources read back, all as declared."),
        (PlanPage(read=1), "No changes. 1 resource read back, all as declared."),
        (PlanPage(refreshed=False), "No changes. The state is as declared; nothing was read back."),
        (PlanPage(operation="destroy"), "No changes. There is nothing to destroy."),
    ],
)
def test_no_changes(page: PlanPage, last: str) -> None:
    assert text(page).splitlines()[-1] == last


def test_a_partial_plan_says_so() -> None:
    assert "Incomplete by choice: resources that were left out stay as they are." in text(PlanPage(partial=True))


def test_a_machine_is_not_told_what_to_type() -> None:
    assert "Next:" not in text(MIXED, hints=False)
    assert text(MIXED).endswith("Next: wfctl apply\n")


def test_a_secret_is_never_more_than_its_label() -> None:
    assert "s3cret" not in text(MIXED)
    assert value(Shown(form=ValueForm.SENSITIVE, text="s3cret")) == "(sensitive value)"


def test_what_strangers_wrote_is_cut_and_cleaned() -> None:
    evil = PlannedRow(
        operation=Operation.CREATE,
        name="x\x1b[31m\n::error::y",
        type="local.file",
        changes=tuple(ChangeRow(path=f"a{at}", new=is_('"' + "v" * 500 + '"')) for at in range(MOST_CHANGES + 5)),
    )
    rows = text(PlanPage(actions=(evil,))).splitlines()
    assert max(len(row) for row in rows) < 160
    assert "    … and 5 attributes more" in rows
    assert not any(row.startswith("::") or "\x1b" in row for row in rows)


def test_every_operation_has_its_symbol() -> None:
    rows = [PlannedRow(operation=operation, name="a", type="t") for operation in Operation]
    assert [symbol(row) for row in rows] == ["+", "~", "-/+", "-"]
    assert [symbol(row) for row in MIXED.actions] == ["+/-", "~", "+", "+", "-", "-/+", ""]
