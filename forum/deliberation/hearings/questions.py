"""Questions sent ahead, which of them people want asked, and what was answered."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import affected, insert_or_ignore
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.privacy import mask
from forum.core.text import clean_text, refuse_resident_numbers
from forum.deliberation.council.permissions import SECRETARIAT_ONLY
from forum.deliberation.council.queries import seat_of
from forum.deliberation.hearings.facts import ANSWERS
from forum.deliberation.hearings.mails import notify_of_answer
from forum.deliberation.hearings.models import Hearing, HearingQuestion, HearingState, QuestionVote
from forum.deliberation.hearings.permissions import NOT_ASKING, can_ask, can_run_hearing, can_vote_question
from forum.deliberation.hearings.planning import add_file, checked_url, lock_hearing, lock_planned
from forum.deliberation.rounds.locking import CHANGED_MEANWHILE
from forum.system.audit.services import record, text_hash
from forum.system.texts.limits import count_by_network, count_by_person
from forum.web.uploads import Upload

MAX_QUESTION_CHARS = 300
MAX_ANSWER_CHARS = 3_000


def ask_question(hearing: Hearing, actor: Actor, text: str, address: str | None = None) -> HearingQuestion:
    """Send a question ahead; the same words of one person twice are one question. The caller commits.

    :param address: of the request; None for commands
    :raise Forbidden: neither a citizen who may take part nor a member
    :raise WrongState: the hearing is over
    :raise InvalidInput: no text, too long, or a resident registration number
    :raise TooManyTexts: too many in a short time
    """
    seat = seat_of(actor, hearing.task.round.term_id)
    require(can_ask(actor, seat), str(NOT_ASKING))
    text = clean_text(text, "text", _("질문"), max_chars=MAX_QUESTION_CHARS)
    refuse_resident_numbers(text, "text")
    count_by_person(HearingQuestion.__tablename__, actor)
    lock_planned(hearing)
    seat = seat_of(actor, hearing.task.round.term_id)
    require(can_ask(actor, seat), str(NOT_ASKING))
    assert actor.participant_id is not None
    own = HearingQuestion.hearing_id == hearing.id, HearingQuestion.author_id == actor.participant_id
    masked = mask(text).text
    known = db.session.scalar(sa.select(HearingQuestion).where(*own, HearingQuestion.text == masked).limit(1))
    if known is not None:
        return known
    question = HearingQuestion(
        hearing_id=hearing.id,
        author_id=actor.participant_id,
        of_member=seat is not None,
        text=text,
        text_typed=text if masked != text else None,
    )
    question.hearing = hearing
    db.session.add(question)
    db.session.flush()
    count_by_network(HearingQuestion.__tablename__, address)
    return question


def vote_question(question: HearingQuestion, actor: Actor, wants: bool) -> None:
    """Say that one wants a question asked, or no more. Twice is once. The caller commits.

    :raise Forbidden: neither a citizen who may take part nor a member; or it is the own question
    :raise WrongState: the hearing is over
    """
    seat = seat_of(actor, question.hearing.task.round.term_id)
    require(can_vote_question(actor, seat), str(NOT_ASKING))
    require(actor.participant_id != question.author_id, _("내 질문에는 투표하지 않아요."))
    lock_planned(question.hearing)
    lock_question(question)
    key = {"question_id": question.id, "participant_id": actor.participant_id}
    if wants:
        values = key | {"cast_at": clock.now()}
        inserted = insert_or_ignore(db.session, QuestionVote).values(values).returning(QuestionVote.question_id)
        change = 1 if db.session.execute(inserted).first() else 0
    else:
        own = sa.delete(QuestionVote).where(
            QuestionVote.question_id == question.id, QuestionVote.participant_id == actor.participant_id
        )
        change = -affected(db.session.execute(own.execution_options(synchronize_session=False)))
    if change:
        counted = sa.update(HearingQuestion).where(HearingQuestion.id == question.id)
        counted = counted.values(n_votes=HearingQuestion.n_votes + change)
        db.session.execute(counted.execution_options(synchronize_session=False))
        db.session.refresh(question)


def answer_question(
    question: HearingQuestion, actor: Actor, text: str, url: str = "", upload: Upload | None = None, *, seen: int
) -> None:
    """Record what was answered, as text with a link or a file. The caller commits.

    :param seen: revision of the question that the page showed
    :raise Forbidden: only the secretariat
    :raise WrongState: the hearing is cancelled, or the question was changed since
    :raise InvalidInput: no text
    """
    require(can_run_hearing(actor), str(SECRETARIAT_ONLY))
    text = clean_text(text, "answer", _("답변"), max_chars=MAX_ANSWER_CHARS)
    refuse_resident_numbers(text, "answer")
    url = checked_url(url, "answer_url")
    lock_hearing(question.hearing)
    lock_question(question)
    if question.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
    if question.hearing.state is HearingState.CANCELLED:
        raise WrongState(_("취소한 설명이에요."))
    is_new = question.answered_at is None
    question.answer, question.answer_url = text, url
    question.answered_at, question.answered_by_id = clock.now(), actor.id
    question.revision += 1
    db.session.flush()
    add_file(question.hearing, actor, upload, question_id=question.id)
    after = {"revision": question.revision, "answer": text_hash(text)}
    record(actor, "hearings.answer", question, after=after, facts=ANSWERS.of([question.id]))
    if is_new:
        notify_of_answer(question)


def lock_question(question: HearingQuestion) -> None:
    """Lock a question after its hearing.

    :raise WrongState: it was hidden meanwhile
    """
    db.session.refresh(question, with_for_update={"of": HearingQuestion})
    if question.is_hidden:
        raise WrongState(_("숨겨진 질문이에요."))
