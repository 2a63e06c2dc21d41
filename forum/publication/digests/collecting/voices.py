"""People's own words for a theme: of an idea that many back, of one that divides or is opposed, of one the young back.

An idea is chosen by the votes of many: by tallies, groups and age groups of five people and more. Nobody's own vote or
age picks or labels what they wrote.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from forum.analysis.themes.queries import DIVIDED_VOTES
from forum.core.i18n import _
from forum.publication.digests.collecting.opinion import Opinions
from forum.publication.digests.content import Dividing, IdeaLine, Voice

MOST_CHARS = 220
FEWEST_CHARS = 80  # a cut at the end of a sentence must leave so many
OPPOSED_SHARE = 0.25  # of those for and against
BACKED_SHARE = 0.5
MOST_TYPICAL = 2


def voices_of(
    ideas: Sequence[IdeaLine], representatives: Collection[int], dividing: Sequence[Dividing], opinions: Opinions
) -> tuple[Voice, ...]:
    """Return at most three voices, each of another idea; where nobody has voted yet, what shows the theme best.

    :param ideas: of the theme, those with most agreement first
    :param dividing: those of them that divide the groups
    """
    originals = [idea for idea in ideas if idea.copy_of is None]
    found: list[Voice] = []
    for stands_for, label, candidates in (
        ("AGREEING", _("많이 찬성한 제안"), _backed(originals, representatives)),
        ("DISSENTING", _("의견이 갈린 제안"), _divided(originals, dividing)),
        ("DISSENTING", _("반대도 적지 않은 제안"), _opposed(originals)),
        ("FUTURE", _("30살 아래가 많이 찬성한 제안"), _backed_by_the_young(originals, opinions)),
    ):
        heard = {voice.idea_id for voice in found}
        idea = next((one for one in candidates if one.id not in heard), None)
        if idea is not None and stands_for not in {voice.stands_for for voice in found}:
            found.append(Voice(stands_for, label, own_words(idea), idea.id))
    return tuple(found) or _typical(originals, representatives)


def _typical(ideas: Sequence[IdeaLine], representatives: Collection[int]) -> tuple[Voice, ...]:
    """Return the run's first representatives: without votes the machine can only tell what the theme is about."""
    label = _("주제를 잘 보여 주는 제안")
    shown = [idea for idea in ideas if idea.id in representatives][:MOST_TYPICAL]
    return tuple(Voice("TYPICAL", label, own_words(idea), idea.id) for idea in shown)


def own_words(idea: IdeaLine) -> str:
    """Return the beginning of an idea's text on one line, cut where a sentence ends if it can be; else its title."""
    flat = " ".join((idea.body or idea.title).split())
    if len(flat) <= MOST_CHARS:
        return flat
    ends = [end.end() for end in re.finditer(r"(?<![0-9])[.?!…。](?=\s)", flat[: MOST_CHARS + 1])]
    if ends and ends[-1] >= FEWEST_CHARS:
        return flat[: ends[-1]]
    return flat[: MOST_CHARS - 1].rstrip() + "…"


def _backed(ideas: Sequence[IdeaLine], representatives: Collection[int]) -> Iterator[IdeaLine]:
    """Yield the run's representatives with more agreement than not, then all such ideas, the most agreement first."""
    backed = [idea for idea in ideas if idea.agree > idea.disagree]
    yield from (idea for idea in backed if idea.id in representatives)
    yield from backed


def _divided(ideas: Sequence[IdeaLine], dividing: Sequence[Dividing]) -> Iterator[IdeaLine]:
    by_id = {idea.id: idea for idea in ideas}
    yield from (by_id[one.idea_id] for one in dividing if one.idea_id in by_id)


def _opposed(ideas: Sequence[IdeaLine]) -> list[IdeaLine]:
    """Return the ideas that a good part of the votes for and against is against, the largest part first."""

    def share(idea: IdeaLine) -> float:
        said = idea.agree + idea.disagree
        return idea.disagree / said if said >= DIVIDED_VOTES else 0.0

    return sorted((one for one in ideas if share(one) >= OPPOSED_SHARE), key=lambda one: (-share(one), one.id))


def _backed_by_the_young(ideas: Sequence[IdeaLine], opinions: Opinions) -> list[IdeaLine]:
    """Return the ideas that most people under 30 agree with, the surest first."""
    young = opinions.young
    backed = [idea for idea in ideas if idea.id in young and young[idea.id].value > BACKED_SHARE]
    return sorted(backed, key=lambda idea: (-young[idea.id].low, idea.id))
