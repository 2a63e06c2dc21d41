"""의견 갈래: who votes alike, and where they part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.publication.digests.composing.pieces import Charts, figures, known, link, paragraph, strong, words
from forum.publication.digests.content import DigestContent, GroupLine, OpinionLine
from forum.publication.digests.document import Block, Bullets, Heading, Link, Words
from forum.web.pictures import share_words

MOST_DIVIDING = 10


def opinion(content: DigestContent, charts: Charts) -> Iterator[Block]:
    yield Heading(1, _("의견 갈래"), "opinion")
    found = content.opinion
    if found is None:
        yield paragraph(_("투표를 견주어 의견 갈래를 찾은 적이 아직 없어요. 투표가 모이면 다음 보고서에 담겨요."))
        return
    yield paragraph(_lead(found), " ", Link(_("누리집에서 공감대 보기"), found.url))
    yield from figures(charts, "opinion")
    if len(found.groups) > 1:
        yield Bullets(tuple(_groups(found.groups)))
    yield from _dividing(content)


def _lead(found: OpinionLine) -> str:
    values = {"people": thousands(found.n_people), "entering": thousands(found.n_entering), "n": len(found.groups)}
    if len(found.groups) < 2:
        return _("%(people)s명이 투표했고, 갈래가 나뉘지 않았어요(자동 분석).", **values)
    if found.n_people == found.n_entering:
        return _(
            "%(people)s명이 투표했어요. 비슷하게 투표한 사람끼리 묶으니 갈래가 %(n)d개였어요(자동 분석). "
            "이름도 나이도 사는 곳도 갈래를 나누는 데 쓰지 않았어요.",
            **values,
        )
    return _(
        "%(people)s명이 투표했어요. 투표가 넉넉한 %(entering)s명을 비슷하게 투표한 사람끼리 묶으니 갈래가 %(n)d개였어요"
        "(자동 분석). 이름도 나이도 사는 곳도 갈래를 나누는 데 쓰지 않았어요.",
        **values,
    )


def _groups(groups: Sequence[GroupLine]) -> Iterator[Words]:
    """Yield each group with what sets it apart. Of two, what is said of the first says the same of the second."""
    for place, group in enumerate(groups):
        apart = " ".join(group.sentences) or _("다른 갈래와 뚜렷하게 다른 점을 찾지 못했어요.")
        if place == 1 and len(groups) == 2 and groups[0].sentences:
            apart = _("위에서 ‘다른 갈래’라고 적은 사람들이에요.")
        size = _(" (%(n)s명, %(share)s): ", n=thousands(group.size), share=share_words(group.share, 1))
        yield words(strong(group.name), size, apart)


def _dividing(content: DigestContent) -> Iterator[Block]:
    yield Heading(2, _("의견이 가장 갈리는 제안"), "dividing")
    items = [
        words(strong(idea.title), " ", link(idea), f": {line.words}")
        for line in content.dividing[:MOST_DIVIDING]
        for idea in known(content, [line.idea_id])
    ]
    if items:
        yield Bullets(tuple(items))
    else:
        yield paragraph(_("우연이라고 보기 어려운 차이를 찾지 못했어요."))
