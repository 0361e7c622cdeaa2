from __future__ import annotations

import pytest

from wfctl.core import assess
from wfctl.views import exit_codes


def test_every_code_is_there_once() -> None:
    codes = [row.code for row in exit_codes.TABLE]
    assert sorted(codes) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 129, 130, 143]


@pytest.mark.parametrize("row", exit_codes.TABLE, ids=lambda row: str(row.code))
def test_every_code_says_when_it_is_given(row: exit_codes.ExitCode) -> None:
    assert exit_codes.meaning(row.code) == row.when
    assert len(row.when) > 20
    assert "|" not in row.when + row.then


def test_every_code_a_signal_leads_to_has_a_meaning() -> None:
    assert all(exit_codes.meaning(code) for code in assess._EXIT_OF_REASON.values())


def test_a_code_that_is_never_given_has_no_meaning() -> None:
    assert exit_codes.meaning(77) == ""
    with pytest.raises(KeyError):
        exit_codes.exit_code(77)


def test_the_table_for_the_page_is_in_the_order_of_the_rows() -> None:
    rows = exit_codes.markdown().splitlines()
    assert rows[0] == "| code | name | when | what to do |"
    assert [int(row.split("|")[1]) for row in rows[2:]] == [row.code for row in exit_codes.TABLE]
