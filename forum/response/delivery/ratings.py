"""Rate a milestone that its ministry marked done: once for each person and round, changed while the round is open."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import insert_or_ignore
from forum.core.errors import Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.privacy import mask
from forum.core.text import clean_text, refuse_resident_numbers
from forum.response.delivery.models import (
    MAX_COMMENT_CHARS,
    MAX_HELPS,
    Happened,
    MilestoneRating,
    RatingRound,
    RatingState,
)
from forum.response.delivery.permissions import can_rate, why_not_rate
from forum.response.delivery.queries import may_rate
from forum.response.referrals.models import Milestone
from forum.system.texts.flood import is_flood
from forum.system.texts.limits import count_by_network, count_by_person
from forum.voice.moderation.services import hold

NO_OPINION = "none"
HELPS = {NO_OPINION: None} | {str(value): value for value in range(MAX_HELPS + 1)}
"""What a page sends -> the score; None: no opinion."""
TOOK_NO_PART = _l(
    "이 약속이 나온 주제에 제안을 쓰거나 투표한 사람이 평가해요. 부처가 다 했다고 알린 뒤에 한 투표는 세지 않아요."
)
ENDED = _l("이 평가는 끝났어요. 부처가 아직 하는 중이라고 했거나, 답변이 바뀌었어요. 쓴 글은 아래에 남아 있어요.")
ANEW = _l("그사이에 부처가 다시 다 했다고 알려서 새로 묻고 있어요. 쓴 것은 그대로 있으니 보고 다시 보내 주세요.")
CHANGED = _l("다른 화면에서 이 평가를 먼저 냈거나 고쳤어요. 아래에 지금 낸 평가가 있으니 보고 다시 보내 주세요.")


@dataclass(frozen=True)
class TypedRating:
    """What somebody chose and typed. `happened` is the name of a `Happened`, `helps` a key of `HELPS`."""

    happened: str
    helps: str
    comment: str

    def checked(self) -> Said:
        """Return the values, the comment masked as it is published.

        :raise InvalidInput: nothing chosen, or a comment that `forum.core.text` refuses; all mistakes at once
        """
        mistakes, comment = Mistakes(), ""
        if self.happened not in Happened.__members__:
            mistakes.add("happened", _("하나를 골라 주세요."))
        if self.helps not in HELPS:
            mistakes.add("helps", _("0부터 10 사이의 점수나 ‘의견 없음’을 골라 주세요."))
        with mistakes.noted():
            comment = clean_text(self.comment, "comment", _("의견"), max_chars=MAX_COMMENT_CHARS, min_chars=0)
            refuse_resident_numbers(comment, "comment")
        mistakes.raise_if_any()
        return Said(Happened[self.happened], HELPS[self.helps], mask(comment).text)


@dataclass(frozen=True)
class Said:
    """A rating as it is stored."""

    happened: Happened
    helps: int | None
    comment: str

    def is_said_by(self, rating: MilestoneRating) -> bool:
        return (rating.happened, rating.helps, rating.comment) == (self.happened, self.helps, self.comment)


def rate(
    milestone: Milestone,
    actor: Actor,
    typed: TypedRating,
    *,
    seen_round: int,
    seen_revision: int,
    address: str | None = None,
) -> MilestoneRating:
    """Rate a milestone, or change one's rating of it. The caller commits.

    The same rating sent again, as by a double click, changes nothing. Its comment is a text of people: one of many
    near-copies is hidden until a moderator has read it.

    :param seen_round: id of the round that the page showed
    :param seen_revision: revision of one's rating that the page showed; 0: there was none
    :param address: IP address of the request; None for commands, which are not counted
    :raise Forbidden: a visitor, guest or staff account, a child who waits, or somebody who took no part before
    :raise TooManyTexts: the person or the network has sent too many ratings
    :raise WrongState: the round has ended, another one is open, or the rating was changed since
    :raise InvalidInput: as `TypedRating.checked`
    """
    require(can_rate(actor), why_not_rate(actor))
    said = typed.checked()
    count_by_person(MilestoneRating.__tablename__, actor)
    found = _lock_open_round(milestone)
    require(can_rate(actor), why_not_rate(actor))
    if found is None:
        raise WrongState(str(ENDED))
    if found.id != seen_round:
        raise WrongState(str(ANEW))
    require(may_rate(actor.participant_id, found), str(TOOK_NO_PART))
    assert actor.participant_id is not None
    rating = _write(found.id, actor.participant_id, said, seen_revision)
    if rating.comment and rating.state is RatingState.VISIBLE and is_flood(rating):
        hold(rating)
    count_by_network(MilestoneRating.__tablename__, address)
    return rating


def _lock_open_round(milestone: Milestone) -> RatingRound | None:
    """Lock and return the open round. A shared lock: ratings wait for an end of the round, not for each other."""
    query = sa.select(RatingRound).where(RatingRound.milestone_id == milestone.id, RatingRound.ended_at.is_(None))
    locked = query.with_for_update(of=RatingRound, read=True).execution_options(populate_existing=True)
    return db.session.scalar(locked)


def _write(round_id: int, participant_id: int, said: Said, seen_revision: int) -> MilestoneRating:
    """:raise WrongState: there is a rating that the page did not show, or another revision of it"""
    rating = _lock_own(round_id, participant_id)
    if rating is None:
        now = clock.now()
        values = {"round_id": round_id, "author_id": participant_id, "created_at": now, "updated_at": now}
        values |= {"happened": said.happened, "helps": said.helps, "comment": said.comment}
        values |= {"state": RatingState.VISIBLE, "revision": 1}
        insert = insert_or_ignore(db.session, MilestoneRating).values(values)
        is_new = db.session.scalar(insert.returning(MilestoneRating.id)) is not None
        rating = _lock_own(round_id, participant_id)  # another request's, if it was quicker
        assert rating is not None
        if is_new:
            return rating
    if said.is_said_by(rating):
        return rating
    if rating.revision != seen_revision:
        raise WrongState(str(CHANGED))
    rating.happened, rating.helps, rating.comment = said.happened, said.helps, said.comment
    rating.updated_at, rating.revision = clock.now(), rating.revision + 1
    db.session.flush()
    return rating


def _lock_own(round_id: int, participant_id: int) -> MilestoneRating | None:
    query = sa.select(MilestoneRating).where(
        MilestoneRating.round_id == round_id, MilestoneRating.author_id == participant_id
    )
    return db.session.scalar(query.with_for_update(of=MilestoneRating).execution_options(populate_existing=True))
