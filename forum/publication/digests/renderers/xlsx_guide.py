"""The first sheet, 읽는 법: what the workbook is made from, and what each sheet and column is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forum.core.i18n import LazyString, _, _l
from forum.core.korean import moment, thousands
from forum.publication.digests.content import DigestContent
from forum.publication.digests.document import Column, ColumnKind, Table
from forum.publication.digests.method_words import LIMITS
from forum.publication.digests.renderers.xlsx_parts import Book, Sheet, may_link

WIDTHS = (24, 26, 18, 96)
KINDS: dict[ColumnKind, LazyString] = {
    ColumnKind.TEXT: _l("글"),
    ColumnKind.INTEGER: _l("수"),
    ColumnKind.SHARE: _l("비율(0~100%)"),
    ColumnKind.SCORE: _l("점수(0~10)"),
    ColumnKind.DATE: _l("날짜"),
    ColumnKind.MOMENT: _l("날짜와 시각"),
    ColumnKind.YES: _l("‘예’ 또는 빈칸"),
    ColumnKind.URL: _l("주소"),
}


def write_guide(book: Book, content: DigestContent, filled: Sequence[Table], empty: Sequence[Table]) -> None:
    """Write the sheet. :param filled: tables that have a sheet; `empty` those that have none"""
    sheet = book.add_sheet(_("읽는 법"), WIDTHS)
    sheet.line(book.title, style="title")
    for name, value in facts(content):
        _pair(sheet, name, value)
    _heading(sheet, _("시트"))
    for table in filled:
        row = sheet.line("", _("%(n)s줄", n=thousands(len(table.frame))), "", table.note)
        sheet.page.write_url(row, 0, f"internal:'{table.title}'!A1", book.formats[ColumnKind.URL], table.title)
    if empty:
        _pair(sheet, _("내용이 없는 표"), ", ".join(table.title for table in empty))
    _heading(sheet, _("읽을 때 알아 둘 점"))
    for sentence in (*_hints(filled), *map(str, LIMITS)):
        sheet.merged(sentence)
    _heading(sheet, _("열"))
    columns = [
        Column("sheet", _("시트")), Column("column", _("열")), Column("kind", _("담은 것")), Column("about", _("뜻"))
    ]  # fmt: skip
    sheet.line(*(column.label for column in columns), style="head")
    for table in filled:
        for column in table.columns:
            sheet.line(table.title, column.label, str(KINDS[column.kind]), column.about)


def facts(content: DigestContent) -> Iterator[tuple[str, str]]:
    """Yield what the workbook is made from."""
    yield _("포럼"), content.campaign
    if content.ministry:
        yield _("소관부처"), content.ministry
    if content.theme_id is not None:
        titles = [theme.title for theme in content.themes if theme.id == content.theme_id]
        yield _("정책 주제"), ", ".join(titles)
    yield _("다루는 기간"), content.period.label
    yield _("분석 회차"), _("%(number)d번", number=content.run_number)
    yield _("제안을 읽은 때"), moment(content.run_read_at)
    yield _("투표와 답변을 센 때"), moment(content.data_cut_at)
    if content.opinion:
        cut = moment(content.opinion.votes_cut_at)
        yield _("공감대 회차"), _("%(number)d번 (%(cut)s까지의 투표)", number=content.opinion.number, cut=cut)
    yield _("방법을 풀어 쓴 글"), content.method_url


def _hints(filled: Sequence[Table]) -> Iterator[str]:
    yield _("빈칸은 값이 없거나, 적은 사람을 알아볼 수 있어 숨겼다는 뜻이에요. 0은 세어 보니 없었다는 뜻이에요.")
    yield _("글이 칸보다 길면 아래가 가려져요. 칸을 누르면 모두 보여요.")
    yield _("3만 2천 자가 넘는 글은 끝을 줄이고 ‘…’를 붙였어요. CSV와 JSON 파일에는 모두 있어요.")
    plain = [table.title for table in filled if not may_link(table)]
    if plain:
        yield _(
            "엑셀은 한 시트에 링크를 65,530개까지만 받아서 다음 시트의 주소는 글로만 적었어요: %(names)s",
            names=", ".join(plain),
        )


def _heading(sheet: Sheet, words: str) -> None:
    sheet.next_row += 1
    sheet.line(words, style="heading")


def _pair(sheet: Sheet, name: str, value: str) -> None:
    sheet.merged(value, first=1)
    sheet.page.write_string(sheet.next_row - 1, 0, name, sheet.book.formats["strong"])
