"""The page that a reader in a hurry reads."""

from __future__ import annotations

from collections.abc import Iterator

from forum.core.i18n import _, _l
from forum.core.korean import thousands
from forum.publication.digests.composing.findings import findings
from forum.publication.digests.composing.pieces import (
    Charts,
    ideas_of,
    known,
    link,
    paragraph,
    references,
    standing_of,
    strong,
    words,
)
from forum.publication.digests.content import DigestContent
from forum.publication.digests.document import Block, Bullets, Heading, Link, PageBreak, Words

MOST_HEADLINES, MOST_BRIEF_HEADLINES = 5, 3
_NAMES = {2: _l("가장 중요한 두 가지"), 3: _l("가장 중요한 세 가지")}


def summary(content: DigestContent, _charts: Charts) -> Iterator[Block]:
    yield Heading(1, _("한눈에 보기"), "summary")
    if ideas_of(content):
        yield paragraph(_what_it_holds(content), " ", Link(_("누리집에서 이 포럼 보기"), content.campaign_url))
    yield from _findings(content)
    yield from _headline(content, MOST_HEADLINES, links_others=True)
    yield PageBreak()


def brief_summary(content: DigestContent, _charts: Charts) -> Iterator[Block]:
    yield Heading(1, _("한눈에 보기"), "summary")
    yield from _findings(content)
    yield from _headline(content, MOST_BRIEF_HEADLINES, links_others=False)


def _findings(content: DigestContent) -> Iterator[Block]:
    found = findings(content)
    if found:
        yield Heading(2, str(_NAMES.get(len(found), _("가장 중요한 것"))), "findings")
        yield Bullets(found)
    else:
        yield paragraph(_nothing_yet(content))


def _what_it_holds(content: DigestContent) -> str:
    said = _(
        "제안 %(ideas)s건과 투표 %(votes)s표, 분석가가 승인한 정책 주제 %(themes)s개를 담았어요.",
        ideas=thousands(content.counts["ideas"]),
        votes=thousands(content.counts["votes"]),
        themes=thousands(len(content.themes)),
    )
    if content.counts.get("paper_votes"):
        said += " " + _("모임에서 종이로 받은 표 %(n)s표는 따로 셌어요.", n=thousands(content.counts["paper_votes"]))
    if content.period.from_day is None:
        return said
    return said + _(
        " 이 가운데 제안 %(ideas)s건과 투표 %(votes)s표가 이 기간에 새로 왔어요.",
        ideas=thousands(content.period_counts.get("ideas", 0)),
        votes=thousands(content.period_counts.get("votes", 0)),
    )


def _nothing_yet(content: DigestContent) -> str:
    if content.ministry:
        return _("이 부처에 보낸 편지가 아직 없어요. 정책 주제를 보내면 다음 보고서에 담겨요.")
    if content.ideas or content.themes:
        return _("제안은 있지만, 앞에 내세울 만큼 투표나 답변이 모이지 않았어요.")
    return _("분석에 들어간 제안이 아직 없어요. 제안이 모이고 분석이 끝나면 다음 보고서에 담겨요.")


def _headline(content: DigestContent, most: int, *, links_others: bool) -> Iterator[Block]:
    ideas = known(content, content.headline.idea_ids)
    if not ideas:
        return
    yield Heading(2, _("먼저 볼 제안"), "headline")
    yield paragraph(content.headline.why, *_slate_link(content))
    items: list[Words] = [
        words(strong(idea.title), " ", link(idea), _(": %(standing)s", standing=standing_of(idea)))
        for idea in ideas[:most]
    ]
    rest = ideas[most:]
    if rest and links_others:
        items.append(words(_("그 밖에 %(n)s건이 더 있어요:", n=thousands(len(rest))), *references(rest)))
    yield Bullets(tuple(items))


def _slate_link(content: DigestContent) -> Words:
    slate = content.slate
    if slate is None or content.headline.basis != "SLATE":
        return ()
    return words(" ", Link(_("고른 대표안 보기"), slate.url))
