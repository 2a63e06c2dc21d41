"""Recounts what became of arguments, by walking from idea to idea: `publication.outcomes` counts the same in SQL.

It shares no statement and no rule with the other: `publication/outcomes/groups.py` has the definition in words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import astuple

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.analysis.themes.models import ClusterMember, Theme, ThemeRun
from forum.core.extensions import db
from forum.core.i18n import _
from forum.publication.outcomes.queries import outcome_shares
from forum.publication.outcomes.shares import OutcomeShares
from forum.response.pilots.models import Pilot, PilotOrigin, PilotState
from forum.response.referrals.models import Answer, AnswerPoint, Decision, Milestone, Referral, ReferralIdea
from forum.response.shortpath.models import ShortAnswer, ShortAnswerKind
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.votes.models import Vote

ROWS_PER_FETCH = 5_000


def arguments() -> Finding:
    """Compare the counts of each campaign with those of `recount`."""
    ids = list(db.session.scalars(sa.select(Campaign.id).order_by(Campaign.id)))
    counted = outcome_shares(ids)
    finding = Finding(_("약속이 된 의견과 지켜진 의견"), len(ids))
    for campaign_id in ids:
        told, again = astuple(counted[campaign_id]), astuple(recount(campaign_id))
        if told != again:
            line = _("포럼 %(id)s번: 센 수 %(told)s, 다시 센 수 %(again)s", id=campaign_id, told=told, again=again)
            finding.differences.append(line)
    return finding


def recount(campaign_id: int) -> OutcomeShares:
    """Walk through the ideas of a campaign one by one."""
    rows = db.session.execute(
        sa.select(Idea.id, Idea.state, Idea.author_id, Idea.merged_into_id).where(Idea.campaign_id == campaign_id)
    ).all()
    ahead = _copies(campaign_id) | {row.id: row.merged_into_id for row in rows if row.merged_into_id is not None}
    shown = {row.id: row.author_id for row in rows if row.state in (IdeaState.OPEN, IdeaState.MERGED)}
    agreed, promises = _agreed(campaign_id), _promises(campaign_id)
    members: dict[int, list[int]] = defaultdict(list)
    for idea_id in shown:
        members[_end(idea_id, ahead)].append(idea_id)
    sums = [0] * 6
    for ideas in members.values():
        people = {shown[one] or -one for one in ideas}.union(*(agreed.get(one, ()) for one in ideas))
        words = [promises[one] for one in ideas if one in promises]
        for place, counts in enumerate((True, bool(words), any(words))):
            sums[place] += counts
            sums[place + 3] += counts * len(people)
    return OutcomeShares(*sums)


def _end(idea_id: int, ahead: Mapping[int, int]) -> int:
    """Go on until there is no further; in a circle to its lowest number."""
    seen: list[int] = []
    at = idea_id
    while at in ahead and at not in seen:
        seen.append(at)
        at = ahead[at]
    return min(seen[seen.index(at) :]) if at in seen else at


def _copies(campaign_id: int) -> dict[int, int]:
    run_id = db.session.scalar(sa.select(ThemeRun.id).where(ThemeRun.campaign_id == campaign_id, ThemeRun.is_current))
    query = sa.select(ClusterMember.idea_id, ClusterMember.copy_of_id, ClusterMember.is_main)
    rows = db.session.execute(query.where(ClusterMember.run_id == run_id))
    return {row.idea_id: row.copy_of_id for row in rows if row.is_main and row.copy_of_id is not None}


def _agreed(campaign_id: int) -> Mapping[int, set[int]]:
    query = (
        sa.select(Vote.idea_id, Vote.participant_id, Vote.value, Vote.excluded_by_id)
        .join(Idea, Idea.id == Vote.idea_id)
        .where(Idea.campaign_id == campaign_id)
    )
    agreed: dict[int, set[int]] = defaultdict(set)
    for vote in db.session.execute(query, execution_options={"yield_per": ROWS_PER_FETCH}):
        if vote.value == 1 and vote.excluded_by_id is None:
            agreed[vote.idea_id].add(vote.participant_id)
    return agreed


def _promises(campaign_id: int) -> dict[int, bool]:
    """Return the ideas that an answer commits to, and whether that was kept."""
    found: dict[int, bool] = {}
    letters = sa.select(Referral).join(Theme, Theme.id == Referral.theme_id).where(Theme.campaign_id == campaign_id)
    for letter in db.session.scalars(letters.order_by(Referral.id)).all():
        published = [answer for answer in letter.answers if answer.published_at is not None]
        if not published:
            continue
        answer = max(published, key=lambda one: one.version)
        is_committed, is_kept = _word(letter, answer)
        if not is_committed:
            continue
        points = sa.select(AnswerPoint.idea_id, AnswerPoint.decision).where(AnswerPoint.answer_id == answer.id)
        own = {row.idea_id: row.decision for row in db.session.execute(points)}
        for idea_id in db.session.scalars(sa.select(ReferralIdea.idea_id).where(ReferralIdea.referral_id == letter.id)):
            if (own.get(idea_id) or answer.decision) in (Decision.ACCEPTED, Decision.PARTLY):
                found[idea_id] = found.get(idea_id, False) or is_kept
    return found


def _word(letter: Referral, answer: Answer) -> tuple[bool, bool]:
    """Return whether the answer commits to something, and whether some of that was kept."""
    steps = db.session.scalars(sa.select(Milestone.is_closed).where(Milestone.answer_id == answer.id)).all()
    kind = db.session.scalar(sa.select(ShortAnswer.kind).where(ShortAnswer.answer_id == answer.id))
    fixed = kind is ShortAnswerKind.FIXED_NOW
    pilots = [
        pilot.state
        for pilot in db.session.scalars(sa.select(Pilot).where(Pilot.referral_id == letter.id))
        if pilot.origin is not PilotOrigin.SPREAD and pilot.ministry_id == letter.lead.ministry_id
    ]
    is_planned = any(state is not PilotState.CANCELLED for state in pilots)
    return bool(steps) or fixed or is_planned, any(steps) or fixed or PilotState.DECIDED in pilots
