from __future__ import annotations

import pytest

from forum.publication.digests.checks.cells import cell_problems
from tests.forum.publication.digests.checks.planting import archive, workbook

HEAD = "번호,제목,뺀 수,몫\r\n"


@pytest.mark.parametrize("row", ["1,버스,-3,+62%", "2,'=CMD('calc')!A1,-1,0.5", '3,"두 줄\n글",-0.5,', "4,a=b,1,2"])
def test_texts_and_numbers_are_no_formulas(row):
    assert list(cell_problems({"csv": f"\ufeff{HEAD}{row}\r\n".encode()})) == []


@pytest.mark.parametrize("cell", ["=CMD('calc')!A1", "+1+1", "-2+3", "@SUM(A1)", "＝1", " =1", '"\t=1"', "-"])
def test_a_cell_that_a_spreadsheet_computes_is_found_with_its_line(cell):
    (problem,) = cell_problems({"csv": f"{HEAD}1,버스,1,1\r\n2,{cell},1,1\r\n".encode()})
    assert "3째 줄" in problem


def test_texts_in_a_workbook_are_no_formulas():
    assert list(cell_problems({"xlsx": workbook(link="https://forum.example/ideas/1")})) == []


@pytest.mark.parametrize("formula", ["=1+1", "=CMD('calc')!A1", '=HYPERLINK("https://x")'])
def test_a_formula_cell_is_found_in_each_sheet(formula):
    problems = list(cell_problems({"xlsx": workbook(formula=formula)}))
    assert len(problems) == 2
    assert "수식이 든 칸" in problems[0]


def test_a_link_to_a_file_is_found():
    problems = list(cell_problems({"xlsx": workbook(link="external:c:\\calc.exe")}))
    assert any("calc.exe" in problem for problem in problems)


@pytest.mark.parametrize("part", ["xl__vbaProject_dot_bin", "xl__externalLinks__externalLink1_dot_xml"])
def test_what_runs_when_opened_is_found(part):
    (problem,) = cell_problems({"xlsx": archive(**{part: "x"})})
    assert "열면 움직이는 것" in problem


@pytest.mark.parametrize("before", [(1 << 20) - 2, (1 << 20) + 4000, 3 << 20])
def test_a_formula_far_down_a_large_sheet_is_found(before):
    (problem,) = cell_problems({"xlsx": archive(xl__worksheets__sheet1_dot_xml=" " * before + "<f>1</f>")})
    assert "수식이 든 칸" in problem
