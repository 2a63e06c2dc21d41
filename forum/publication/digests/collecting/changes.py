"""What is new since the digest before: of the same campaign, kind and object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.analysis.themes.models import Theme
from forum.core.clock import SEOUL
from forum.core.extensions import db
from forum.core.links import link_to
from forum.publication.digests.collecting.letters import Letters
from forum.publication.digests.content import COUNT_NAMES, Change, Changes
from forum.publication.digests.models import Digest, DigestState
from forum.publication.digests.plan import DigestPlan


def changes_since(
    plan: DigestPlan, counts: Mapping[str, int], themes: Sequence[Theme], letters: Letters
) -> Changes | None:
    """Return what differs from the newest published digest like this one; None if it is the first."""
    query = (
        sa.select(Digest)
        .where(
            Digest.campaign_id == plan.campaign_id,
            Digest.kind == plan.kind,
            Digest.ministry_id.is_not_distinct_from(plan.ministry_id),
            Digest.theme_id.is_not_distinct_from(plan.theme_id),
            Digest.state == DigestState.PUBLISHED,
        )
        .options(joinedload(Digest.campaign))
        .order_by(Digest.id.desc())
        .limit(1)
    )
    before = db.session.scalar(query)
    if before is None or before.published_at is None:
        return None
    cut = before.data_cut_at
    named = {letter.number for lines in letters.of_theme.values() for letter in lines}
    return Changes(
        digest_id=before.id,
        published_on=before.published_at.astimezone(SEOUL).date(),
        counts=tuple(
            Change(name, int(before.counts[name]), counts[name])
            for name in COUNT_NAMES
            if name in before.counts and int(before.counts[name]) != counts[name]
        ),
        new_themes=tuple(theme.id for theme in themes if theme.decided_at and theme.decided_at > cut),
        new_answers=tuple(sorted(number for number, at in letters.answered_at.items() if at > cut and number in named)),
        url=link_to("digests.show", digest_id=before.id),
    )
