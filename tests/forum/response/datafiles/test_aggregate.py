from __future__ import annotations

import pytest

from forum.core.errors import WrongState
from forum.response.datafiles.aggregate import MOST_CELLS, Cells, cells_of

TEXT = "유형,값\n" + "학교,1.10\n" * 7 + "병원,2\n" * 6 + "상가,\n" * 5 + "공장,100\n" * 3 + "창고,9\n"


def cells(text=TEXT):
    return cells_of([text.encode()[:9], text.encode()[9:]], "UTF-8", 0, 1)


def test_counts_and_sums_are_as_worked_by_hand():
    """공장 3 and 창고 1 are small; their sum 4 tells nobody which is which, so nothing more is hidden."""
    assert cells().shown(is_sum=False) == [["공장", None], ["병원", "6"], ["상가", "5"], ["창고", None], ["학교", "7"]]
    sums = cells().shown(is_sum=True)
    assert sums == [["공장", None], ["병원", "12"], ["상가", "0"], ["창고", None], ["학교", "7.70"]]


def test_one_small_cell_takes_the_smallest_other_with_it():
    """창고 1 alone would be the total less the others: 상가 5 is hidden with it."""
    without = "".join(line for line in TEXT.splitlines(keepends=True) if not line.startswith("공장"))
    assert cells(without).shown(is_sum=False) == [["병원", "6"], ["상가", None], ["창고", None], ["학교", "7"]]


def test_a_column_of_all_different_values_is_no_table():
    many = Cells()
    for n in range(MOST_CELLS):
        many.add(str(n), "")
    with pytest.raises(WrongState):
        many.add("one more", "")
