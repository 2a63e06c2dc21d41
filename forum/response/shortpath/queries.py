"""Reads of checks and of short answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from forum.analysis.themes.models import Theme, ThemeIdea, ThemeState
from forum.core import clock
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.people.accounts.models import Participant
from forum.response.referrals.models import (
    Answer,
    MinistryAssignment,
    Referral,
    ReferralIdea,
)
from forum.response.referrals.queries import is_current_answer
from forum.response.shortpath.models import AnswerPhoto, CheckOutcome, EverydayCheck, ShortAnswer, ShortAnswerKind
from forum.voice.campaigns.models import Campaign, CampaignKind
from forum.voice.everyday.models import EverydayDetails, EverydayKind
from forum.voice.ideas.models import SHOWN_STATES, Idea, IdeaState
from forum.voice.moderation.models import Hiding
from forum.voice.photos.models import IdeaPhoto, PhotoState


class CheckFilter(Enum):
    """Which checks the list shows."""

    WAITING = "waiting"
    LATE = "late"
    DONE = "done"

    @property
    def label(self) -> str:
        return str(_FILTER_LABELS[self])


_FILTER_LABELS = {
    CheckFilter.WAITING: _l("기다리는 확인"),
    CheckFilter.LATE: _l("기한이 지난 확인"),
    CheckFilter.DONE: _l("마친 확인"),
}


@dataclass(frozen=True)
class CheckRow:
    """A check as the list shows it."""

    check: EverydayCheck
    details: EverydayDetails | None
    is_held: bool
    """A moderator has to read the idea first: it is one of many near-copies."""


@dataclass(frozen=True)
class CheckPage:
    """One page of the list. `counts` are those of the filters, whatever kind is chosen."""

    rows: Sequence[CheckRow]
    counts: dict[CheckFilter, int]
    page: int
    has_more: bool


@dataclass(frozen=True)
class AnsweredBefore:
    """What became of an earlier idea: its letter and the answer, or why it was not sent."""

    referral: Referral | None = None
    answer: Answer | None = None
    refused: EverydayCheck | None = None


def has_checks(campaign: Campaign) -> bool:
    """Return whether the ideas of a campaign are checked on their own."""
    return campaign.kind is CampaignKind.EVERYDAY


def check_of(idea: Idea) -> EverydayCheck | None:
    """Return an idea's check, with its letter and the idea it was merged into; no query for other campaigns."""
    if not has_checks(idea.campaign):
        return None
    query = (
        sa.select(EverydayCheck)
        .where(EverydayCheck.idea_id == idea.id)
        .options(
            joinedload(EverydayCheck.referral)
            .selectinload(Referral.assignments)
            .joinedload(MinistryAssignment.ministry),
        )
    )
    return db.session.scalar(query)


def get_check(idea_id: int) -> EverydayCheck:
    """Return a check with its idea, for the analysts.

    :raise NotFound: there is none
    """
    query = (
        sa.select(EverydayCheck)
        .where(EverydayCheck.idea_id == idea_id)
        .options(
            joinedload(EverydayCheck.idea).joinedload(Idea.campaign),
            joinedload(EverydayCheck.idea).joinedload(Idea.tally),
            joinedload(EverydayCheck.idea).joinedload(Idea.author).joinedload(Participant.account),
        )
    )
    check = db.session.scalar(query)
    if check is None:
        raise NotFound(_("그런 확인이 없어요."))
    return check


def details_of(idea_id: int) -> EverydayDetails | None:
    return db.session.get(EverydayDetails, idea_id)


def visible_photos(idea_id: int) -> Sequence[IdeaPhoto]:
    """Return the photos of an idea that everybody sees, in their order."""
    query = sa.select(IdeaPhoto).where(IdeaPhoto.idea_id == idea_id, IdeaPhoto.state == PhotoState.VISIBLE)
    return db.session.scalars(query.order_by(IdeaPhoto.position)).all()


def is_held(idea: Idea) -> bool:
    """Return whether a moderator has to read the idea before anybody sees it."""
    return bool(db.session.scalar(sa.select(_held(sa.literal(idea.id)))))


def check_page(which: CheckFilter, kind: EverydayKind | None, page: int, size: int) -> CheckPage:
    """Return a page of checks: waiting ones by due date, the late ones first; done ones by day, the newest first.

    :param kind: of this kind only
    :param page: from 1
    """
    query = (
        sa.select(EverydayCheck, EverydayDetails, _held(EverydayCheck.idea_id))
        .join(Idea, Idea.id == EverydayCheck.idea_id)
        .outerjoin(EverydayDetails, EverydayDetails.idea_id == EverydayCheck.idea_id)
        .where(_in_filter(which))
        .options(
            joinedload(EverydayCheck.idea).joinedload(Idea.campaign),
            joinedload(EverydayCheck.idea).joinedload(Idea.tally),
        )
    )
    if kind is not None:
        query = query.where(EverydayDetails.kind == kind)
    order: tuple[Any, ...] = (EverydayCheck.due_on, EverydayCheck.idea_id)
    if which is CheckFilter.DONE:
        order = (EverydayCheck.decided_at.desc(), EverydayCheck.idea_id.desc())
    found = db.session.execute(query.order_by(*order).offset((page - 1) * size).limit(size + 1)).all()
    rows = [CheckRow(check, details, bool(held)) for check, details, held in found[:size]]
    return CheckPage(rows, check_counts(), page, len(found) > size)


def check_counts() -> dict[CheckFilter, int]:
    """Return how many checks each filter has, in one statement."""
    query = (
        sa.select(*(sa.func.coalesce(sa.func.sum(sa.case((_in_filter(one), 1), else_=0)), 0) for one in CheckFilter))
        .select_from(EverydayCheck)
        .join(Idea, Idea.id == EverydayCheck.idea_id)
    )
    return dict(zip(CheckFilter, map(int, db.session.execute(query).one()), strict=True))


def n_waiting_checks() -> tuple[int, int]:
    """Return how many checks wait, and how many of them are late."""
    query = (
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((EverydayCheck.due_on < clock.today(), 1), else_=0)), 0),
        )
        .select_from(EverydayCheck)
        .join(Idea, Idea.id == EverydayCheck.idea_id)
        .where(_in_filter(CheckFilter.WAITING))
    )
    waiting, late = db.session.execute(query).one()
    return int(waiting), int(late)


def _in_filter(which: CheckFilter) -> sa.ColumnElement[bool]:
    """Needs `EverydayCheck` joined to `Idea`. A check whose idea is gone is done, also before the keeper closes it."""
    is_there = sa.or_(Idea.state.in_(SHOWN_STATES), _held(EverydayCheck.idea_id))
    waits = sa.and_(EverydayCheck.outcome.is_(None), is_there)
    if which is CheckFilter.DONE:
        return EverydayCheck.outcome.in_((CheckOutcome.SENT, CheckOutcome.SAME, CheckOutcome.NOT_HERE))
    return sa.and_(waits, EverydayCheck.due_on < clock.today()) if which is CheckFilter.LATE else waits


def _held(idea_id: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Hiding.text_kind == Idea.__tablename__, Hiding.text_id == idea_id, Hiding.lifted_at.is_(None), Hiding.is_held
    )


def themes_with(idea_id: int) -> Sequence[Theme]:
    """Return the themes that hold an idea, drafts and approved ones, the newest first."""
    query = (
        sa.select(Theme)
        .join(ThemeIdea, ThemeIdea.theme_id == Theme.id)
        .where(ThemeIdea.idea_id == idea_id, Theme.state.in_((ThemeState.DRAFT, ThemeState.APPROVED)))
        .order_by(Theme.id.desc())
    )
    return db.session.scalars(query).all()


def answered_before(idea_ids: Collection[int]) -> dict[int, AnsweredBefore]:
    """Return what became of these ideas, by id, in three statements; those of which nothing is known are left out.

    Of several letters the newest one counts.
    """
    wanted = sorted(set(idea_ids))
    if not wanted:
        return {}
    letters = (
        sa.select(ReferralIdea.idea_id, Referral)
        .join(Referral, Referral.id == ReferralIdea.referral_id)
        .where(ReferralIdea.idea_id.in_(wanted))
        .options(
            selectinload(Referral.assignments).joinedload(MinistryAssignment.ministry),
            selectinload(Referral.answers),
        )
        .order_by(Referral.id)
    )
    found = {
        idea_id: AnsweredBefore(referral, referral.published_answer)
        for idea_id, referral in db.session.execute(letters)
    }
    refused = sa.select(EverydayCheck).where(
        EverydayCheck.idea_id.in_(wanted), EverydayCheck.outcome == CheckOutcome.NOT_HERE
    )
    for check in db.session.scalars(refused):
        found.setdefault(check.idea_id, AnsweredBefore(refused=check))
    return found


def short_answers(answer_ids: Iterable[int]) -> dict[int, ShortAnswer]:
    """Return the short answers among these answers, by id."""
    ids = list(answer_ids)
    if not ids:
        return {}
    return {
        one.answer_id: one for one in db.session.scalars(sa.select(ShortAnswer).where(ShortAnswer.answer_id.in_(ids)))
    }


def current_kind(referral_id: int) -> ShortAnswerKind | None:
    """Return the kind of the letter's present answer; None without a short one."""
    query = (
        sa.select(ShortAnswer.kind)
        .join(Answer, Answer.id == ShortAnswer.answer_id)
        .where(Answer.referral_id == referral_id, is_current_answer())
    )
    return db.session.scalar(query)


def answer_photos(answer_ids: Iterable[int]) -> dict[int, list[AnswerPhoto]]:
    """Return the photos of these answers in their order, by the answer's id."""
    ids, found = list(answer_ids), dict[int, list[AnswerPhoto]]()
    query = sa.select(AnswerPhoto).where(AnswerPhoto.answer_id.in_(ids)).order_by(AnswerPhoto.position)
    for photo in db.session.scalars(query) if ids else ():
        found.setdefault(photo.answer_id, []).append(photo)
    return found


def get_answer_photo(photo_id: int) -> AnswerPhoto:
    """Return a photo with its blob, its answer and the answer's letter. The caller asks who may see it.

    :raise NotFound:
    """
    query = (
        sa.select(AnswerPhoto)
        .where(AnswerPhoto.id == photo_id)
        .options(
            joinedload(AnswerPhoto.blob),
            joinedload(AnswerPhoto.answer).joinedload(Answer.referral).selectinload(Referral.assignments),
        )
    )
    photo = db.session.scalar(query)
    if photo is None:
        raise NotFound(_("그런 사진이 없어요."))
    return photo


def is_on_short_path(referral: Referral) -> bool:
    """Return whether a letter ended a check, so that its answer is a short one; no query for other campaigns."""
    if not has_checks(referral.theme.campaign):
        return False
    return bool(db.session.scalar(sa.select(sa.exists().where(EverydayCheck.referral_id == referral.id))))


def unchecked_ideas(campaign_id: int | None = None) -> Sequence[Idea]:
    """Return open ideas of everyday campaigns without a check that no letter quotes, by id."""
    query = (
        sa.select(Idea)
        .join(Campaign, Campaign.id == Idea.campaign_id)
        .where(Campaign.kind == CampaignKind.EVERYDAY, Idea.state == IdeaState.OPEN)
        .where(~sa.exists().where(EverydayCheck.idea_id == Idea.id))
        .where(~sa.exists().where(ReferralIdea.idea_id == Idea.id))
        .order_by(Idea.id)
    )
    if campaign_id is not None:
        query = query.where(Idea.campaign_id == campaign_id)
    return db.session.scalars(query).all()


def stale_checks() -> list[int]:
    """Return the ideas whose checks have to be closed or opened again, because of what became of an idea."""
    target = aliased(Idea)
    is_quoted = sa.exists().where(ReferralIdea.idea_id == target.id)
    is_gone = sa.and_(
        EverydayCheck.outcome.is_(None),
        Idea.state.in_((IdeaState.WITHDRAWN, IdeaState.HIDDEN)),
        ~_held(EverydayCheck.idea_id),
    )
    is_back = sa.and_(EverydayCheck.outcome.in_((CheckOutcome.CLOSED, CheckOutcome.SAME)), Idea.state == IdeaState.OPEN)
    lost_target = sa.and_(
        EverydayCheck.outcome == CheckOutcome.SAME,
        Idea.state == IdeaState.MERGED,
        target.state.not_in(SHOWN_STATES),
        ~is_quoted,
    )
    query = (
        sa.select(EverydayCheck.idea_id)
        .join(Idea, Idea.id == EverydayCheck.idea_id)
        .outerjoin(target, target.id == Idea.merged_into_id)
        .where(sa.or_(is_gone, is_back, lost_target))
        .order_by(EverydayCheck.idea_id)
    )
    return list(db.session.scalars(query))
