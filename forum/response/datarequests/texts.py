"""Purposes of requests as texts of people: reported, hidden, appealed, masked and left behind."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.links import path_for
from forum.response.datarequests.models import DataRequest, RequestAppeal, RequestReview, RequestState
from forum.response.datarequests.queries import is_shown, review_is_shown, shown
from forum.system.texts.flagged import HiddenByFlag
from forum.system.texts.registry import Place, Words

GONE = _l("(쓴 사람이 지운 글)")
DECIDED = (RequestState.APPROVED, RequestState.REFUSED, RequestState.REVOKED)


class RequestKind(HiddenByFlag):
    """What people want restricted data for. Who works with it and how it is kept safe is read by the parties alone."""

    code, path_name, label = DataRequest.__tablename__, "data-requests", _l("자료 신청")
    model = DataRequest
    found_by_search = False

    def words(self, text: DataRequest) -> Words:
        return Words("", text.purpose)

    def place(self, text: DataRequest) -> Place:
        path = path_for("datarequests.show", request_id=text.id)
        return Place(text.dataset.title, path, text.need.campaign if text.need else None)

    def state_label(self, text: DataRequest) -> str:
        return _("숨김") if text.is_hidden else text.state.label

    def is_reachable(self, text: DataRequest) -> bool:
        return is_shown(text.id)

    def revision(self, text: DataRequest) -> int:
        return text.revision

    def shown(self) -> sa.ColumnElement[bool]:
        return shown()

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        """What is reviewed goes; an approval ends. What was decided stays, without what only the parties read."""
        own = DataRequest.author_id == participant_id
        open_ = DataRequest.state == RequestState.REVIEW
        given = {"state": RequestState.WITHDRAWN, "closed_at": clock.now()}
        no_words = {"users": "", "safeguards": ""}
        mine = sa.select(DataRequest.id).where(own)
        statements: list[Any] = [
            sa.update(DataRequest).where(own, open_).values(state=RequestState.REMOVED, purpose="", **no_words),
            sa.update(DataRequest).where(own, DataRequest.state == RequestState.APPROVED).values(**given),
            sa.update(DataRequest).where(own).values(**no_words),
            sa.update(RequestAppeal).where(RequestAppeal.request_id.in_(mine)).values(reason=""),
        ]
        if not keep_words:
            kept = DataRequest.state != RequestState.REMOVED
            statements.append(sa.update(DataRequest).where(own, kept).values(purpose=str(GONE)))
        for statement in statements:
            db.session.execute(statement.execution_options(synchronize_session=False))
        db.session.expire_all()

    def hand_over(self, from_participant: int, to_participant: int) -> None:
        """Guests ask for no data."""

    def word_columns(self) -> tuple[Any, ...]:
        return (DataRequest.purpose,)


class ReviewKind(HiddenByFlag):
    """What members of the panel say about a request. Marks and verdict stay where the words are hidden."""

    code, path_name, label = RequestReview.__tablename__, "data-reviews", _l("자료 신청의 심사 의견")
    model = RequestReview
    found_by_search = False

    def words(self, text: RequestReview) -> Words:
        return Words("", text.words)

    def place(self, text: RequestReview) -> Place:
        path = path_for("datarequests.show", request_id=text.request_id)
        return Place(text.request.dataset.title, path, text.request.need.campaign if text.request.need else None)

    def state_label(self, text: RequestReview) -> str:
        return _("숨김") if text.is_hidden else text.verdict.label

    def is_reachable(self, text: RequestReview) -> bool:
        return not text.is_hidden and is_shown(text.request_id)

    def shown(self) -> sa.ColumnElement[bool]:
        return review_is_shown()

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        """The verdict stays: a decision rests on it."""
        if not keep_words:
            own = sa.update(RequestReview).where(RequestReview.author_id == participant_id).values(words=str(GONE))
            db.session.execute(own.execution_options(synchronize_session=False))
        db.session.expire_all()

    def hand_over(self, from_participant: int, to_participant: int) -> None:
        """Guests do not sit on the panel."""

    def word_columns(self) -> tuple[Any, ...]:
        return (RequestReview.words,)
