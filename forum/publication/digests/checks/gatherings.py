"""Rooms and paper are counted again from the ideas, and no small room is told of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.i18n import _
from forum.publication.digests.content import DigestContent, paper_sum


def gathering_problems(content: DigestContent) -> Iterator[str]:
    born = Counter(idea.room.gathering_id for idea in content.ideas if idea.room)
    told = {line.id: line for line in content.gatherings.lines}
    for line in content.gatherings.lines:
        if line.ideas != born[line.id]:
            yield _("모임 ‘%(title)s’에서 나온 제안을 다시 세니 %(n)d건이에요.", title=line.title, n=born[line.id])
        if line.present is not None and line.present < MIN_PEOPLE_PER_CELL:
            yield _("모임 ‘%(title)s’에 함께한 사람이 적은데 수를 숨기지 않았어요.", title=line.title)
    if born.keys() - told.keys():
        yield _("제안이 나온 모임이 모임 표에 빠져 있어요.")
    if content.counts.get("room_ideas", 0) != born.total():
        yield _("모임에서 나온 제안을 다시 세니 %(n)d건이에요.", n=born.total())
    paper = paper_sum(content.ideas).votes
    if content.counts.get("paper_votes", 0) != paper:
        yield _("종이로 받은 표를 다시 세니 %(n)d표예요.", n=paper)
