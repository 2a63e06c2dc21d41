"""What the holder and analysts do: decide, set the terms, change them, take an approval back, answer an appeal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import day
from forum.core.privacy import mask
from forum.core.text import clean_text, refuse_resident_numbers
from forum.response.datarequests import mails
from forum.response.datarequests.days import MIN_PANEL, decision_due, panel_due
from forum.response.datarequests.facts import REQUEST_APPEALS, REQUEST_DECISIONS, REQUEST_TERMS
from forum.response.datarequests.models import (
    LAST_ROUND,
    MAX_REASON_CHARS,
    MOST_USERS,
    DataRequest,
    Publishing,
    RequestDecision,
    RequestState,
    RequestTerms,
)
from forum.response.datarequests.permissions import HOLDER_ONLY, OTHER_ANALYST_ONLY, can_answer_appeal, can_decide
from forum.response.datarequests.queries import count_reviewers
from forum.response.datarequests.services import CHANGED, lock_request, moved
from forum.response.datasets.queries import steward_of
from forum.system.audit.services import record, text_hash

MAX_MORE_CHARS = 2_000
LONGEST_ERASING = 365


@dataclass(frozen=True)
class TermsWords:
    """What somebody typed as the terms of an approval."""

    until_on: date | None
    most_users: int | None
    publishing: Publishing | None
    may_join: bool
    erase_within_days: int | None
    must_report: bool
    more: str = ""

    def checked(self, request: DataRequest) -> dict[str, object]:
        """Return the values of the columns.

        :raise InvalidInput: something is missing or out of range
        """
        mistakes = Mistakes()
        with mistakes.noted():
            first = max(request.from_on, clock.today())
            if self.until_on is None or not first <= self.until_on <= request.until_on:
                told = {"first": day(first), "last": day(request.until_on)}
                raise InvalidInput({"until_on": _("%(first)s부터 %(last)s까지의 날을 써 주세요.", **told)})
        with mistakes.noted():
            if self.most_users is None or not 1 <= self.most_users <= MOST_USERS:
                raise InvalidInput({"most_users": _("1에서 %(most)s 사이의 수를 써 주세요.", most=MOST_USERS)})
        with mistakes.noted():
            if self.publishing is None:
                raise InvalidInput({"publishing": _("공개할 수 있는 것을 골라 주세요.")})
        with mistakes.noted():
            if self.erase_within_days is None or not 0 <= self.erase_within_days <= LONGEST_ERASING:
                raise InvalidInput({"erase_within_days": _("0에서 365 사이의 수를 써 주세요.")})
        more = ""
        with mistakes.noted():
            more = clean_text(self.more, "more", _("더 지킬 것"), max_chars=MAX_MORE_CHARS, min_chars=0)
            refuse_resident_numbers(more, "more")
        mistakes.raise_if_any()
        return {
            "until_on": self.until_on,
            "most_users": self.most_users,
            "publishing": self.publishing,
            "may_join": self.may_join,
            "erase_within_days": self.erase_within_days,
            "must_report": self.must_report,
            "more": mask(more).text,
        }


def approve_request(request: DataRequest, actor: Actor, reason: str, terms: TermsWords, *, seen: int) -> None:
    """Approve a request on terms. Access begins when the person has accepted them. The caller commits.

    :raise Forbidden: neither a steward of the holder nor an analyst, or the author
    :raise WrongState: it still waits for the panel, is decided, or changed since
    :raise InvalidInput: no reason, or a term is missing or out of range
    """
    _require_decide(request, actor)
    mistakes, values, reason_text = Mistakes(), dict[str, object](), ""
    with mistakes.noted():
        reason_text = _checked_reason(reason)
    with mistakes.noted():
        values = terms.checked(request)
    mistakes.raise_if_any()
    _lock_to_decide(request, actor, seen)
    request.state = RequestState.APPROVED
    _decide(request, actor, reason_text, is_approved=True)
    made = _set_terms(request, actor, values)
    record(actor, "data_requests.set_terms", request, after={"number": made.number}, facts=REQUEST_TERMS.of([made.id]))
    mails.notify_of_decision(request, actor)


def refuse_request(request: DataRequest, actor: Actor, reason: str, *, seen: int) -> None:
    """Refuse a request. The caller commits.

    :raise Forbidden: neither a steward of the holder nor an analyst, or the author
    :raise WrongState: it still waits for the panel, is decided, or changed since
    :raise InvalidInput: no reason, or too long
    """
    _require_decide(request, actor)
    reason = _checked_reason(reason)
    _lock_to_decide(request, actor, seen)
    request.state = RequestState.REFUSED
    _decide(request, actor, reason, is_approved=False)
    mails.notify_of_decision(request, actor)


def change_terms(request: DataRequest, actor: Actor, terms: TermsWords, *, seen: int) -> RequestTerms:
    """Set another edition of the terms of an approval: access waits until they are accepted. The caller commits.

    :raise Forbidden: neither a steward of the holder nor an analyst, or the author
    :raise WrongState: not approved, or changed since
    :raise InvalidInput: a term is missing or out of range, or nothing is different
    """
    _require_decide(request, actor)
    values = terms.checked(request)
    lock_request(request, seen)
    _require_decide(request, actor)
    before = request.terms_in_force
    if before is None:
        raise WrongState(str(CHANGED))
    if all(getattr(before, name) == value for name, value in values.items()):
        raise InvalidInput(_("바뀐 조건이 없어요."))
    made = _set_terms(request, actor, values)
    moved(request)
    record(
        actor, "data_requests.change_terms", request, after={"number": made.number}, facts=REQUEST_TERMS.of([made.id])
    )
    mails.notify_of_terms(request, actor)
    return made


def revoke_approval(request: DataRequest, actor: Actor, reason: str, *, seen: int) -> None:
    """Take an approval back: access ends at once, also in the middle of a download. The caller commits.

    :raise Forbidden: neither a steward of the holder nor an analyst, or the author
    :raise WrongState: not approved, or changed since
    :raise InvalidInput: no reason, or too long
    """
    _require_decide(request, actor)
    reason = _checked_reason(reason)
    lock_request(request, seen)
    _require_decide(request, actor)
    if request.state is not RequestState.APPROVED:
        raise WrongState(_("승인된 신청만 취소할 수 있어요."))
    request.state, request.state_reason, request.closed_at = RequestState.REVOKED, reason, clock.now()
    moved(request)
    record(actor, "data_requests.revoke", request, after={"reason": text_hash(reason)})
    mails.notify_of_revocation(request, actor)


def answer_appeal(request: DataRequest, actor: Actor, is_granted: bool, answer: str, *, seen: int) -> None:
    """Answer an appeal. If it is granted, panel and holder look at the request once more. The caller commits.

    The forum cannot give away what a holder has: so a granted appeal does not approve the request.

    :raise Forbidden: no analyst, or the one who decided
    :raise WrongState: no appeal waits, or the request changed since
    :raise InvalidInput: nothing said, or too much
    """
    require(can_answer_appeal(actor, request), str(OTHER_ANALYST_ONLY))
    answer = clean_text(answer, "answer", _("답"), max_chars=MAX_REASON_CHARS)
    refuse_resident_numbers(answer, "answer")
    lock_request(request, seen)
    require(can_answer_appeal(actor, request), str(OTHER_ANALYST_ONLY))
    waiting = request.appeal
    if waiting is None or waiting.is_granted is not None or request.state is not RequestState.REFUSED:
        raise WrongState(_("답을 기다리는 이의 신청이 없어요."))
    waiting.is_granted, waiting.answer = is_granted, mask(answer).text
    waiting.answered_by_id, waiting.answered_at = actor.id, clock.now()
    if is_granted:
        today = clock.today()
        request.state, request.round = RequestState.REVIEW, LAST_ROUND
        request.panel_due_on, request.due_on, request.reminded_on = panel_due(today), decision_due(today), None
    moved(request)
    record(
        actor,
        "data_requests.answer_appeal",
        request,
        after={"granted": is_granted},
        facts=REQUEST_APPEALS.of([request.id]),
    )
    mails.notify_of_appeal_answer(request, actor)


def why_not_decide_yet(request: DataRequest) -> str:
    """Return why the holder has to wait for the panel, as a sentence; empty if it may decide."""
    reviewed = len(request.reviews_of(request.round))
    enough = min(MIN_PANEL, count_reviewers(request))
    if (enough and reviewed >= enough) or clock.today() > request.panel_due_on:
        return ""
    told = {"n": MIN_PANEL, "day": day(request.panel_due_on)}
    return _("공익 심사위원 %(n)s명이 심사하거나 %(day)s이 지나야 정할 수 있어요.", **told)


def _require_decide(request: DataRequest, actor: Actor) -> None:
    require(can_decide(actor, request, steward_of(request.dataset.holder_id, actor)), str(HOLDER_ONLY))


def _lock_to_decide(request: DataRequest, actor: Actor, seen: int) -> None:
    lock_request(request, seen)
    _require_decide(request, actor)
    if not request.is_open:
        raise WrongState(_("이미 끝난 신청이에요."))
    waits = why_not_decide_yet(request)
    if waits:
        raise WrongState(waits)


def _decide(request: DataRequest, actor: Actor, reason: str, *, is_approved: bool) -> None:
    assert actor.id is not None
    decision = RequestDecision(
        request_id=request.id,
        round=request.round,
        is_approved=is_approved,
        reason=reason,
        by_holder=steward_of(request.dataset.holder_id, actor) is not None,
        decided_by_id=actor.id,
        due_on=request.due_on,
    )
    db.session.add(decision)
    moved(request)
    db.session.expire(request, ["decisions"])
    action = "data_requests.approve" if is_approved else "data_requests.refuse"
    after = {"round": request.round, "reason": text_hash(reason)}
    record(actor, action, request, after=after, facts=REQUEST_DECISIONS.of([decision.id]))


def _set_terms(request: DataRequest, actor: Actor, values: dict[str, object]) -> RequestTerms:
    made = RequestTerms(request_id=request.id, number=len(request.terms) + 1, set_by_id=actor.id, **values)
    db.session.add(made)
    db.session.flush()
    db.session.expire(request, ["terms"])
    return made


def _checked_reason(reason: str) -> str:
    reason = clean_text(reason, "reason", _("까닭"), max_chars=MAX_REASON_CHARS)
    refuse_resident_numbers(reason, "reason")
    return mask(reason).text
