"""Report, hide, restore and reveal content; appeal against a hiding and decide the appeal.

The row of the idea or comment is locked first, so that two moderators, or a hiding and a vote, act one after the other.
"""

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
from forum.voice.moderation.models import AppealDecision, Hiding, ModeratedContent, Reason, Report, ShowReason
from forum.voice.moderation.permissions import can_appeal, can_decide_appeal, can_hide, can_report, why_not_report
from forum.voice.moderation.queries import (
    author_account,
    has_reported,
    is_hidden,
    open_hiding,
    other_moderators,
    reports_today,
)

ONLY_THE_AUTHOR = "내 글이 숨겨졌을 때만 이의를 낼 수 있습니다."
MAX_EXPLANATION_CHARS = 500
MIN_REVEAL_REASON_CHARS = 5


def report(content: ModeratedContent, actor: Actor, reason: str, words: str = "") -> Report:
    """Report content that breaks the rules. The caller commits.

    :param reason: name of a Reason
    :raise Forbidden: visitors, officers and admins; the actor's own content
    :raise WrongState: already reported by this person, too many reports today, or hidden already
    :raise InvalidInput: a reason that is not on the list, or words that `forum.core.text` refuses
    """
    require(can_report(actor, content), why_not_report(actor, content))
    chosen, said = _reason(reason), _explanation(words, "words", min_chars=0)
    assert actor.participant_id is not None
    # The reporter's row is locked, so that the daily limit holds for concurrent requests.
    db.session.execute(sa.select(Participant.id).where(Participant.id == actor.participant_id).with_for_update())
    if is_hidden(content):
        raise WrongState("이미 숨긴 글입니다.")
    if has_reported(actor, content):
        raise WrongState("이미 신고하셨습니다. 운영진이 확인하고 있습니다.")
    if reports_today(actor.participant_id) >= current_app.config["REPORTS_PER_DAY"]:
        raise WrongState("오늘은 더 신고할 수 없습니다. 급한 일이라면 운영진에게 알려 주세요.")
    made = Report(reporter_id=actor.participant_id, reason=chosen, words=mask(said).text, **_foreign_key(content))
    db.session.add(made)
    db.session.flush()
    return made


def hide(content: ModeratedContent, actor: Actor, reason: str) -> Hiding:
    """Hide content from everybody but its author and the moderators, and notify the author. The caller commits.

    :raise Forbidden: not a moderator, or the actor's own content
    :raise WrongState: hidden already
    :raise InvalidInput: a reason that is not on the published list
    """
    require(can_hide(actor, content), "운영진만, 자기 글이 아닌 것만 숨길 수 있습니다.")
    chosen = _reason(reason)
    _lock(content)
    if is_hidden(content):
        raise WrongState("이미 숨긴 글입니다.")
    hiding = Hiding(reason=chosen, hidden_by_id=actor.id, **_foreign_key(content))
    if isinstance(content, Idea):
        hiding.state_before, hiding.merged_into_before_id = content.state, content.merged_into_id
        content.state, content.merged_into_id, content.updated_at = IdeaState.HIDDEN, None, clock.now()
    else:
        content.state = CommentState.HIDDEN
        _count_comment(content, -1)
    db.session.add(hiding)
    _settle_reports(content)
    db.session.flush()
    record(actor, "moderation.hide", content, after={"reason": chosen.name, "hiding": hiding.id})
    mails.notify_hidden(hiding)
    return hiding


def dismiss_reports(content: ModeratedContent, actor: Actor) -> int:
    """Settle the reports and leave the content as it is. The caller commits.

    :return: how many reports were settled
    """
    require(can_hide(actor, content), "운영진만, 자기 글이 아닌 것만 판단할 수 있습니다.")
    settled = _settle_reports(content)
    record(actor, "moderation.leave", content, after={"reports": settled})
    return settled


def restore(content: ModeratedContent, actor: Actor, reason: str) -> Hiding:
    """Restore hidden content to its earlier state, and notify the author. The caller commits.

    :param reason: name of a ShowReason
    :raise Forbidden: not a moderator, or the actor's own content
    :raise InvalidInput: a reason that is not on the list
    :raise WrongState: it is not hidden, or an appeal waits for a decision
    """
    require(can_hide(actor, content), "운영진만, 자기 글이 아닌 것만 다시 공개할 수 있습니다.")
    if reason not in ShowReason.__members__:
        raise InvalidInput({"reason": "목록에 있는 까닭을 골라 주세요."})
    hiding = _lock_open_hiding(content)
    if hiding.waits_for_decision:
        raise WrongState("글쓴이의 이의를 먼저 판단해 주세요.")
    _lift_hiding(hiding, content, actor, ShowReason[reason])
    mails.notify_restored(hiding)
    return hiding


def appeal(hiding: Hiding, actor: Actor, words: str) -> None:
    """Record the author's one appeal against a hiding. The caller commits.

    :raise Forbidden: somebody else's content
    :raise InvalidInput: words that are too short, or that `forum.core.text` refuses
    :raise WrongState: appealed before, or restored already
    """
    require(can_appeal(actor, hiding), ONLY_THE_AUTHOR)
    text = _explanation(words, "words", min_chars=5)
    db.session.refresh(hiding, with_for_update={"of": Hiding})
    if not hiding.is_open:
        raise WrongState("이미 다시 공개된 글입니다.")
    if hiding.appealed_at is not None:
        raise WrongState("이의는 한 번만 낼 수 있습니다.")
    hiding.appeal_text, hiding.appealed_at = mask(text).text, clock.now()
    db.session.flush()


def decide_appeal(hiding: Hiding, actor: Actor, decision: str, words: str) -> None:
    """Decide an appeal, which restores the content or keeps it hidden, and notify the author. The caller commits.

    :param decision: name of an AppealDecision
    :param words: the explanation that the author reads
    :raise Forbidden: not a moderator, or the one who hid it while there is another
    :raise InvalidInput: no such decision, or no explanation
    :raise WrongState: no appeal waits for a decision
    """
    n_others = other_moderators(hiding.hidden_by_id)
    require(can_decide_appeal(actor, hiding, n_others), "숨긴 사람이 아닌 다른 운영진이 판단합니다.")
    if decision not in AppealDecision.__members__:
        raise InvalidInput({"decision": "계속 숨길지 다시 공개할지 골라 주세요."})
    answer = _explanation(words, "words", min_chars=2)
    _lock(hiding.content)
    db.session.refresh(hiding, with_for_update={"of": Hiding})
    if not hiding.waits_for_decision or not hiding.is_open:
        raise WrongState("판단을 기다리는 이의가 없습니다.")
    hiding.appeal_decision = AppealDecision[decision]
    hiding.appeal_answer, hiding.appeal_decided_at, hiding.appeal_decided_by_id = answer, clock.now(), actor.id
    db.session.flush()
    decided = {"decision": hiding.appeal_decision.name, "hiding": hiding.id, "answer": text_hash(answer)}
    record(actor, "moderation.decide_appeal", hiding.content, after=decided)
    if hiding.appeal_decision is AppealDecision.SHOWN:
        _lift_hiding(hiding, hiding.content, actor, ShowReason.APPEAL)
    mails.notify_decided(hiding)


def reveal(content: ModeratedContent, actor: Actor, words: str) -> Words:
    """Return the text as typed, with its personal data, to a moderator whose reason goes on record.

    The caller commits before showing it.

    :raise Forbidden: not a moderator
    :raise InvalidInput: no reason given
    :raise WrongState: nothing in it is masked
    """
    require(can_hide(actor, content), "운영진만 볼 수 있습니다.")
    why = _explanation(words, "words", min_chars=MIN_REVEAL_REASON_CHARS)
    if isinstance(content, Idea):
        idea = db.session.get(IdeaOriginal, content.id)
        seen = Words(idea.title, idea.body) if idea else None
    else:
        comment = db.session.get(CommentOriginal, content.id)
        seen = Words("", comment.body) if comment else None
    if seen is None:
        raise WrongState("이 글에는 가려진 곳이 없거나, 원문을 보관하지 않습니다.")
    record(actor, "moderation.reveal", content, after={"why": text_hash(why)})
    return seen


def _lock_open_hiding(content: ModeratedContent) -> Hiding:
    """:raise WrongState: it is not hidden"""
    _lock(content)
    hiding = open_hiding(content) if is_hidden(content) else None
    if hiding is None:
        raise WrongState("숨긴 글이 아닙니다.")
    return hiding


def _lift_hiding(hiding: Hiding, content: ModeratedContent, actor: Actor, reason: ShowReason) -> None:
    author = author_account(content)
    if author is not None and author.waits_for_consent:
        raise WrongState("보호자의 동의가 없는 동안에는 다시 공개하지 않습니다.")
    hiding.lifted_at, hiding.lifted_by_id, hiding.lift_reason = clock.now(), actor.id, reason
    if isinstance(content, Idea):
        assert hiding.state_before is not None
        target = _current_target(hiding.merged_into_before_id, content)
        gone = hiding.state_before is IdeaState.MERGED and target is None
        content.state = IdeaState.OPEN if gone else hiding.state_before
        content.merged_into_id, content.updated_at = target, clock.now()
    else:
        content.state = CommentState.VISIBLE
        _count_comment(content, 1)
    db.session.flush()
    record(actor, "moderation.show", content, after={"reason": reason.name, "hiding": hiding.id})


def _current_target(target_id: int | None, idea: Idea) -> int | None:
    """Return the idea that the target of a merge leads to now; None if it leads back to this one.

    The target may have been merged since, even into this idea.
    """
    seen = {idea.id}
    while target_id is not None and target_id not in seen:
        target = db.session.get_one(Idea, target_id)
        if target.merged_into_id is None:
            return target.id
        seen.add(target_id)
        target_id = target.merged_into_id
    return None


def _lock(content: ModeratedContent) -> None:
    db.session.refresh(content, with_for_update={"of": type(content)})


def _settle_reports(content: ModeratedContent) -> int:
    """:return: how many reports were open"""
    key, value = next(iter(_foreign_key(content).items()))
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


def _foreign_key(content: ModeratedContent) -> dict[str, int]:
    return {"idea_id": content.id} if isinstance(content, Idea) else {"comment_id": content.id}


def _reason(name: str) -> Reason:
    if name not in Reason.__members__:
        raise InvalidInput({"reason": "목록에 있는 까닭을 하나 골라 주세요."})
    return Reason[name]


def _explanation(value: str, field: str, *, min_chars: int) -> str:
    text = clean_text(value, field, "설명", max_chars=MAX_EXPLANATION_CHARS, min_chars=min_chars)
    refuse_resident_numbers(text, field)
    return text
