from __future__ import annotations

from wfctl.views.line import Span, Style, plain
from wfctl.views.table import CELL_LIMIT, table


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    rows = table(("#", "NAME", "WHY"), [("1", Span("a", Style.BAD), "x"), ("12", "longer", "")], right=(0,))
    assert [plain(row) for row in rows] == [" #  NAME    WHY", " 1  a       x", "12  longer"]


def test_a_cell_is_cut_and_cleaned() -> None:
    row = table(("A", "B"), [("x" * 200, "y\nz")])[1]
    assert plain(row) == "x" * (CELL_LIMIT - 1) + "…  y z"


def test_no_rows_is_only_headings() -> None:
    assert [plain(row) for row in table(("A", "B"), [])] == ["A  B"]
