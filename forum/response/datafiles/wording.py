"""What the check found, in words: what it is, where, and what to do. Never a value of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forum.core.i18n import _, _l
from forum.core.korean import thousands

PROBLEMS = {
    "KIND": _l("CSV 파일이 아니에요. 압축 파일, 엑셀 파일, PDF는 풀거나 CSV로 저장해 올려 주세요."),
    "UTF16": _l("UTF-16으로 저장한 파일이에요. ‘CSV UTF-8’로 저장해 다시 올려 주세요."),
    "NUL": _l("글자가 아닌 바이트(NUL)가 있어요. CSV로 다시 저장해 주세요."),
    "ENCODING": _l("UTF-8로도 CP949로도 읽을 수 없는 글자가 있어요."),
    "BROKEN": _l("따옴표가 닫히지 않았거나 CSV의 규칙과 달라요."),
    "RECORD": _l("한 줄이 100만 자를 넘어요. 줄바꿈이나 따옴표를 확인해 주세요."),
    "NO_ROWS": _l("제목 줄 아래에 자료가 한 줄도 없어요."),
    "COLUMNS": _l("열이 너무 많아요. 500개까지 받을 수 있어요."),
    "LACKING": _l("데이터 사전에 있는 열이 파일에 없어요."),
    "UNKNOWN": _l("데이터 사전에 없는 열이 있어요. 빼거나, 새 판의 데이터 사전에 적어 주세요."),
    "ORDER": _l("열의 차례가 데이터 사전과 달라요."),
    "LENGTH": _l("칸의 수가 제목 줄과 다른 줄이 있어요."),
    "TYPE": _l("데이터 사전에 적은 종류와 다른 값이 있어요."),
    "ODD": _l("보이지 않는 제어 문자가 있거나 1만 자를 넘는 칸이 있어요."),
    "FORMULA": _l(
        "=, +, -, @로 시작해 표 프로그램이 수식으로 읽을 칸이 있어요. 파일을 그대로 전하므로 바꾸지 않고 돌려보내요."
    ),
    "RESIDENT": _l("주민등록번호나 외국인등록번호로 보이는 값이 있어요. 이런 파일은 보관하지 않아요."),
    "CONTACT": _l("전화번호, 전자우편, 계좌번호처럼 한 사람을 가리키는 값이 있어요."),
    "NAMES": _l("사람 이름이 든 열로 보여요. 이 열을 빼 주세요."),
    "K": _l(
        "사람을 가려낼 수 있는 열의 값이 같은 줄이 다섯 줄보다 적은 곳이 있어요. 누구나 받는 자료로는 내놓을 수 없어요."
    ),
    "EXPIRED": _l("검사를 끝내지 못한 채 48시간이 지났어요. 다시 올려 주세요."),
}


@dataclass(frozen=True)
class Line:
    """One problem: what it is, the column, and how many rows, the first of them by number."""

    words: str
    column: str
    rows: str


def problem_lines(report: Mapping[str, Any]) -> Iterator[Line]:
    """Yield the problems of a report, in the order in which they were found."""
    for one in report.get("problems", []):
        yield Line(
            str(PROBLEMS.get(one["code"], one["code"])), one["column"], _rows(one["code"], one["n"], one["rows"])
        )


def _rows(code: str, n: int, rows: list[int]) -> str:
    if code in {"COLUMNS", "UNKNOWN"}:
        return _("열 %(n)s개", n=thousands(n))
    numbers = ", ".join(map(thousands, rows))
    if rows and n > len(rows):
        return _("%(rows)s번째 줄 등 모두 %(n)s줄", rows=numbers, n=thousands(n))
    if rows:
        return _("%(rows)s번째 줄", rows=numbers)
    return _("%(n)s줄", n=thousands(n)) if n else ""
