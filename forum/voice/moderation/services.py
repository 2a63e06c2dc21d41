"""Report, hide, hold, restore and reveal texts; appeal against a hiding and decide the appeal.

The row of the text is locked first, so that two moderators, or a hiding and a vote, act one after the other. What a
kind of text does when it is hidden or shown stands in its `TextKind`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import sqlalchemy as sa
from flask import current_app

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import Base, affected
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.privacy import mask
from forum.core.text import clean_text, refuse_resident_numbers
from forum.people.accounts.models import Participant
from forum.system.audit.services import record, text_hash
from forum.system.texts.queries import is_about, reference_of
from forum.system.texts.registry import EarlierState, PublishedText, Words, kind_of
from forum.voice.moderation import mails
from forum.voice.moderation.facts import HIDINGS
from forum.voice.moderation.models import AppealDecision, Hiding, Reason, Report, ShowReason
from forum.voice.moderation.permissions import can_appeal, can_decide_appeal, can_hide, can_report, why_not_report
from forum.voice.moderation.queries import author_account, has_reported, open_hiding, other_moderators, reports_today

ONLY_THE_AUTHOR = "내 글이 숨겨졌을 때만 이의를 낼 수 있어요."
MAX_EXPLANATION_CHARS = 500
MIN_REVEAL_REASON_CHARS = 5
NOT_YOURS_TO_HIDE = "운영진만, 자기 글이 아닌 것만 숨길 수 있어요."
NOT_YOURS_TO_DECIDE = "운영진만, 자기 글이 아닌 것만 판단할 수 있어요."
NOT_YOURS_TO_SHOW = "운영진만, 자기 글이 아닌 것만 다시 공개할 수 있어요."
NOT_YOURS_TO_APPEAL = "내 글이 숨겨졌을 때만 이의를 낼 수 있어요."


def report(text: PublishedText, actor: Actor, reason: str, words: str = "") -> Report:
    """Report a text that breaks the rules. The caller commits.

    :param reason: name of a Reason
    :raise Forbidden: visitors, officers and admins; the actor's own text
    :raise WrongState: already reported by this person, too many reports today, or hidden already
    :raise InvalidInput: a reason that is not on the list, or words that `forum.core.text` refuses
    """
    require(can_report(actor, text), why_not_report(actor, text))
    chosen, said = _reason(reason), _explanation(words, "words", min_chars=0)
    assert actor.participant_id is not None
    # The reporter's row is locked, so that the daily limit holds for concurrent requests.
    db.session.execute(sa.select(Participant.id).where(Participant.id == actor.participant_id).with_for_update())
    kind = kind_of(text)
    kind.lock(text)
    require(can_report(actor, text), why_not_report(actor, text))
    if kind.is_hidden(text):
        raise WrongState("이미 숨긴 글이에요.")
    if has_reported(actor, text):
        raise WrongState("이미 신고하셨어요. 운영진이 확인하고 있어요.")
    if reports_today(actor.participant_id) >= current_app.config["REPORTS_PER_DAY"]:
        raise WrongState("오늘은 더 신고할 수 없어요. 급한 일이라면 운영진에게 알려 주세요.")
    made = Report(reporter_id=actor.participant_id, reason=chosen, words=mask(said).text, **reference_of(text))
    db.session.add(made)
    db.session.flush()
    return made


def hide(text: PublishedText, actor: Actor, reason: str, seen_revision: int | None = None) -> Hiding:
    """Hide a text from everybody but its author and the moderators, and notify the author. The caller commits.

    A text that the program holds stays hidden, from now on by this moderator.

    :param seen_revision: revision of the words that the moderator read; None for commands
    :raise Forbidden: not a moderator, or the actor's own text
    :raise WrongState: hidden already, or edited since the moderator read it
    :raise InvalidInput: a reason that is not on the published list
    """
    require(can_hide(actor, text), NOT_YOURS_TO_HIDE)
    chosen = _reason(reason)
    kind = kind_of(text)
    kind.lock(text)
    require(can_hide(actor, text), NOT_YOURS_TO_HIDE)
    if seen_revision is not None and seen_revision != kind.revision(text):
        raise WrongState(_("글쓴이가 그사이에 글을 고쳤어요. 아래의 지금 글을 읽고 다시 판단해 주세요."))
    if kind.is_hidden(text):
        hiding = _confirmed_hold(text, actor, chosen)
    else:
        hiding = _hide(text, Hiding(reason=chosen, hidden_by_id=actor.id, **reference_of(text)))
    _settle_reports(text)
    db.session.flush()
    _record(actor, "moderation.hide", text, hiding, {"reason": chosen.name})
    mails.notify_hidden(hiding)
    return hiding


def hold(text: PublishedText) -> Hiding:
    """Hide a text as one of many near-copies until a moderator has read it, and notify the author. The caller commits.

    :param text: a text that its author has just published in this transaction
    """
    hiding = _hide(text, Hiding(reason=Reason.SPAM, is_held=True, **reference_of(text)))
    db.session.flush()
    _record(SYSTEM, "moderation.hold", text, hiding, {})
    mails.notify_held(hiding)
    return hiding


def dismiss_reports(text: PublishedText, actor: Actor, seen_report_id: int | None = None) -> int:
    """Settle the reports and leave the text as it is. The caller commits.

    :param seen_report_id: the newest report that the moderator read; later ones stay open. None: all of them
    :return: how many reports were settled
    """
    require(can_hide(actor, text), NOT_YOURS_TO_DECIDE)
    kind_of(text).lock(text)
    require(can_hide(actor, text), NOT_YOURS_TO_DECIDE)
    settled = _settle_reports(text, seen_report_id)
    record(actor, "moderation.leave", cast(Base, text), after={"reports": settled})
    return settled


def restore(text: PublishedText, actor: Actor, reason: str) -> Hiding:
    """Restore a hidden text to its earlier state, and notify the author. The caller commits.

    :param reason: name of a ShowReason
    :raise Forbidden: not a moderator, or the actor's own text
    :raise InvalidInput: a reason that is not on the list
    :raise WrongState: it is not hidden, or an appeal waits for a decision
    """
    require(can_hide(actor, text), NOT_YOURS_TO_SHOW)
    if reason not in ShowReason.__members__:
        raise InvalidInput({"reason": "목록에 있는 까닭을 골라 주세요."})
    hiding = _lock_open_hiding(text)
    require(can_hide(actor, text), NOT_YOURS_TO_SHOW)
    if hiding.waits_for_decision:
        raise WrongState("글쓴이의 이의를 먼저 판단해 주세요.")
    _lift_hiding(hiding, text, actor, ShowReason[reason])
    mails.notify_restored(hiding)
    return hiding


def appeal(hiding: Hiding, actor: Actor, words: str) -> None:
    """Record the author's one appeal against a hiding. The caller commits.

    :raise Forbidden: somebody else's text
    :raise InvalidInput: words that are too short, or that `forum.core.text` refuses
    :raise WrongState: appealed before, restored already, or no moderator has read the text yet
    """
    require(can_appeal(actor, hiding), NOT_YOURS_TO_APPEAL)
    said = _explanation(words, "words", min_chars=5)
    db.session.refresh(hiding, with_for_update={"of": Hiding})
    require(can_appeal(actor, hiding), NOT_YOURS_TO_APPEAL)
    if not hiding.is_open:
        raise WrongState("이미 다시 공개된 글이에요.")
    if hiding.is_held:
        raise WrongState(_("운영진이 아직 읽지 않은 글이에요. 읽고 나서 숨기기로 하면 그때 이의를 낼 수 있어요."))
    if hiding.appealed_at is not None:
        raise WrongState("이의는 한 번만 낼 수 있어요.")
    hiding.appeal_text, hiding.appealed_at = mask(said).text, clock.now()
    db.session.flush()


def decide_appeal(hiding: Hiding, actor: Actor, decision: str, words: str) -> None:
    """Decide an appeal, which restores the text or keeps it hidden, and notify the author. The caller commits.

    :param decision: name of an AppealDecision
    :param words: the explanation that the author reads
    :raise Forbidden: not a moderator, or the one who hid it while there is another
    :raise InvalidInput: no such decision, or no explanation
    :raise WrongState: no appeal waits for a decision
    """
    _require_decider(hiding, actor)
    if decision not in AppealDecision.__members__:
        raise InvalidInput({"decision": "계속 숨길지 다시 공개할지 골라 주세요."})
    answer = _explanation(words, "words", min_chars=2)
    text = hiding.text
    kind_of(text).lock(text)
    db.session.refresh(hiding, with_for_update={"of": Hiding})
    _require_decider(hiding, actor)
    if not hiding.waits_for_decision or not hiding.is_open:
        raise WrongState("판단을 기다리는 이의가 없어요.")
    hiding.appeal_decision = AppealDecision[decision]
    hiding.appeal_answer, hiding.appeal_decided_at, hiding.appeal_decided_by_id = answer, clock.now(), actor.id
    db.session.flush()
    decided = {"decision": hiding.appeal_decision.name, "answer": text_hash(answer)}
    _record(actor, "moderation.decide_appeal", text, hiding, decided)
    if hiding.appeal_decision is AppealDecision.SHOWN:
        _lift_hiding(hiding, text, actor, ShowReason.APPEAL)
    mails.notify_decided(hiding)


def reveal(text: PublishedText, actor: Actor, words: str) -> Words:
    """Return the words as typed, with their personal data, to a moderator whose reason goes on record.

    The caller commits before showing it.

    :raise Forbidden: not a moderator
    :raise InvalidInput: no reason given
    :raise WrongState: nothing in it is masked
    """
    require(can_hide(actor, text), "운영진만 볼 수 있어요.")
    why = _explanation(words, "words", min_chars=MIN_REVEAL_REASON_CHARS)
    seen = kind_of(text).words_as_typed(text)
    if seen is None:
        raise WrongState("이 글에는 가려진 곳이 없거나, 원문을 보관하지 않아요.")
    record(actor, "moderation.reveal", cast(Base, text), after={"why": text_hash(why)})
    return seen


def amend_earlier_state(text: PublishedText, earlier: EarlierState) -> None:
    """Change what a hidden text will be again when it is shown. The caller holds its lock, and commits.

    For a guardian's renewed consent: the text was taken down for want of it when moderation hid it.
    """
    hiding = open_hiding(text)
    if hiding is not None:
        hiding.state_before, hiding.target_before_id = earlier.state, earlier.target_id
        db.session.flush()
        _record(SYSTEM, "moderation.amend", text, hiding, {"state_before": earlier.state})


def _hide(text: PublishedText, hiding: Hiding) -> Hiding:
    earlier = kind_of(text).hide(text)
    hiding.state_before, hiding.target_before_id = earlier.state, earlier.target_id
    db.session.add(hiding)
    return hiding


def _confirmed_hold(text: PublishedText, actor: Actor, reason: Reason) -> Hiding:
    """Return the hiding of a text that the program holds, as this moderator's own from now on.

    :raise WrongState: a moderator hid it already
    """
    hiding = open_hiding(text)
    if hiding is None or not hiding.is_held:
        raise WrongState("이미 숨긴 글이에요.")
    hiding.is_held, hiding.hidden_by_id, hiding.reason, hiding.hidden_at = False, actor.id, reason, clock.now()
    return hiding


def _require_decider(hiding: Hiding, actor: Actor) -> None:
    n_others = other_moderators(hiding.hidden_by_id)
    require(can_decide_appeal(actor, hiding, n_others), "숨긴 사람이 아닌 다른 운영진이 판단해요.")


def _lock_open_hiding(text: PublishedText) -> Hiding:
    """:raise WrongState: it is not hidden"""
    kind = kind_of(text)
    kind.lock(text)
    hiding = open_hiding(text) if kind.is_hidden(text) else None
    if hiding is None:
        raise WrongState("숨긴 글이 아니에요.")
    return hiding


def _lift_hiding(hiding: Hiding, text: PublishedText, actor: Actor, reason: ShowReason) -> None:
    author = author_account(text)
    if author is not None and author.waits_for_consent:
        raise WrongState("보호자의 동의가 없는 동안에는 다시 공개하지 않아요.")
    hiding.lifted_at, hiding.lifted_by_id, hiding.lift_reason = clock.now(), actor.id, reason
    kind_of(text).show(text, hiding.earlier)
    db.session.flush()
    _record(actor, "moderation.show", text, hiding, {"reason": reason.name})


def _record(actor: Actor, action: str, text: PublishedText, hiding: Hiding, after: Mapping[str, object]) -> None:
    """Record an act on a text that made or changed a hiding."""
    record(actor, action, cast(Base, text), after={**after, "hiding": hiding.id}, facts=HIDINGS.of([hiding.id]))


def _settle_reports(text: PublishedText, up_to_id: int | None = None) -> int:
    """:return: how many reports were open"""
    open_reports = is_about(Report, text) & Report.settled_at.is_(None)
    if up_to_id is not None:
        open_reports &= Report.id <= up_to_id
    settle = sa.update(Report).where(open_reports).values(settled_at=clock.now())
    return affected(db.session.execute(settle.execution_options(synchronize_session=False)))


def _reason(name: str) -> Reason:
    if name not in Reason.__members__:
        raise InvalidInput({"reason": "목록에 있는 까닭을 하나 골라 주세요."})
    return Reason[name]


def _explanation(value: str, field: str, *, min_chars: int) -> str:
    text = clean_text(value, field, "설명", max_chars=MAX_EXPLANATION_CHARS, min_chars=min_chars)
    refuse_resident_numbers(text, field)
    return text
