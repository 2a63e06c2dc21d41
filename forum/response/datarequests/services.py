"""Ask for restricted data, withdraw, accept the terms, appeal, and say that the files are deleted.

Locks, in this order: the count of the person's texts, the dataset (shared), the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.text import clean_text, refuse_resident_numbers
from forum.response.dataneeds.models import DataNeed
from forum.response.datarequests import mails
from forum.response.datarequests.days import (
    LONGEST_USE,
    appeal_answer_due,
    day_of,
    decision_due,
    last_day_to_appeal,
    panel_due,
)
from forum.response.datarequests.models import (
    MAX_PURPOSE_CHARS,
    MAX_REASON_CHARS,
    MAX_SAFEGUARDS_CHARS,
    MAX_USERS_CHARS,
    MOST_USERS,
    DataRequest,
    RequestAppeal,
    RequestState,
    TermsAcceptance,
    UseKind,
)
from forum.response.datarequests.permissions import AUTHOR_ONLY, can_act_on_own, can_request, why_not_request
from forum.response.datarequests.queries import current_criteria, is_panel_ready, open_request_of
from forum.response.datarequests.terms import fingerprint, is_accepted
from forum.response.datasets.models import Dataset, DatasetState, Sensitivity
from forum.response.datasets.queries import steward_of
from forum.system.texts.limits import count_by_network, count_by_person

CHANGED = _l("이 화면을 연 뒤에 바뀐 것이 있어요. 아래에 지금 모습이 있으니 보고 다시 해 주세요.")
NOT_OFFERED = _l("제공하고 있는 자료 가운데 승인받은 사람만 쓰는 것을 신청할 수 있어요.")
NOT_READY = _l("아직 공익 심사위원이나 심사 기준이 없어 신청을 받지 않아요. 분석가가 정하면 열려요.")
OWN_HOLDER = _l("내가 담당자인 기관의 자료는 신청하지 않아도 쓸 수 있어요.")
ALREADY = _l("이 자료를 이미 신청했어요. 그 신청을 거둔 뒤에 다시 신청할 수 있어요.")


@dataclass(frozen=True)
class RequestWords:
    """What somebody typed: what for, who works with the rows, how they are kept safe, and from when until when."""

    use_kind: UseKind | None
    purpose: str
    users: str
    n_users: int | None
    safeguards: str
    from_on: date | None
    until_on: date | None

    def checked(self) -> dict[str, object]:
        """Return the values of the columns.

        :raise InvalidInput: something is missing, too long or out of order, or has a resident registration number
        """
        mistakes, values = Mistakes(), dict[str, object]()
        texts = (
            ("purpose", self.purpose, _("무엇을 알아내려 하나요"), MAX_PURPOSE_CHARS),
            ("users", self.users, _("누가 다루나요"), MAX_USERS_CHARS),
            ("safeguards", self.safeguards, _("어떻게 지키나요"), MAX_SAFEGUARDS_CHARS),
        )
        for name, typed, label, most in texts:
            with mistakes.noted():
                values[name] = clean_text(typed, name, label, max_chars=most)
                refuse_resident_numbers(str(values[name]), name)
        with mistakes.noted():
            values["use_kind"] = self._known_use()
        with mistakes.noted():
            values["n_users"] = self._some_users()
        with mistakes.noted():
            values["from_on"], values["until_on"] = self._period()
        mistakes.raise_if_any()
        return values

    def _known_use(self) -> UseKind:
        if self.use_kind is None:
            raise InvalidInput({"use_kind": _("쓰는 목적을 골라 주세요.")})
        return self.use_kind

    def _some_users(self) -> int:
        if self.n_users is None or not 1 <= self.n_users <= MOST_USERS:
            raise InvalidInput({"n_users": _("1에서 %(most)s 사이의 수를 써 주세요.", most=MOST_USERS)})
        return self.n_users

    def _period(self) -> tuple[date, date]:
        today = clock.today()
        if self.from_on is None or self.from_on < today:
            raise InvalidInput({"from_on": _("오늘이나 그 뒤의 날을 써 주세요.")})
        if self.until_on is None or self.until_on < self.from_on:
            raise InvalidInput({"until_on": _("쓰기 시작하는 날보다 앞설 수 없어요.")})
        if self.until_on > self.from_on + LONGEST_USE:
            raise InvalidInput({"until_on": _("한 번에 3년까지 신청할 수 있어요.")})
        return self.from_on, self.until_on


def ask_for_data(
    dataset: Dataset, actor: Actor, words: RequestWords, need: DataNeed | None = None, address: str | None = None
) -> DataRequest:
    """Ask for a restricted dataset. While the same person's request goes on, there is no second. The caller commits.

    :param need: the question that it would answer, if there is one
    :param address: of the HTTP request; None for commands
    :raise Forbidden: a visitor or an account that does not ask, or a child who waits
    :raise WrongState: the dataset is not offered to those who ask, no panel or criteria yet, or asked already
    :raise InvalidInput: as `RequestWords.checked`
    :raise TooManyTexts: too many in a short time
    """
    require(can_request(actor), why_not_request(actor))
    values = words.checked()
    count_by_person(DataRequest.__tablename__, actor)
    db.session.refresh(dataset, with_for_update={"of": Dataset, "read": True})
    require(can_request(actor), why_not_request(actor))
    require(steward_of(dataset.holder_id, actor) is None, str(OWN_HOLDER))
    if not takes_requests(dataset):
        raise WrongState(str(NOT_OFFERED))
    criteria = current_criteria()
    if criteria is None or not is_panel_ready():
        raise WrongState(str(NOT_READY))
    if open_request_of(dataset.id, actor.participant_id) is not None:
        raise WrongState(str(ALREADY))
    today = clock.today()
    request = DataRequest(
        **values,
        dataset_id=dataset.id,
        need_id=need.id if need else None,
        criteria_id=criteria.id,
        author_id=actor.participant_id,
        panel_due_on=panel_due(today),
        due_on=decision_due(today),
    )
    db.session.add(request)
    db.session.flush()
    mails.notify_of_request(request, actor)
    count_by_network(DataRequest.__tablename__, address)
    return request


def takes_requests(dataset: Dataset) -> bool:
    """Return whether people may ask for a dataset: it is offered, and to those who ask."""
    return dataset.state is DatasetState.OFFERED and dataset.sensitivity is Sensitivity.RESTRICTED


def withdraw_request(request: DataRequest, actor: Actor, *, seen: int) -> None:
    """Take one's request back, or give an approval back: access ends at once. The caller commits.

    :raise Forbidden: not the author, or a child who waits
    :raise WrongState: refused, taken back already, or changed since
    """
    require(can_act_on_own(actor, request), str(AUTHOR_ONLY))
    lock_request(request, seen)
    require(can_act_on_own(actor, request), str(AUTHOR_ONLY))
    if request.state not in {RequestState.REVIEW, RequestState.APPROVED}:
        raise WrongState(_("이미 끝난 신청이에요."))
    request.state, request.closed_at = RequestState.WITHDRAWN, clock.now()
    moved(request)
    mails.notify_of_withdrawal(request, actor)


def accept_terms(request: DataRequest, actor: Actor, *, seen: int, seen_terms: str) -> None:
    """Accept the terms of an approval as they stand now; twice is once. The caller commits.

    :param seen_terms: fingerprint of the terms that the page showed
    :raise Forbidden: not the author, or a child who waits
    :raise WrongState: not approved, or the terms are others than the page showed
    """
    require(can_act_on_own(actor, request), str(AUTHOR_ONLY))
    db.session.refresh(request.dataset, with_for_update={"of": Dataset, "read": True})
    lock_request(request, seen)
    require(can_act_on_own(actor, request), str(AUTHOR_ONLY))
    terms = request.terms_in_force
    if terms is None or fingerprint(terms) != seen_terms:
        raise WrongState(str(CHANGED))
    if is_accepted(terms):
        return
    db.session.add(TermsAcceptance(terms_id=terms.id, terms_sha256=seen_terms))
    db.session.flush()
    db.session.expire(terms, ["acceptances"])


def confirm_erasure(request: DataRequest, actor: Actor, *, seen: int) -> None:
    """Say that the received files are deleted; an approval that still goes on ends by it. The caller commits.

    :raise Forbidden: not the author, or a child who waits
    :raise WrongState: never approved, said already, or changed since
    """
    require(can_act_on_own(actor, request), str(AUTHOR_ONLY))
    lock_request(request, seen)
    require(can_act_on_own(actor, request), str(AUTHOR_ONLY))
    if not request.terms or request.erased_at is not None:
        raise WrongState(_("지웠다고 알릴 파일이 없거나 이미 알렸어요."))
    if request.state is RequestState.APPROVED:
        request.state, request.closed_at = RequestState.WITHDRAWN, clock.now()
    request.erased_at = clock.now()
    moved(request)
    mails.notify_of_erasure(request, actor)


def appeal(request: DataRequest, actor: Actor, reason: str, *, seen: int) -> RequestAppeal:
    """Ask once that a refusal is looked at again. The caller commits.

    :raise Forbidden: not the author, or a child who waits
    :raise WrongState: not refused, too late, appealed already, or changed since
    :raise InvalidInput: no reason, or too long
    """
    require(can_act_on_own(actor, request), str(AUTHOR_ONLY))
    reason = clean_text(reason, "reason", _("까닭"), max_chars=MAX_REASON_CHARS)
    refuse_resident_numbers(reason, "reason")
    lock_request(request, seen)
    require(can_act_on_own(actor, request), str(AUTHOR_ONLY))
    if why_not_appeal(request):
        raise WrongState(why_not_appeal(request))
    made = RequestAppeal(request_id=request.id, reason=reason, due_on=appeal_answer_due(clock.today()))
    db.session.add(made)
    moved(request)
    db.session.expire(request, ["appeal"])
    mails.notify_of_appeal(request, actor)
    return made


def why_not_appeal(request: DataRequest) -> str:
    """Return why one cannot appeal (any more), as a sentence; empty if one can."""
    decision = request.decision
    if request.state is not RequestState.REFUSED or decision is None:
        return _("거절된 신청에만 이의를 신청할 수 있어요.")
    if request.appeal is not None:
        return _("이의 신청은 한 번만 할 수 있어요.")
    if clock.today() > last_day_to_appeal(day_of(decision.decided_at)):
        return _("거절된 날부터 30일이 지나 이의를 신청할 수 없어요.")
    return ""


def lock_request(request: DataRequest, seen: int) -> None:
    """:raise WrongState: the request is hidden, or not what the page showed"""
    db.session.refresh(request, with_for_update={"of": DataRequest})
    for name in ("terms", "decisions", "reviews", "appeal"):
        db.session.expire(request, [name])
    if request.is_hidden or request.revision != seen:
        raise WrongState(str(CHANGED))


def moved(request: DataRequest) -> None:
    request.revision += 1
    db.session.flush()
