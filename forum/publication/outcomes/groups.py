"""Arguments: ideas that say the same, as one; and which of them a ministry's answer took up. Statements only.

- An argument is a group of a campaign's ideas that are shown (OPEN or MERGED). A merged idea belongs to the idea that
  it was merged into. Any other that the current run holds for a near-copy, in its main cluster, belongs to the idea
  that it copies. Chains are followed to their end, also through ideas that are not shown: the group goes on without
  those.
- An argument is committed if the present answer to a letter that quotes one of its shown ideas accepts that idea (수용
  or 일부 수용; a decision of the idea's own goes before the answer's), and promises a step with a date, or a pilot of
  the office is planned and not given up, or it is an everyday answer 이번에 고쳤어요. 이미 시행 is no new commitment.
- It is kept if besides a step of that answer is closed, or the pilot was measured and decided, or the answer is
  이번에 고쳤어요.
- Its people are those who wrote one of its shown ideas or agree with one, each once. An imported idea without a known
  author stands for one person. Votes that are excluded do not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from forum.analysis.themes.models import ClusterMember, Theme, ThemeRun
from forum.response.pilots.models import Pilot, PilotOrigin, PilotState
from forum.response.referrals.models import (
    BECAME_POLICY,
    Answer,
    AnswerPoint,
    Milestone,
    MinistryAssignment,
    Referral,
    ReferralIdea,
)
from forum.response.referrals.queries import is_current_answer
from forum.response.shortpath.models import ShortAnswer, ShortAnswerKind
from forum.voice.ideas.models import SHOWN_STATES, Idea, IdeaTally
from forum.voice.votes.models import AGREE, Vote


@dataclass(frozen=True)
class Groups:
    """The parts of one statement about the arguments of some campaigns.

    linked : (id, root) of each idea that shares an argument with another, whatever its state; ideas without a row are
    arguments by themselves
    fate : (idea_id, referral_id, answer_id, is_kept) of each idea that an answer commits to, as often as letters do
    """

    campaign_ids: Sequence[int]
    linked: sa.CTE
    fate: sa.CTE

    @property
    def root(self) -> sa.ColumnElement[int]:
        """What names the argument of an `Idea` that is outer joined with `linked`."""
        return sa.func.coalesce(self.linked.c.root, Idea.id)

    def is_counted(self) -> sa.ColumnElement[bool]:
        return sa.and_(Idea.campaign_id.in_(self.campaign_ids), Idea.state.in_(SHOWN_STATES))

    def committed_ideas(self) -> sa.Select[*tuple[Any, ...]]:
        """Return root, letter and whether it is kept, for each shown idea that an answer commits to."""
        return (
            sa.select(self.root.label("root"), Idea.campaign_id, self.fate)
            .select_from(self.fate)
            .join(Idea, Idea.id == self.fate.c.idea_id)
            .outerjoin(self.linked, self.linked.c.id == Idea.id)
            .where(self.is_counted())
        )


def groups_of(campaign_ids: Sequence[int]) -> Groups:
    return Groups(campaign_ids, _linked(campaign_ids), _fate(campaign_ids))


def _linked(campaign_ids: Sequence[int]) -> sa.CTE:
    merged = sa.select(Idea.id.label("id"), Idea.merged_into_id.label("next")).where(
        Idea.campaign_id.in_(campaign_ids), Idea.merged_into_id.is_not(None)
    )
    copies = (
        sa.select(ClusterMember.idea_id, ClusterMember.copy_of_id)
        .join(ThemeRun, ThemeRun.id == ClusterMember.run_id)
        .join(Idea, Idea.id == ClusterMember.idea_id)
        .where(ThemeRun.campaign_id.in_(campaign_ids), ThemeRun.is_current, ClusterMember.is_main)
        .where(ClusterMember.copy_of_id.is_not(None), Idea.merged_into_id.is_(None))
    )
    link = merged.union_all(copies).cte("link")
    further = sa.select(link.c.id, link.c.next.label("reached")).cte("further", recursive=True)
    step = aliased(link, name="step")
    way = further.union(sa.select(further.c.id, step.c.next).join(step, step.c.id == further.c.reached))
    # The end of a way has no link of its own; where a merge and a copy make a circle, each idea in it reaches itself.
    onward, circle = aliased(link, name="onward"), aliased(way, name="circle")
    is_end = sa.or_(onward.c.id.is_(None), circle.c.id.is_not(None))
    ends = (
        sa.select(way.c.id, sa.func.min(way.c.reached).label("root"))
        .outerjoin(onward, onward.c.id == way.c.reached)
        .outerjoin(circle, sa.and_(circle.c.id == way.c.reached, circle.c.reached == way.c.reached))
        .where(is_end)
        .group_by(way.c.id)
        .cte("ends")
    )
    return sa.union(sa.select(ends.c.id, ends.c.root), sa.select(ends.c.root, ends.c.root)).cte("linked")


def _fate(campaign_ids: Sequence[int]) -> sa.CTE:
    step = sa.exists().where(Milestone.answer_id == Answer.id)
    fixed = sa.exists().where(ShortAnswer.answer_id == Answer.id, ShortAnswer.kind == ShortAnswerKind.FIXED_NOW)
    pilot = sa.exists().where(
        Pilot.referral_id == Referral.id,
        Pilot.ministry_id == MinistryAssignment.ministry_id,
        Pilot.origin != PilotOrigin.SPREAD,
    )
    is_kept = sa.or_(step.where(Milestone.is_closed), fixed, pilot.where(Pilot.state == PilotState.DECIDED))
    lead = sa.and_(MinistryAssignment.referral_id == Referral.id, MinistryAssignment.is_lead)
    return (
        sa.select(
            ReferralIdea.idea_id,
            ReferralIdea.referral_id,
            Answer.id.label("answer_id"),
            sa.case((is_kept, 1), else_=0).label("is_kept"),
        )
        .join(Referral, Referral.id == ReferralIdea.referral_id)
        .join(Theme, Theme.id == Referral.theme_id)
        .join(MinistryAssignment, lead)
        .join(Answer, sa.and_(Answer.referral_id == Referral.id, is_current_answer()))
        .outerjoin(
            AnswerPoint, sa.and_(AnswerPoint.answer_id == Answer.id, AnswerPoint.idea_id == ReferralIdea.idea_id)
        )
        .where(Theme.campaign_id.in_(campaign_ids))
        .where(sa.func.coalesce(AnswerPoint.decision, Answer.decision).in_(BECAME_POLICY))
        .where(sa.or_(step, fixed, pilot.where(Pilot.state != PilotState.CANCELLED)))
        .cte("fate")
    )


def single_sums(groups: Groups) -> sa.Select[*tuple[Any, ...]]:
    """Return, by campaign and outcome, how many arguments of one idea there are, and the people behind them."""
    outcome = _outcomes(groups, groups.fate.c.idea_id)
    own = aliased(Vote)
    agrees_with_own = sa.and_(own.idea_id == Idea.id, own.participant_id == Idea.author_id, _agrees(own))
    people = IdeaTally.agree + 1 - sa.case((own.idea_id.is_not(None), 1), else_=0)
    n_committed, n_kept = _flags(outcome)
    return (
        sa.select(Idea.campaign_id, n_committed, n_kept, sa.func.count(), sa.func.sum(people))
        .select_from(Idea)
        .join(IdeaTally, IdeaTally.idea_id == Idea.id)
        .outerjoin(own, agrees_with_own)
        .outerjoin(groups.linked, groups.linked.c.id == Idea.id)
        .outerjoin(outcome, outcome.c.root == Idea.id)
        .where(groups.is_counted(), groups.linked.c.id.is_(None))
        .group_by(Idea.campaign_id, n_committed, n_kept)
    )


def shared_sums(groups: Groups) -> sa.Select[*tuple[Any, ...]]:
    """Return the same of the arguments that several ideas share."""
    linked = groups.linked
    ideas = (
        sa.select(linked.c.root, Idea.id, Idea.author_id, Idea.campaign_id)
        .join(Idea, Idea.id == linked.c.id)
        .where(groups.is_counted())
        .cte("shared_idea")
    )
    wrote = sa.select(ideas.c.root, sa.func.coalesce(ideas.c.author_id, -ideas.c.id).label("person"))
    agreed = sa.select(ideas.c.root, Vote.participant_id).join(Vote, Vote.idea_id == ideas.c.id).where(_agrees(Vote))
    person = sa.union(wrote, agreed).cte("person")
    people = sa.select(person.c.root, sa.func.count().label("n")).group_by(person.c.root).cte("people")
    group = sa.select(ideas.c.root, sa.func.min(ideas.c.campaign_id).label("campaign_id")).group_by(ideas.c.root)
    argument = group.cte("argument")
    outcome = _outcomes(groups, sa.func.coalesce(linked.c.root, groups.fate.c.idea_id))
    n_committed, n_kept = _flags(outcome)
    return (
        sa.select(argument.c.campaign_id, n_committed, n_kept, sa.func.count(), sa.func.sum(people.c.n))
        .select_from(argument)
        .join(people, people.c.root == argument.c.root)
        .outerjoin(outcome, outcome.c.root == argument.c.root)
        .group_by(argument.c.campaign_id, n_committed, n_kept)
    )


def _outcomes(groups: Groups, root: Any) -> sa.CTE:
    """Return (root, is_kept) of each committed argument."""
    fate = groups.fate
    query = (
        sa.select(root.label("root"), sa.func.max(fate.c.is_kept).label("is_kept"))
        .select_from(fate)
        .join(Idea, Idea.id == fate.c.idea_id)
        .outerjoin(groups.linked, groups.linked.c.id == fate.c.idea_id)
        .where(groups.is_counted())
        .group_by(root)
    )
    return query.cte("outcome")


def _flags(outcome: sa.CTE) -> tuple[sa.ColumnElement[int], sa.ColumnElement[int]]:
    return sa.case((outcome.c.root.is_not(None), 1), else_=0), sa.func.coalesce(outcome.c.is_kept, 0)


def _agrees(vote: Any) -> sa.ColumnElement[bool]:
    return sa.and_(vote.value == AGREE, vote.excluded_by_id.is_(None))
