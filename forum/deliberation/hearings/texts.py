"""The three kinds of text of this slice: what proposers say in writing, questions sent ahead, and signed opinions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.links import path_for
from forum.deliberation.hearings.models import (
    Hearing,
    HearingFile,
    HearingInvitation,
    HearingQuestion,
    HearingState,
    HearingWay,
    InvitationState,
    QuestionVote,
    SignedOpinion,
)
from forum.deliberation.hearings.queries import has_consent
from forum.deliberation.rounds.models import CouncilRound
from forum.system.texts.flagged import HiddenByFlag
from forum.system.texts.registry import Place, Words

GONE = _l("(쓴 사람이 지운 글)")
GONE_NAME = _l("(지운 이름)")


class _HearingText(HiddenByFlag):
    """What the three have in common."""

    found_by_search = False

    def state_label(self, text: Any) -> str:
        return _("숨김") if text.is_hidden else _("공개")

    def revision(self, text: Any) -> int:
        return int(text.revision)

    def hand_over(self, from_participant: int, to_participant: int) -> None:
        """Guests neither explain nor ask."""


class InvitationKind(_HearingText):
    """What proposers wrote who explain, at least who cannot come. A minor's needs a guardian's consent."""

    code, path_name, label = HearingInvitation.__tablename__, "hearing-statements", _l("직접 설명의 글")
    model = HearingInvitation

    def words(self, text: HearingInvitation) -> Words:
        return Words("", text.statement or _("(글 없음)"))

    def place(self, text: HearingInvitation) -> Place:
        return _place_of(text.hearing)

    def is_reachable(self, text: HearingInvitation) -> bool:
        is_shown = text.state is InvitationState.ACCEPTED and not text.is_hidden
        return is_shown and not text.lacks_consent and bool(text.statement)

    def shown(self) -> sa.ColumnElement[bool]:
        return sa.and_(
            ~HearingInvitation.is_hidden,
            HearingInvitation.state == InvitationState.ACCEPTED,
            HearingInvitation.statement != "",
            has_consent(),
        )

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        """What a person wrote goes unless they leave it; their documents and their guardian's address always go."""
        own = HearingInvitation.author_id == participant_id
        ids = sa.select(HearingInvitation.id).where(own)
        files = sa.delete(HearingFile).where(HearingFile.invitation_id.in_(ids))
        values: dict[str, Any] = {"guardian_email": None, "guardian_name": None, "video_url": ""}
        if not keep_words:
            values["statement"] = ""
        proxies = sa.case((HearingInvitation.way == HearingWay.PROXY, str(GONE_NAME)), else_="")
        gone = sa.update(HearingInvitation).where(own).values(**values, proxy_name=proxies)
        for statement in (files, gone, self._no_more_awaited(participant_id)):
            db.session.execute(statement.execution_options(synchronize_session=False))
        db.session.expire_all()

    def _no_more_awaited(self, participant_id: int) -> sa.Update:
        """Decline for somebody who left, at hearings to come, unless they left words that speak for them."""
        planned = sa.select(Hearing.id).where(Hearing.state == HearingState.PLANNED)
        is_silent = HearingInvitation.statement == ""
        awaited = sa.update(HearingInvitation).where(
            HearingInvitation.author_id == participant_id, HearingInvitation.hearing_id.in_(planned), is_silent
        )
        answered = sa.func.coalesce(HearingInvitation.answered_at, clock.now())
        return awaited.values(state=InvitationState.DECLINED, way=None, proxy_name="", answered_at=answered)

    def word_columns(self) -> tuple[Any, ...]:
        return (HearingInvitation.statement,)


class QuestionKind(_HearingText):
    """Questions sent ahead to a hearing."""

    code, path_name, label = HearingQuestion.__tablename__, "hearing-questions", _l("직접 설명에 보낸 질문")
    model = HearingQuestion

    def words(self, text: HearingQuestion) -> Words:
        return Words("", text.text)

    def words_as_typed(self, text: HearingQuestion) -> Words | None:
        return Words("", text.text_typed) if text.text_typed is not None else None

    def mask(self, text: HearingQuestion) -> bool:
        typed, is_masked = text.text, super().mask(text)
        if is_masked and text.text_typed is None:
            text.text_typed = typed
        return is_masked

    def place(self, text: HearingQuestion) -> Place:
        return _place_of(text.hearing)

    def shown(self) -> sa.ColumnElement[bool]:
        return ~HearingQuestion.is_hidden

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        """A question that was answered stays without its words; what one wanted asked counts no more."""
        own = HearingQuestion.author_id == participant_id
        values: dict[str, Any] = {"text_typed": None} | ({} if keep_words else {"text": str(GONE)})
        voted = sa.select(QuestionVote.question_id).where(QuestionVote.participant_id == participant_id)
        fewer = sa.update(HearingQuestion).where(HearingQuestion.id.in_(voted))
        statements = (
            fewer.values(n_votes=HearingQuestion.n_votes - 1),
            sa.delete(QuestionVote).where(QuestionVote.participant_id == participant_id),
            sa.update(HearingQuestion).where(own).values(**values),
        )
        for statement in statements:
            db.session.execute(statement.execution_options(synchronize_session=False))
        db.session.expire_all()

    def word_columns(self) -> tuple[Any, ...]:
        return (HearingQuestion.text,)


class OpinionKind(_HearingText):
    """Opinions that experts and groups signed."""

    code, path_name, label = SignedOpinion.__tablename__, "opinions", _l("전문가·단체 의견")
    model = SignedOpinion

    def words(self, text: SignedOpinion) -> Words:
        return Words(" · ".join(part for part in (text.name, text.affiliation) if part), text.text)

    def place(self, text: SignedOpinion) -> Place:
        if text.task is not None:
            path = path_for("rounds.task", task_id=text.task_id)
            return Place(text.task.title, path, text.task.round.campaign)
        assert text.theme is not None
        return Place(text.theme.title, path_for("themes.show", theme_id=text.theme_id), text.theme.campaign)

    def is_reachable(self, text: SignedOpinion) -> bool:
        return text.sent_at is not None and not text.is_hidden

    def shown(self) -> sa.ColumnElement[bool]:
        return sa.and_(~SignedOpinion.is_hidden, SignedOpinion.sent_at.is_not(None))

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        """A signed opinion stays unless its words go: then its name goes too. One that was not sent is no more."""
        own = SignedOpinion.author_id == participant_id
        sent = sa.update(SignedOpinion).where(own, SignedOpinion.sent_at.is_not(None))
        statements: list[Any] = [sa.delete(SignedOpinion).where(own, SignedOpinion.sent_at.is_(None))]
        if not keep_words:
            statements.append(sent.values(text=str(GONE), name=str(GONE_NAME), affiliation=""))
        for statement in statements:
            db.session.execute(statement.execution_options(synchronize_session=False))
        db.session.expire_all()

    def word_columns(self) -> tuple[Any, ...]:
        return (SignedOpinion.text,)


def _place_of(hearing: Hearing) -> Place:
    round_: CouncilRound = hearing.task.round
    return Place(hearing.task.title, path_for("hearings.show", hearing_id=hearing.id), round_.campaign)
