"""The people of a room say whether its minutes are right; a majority of those who answer decides.

Nobody sees who answered what: the organiser reads counts, and the words of objections.
"""

from __future__ import annotations

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import affected
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.text import clean_text, refuse_resident_numbers
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.minutes import mails
from forum.deliberation.minutes.models import PUBLISHED_STATES, GatheringMinutes, MinutesAnswer, MinutesState
from forum.deliberation.minutes.permissions import can_answer
from forum.deliberation.minutes.queries import answer_counts, answer_of, entry_in_room, n_asked
from forum.deliberation.minutes.services import lock_minutes
from forum.deliberation.minutes.texts import MinutesKind, ObjectionKind
from forum.deliberation.minutes.vouching import MINUTES
from forum.system.audit.services import record
from forum.system.texts.limits import count_by_network, count_by_person

MIN_OBJECTION_CHARS, MAX_OBJECTION_CHARS = 5, 500
ROOM_ONLY = _l("이 모임에서 출석을 확인한 사람만 답할 수 있어요.")


def answer_minutes(
    minutes: GatheringMinutes, actor: Actor, agrees: bool | None, words: str, address: str | None = None
) -> MinutesAnswer:
    """Record what one person of the room says, in place of what they said before in this round. The caller commits.

    Once everybody has answered, the minutes are decided.

    :param agrees: None if nothing was chosen
    :param words: what is not right; printed with the minutes, without a name
    :param address: IP address of the request, for the limit of its network
    :return: the answer, flushed
    :raise Forbidden: nobody of the room, or a child without consent
    :raise TooManyTexts: the person or the network has sent too many
    :raise InvalidInput: nothing chosen, an objection without words or words without an objection
    :raise WrongState: the room is not asked (any more), the minutes were hidden, or the objection was
    """
    gathering = minutes.gathering
    require(can_answer(actor, gathering, entry_in_room(actor, gathering.id)), ROOM_ONLY)
    objection = _checked(agrees, words)
    count_by_person(MinutesAnswer.__tablename__, actor)
    lock_minutes(minutes)
    entry = entry_in_room(actor, gathering.id)  # a check-in may have been taken back meanwhile, or the lists deleted
    require(can_answer(actor, gathering, entry), ROOM_ONLY)
    assert entry is not None
    if minutes.state is not MinutesState.ASKED or minutes.closes_at is None or clock.now() >= minutes.closes_at:
        raise WrongState(_("지금은 회의록을 확인받는 때가 아니에요."))
    if minutes.is_hidden or gathering.is_hidden:
        raise WrongState(_("운영진이 숨긴 회의록이에요."))
    answer = answer_of(minutes, entry, actor.participant_id)
    if answer is None:
        answer = MinutesAnswer(minutes_id=minutes.id, round=minutes.round, entry_id=entry.id)
        db.session.add(answer)
    elif answer.is_hidden:
        raise WrongState(_("운영진이 숨긴 글이라 고칠 수 없어요."))
    answer.agrees, answer.objection, answer.author_id = bool(agrees), objection, actor.participant_id
    db.session.flush()
    count_by_network(MinutesAnswer.__tablename__, address)
    if answer_counts(minutes).n_answered >= n_asked(gathering):
        _decide(minutes)
    return answer


def decide_minutes(minutes: GatheringMinutes) -> bool:
    """Decide minutes whose time has come, and publish them unless the room refused. The caller commits.

    :return: False if there was nothing to decide, such as when another worker was faster
    """
    lock_minutes(minutes)
    is_over = minutes.closes_at is not None and clock.now() >= minutes.closes_at
    if minutes.state is not MinutesState.ASKED or not is_over:
        return False
    _decide(minutes)
    return True


def fold_answers(from_participant: int, to_participant: int) -> None:
    """Delete what a guest agreed to in a round that is open, if the account has answered it too. The caller commits.

    Before the pass is joined to the account: who answered as both has then answered once. An objection stays beside the
    account's own answer, and so does what was decided. The texts' kind hands over what is left.
    """
    own = sa.select(MinutesAnswer).where(MinutesAnswer.author_id == from_participant).order_by(MinutesAnswer.id)
    for answer in db.session.scalars(own.with_for_update(of=MinutesAnswer)).all():
        twice = sa.select(MinutesAnswer.id).where(
            MinutesAnswer.minutes_id == answer.minutes_id,
            MinutesAnswer.round == answer.round,
            MinutesAnswer.author_id == to_participant,
        )
        is_open = answer.minutes.state is MinutesState.ASKED
        if is_open and answer.agrees and not answer.is_hidden and db.session.scalar(twice) is not None:
            db.session.delete(answer)
    db.session.flush()


def take_back_texts(participant_id: int) -> None:
    """Delete the words of a guest who takes everything back: quotes of their ideas, and their objections.

    That somebody answered stays, without a name. The caller commits.
    """
    for kind in (MinutesKind(), ObjectionKind()):
        kind.leave_behind(participant_id, keep_words=False)


def forget_who_answered(gathering: Gathering) -> int:
    """Delete whose the answers of a gathering are, on the day its lists are deleted. The caller commits.

    :return: how many answers had a person
    """
    of_gathering = sa.select(GatheringMinutes.id).where(GatheringMinutes.gathering_id == gathering.id)
    known = sa.and_(MinutesAnswer.minutes_id.in_(of_gathering), MinutesAnswer.author_id.is_not(None))
    gone = sa.update(MinutesAnswer).where(known).values(author_id=None)
    return affected(db.session.execute(gone.execution_options(synchronize_session=False)))


def _decide(minutes: GatheringMinutes) -> None:
    counts = answer_counts(minutes)
    before = {"state": minutes.state.value}
    minutes.state, minutes.decided_at = counts.outcome, clock.now()
    minutes.revision += 1
    minutes.updated_at = clock.now()
    db.session.flush()
    after = {
        "state": minutes.state.value,
        "round": minutes.round,
        "answered": counts.n_answered,
        "agreed": counts.n_agree,
    }
    record(SYSTEM, "minutes.decide", minutes, before=before, after=after, facts=MINUTES.of([minutes.id]))
    if minutes.state not in PUBLISHED_STATES:
        mails.tell_of_refusal(minutes)
    elif minutes.is_published and minutes.gathering.is_public:
        mails.tell_of_publication(minutes)


def _checked(agrees: bool | None, words: str) -> str:
    if agrees is None:
        raise InvalidInput({"agrees": _("맞는지, 다른 점이 있는지 골라 주세요.")})
    called = _("다른 점")
    if agrees:
        if words.strip():
            raise InvalidInput({"objection": _("다른 점을 쓰려면 ‘다른 점이 있어요’를 골라 주세요.")})
        return ""
    text = clean_text(words, "objection", called, max_chars=MAX_OBJECTION_CHARS, min_chars=MIN_OBJECTION_CHARS)
    refuse_resident_numbers(text, "objection")
    return text
