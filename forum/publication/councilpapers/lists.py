"""The tables of papers, and the files that hold them: a workbook, CSV and JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import UTC

import xlsxwriter

from forum.core.i18n import _
from forum.core.korean import moment
from forum.publication.councilpapers.content import PaperContent
from forum.publication.digests.cells import is_missing
from forum.publication.digests.columns import address, integer, sample_note, score, text, yes
from forum.publication.digests.composing.pieces import grid
from forum.publication.digests.document import Column, Table
from forum.publication.digests.renderers.as_csv import write_table
from forum.publication.digests.renderers.as_xlsx import OPTIONS
from forum.publication.digests.renderers.xlsx_parts import FONT, Book, formats_of

TITLE = 40


def tables_of(content: PaperContent) -> list[Table]:
    """Return the agenda with its tasks first, then what stands behind them; some may be empty."""
    return [
        _agenda(content),
        _words(content),
        _conflicts(content),
        _opinions(content),
        _motions(content),
        _scores(content),
    ]


def _table(key: str, title: str, columns: Sequence[Column], rows: Sequence[Sequence[object]], note: str) -> Table:
    return grid(key, title, columns, rows, note).table


def _task_number() -> Column:
    return integer("task", _("과제 번호"), _("선정 안에서 과제의 번호예요."))


def _agenda(content: PaperContent) -> Table:
    columns = (
        integer("position", _("차례"), _("안건의 차례예요.")),
        text("title", _("안건"), _("안건의 제목이에요."), TITLE),
        text("text", _("설명"), _("안건의 설명이에요."), TITLE),
        _task_number(),
        text("task_title", _("과제"), _("과제의 제목이에요. 과제가 없는 안건은 비웠어요."), TITLE),
        text("summary", _("요약"), _("과제의 요약이에요."), TITLE),
        text("source", _("나온 곳"), _("과제가 어디에서 나왔는지예요.")),
        text("state", _("상태"), _("자료를 모은 때의 과제 상태예요.")),
        integer("ideas", _("제안"), _("과제가 나온 제안의 수예요.")),
        yes("has_words", _("시민의 말"), _("시민의 제안에서 나왔으면 ‘예’예요.")),
        address(_("누리집에서 이 과제나 회의를 볼 수 있는 주소예요.")),
    )
    rows: list[tuple[object, ...]] = []
    for item in content.items:
        head = (item.position, item.title, item.text)
        task = item.task
        if task is None:
            rows.append((*head, None, "", "", "", "", None, False, content.url))
        else:
            about = (task.number, task.title, task.summary, task.source, task.state)
            rows.append((*head, *about, task.n_ideas, task.has_words, task.url))
    return _table("agenda", _("안건"), columns, rows, _("안건이 한 줄에 하나씩 있어요."))


def _words(content: PaperContent) -> Table:
    columns = (
        _task_number(),
        integer("idea", _("제안 번호"), _("제안의 번호예요.")),
        text("title", _("제안"), _("제안의 제목이에요."), TITLE),
        integer("agree", _("찬성"), _("찬성한 표예요.")),
        integer("disagree", _("반대"), _("반대한 표예요.")),
        integer("pass", _("넘김"), _("넘긴 표예요.")),
        address(_("누리집에서 이 제안을 볼 수 있는 주소예요.")),
    )
    rows = [
        (task.number, line.idea_id, line.title, line.agree, line.disagree, line.passed, line.url)
        for task in content.tasks
        for line in task.words
    ]
    return _table("ideas", _("시민의 말"), columns, rows, _("과제마다 공개된 제안을 열 건까지 실었어요."))


def _conflicts(content: PaperContent) -> Table:
    columns = (
        _task_number(),
        text("who", _("누가"), _("위원의 이름과 직함이에요. 국민포럼팀 위원은 이름을 싣지 않아요."), 26),
        text("text", _("내용"), _("신고한 이해관계예요."), TITLE),
        yes("is_late", _("늦은 신고"), _("점수를 매긴 뒤에 신고했으면 ‘예’예요.")),
    )
    rows = [(task.number, one.who, one.text, one.is_late) for task in content.tasks for one in task.conflicts]
    return _table("conflicts", _("이해관계 신고"), columns, rows, _("안건에 오른 과제의 신고예요."))


def _opinions(content: PaperContent) -> Table:
    columns = (
        _task_number(),
        text("name", _("이름"), _("의견을 낸 전문가나 단체예요."), 18),
        text("affiliation", _("소속"), _("의견을 낸 사람의 소속이에요."), 24),
        text("text", _("의견"), _("이름을 밝히고 낸 의견이에요."), 60),
    )
    rows = [(task.number, one.name, one.affiliation, one.text) for task in content.tasks for one in task.opinions]
    return _table("opinions", _("전문가·단체 의견"), columns, rows, _("안건에 오른 과제에 낸 의견이에요."))


def _motions(content: PaperContent) -> Table:
    columns = (
        integer("position", _("안건"), _("안건의 차례예요.")),
        text("text", _("표결"), _("물은 것이에요."), TITLE),
        text("rule", _("규칙"), _("무엇이 있어야 가결되는지예요."), 22),
        text("tie_rule", _("같은 수일 때"), _("표가 같으면 어떻게 하는지예요."), 22),
        text("outcome", _("결과"), _("표결의 결과예요. 끝나지 않았으면 비웠어요.")),
        text("numbers", _("수"), _("출석과 표의 수예요."), TITLE),
    )
    rows = [
        (item.position, one.text, one.rule, one.tie_rule, one.outcome, one.numbers)
        for item in content.items
        for one in item.motions
    ]
    return _table("motions", _("표결"), columns, rows, _("안건에 올린 표결이에요."))


def _scores(content: PaperContent) -> Table:
    columns = (
        text("stage", _("단계"), _("점수를 매긴 단계예요."), 16),
        integer("rank", _("순위"), _("점수로 본 순위예요.")),
        _task_number(),
        text("title", _("과제"), _("과제의 제목이에요."), TITLE),
        integer("n", _("평가표"), _("셈에 든 평가표의 수예요.")),
        score("median", _("중앙값"), _("점수(1~5)의 중앙값이에요.")),
        score("spread", _("흩어짐"), _("점수의 사분위 범위예요.")),
        integer("rank_low", _("순위 구간 위"), _("90% 구간에서 가장 높은 순위예요.")),
        integer("rank_high", _("순위 구간 아래"), _("90% 구간에서 가장 낮은 순위예요.")),
    )
    rows = [
        (stage.stage, one.rank, one.number, one.title, one.n, one.median, one.spread, one.rank_low, one.rank_high)
        for stage in (content.round.scores if content.round else ())
        for one in stage.lines
    ]
    return _table("scores", _("점수"), columns, rows, _("닫은 단계의 점수예요. 이름은 싣지 않아요."))


def render_book(content: PaperContent, tables: Sequence[Table]) -> bytes:
    """Return the workbook: a sheet that says what it is, and one per table that has rows. No cell is a formula."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS | {"default_format_properties": dict(FONT)}) as book_file:
        title = _("회의 자료: %(title)s", title=content.title)
        sample = {"comments": sample_note()} if content.is_sample else {}
        created = content.data_cut_at.astimezone(UTC).replace(tzinfo=None)
        book_file.set_properties({"title": title, "created": created} | sample)
        book = Book(book_file, formats_of(book_file), title, content.is_sample)
        guide = book.add_sheet(_("읽는 법"), (24, 26, 70))
        guide.line(title, style="title")
        guide.line(_("자료를 모은 때"), moment(content.data_cut_at))
        filled = [table for table in tables if len(table.frame)]
        for table in filled:
            for column in table.columns:
                guide.line(table.title, column.label, column.about)
        for table in filled:
            sheet = book.add_sheet(table.title, [column.width for column in table.columns])
            sheet.header(table.columns)
            sheet.rows(table, most_lines=sheet.MOST_LINES)
    return file.getvalue()


def render_table(content: PaperContent, tables: Sequence[Table]) -> bytes:
    """Return the agenda with its tasks as CSV in UTF-8 with BOM."""
    file = io.BytesIO()
    write_table(tables[0], file, is_sample=content.is_sample)
    return file.getvalue()


def render_records(content: PaperContent, tables: Sequence[Table]) -> bytes:
    """Return all tables as records, each row on a line of its own. Times are in ISO 8601."""
    head = {
        "meeting": content.title,
        "term": content.term,
        "number": content.number,
        "url": content.url,
        "is_sample": content.is_sample,
        "starts_at": content.starts_at.isoformat(),
        "data_cut_at": content.data_cut_at.isoformat(),
        "counts": content.counts,
    }
    lines = [f'{_dumps(head)[:-1]},\n"tables": {{']
    for place, table in enumerate(tables):
        columns = {column.key: {"label": column.label, "about": column.about} for column in table.columns}
        rows = ",\n".join(_dumps(row) for row in _rows(table))
        about = _dumps({"title": table.title, "note": table.note, "columns": columns})[:-1]
        lines.append(f'{"," if place else ""}{_dumps(table.key)}: {about},\n"rows": [{rows}]}}')
    return "\n".join([*lines, "}}", ""]).encode()


def _rows(table: Table) -> list[dict[str, object]]:
    keys = [column.key for column in table.columns]
    found = table.frame.itertuples(index=False, name=None)
    return [{key: None if is_missing(cell) else cell for key, cell in zip(keys, row, strict=True)} for row in found]


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
