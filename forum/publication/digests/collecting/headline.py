"""Which ideas stand at the front of a digest, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from forum.analysis.shortlists.models import Shortlist, ShortlistState, Slate, SlateStanding
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.core.links import link_to
from forum.publication.digests.content import Headline, IdeaLine, SlateLine

MOST_IDEAS = 5
TOLD = (SlateStanding.COMPLETE, SlateStanding.GAPS)
"""Of the others the forum says that they are not fair, or nothing."""


def slate_line(campaign_id: int, slug: str, lines: Mapping[int, IdeaLine]) -> SlateLine | None:
    """Return the newest slate that may be told, with those of its ideas that the digest holds; None if none."""
    query = (
        sa.select(Shortlist.number, Slate)
        .join(Slate, Slate.shortlist_id == Shortlist.id)
        .where(
            Shortlist.campaign_id == campaign_id,
            Shortlist.state == ShortlistState.CLOSED,
            Slate.standing.in_(TOLD),
        )
        .order_by(Shortlist.number.desc())
        .limit(1)
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        return None
    number, slate = found
    items = slate.proof["items"] if slate.proof else ()
    ids = tuple(item["idea"] for item in items if item["idea"] in lines)
    if not ids:
        return None
    return SlateLine(
        number=number,
        standing=slate.standing.label,
        idea_ids=ids,
        n_people=slate.n_people,
        seen_all_share=slate.seen_all_share,
        url=link_to("shortlists.show", slug=slug, number=number),
    )


def headline_of(slate: SlateLine | None, ideas: Sequence[IdeaLine]) -> Headline:
    """Return the slate's ideas; without one those with the highest common ground, else those with most support.

    Copies are left out, since they say the same again.
    """
    if slate is not None:
        why = _(
            "후보 투표 %(number)d회에서 %(people)s명의 투표로 고른 대표안이에요. %(standing)s.",
            number=slate.number,
            people=thousands(slate.n_people),
            standing=slate.standing,
        )
        return Headline("SLATE", why, slate.idea_ids)
    originals = [idea for idea in ideas if idea.copy_of is None]
    grounded = [(idea.ground.common.value, idea) for idea in originals if idea.ground]
    if grounded:
        first = [idea for _value, idea in sorted(grounded, key=lambda pair: (-pair[0], pair[1].id))[:MOST_IDEAS]]
        why = _(
            "의견이 다른 사람들도 함께 찬성하는 제안이에요. 공감대가 높은 순서예요. "
            "후보 투표로 고른 대표안은 이 보고서에 없어요."
        )
        return Headline("GROUND", why, tuple(idea.id for idea in first))
    return _most_supported(originals)


def _most_supported(ideas: Sequence[IdeaLine]) -> Headline:
    """Return the ideas whose share of agreement is surely the highest; with few votes those with most agreement.

    Without any vote, those that were liked most where they were imported from.
    """
    voted = [(idea.support.low, idea) for idea in ideas if idea.support]
    if voted:
        first = [idea for _low, idea in sorted(voted, key=lambda pair: (-pair[0], pair[1].id))[:MOST_IDEAS]]
        why = _(
            "찬성한 몫이 큰 순서예요. 투표가 적은 제안은 그만큼 낮춰 보았어요. 이 보고서에는 공감대와 대표안이 없어요."
        )
        return Headline("SUPPORT", why, tuple(idea.id for idea in first))
    agreed = sorted((idea for idea in ideas if idea.agree), key=lambda idea: (-idea.agree, idea.id))[:MOST_IDEAS]
    if agreed:
        why = _("찬성한 사람이 많은 순서예요. 아직 투표가 적어서 몫을 말할 수 없어요.")
        return Headline("SUPPORT", why, tuple(idea.id for idea in agreed))
    liked = sorted((idea for idea in ideas if idea.imported_agree_count), key=_most_liked)[:MOST_IDEAS]
    if liked:
        why = _("이 누리집에서는 아직 투표하지 않았어요. 제안을 가져온 누리집에서 공감을 많이 받은 순서예요.")
        return Headline("IMPORTED", why, tuple(idea.id for idea in liked))
    why = _("아직 투표가 없어서 앞세울 제안이 없어요.") if ideas else _("아직 담을 제안이 없어요.")
    return Headline("SUPPORT", why, ())


def _most_liked(idea: IdeaLine) -> tuple[int, int]:
    return -(idea.imported_agree_count or 0), idea.id
