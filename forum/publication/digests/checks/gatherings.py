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
    yield from _side_problems(content)
    paper = paper_sum(content.ideas).votes
    if content.counts.get("paper_votes", 0) != paper:
        yield _("종이로 받은 표를 다시 세니 %(n)d표예요.", n=paper)


def _side_problems(content: DigestContent) -> Iterator[str]:
    """Votes in rooms and online are those that the digest states of an idea, each once, and none is of a few people."""
    for line in content.sides.lines:
        idea = content.idea(line.idea_id)
        both = [sum(pair) for pair in zip(line.in_rooms.counts, line.online.counts, strict=True)]
        if both != [idea.agree, idea.disagree, idea.pass_]:
            yield _("제안 %(n)d번의 모임 투표와 온라인 투표를 더하니 제안의 투표와 달라요.", n=idea.id)
        if min(line.in_rooms.votes, line.online.votes) < MIN_PEOPLE_PER_CELL:
            yield _("제안 %(n)d번의 모임이나 온라인 투표가 적은데 숨기지 않았어요.", n=idea.id)
