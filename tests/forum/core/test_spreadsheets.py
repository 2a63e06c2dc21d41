from __future__ import annotations

import pytest

from forum.core.spreadsheets import escape_formula


@pytest.mark.parametrize("cell", ["=1+1", "+82", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "  =cmd|' /C calc'!A0"])
def test_a_text_that_would_be_computed_gets_an_apostrophe(cell):
    assert escape_formula(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["태양광", "2050년", "", 3, None, -1])
def test_everything_else_stays(cell):
    assert escape_formula(cell) == cell
