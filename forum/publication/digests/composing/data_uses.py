"""자료로 풀린 일: what people found out with data, and what they say it changed."""

from __future__ import annotations

from collections.abc import Iterator

from forum.core.i18n import _
from forum.core.korean import day, thousands
from forum.publication.digests.composing.pieces import Charts, grid, paragraph, shortened, strong
from forum.publication.digests.content import DataUseLine, DigestContent
from forum.publication.digests.document import Block, Bullets, Column, Heading, Link, Text

MOST_TOLD = 10
"""Of a campaign; the rest stands in the tables and on the site."""
LONGEST = 400


def data_uses(content: DigestContent, _charts: Charts) -> Iterator[Block]:
    """Yield the section; nothing where nothing was found out with data."""
    found = content.data_uses
    if not found:
        return
    yield Heading(1, _("자료로 풀린 일"), "data-uses")
    lead = _("공익데이터로 알게 된 것이 %(n)s가지예요. 달라진 것은 적은 사람이 알린 대로예요.", n=thousands(len(found)))
    yield paragraph(lead)
    for line in found[:MOST_TOLD]:
        yield from _told(line)
    if len(found) > MOST_TOLD:
        yield paragraph(_("나머지 %(n)s가지는 누리집에서 볼 수 있어요.", n=thousands(len(found) - MOST_TOLD)))


def _told(line: DataUseLine) -> Iterator[Block]:
    yield Heading(2, line.title)
    yield paragraph(strong(line.chart_words), " " if line.chart_words else "", shortened(line.finding, LONGEST))
    if line.chart_rows:
        columns = (Column("name", _("이름"), width=22), Column("value", _("수"), width=14))
        yield grid(f"data-use-{line.id}", line.chart_title, columns, line.chart_rows)
    effect = shortened(line.effect, LONGEST) if line.effect else _("아직 달라진 것은 없어요.")
    said = {"who": line.written_as, "day": day(line.published_on)}
    yield Bullets(
        (
            (Text(_("달라진 것"), is_strong=True), Text(f": {effect}")),
            (
                Text(_("무엇에 대한 것"), is_strong=True),
                Text(f": {line.about} "),
                Link(line.about_title, line.about_url),
            ),
            (Text(_("쓴 자료"), is_strong=True), Text(f": {', '.join(line.datasets)}")),
            (Text(_("%(who)s{이} 적음, %(day)s 공개. ", **said)), Link(_("자세히 보기"), line.url)),
        )
    )
