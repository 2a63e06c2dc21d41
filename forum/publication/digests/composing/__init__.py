"""From the content of a digest to the document that is read. Pure: the same content gives the same document.

Each chapter is a function of content and charts that yields blocks; an outline is the chapters of a kind, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from forum.core.i18n import _
from forum.core.korean import moment, thousands
from forum.publication.digests.composing.answers import milestones, overdue
from forum.publication.digests.composing.changes import changes
from forum.publication.digests.composing.data_uses import data_uses
from forum.publication.digests.composing.everyday import everyday
from forum.publication.digests.composing.gatherings import gatherings
from forum.publication.digests.composing.method import method, method_in_short
from forum.publication.digests.composing.opinion import opinion
from forum.publication.digests.composing.outcomes import outcomes
from forum.publication.digests.composing.people import people
from forum.publication.digests.composing.pieces import Charts
from forum.publication.digests.composing.summary import brief_summary, summary
from forum.publication.digests.composing.themes import brief, chapters, overview
from forum.publication.digests.content import DigestContent
from forum.publication.digests.document import Block, Document

Chapter = Callable[[DigestContent, Charts], Iterable[Block]]
CAMPAIGN: tuple[Chapter, ...] = (
    summary,
    overview,
    chapters,
    outcomes,
    everyday,
    data_uses,
    opinion,
    overdue,
    changes,
    people,
    gatherings,
    method,
)
MINISTRY: tuple[Chapter, ...] = (summary, overview, chapters, data_uses, overdue, milestones, changes, method_in_short)
THEME: tuple[Chapter, ...] = (brief_summary, brief, data_uses, method_in_short)


def compose(content: DigestContent, charts: Charts) -> Document:
    """Return the document of a digest: of one theme, of one ministry's letters, or of the whole campaign.

    :param charts: by key; one that is missing had nothing to show, and is left out
    """
    outline = THEME if content.theme_id is not None else MINISTRY if content.ministry else CAMPAIGN
    title, subtitle = _titles(content)
    return Document(
        title=title,
        subtitle=subtitle,
        is_sample=content.is_sample,
        dated=content.data_cut_at,
        facts=tuple(_facts(content)),
        blocks=tuple(block for chapter in outline for block in chapter(content, charts)),
    )


def _titles(content: DigestContent) -> tuple[str, str]:
    if content.theme_id is not None:
        title = next((theme.title for theme in content.themes if theme.id == content.theme_id), content.campaign)
        return title, _("%(campaign)s 주제 요약, %(period)s", campaign=content.campaign, period=content.period.label)
    if content.ministry:
        subtitle = _(
            "%(campaign)s에서 보낸 편지와 답변, %(period)s", campaign=content.campaign, period=content.period.label
        )
        return _("%(ministry)s 보고서", ministry=content.ministry), subtitle
    return _("%(campaign)s 정책 보고서", campaign=content.campaign), content.period.label


def _facts(content: DigestContent) -> Iterable[tuple[str, str]]:
    yield _("투표와 답변을 센 때"), moment(content.data_cut_at)
    yield (
        _("분석 회차"),
        _("%(n)d번, %(moment)s까지 올라온 제안", n=content.run_number, moment=moment(content.run_read_at)),
    )
    if content.opinion:
        yield (
            _("공감대 회차"),
            _(
                "%(n)d회차, %(moment)s까지 %(people)s명의 투표",
                n=content.opinion.number,
                moment=moment(content.opinion.votes_cut_at),
                people=thousands(content.opinion.n_people),
            ),
        )
