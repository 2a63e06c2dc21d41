"""The two kinds of text of this slice: minutes, and objections to them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.links import path_for
from forum.deliberation.gatherings.models import PUBLIC_STATES, Gathering
from forum.deliberation.minutes.models import PUBLISHED_STATES, GatheringMinutes, MinutesAnswer
from forum.deliberation.minutes.quotes import withdraw_all_of
from forum.system.texts.flagged import HiddenByFlag
from forum.system.texts.registry import Place, Words

DELETED = _l("글쓴이가 탈퇴하면서 지웠어요.")
SHOWN, HIDDEN = _l("공개"), _l("숨김")


class MinutesKind(HiddenByFlag):
    """Minutes of gatherings, by their organiser. Quotes of a person's ideas leave with the person's words."""

    code, path_name, label = GatheringMinutes.__tablename__, "minutes", _l("회의록")
    model = GatheringMinutes
    found_by_search = True

    def words(self, text: GatheringMinutes) -> Words:
        body = "\n".join(part for part in (text.summary, text.agreements, text.open_questions) if part)
        return Words(_("‘%(title)s’ 모임의 회의록", title=text.gathering.title), body)

    def place(self, text: GatheringMinutes) -> Place:
        path = path_for("minutes.show", gathering_id=text.gathering_id)
        return Place(self.words(text).title, path, text.gathering.campaign)

    def state_label(self, text: GatheringMinutes) -> str:
        return str(HIDDEN) if text.is_hidden else text.state.label

    def is_reachable(self, text: GatheringMinutes) -> bool:
        return text.is_published and text.gathering.is_public

    def revision(self, text: GatheringMinutes) -> int:
        return text.revision

    def shown(self) -> sa.ColumnElement[bool]:
        return sa.and_(GatheringMinutes.state.in_(PUBLISHED_STATES), ~GatheringMinutes.is_hidden)

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        if keep_words:
            return
        withdraw_all_of(participant_id)
        own = sa.select(GatheringMinutes).where(GatheringMinutes.author_id == participant_id)
        for minutes in db.session.scalars(own.order_by(GatheringMinutes.id)):
            minutes.summary, minutes.agreements, minutes.open_questions = str(DELETED), "", ""
        db.session.flush()

    def word_columns(self) -> tuple[Any, ...]:
        return GatheringMinutes.summary, GatheringMinutes.agreements, GatheringMinutes.open_questions


class ObjectionKind(HiddenByFlag):
    """Objections to minutes. They stand under them without a name; who agrees writes nothing."""

    code, path_name, label = MinutesAnswer.__tablename__, "objections", _l("회의록에 다른 점이 있다는 말")
    model = MinutesAnswer
    found_by_search = False

    def words(self, text: MinutesAnswer) -> Words:
        return Words("", text.objection)

    def place(self, text: MinutesAnswer) -> Place:
        path = path_for("minutes.show", gathering_id=text.minutes.gathering_id, _anchor=f"objection-{text.id}")
        title = _("‘%(title)s’ 모임의 회의록", title=text.minutes.gathering.title)
        return Place(title, path, text.minutes.gathering.campaign)

    def state_label(self, text: MinutesAnswer) -> str:
        return str(HIDDEN if text.is_hidden else SHOWN)

    def is_reachable(self, text: MinutesAnswer) -> bool:
        is_printed = not text.is_hidden and not text.agrees
        return is_printed and text.minutes.is_published and text.minutes.gathering.is_public

    def shown(self) -> sa.ColumnElement[bool]:
        return sa.and_(~MinutesAnswer.agrees, ~MinutesAnswer.is_hidden)

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        if keep_words:
            return
        own = sa.select(MinutesAnswer).where(MinutesAnswer.author_id == participant_id, ~MinutesAnswer.agrees)
        for answer in db.session.scalars(own.order_by(MinutesAnswer.id)):
            answer.objection = str(DELETED)
        db.session.flush()

    def word_columns(self) -> tuple[Any, ...]:
        return (MinutesAnswer.objection,)


def is_found(campaign_id: int | None = None) -> sa.ColumnElement[bool]:
    """Return the condition that visitors may read minutes joined with their gathering, in one campaign or in all."""
    can_be_read = sa.and_(
        GatheringMinutes.state.in_(PUBLISHED_STATES),
        ~GatheringMinutes.is_hidden,
        Gathering.state.in_(PUBLIC_STATES),
        ~Gathering.is_hidden,
    )
    return can_be_read if campaign_id is None else sa.and_(can_be_read, Gathering.campaign_id == campaign_id)
