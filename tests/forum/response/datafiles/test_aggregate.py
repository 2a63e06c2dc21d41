from __future__ import annotations

import pytest

from forum.core.errors import WrongState
from forum.response.datafiles.aggregate import MOST_CELLS, Cells, cells_of

TEXT = "유형,값\n" + "학교,1.10\n" * 7 + "병원,2\n" * 6 + "상가,\n" * 5 + "공장,100\n" * 3 + "창고,9\n"


def cells(text=TEXT):
    return cells_of([text.encode()[:9], text.encode()[9:]], "UTF-8", 0, 1)


def test_counts_and_sums_are_as_worked_by_hand():
    """공장 3 and 창고 1 are small; their sum 4 tells nobody which is which, so no further count is hidden.

    Their numbers together are 309 of four rows, which the sum of the whole less the shown ones would tell: 상가 with
    five rows is hidden as well.
    """
    assert cells().shown(is_sum=False) == [["공장", None], ["병원", "6"], ["상가", "5"], ["창고", None], ["학교", "7"]]
    sums = cells().shown(is_sum=True)
    assert sums == [["공장", None], ["병원", "12"], ["상가", None], ["창고", None], ["학교", "7.70"]]


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


def sums(*groups):
    text = "유형,값\n" + "".join(f"{name},{part}\n" for name, parts in groups for part in parts)
    return [figure for _name, figure in cells(text).shown(is_sum=True)]


PLAIN = [("나", [10] * 6), ("다", [10] * 7)]


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ([80, 5, 5, 5, 5], ["100", "60", "70"]),  # 80 of 100 is not more than 80 %
        ([81, 5, 5, 5, 5], [None, None, "70"]),  # 81 of 101; 나, the smallest of the others, goes with it
        ([-81, 5, 5, 5, 5], [None, None, "70"]),  # signs do not help
        ([81, "", "", "", ""], [None, None, "70"]),  # five rows, one number
        (["", "", "", "", ""], ["0", "60", "70"]),
        ([900, 5, 5, 5, 5], [None, None, None]),  # 900 of 980 with 나 and of 1050 with 다: it still dominates
    ],
)
def test_a_sum_made_up_by_one_row_is_hidden_with_what_gives_it_away(parts, shown):
    assert sums(("가", parts), *PLAIN) == shown


def test_two_dominated_sums_hide_each_other():
    """900 and 800 are more than 80 % of their own cells, and 900 is 52 % of what the total less 나 and 다 tells."""
    assert sums(("가", [900, 1, 1, 1, 1]), ("갸", [800, 1, 1, 1, 1]), *PLAIN) == [None, None, "60", "70"]


def test_counts_know_no_dominance():
    text = "유형,값\n" + "가,900\n" + "가,1\n" * 4 + "나,1\n" * 5
    assert cells(text).shown(is_sum=False) == [["가", "5"], ["나", "5"]]
