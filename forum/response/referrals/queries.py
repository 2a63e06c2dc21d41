from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload, undefer, with_expression

from forum.analysis.routing.services import PastCase
from forum.analysis.themes.models import Theme, ThemeIdea, ThemeRun
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import path_for
from forum.people.accounts.models import Account, Participant
from forum.people.ministries.models import Ministry
from forum.response.referrals.models import (
    Answer,
    AssignmentState,
    EventType,
    Milestone,
    MinistryAssignment,
    Referral,
    ReferralEvent,
    ReferralFile,
    ReferralIdea,
    ReferralIdeaRoom,
)
from forum.voice.ideas.binding import Binding
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import AGREE, Vote

# Loads what every page of a referral shows, in a fixed number of statements.
REFERRAL_LOADERS = (
    joinedload(Referral.theme).joinedload(Theme.campaign),
    selectinload(Referral.assignments).joinedload(MinistryAssignment.ministry),
    selectinload(Referral.assignments).selectinload(MinistryAssignment.clocks),
    selectinload(Referral.answers).selectinload(Answer.milestones),
)
_WHOLE_REFERRAL = sa.select(Referral).options(
    *REFERRAL_LOADERS,
    joinedload(Referral.theme).joinedload(Theme.run).load_only(ThemeRun.without_analysis),
    selectinload(Referral.answers).selectinload(Answer.points),
)
WAITING_STATES = frozenset(
    {
        AssignmentState.SENT,
        AssignmentState.ACKNOWLEDGED,
        AssignmentState.CORRECTION,
        AssignmentState.REVIEWING,
        AssignmentState.REEXAMINING,
    }
)


def get_referral(referral_id: int) -> Referral:
    """Return a referral with its theme, assignments, answers, their lines to single ideas, and milestones.

    :raise NotFound:
    """
    referral = db.session.scalar(_WHOLE_REFERRAL.where(Referral.id == referral_id))
    if referral is None:
        raise NotFound("그런 전달 문서가 없어요.")
    return referral


def reload_referral(referral: Referral) -> None:
    """Read again what `get_referral` loads, in place of what this session has read before."""
    query = _WHOLE_REFERRAL.where(Referral.id == referral.id)
    db.session.scalar(query.execution_options(populate_existing=True))


def get_assignment(part_id: int) -> MinistryAssignment:
    """Return an assignment with its referral.

    :raise NotFound:
    """
    assignment = db.session.scalar(
        sa.select(MinistryAssignment)
        .where(MinistryAssignment.id == part_id)
        .options(joinedload(MinistryAssignment.referral).options(*REFERRAL_LOADERS))
    )
    if assignment is None:
        raise NotFound("그런 전달 문서가 없어요.")
    return assignment


def get_milestone(milestone_id: int) -> Milestone:
    """Return a milestone with its answer and referral.

    :raise NotFound:
    """
    query = (
        sa.select(Milestone)
        .where(Milestone.id == milestone_id)
        .options(joinedload(Milestone.answer).joinedload(Answer.referral).options(*REFERRAL_LOADERS))
    )
    milestone = db.session.scalar(query)
    if milestone is None:
        raise NotFound("그런 이행 단계가 없어요.")
    return milestone


def get_file(file_id: int) -> tuple[ReferralFile, Referral]:
    """Return a file with its content, and its referral.

    :raise NotFound:
    """
    file = db.session.scalar(
        sa.select(ReferralFile).where(ReferralFile.id == file_id).options(undefer(ReferralFile.content))
    )
    if file is None:
        raise NotFound("그런 파일이 없어요.")
    return file, get_referral(file.referral_id)


def referrals_of(theme_id: int) -> Sequence[Referral]:
    """Return a theme's referrals, oldest first, each with the votes that its letter states."""
    query = (
        sa.select(Referral)
        .where(Referral.theme_id == theme_id)
        .options(
            *REFERRAL_LOADERS,
            with_expression(Referral.sent_agree, _sum_of_quoted(ReferralIdea.agree)),
            with_expression(Referral.sent_disagree, _sum_of_quoted(ReferralIdea.disagree)),
        )
        .order_by(Referral.id)
    )
    return db.session.scalars(query).all()


def _sum_of_quoted(votes: sa.SQLColumnExpression[int]) -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.coalesce(sa.func.sum(votes), 0))
        .where(ReferralIdea.referral_id == Referral.id)
        .correlate(Referral)
        .scalar_subquery()
    )


def quoted_ideas(referral_id: int) -> Sequence[ReferralIdea]:
    """Return the ideas of a letter in its order, each with its room as sent, and its votes, state and author of now."""
    query = (
        sa.select(ReferralIdea)
        .where(ReferralIdea.referral_id == referral_id)
        .options(
            joinedload(ReferralIdea.idea).joinedload(Idea.author).joinedload(Participant.account),
            joinedload(ReferralIdea.idea).joinedload(Idea.tally),
            joinedload(ReferralIdea.room).joinedload(ReferralIdeaRoom.gathering),
        )
        .order_by(ReferralIdea.position)
    )
    return db.session.scalars(query).all()


def events_of(referral_id: int) -> Sequence[ReferralEvent]:
    """Return a referral's events, oldest first, with their ministries and milestones."""
    query = (
        sa.select(ReferralEvent)
        .where(ReferralEvent.referral_id == referral_id)
        .options(
            joinedload(ReferralEvent.assignment).joinedload(MinistryAssignment.ministry),
            joinedload(ReferralEvent.milestone),
        )
        .order_by(ReferralEvent.id)
    )
    return db.session.scalars(query).all()


def events_by_referral(referral_ids: Sequence[int]) -> dict[int, list[ReferralEvent]]:
    """Return the events of several referrals, oldest first, without reminders."""
    query = (
        sa.select(ReferralEvent)
        .where(ReferralEvent.referral_id.in_(referral_ids), ReferralEvent.act != EventType.REMINDED)
        .options(
            joinedload(ReferralEvent.assignment).joinedload(MinistryAssignment.ministry),
            joinedload(ReferralEvent.milestone),
        )
        .order_by(ReferralEvent.id)
    )
    found: dict[int, list[ReferralEvent]] = {}
    for event in db.session.scalars(query) if referral_ids else ():
        found.setdefault(event.referral_id, []).append(event)
    return found


def files_of(referral_id: int) -> Sequence[ReferralFile]:
    """Return a referral's files, without their content."""
    return db.session.scalars(
        sa.select(ReferralFile).where(ReferralFile.referral_id == referral_id).order_by(ReferralFile.id)
    ).all()


def open_letters(ministry_id: int) -> Sequence[Referral]:
    """Return a ministry's letters with something still to do or to wait for, by due date."""
    query = (
        sa.select(Referral)
        .where(Referral.assignments.any(sa.and_(MinistryAssignment.ministry_id == ministry_id, _is_open())))
        .options(*REFERRAL_LOADERS)
        .order_by(Referral.due_on, Referral.id)
    )
    return db.session.scalars(query).all()


def done_letters(ministry_id: int, limit: int) -> Sequence[Referral]:
    """Return the newest letters of a ministry with nothing left to do."""
    query = (
        sa.select(Referral)
        .where(Referral.assignments.any(sa.and_(MinistryAssignment.ministry_id == ministry_id, ~_is_open())))
        .options(*REFERRAL_LOADERS)
        .order_by(Referral.id.desc())
        .limit(limit)
    )
    return db.session.scalars(query).all()


def waiting_parts(ministry_id: int) -> Sequence[sa.Row[AssignmentState, bool, int | None, datetime | None]]:
    """Return state, whether it leads, and the draft with the time of its submission, of each part that waits."""
    query = (
        sa.select(MinistryAssignment.state, MinistryAssignment.is_lead, Answer.id, Answer.submitted_at)
        .outerjoin(Answer, sa.and_(Answer.referral_id == MinistryAssignment.referral_id, Answer.published_at.is_(None)))
        .where(MinistryAssignment.ministry_id == ministry_id)
        .where(MinistryAssignment.state.in_(WAITING_STATES) | Answer.submitted_at.is_not(None))
    )
    return db.session.execute(query).all()


def letters_to_correct() -> Sequence[int]:
    """Return the letters whose ministry waits for a correction, the one that asked first."""
    query = (
        sa.select(MinistryAssignment.referral_id)
        .where(MinistryAssignment.state == AssignmentState.CORRECTION)
        .order_by(MinistryAssignment.id)
    )
    return list(dict.fromkeys(db.session.scalars(query)))


def past_choices(theme_id: int, limit: int = 300) -> list[PastCase]:
    """Return the newest referrals of other themes, with the ministry that the analysts chose."""
    query = (
        sa.select(Referral.id, Theme.title, Theme.summary, Ministry)
        .join(Referral.theme)
        .join(Referral.assignments)
        .join(MinistryAssignment.ministry)
        .where(MinistryAssignment.is_lead, Referral.theme_id != theme_id)
        .order_by(Referral.id.desc())
        .limit(limit)
    )
    return [
        PastCase(title, summary, lead, path_for("referrals.show", referral_id=referral_id))
        for referral_id, title, summary, lead in db.session.execute(query)
    ]


def people_ids_of(theme_id: int) -> set[int]:
    """Return the accounts of authors of a theme's ideas and of those who voted for one."""
    ideas = sa.select(ThemeIdea.idea_id).where(ThemeIdea.theme_id == theme_id)
    authors = sa.select(Idea.author_id).where(Idea.id.in_(ideas), Idea.author_id.is_not(None))
    supporters = sa.select(Vote.participant_id).where(Vote.idea_id.in_(ideas), Vote.value == AGREE)
    query = (
        sa.select(Account.id)
        .join(Participant, Participant.account_id == Account.id)
        .where(Participant.id.in_(authors.union(supporters)), Account.active)
    )
    return set(db.session.scalars(query))


def letter_authors(referral_id: int) -> dict[int, str]:
    """Return the addresses of the authors of a letter's ideas, by account id."""
    query = (
        sa.select(Account.id, Account.email)
        .join(Participant, Participant.account_id == Account.id)
        .join(Idea, Idea.author_id == Participant.id)
        .join(ReferralIdea, ReferralIdea.idea_id == Idea.id)
        .where(ReferralIdea.referral_id == referral_id, Account.active)
        .distinct()
    )
    return {account_id: email for account_id, email in db.session.execute(query)}  # noqa: C416 (rows are no pairs)


def is_current_answer() -> sa.ColumnElement[bool]:
    """Return the condition that an `Answer` is published and not replaced by a later published one."""
    later = aliased(Answer)
    replaced = sa.exists().where(
        later.referral_id == Answer.referral_id, later.version > Answer.version, later.published_at.is_not(None)
    )
    return sa.and_(Answer.published_at.is_not(None), ~replaced)


def binding_by_letters(idea_id: int) -> Binding:
    """Return how letters bind an idea: once sent it is not edited, once answered it is not withdrawn either."""
    query = (
        sa.select(sa.func.count(ReferralIdea.referral_id), sa.func.count(Answer.id))
        .select_from(ReferralIdea)
        .outerjoin(Answer, sa.and_(Answer.referral_id == ReferralIdea.referral_id, Answer.published_at.is_not(None)))
        .where(ReferralIdea.idea_id == idea_id)
    )
    n_letters, n_answers = db.session.execute(query).one()
    if n_answers:
        answered = _(
            "소관부처의 답변을 받은 제안이라 고치거나 철회할 수 없어요. 내용을 보태려면 댓글로 남겨 주세요. "
            "글을 꼭 지워야 하면, ‘내 정보’에서 탈퇴할 때 글도 함께 지울 수 있어요."
        )
        return Binding(answered, answered)
    if n_letters:
        return Binding(_("소관부처에 보낸 제안이라 고칠 수 없어요. 내용을 보태려면 댓글로 남겨 주세요."))
    return Binding()


def _is_open() -> sa.ColumnElement[bool]:
    """Return the condition that an assignment waits, or that its ministry has not kept all that it promised."""
    promised = sa.exists().where(
        Milestone.answer_id == Answer.id,
        Answer.referral_id == MinistryAssignment.referral_id,
        MinistryAssignment.is_lead,
        ~Milestone.is_closed,
        is_current_answer(),
    )
    is_promising = MinistryAssignment.state.in_((AssignmentState.ANSWERED, AssignmentState.DELIVERING))
    draft = aliased(Answer)
    is_submitted = sa.exists().where(
        draft.referral_id == MinistryAssignment.referral_id,
        MinistryAssignment.is_lead,
        draft.published_at.is_(None),
        draft.submitted_at.is_not(None),
    )
    return sa.or_(MinistryAssignment.state.in_(WAITING_STATES), sa.and_(is_promising, promised), is_submitted)
