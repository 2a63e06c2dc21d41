"""The verbs of moderation. An idea's row or a comment's is locked first, so that two members of staff, or a hiding and
a vote, come one after the other."""

from __future__ import annotations

import sqlalchemy as sa
from flask import current_app

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import affected
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.privacy import mask
from forum.core.text import clean_text, refuse_resident_numbers
from forum.people.accounts.models import Participant
from forum.system.audit.services import record, text_hash
from forum.voice.ideas.models import Comment, CommentOriginal, CommentState, Idea, IdeaOriginal, IdeaState, IdeaTally
from forum.voice.ideas.queries import Words
from forum.voice.moderation import mails
from forum.voice.moderation.models import AppealDecision, Hiding, Reason, Report, ShowReason
from forum.voice.moderation.permissions import can_appeal, can_decide_appeal, can_hide, can_report, why_not_report
from forum.voice.moderation.queries import (
    Thing,
    author_account,
    has_reported,
    is_hidden,
    open_hiding,
    other_moderators,
    reports_today,
)

WORDS_MAX_CHARS = 500
REVEAL_MIN_CHARS = 5


def report(thing: Thing, actor: Actor, reason: str, words: str = "") -> Report:
    """Say that something breaks the rules. The caller commits.

    :param reason: name of a Reason
    :raise Forbidden: visitors, officers, admins; one's own words
    :raise WrongState: reported before by this person, too many today, or hidden already
    :raise InvalidInput: no reason of the list, words that `forum.core.text` refuses
    """
    require(can_report(actor, thing), why_not_report(actor, thing))
    chosen, said = _reason(reason), _words(words, "words", min_chars=0)
    assert actor.participant_id is not None
    # The reporter's row is locked, so that the day's limit holds for requests at once.
    db.session.execute(sa.select(Participant.id).where(Participant.id == actor.participant_id).with_for_update())
    if is_hidden(thing):
        raise WrongState("이미 숨긴 글입니다.")
    if has_reported(actor, thing):
        raise WrongState("이미 신고하셨습니다. 운영진이 확인하고 있습니다.")
    if reports_today(actor.participant_id) >= current_app.config["REPORTS_PER_DAY"]:
        raise WrongState("오늘은 더 신고할 수 없습니다. 급한 일이라면 운영진에게 알려 주세요.")
    made = Report(reporter_id=actor.participant_id, reason=chosen, words=mask(said).text, **_key(thing))
    db.session.add(made)
    db.session.flush()
    return made


def hide(thing: Thing, actor: Actor, reason: str) -> Hiding:
    """Take something out of everybody's sight but its author's; the author is told. The caller commits.

    :raise Forbidden: not a moderator, or their own words
    :raise WrongState: hidden already
    :raise InvalidInput: no reason of the published list
    """
    require(can_hide(actor, thing), "운영진만, 자기 글이 아닌 것만 숨길 수 있습니다.")
    chosen = _reason(reason)
    _lock(thing)
    if is_hidden(thing):
        raise WrongState("이미 숨긴 글입니다.")
    hiding = Hiding(reason=chosen, hidden_by_id=actor.id, **_key(thing))
    if isinstance(thing, Idea):
        hiding.state_before, hiding.merged_into_before_id = thing.state, thing.merged_into_id
        thing.state, thing.merged_into_id, thing.updated_at = IdeaState.HIDDEN, None, clock.now()
    else:
        thing.state = CommentState.HIDDEN
        _count_comment(thing, -1)
    db.session.add(hiding)
    _settle_reports(thing)
    db.session.flush()
    record(actor, "moderation.hide", thing, after={"reason": chosen.name, "hiding": hiding.id})
    mails.notify_hidden(hiding)
    return hiding


def leave(thing: Thing, actor: Actor) -> int:
    """Look at the reports and leave the thing as it is. The caller commits.

    :return: how many reports were settled
    """
    require(can_hide(actor, thing), "운영진만, 자기 글이 아닌 것만 판단할 수 있습니다.")
    settled = _settle_reports(thing)
    record(actor, "moderation.leave", thing, after={"reports": settled})
    return settled


def show_again(thing: Thing, actor: Actor, reason: str) -> Hiding:
    """Put back what was hidden, as it was before; the author is told. The caller commits.

    :param reason: name of a ShowReason
    :raise Forbidden: not a moderator, or their own words
    :raise WrongState: it is not hidden, or the author's appeal waits for another member's decision
    """
    require(can_hide(actor, thing), "운영진만, 자기 글이 아닌 것만 다시 공개할 수 있습니다.")
    if reason not in ShowReason.__members__:
        raise InvalidInput({"reason": "목록에 있는 까닭을 골라 주세요."})
    hiding = _open(thing)
    if hiding.waits_for_decision:
        raise WrongState("글쓴이의 이의를 먼저 판단해 주세요.")
    _lift(hiding, thing, actor, ShowReason[reason])
    mails.notify_shown(hiding)
    return hiding


def appeal(hiding: Hiding, actor: Actor, words: str) -> None:
    """The author's one objection to a hiding. The caller commits.

    :raise Forbidden: somebody else's words
    :raise WrongState: objected before, or shown again already
    """
    require(can_appeal(actor, hiding), "내 글이 숨겨졌을 때만 이의를 낼 수 있습니다.")
    text = _words(words, "words", min_chars=5)
    db.session.refresh(hiding, with_for_update={"of": Hiding})
    if not hiding.is_open:
        raise WrongState("이미 다시 공개된 글입니다.")
    if hiding.appealed_at is not None:
        raise WrongState("이의는 한 번만 낼 수 있습니다.")
    hiding.appeal_text, hiding.appealed_at = mask(text).text, clock.now()
    db.session.flush()


def decide_appeal(hiding: Hiding, actor: Actor, decision: str, words: str) -> None:
    """Answer an objection, which shows the thing again or not; the author is told. The caller commits.

    :param decision: name of an AppealDecision
    :param words: the answer, which the author reads
    :raise Forbidden: not a moderator, or who hid it where there is another
    :raise WrongState: no objection waits
    """
    others = other_moderators(hiding.hidden_by_id)
    require(can_decide_appeal(actor, hiding, others), "숨긴 사람이 아닌 다른 운영진이 판단합니다.")
    if decision not in AppealDecision.__members__:
        raise InvalidInput({"decision": "계속 숨길지 다시 공개할지 골라 주세요."})
    answer = _words(words, "words", min_chars=2)
    _lock(hiding.thing)
    db.session.refresh(hiding, with_for_update={"of": Hiding})
    if not hiding.waits_for_decision or not hiding.is_open:
        raise WrongState("판단을 기다리는 이의가 없습니다.")
    hiding.appeal_decision = AppealDecision[decision]
    hiding.appeal_answer, hiding.appeal_decided_at, hiding.appeal_decided_by_id = answer, clock.now(), actor.id
    db.session.flush()
    decided = {"decision": hiding.appeal_decision.name, "hiding": hiding.id, "answer": text_hash(answer)}
    record(actor, "moderation.decide_appeal", hiding.thing, after=decided)
    if hiding.appeal_decision is AppealDecision.SHOWN:
        _lift(hiding, hiding.thing, actor, ShowReason.APPEAL)
    mails.notify_decided(hiding)


def reveal(thing: Thing, actor: Actor, words: str) -> Words:
    """The words as typed, personal data and all, for a member of staff with a reason that goes on record. The caller
    commits before showing them.

    :raise Forbidden: not a moderator
    :raise InvalidInput: no reason given
    :raise WrongState: nothing is masked in it
    """
    require(can_hide(actor, thing), "운영진만 볼 수 있습니다.")
    why = _words(words, "words", min_chars=REVEAL_MIN_CHARS)
    if isinstance(thing, Idea):
        idea = db.session.get(IdeaOriginal, thing.id)
        seen = Words(idea.title, idea.body) if idea else None
    else:
        comment = db.session.get(CommentOriginal, thing.id)
        seen = Words("", comment.body) if comment else None
    if seen is None:
        raise WrongState("이 글에는 가려진 곳이 없거나, 원문을 보관하지 않습니다.")
    record(actor, "moderation.reveal", thing, after={"why": text_hash(why)})
    return seen


def _open(thing: Thing) -> Hiding:
    _lock(thing)
    hiding = open_hiding(thing) if is_hidden(thing) else None
    if hiding is None:
        raise WrongState("숨긴 글이 아닙니다.")
    return hiding


def _lift(hiding: Hiding, thing: Thing, actor: Actor, reason: ShowReason) -> None:
    author = author_account(thing)
    if author is not None and author.waits_for_consent:
        raise WrongState("보호자의 동의가 없는 동안에는 다시 공개하지 않습니다.")
    hiding.lifted_at, hiding.lifted_by_id, hiding.lift_reason = clock.now(), actor.id, reason
    if isinstance(thing, Idea):
        assert hiding.state_before is not None
        target = _still_there(hiding.merged_into_before_id, thing)
        gone = hiding.state_before is IdeaState.MERGED and target is None
        thing.state = IdeaState.OPEN if gone else hiding.state_before
        thing.merged_into_id, thing.updated_at = target, clock.now()
    else:
        thing.state = CommentState.VISIBLE
        _count_comment(thing, 1)
    db.session.flush()
    record(actor, "moderation.show", thing, after={"reason": reason.name, "hiding": hiding.id})


def _still_there(target_id: int | None, thing: Idea) -> int | None:
    """Where a merged idea leads now: its target may have been merged on in the meantime, even into this one."""
    seen = {thing.id}
    while target_id is not None and target_id not in seen:
        target = db.session.get_one(Idea, target_id)
        if target.merged_into_id is None:
            return target.id
        seen.add(target_id)
        target_id = target.merged_into_id
    return None


def _lock(thing: Thing) -> None:
    db.session.refresh(thing, with_for_update={"of": type(thing)})


def _settle_reports(thing: Thing) -> int:
    key, value = next(iter(_key(thing).items()))
    done = db.session.execute(
        sa.update(Report)
        .where(getattr(Report, key) == value, Report.settled_at.is_(None))
        .values(settled_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return affected(done)


def _count_comment(comment: Comment, by: int) -> None:
    db.session.execute(
        sa.update(IdeaTally).where(IdeaTally.idea_id == comment.idea_id).values(comments=IdeaTally.comments + by)
    )


def _key(thing: Thing) -> dict[str, int]:
    return {"idea_id": thing.id} if isinstance(thing, Idea) else {"comment_id": thing.id}


def _reason(name: str) -> Reason:
    if name not in Reason.__members__:
        raise InvalidInput({"reason": "목록에 있는 까닭을 하나 골라 주세요."})
    return Reason[name]


def _words(value: str, field: str, *, min_chars: int) -> str:
    text = clean_text(value, field, "설명", max_chars=WORDS_MAX_CHARS, min_chars=min_chars)
    refuse_resident_numbers(text, field)
    return text
