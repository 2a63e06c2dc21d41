"""The public-interest panel: who sits on it, by what criteria it reviews, and what its members say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.people.accounts.queries import account_by_email
from forum.response.datarequests import mails
from forum.response.datarequests.facts import CRITERIA, PANEL_SEATS
from forum.response.datarequests.models import (
    MAX_EXPLANATION_CHARS,
    MAX_QUESTION_CHARS,
    MAX_REASON_CHARS,
    DataCriteria,
    DataCriterion,
    DataRequest,
    Mark,
    PanelSeat,
    RequestReview,
    Verdict,
)
from forum.response.datarequests.permissions import ANALYSTS_ONLY, PANEL_ONLY, can_keep_panel, can_review
from forum.response.datarequests.queries import current_criteria, seat_of
from forum.response.datarequests.services import lock_request, moved
from forum.response.datasets.queries import steward_of
from forum.system.audit.services import record
from forum.system.texts.limits import count_by_network, count_by_person

MOST_CRITERIA = 12
NEWER_CRITERIA = _l("이 화면을 연 뒤에 다른 사람이 기준을 공개했어요. 지금 기준을 보고 다시 해 주세요.")


def add_seat(actor: Actor, email: str) -> PanelSeat:
    """Seat somebody with an account on the panel; the account keeps its role. The caller commits.

    :param email: of a confirmed account
    :raise Forbidden: only analysts
    :raise InvalidInput: no such account, or it sits there already
    """
    require(can_keep_panel(actor), str(ANALYSTS_ONLY))
    account = account_by_email(email.strip())
    if account is None or not account.active or not account.is_confirmed or account.waits_for_consent:
        raise InvalidInput({"email": _("이 주소로 가입하고 주소를 확인한 계정이 없어요.")})
    sits = sa.select(PanelSeat.id).where(PanelSeat.account_id == account.id, PanelSeat.ended_at.is_(None))
    if db.session.scalar(sits) is not None:
        raise InvalidInput({"email": _("이미 공익 심사위원이에요.")})
    assert actor.id is not None
    seat = PanelSeat(account_id=account.id, added_by_id=actor.id)
    db.session.add(seat)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise WrongState(_("이미 공익 심사위원이에요.")) from error
    record(actor, "data_requests.add_seat", seat, after={"account": account.id}, facts=PANEL_SEATS.of([seat.id]))
    mails.notify_of_seat(seat)
    return seat


def end_seat(seat: PanelSeat, actor: Actor) -> None:
    """End a seat, from the next request on; what the member said stays. Twice is once. The caller commits.

    :raise Forbidden: only analysts
    """
    require(can_keep_panel(actor), str(ANALYSTS_ONLY))
    db.session.refresh(seat, with_for_update={"of": PanelSeat})
    require(can_keep_panel(actor), str(ANALYSTS_ONLY))
    if seat.ended_at is None:
        _end(seat, actor)


def forget_seat(account_id: int, actor: Actor) -> None:
    """End the seat of an account that is being closed. The caller commits."""
    held = sa.select(PanelSeat).where(PanelSeat.account_id == account_id, PanelSeat.ended_at.is_(None))
    for seat in db.session.scalars(held.with_for_update(of=PanelSeat)):
        _end(seat, actor)


def publish_criteria(actor: Actor, items: Sequence[tuple[str, str]], *, seen: int) -> DataCriteria:
    """Publish a new edition of the criteria; requests made before keep theirs. The caller commits.

    :param items: question and explanation of each
    :param seen: number of the edition that the page showed, 0 for none
    :raise Forbidden: only analysts
    :raise InvalidInput: none, too many, or one is too long
    :raise WrongState: another edition came meanwhile
    """
    require(can_keep_panel(actor), str(ANALYSTS_ONLY))
    if not 1 <= len(items) <= MOST_CRITERIA:
        raise InvalidInput({"items": _("기준은 1개에서 %(most)s개까지 쓸 수 있어요.", most=MOST_CRITERIA)})
    rows = [_checked_item(*item) for item in items]
    before = current_criteria()
    number = before.number if before else 0
    if number != seen:
        raise WrongState(str(NEWER_CRITERIA))
    assert actor.id is not None
    edition = DataCriteria(number=number + 1, published_by_id=actor.id)
    edition.items = [
        DataCriterion(position=position, question=question, explanation=explanation)
        for position, (question, explanation) in enumerate(rows)
    ]
    db.session.add(edition)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise WrongState(str(NEWER_CRITERIA)) from error
    after = {"number": edition.number, "n": len(rows)}
    record(actor, "data_requests.publish_criteria", edition, after=after, facts=CRITERIA.of([edition.id]))
    return edition


def review_request(
    request: DataRequest,
    actor: Actor,
    marks: Mapping[int, Mark | None],
    verdict: Verdict | None,
    words: str,
    *,
    seen: int,
    address: str | None = None,
) -> RequestReview:
    """Review a request by each criterion, once in a round. The caller commits.

    :param marks: by the criterion's id
    :param address: of the HTTP request; None for commands
    :raise Forbidden: no member of the panel, or one with an interest in it
    :raise WrongState: decided, reviewed already, or changed since
    :raise InvalidInput: a mark, the verdict or the words are missing
    :raise TooManyTexts: too many in a short time
    """
    require(_may_review(actor, request), str(PANEL_ONLY))
    checked = {str(one.id): marks.get(one.id) for one in request.criteria.items}
    if None in checked.values():
        raise InvalidInput({"marks": _("기준마다 하나씩 골라 주세요.")})
    if verdict is None:
        raise InvalidInput({"verdict": _("줘도 좋은지 골라 주세요.")})
    words = clean_text(words, "words", _("까닭"), max_chars=MAX_REASON_CHARS)
    refuse_resident_numbers(words, "words")
    count_by_person(RequestReview.__tablename__, actor)
    lock_request(request, seen)
    require(_may_review(actor, request), str(PANEL_ONLY))
    if not request.is_open:
        raise WrongState(_("이미 끝난 신청이에요."))
    if any(one.author_id == actor.participant_id for one in request.reviews_of(request.round)):
        raise WrongState(_("이 신청은 이미 심사했어요."))
    assert actor.participant_id is not None
    review = RequestReview(
        request_id=request.id,
        round=request.round,
        author_id=actor.participant_id,
        marks={key: mark.name for key, mark in checked.items() if mark is not None},
        verdict=verdict,
        words=words,
    )
    db.session.add(review)
    moved(request)
    db.session.expire(request, ["reviews"])
    record(actor, "data_requests.review", request, after={"round": request.round, "verdict": verdict.name})
    count_by_network(RequestReview.__tablename__, address)
    return review


def _may_review(actor: Actor, request: DataRequest) -> bool:
    return can_review(actor, request, seat_of(actor), steward_of(request.dataset.holder_id, actor))


def _checked_item(question: str, explanation: str) -> tuple[str, str]:
    question = clean_line(question, "items", _("기준"), max_chars=MAX_QUESTION_CHARS)
    explanation = clean_line(explanation, "items", _("설명"), max_chars=MAX_EXPLANATION_CHARS, min_chars=0)
    for words in (question, explanation):
        refuse_resident_numbers(words, "items")
    return question, explanation


def _end(seat: PanelSeat, actor: Actor) -> None:
    seat.ended_at = clock.now()
    db.session.flush()
    record(actor, "data_requests.end_seat", seat, facts=PANEL_SEATS.of([seat.id]))
