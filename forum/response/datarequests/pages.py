"""What the pages of requests show, and what the pages of datasets, needs and files show of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from flask import url_for

from forum.core import clock
from forum.core.access import Actor, Role
from forum.core.i18n import _
from forum.response.datafiles.models import DataFile, DataFileState
from forum.response.datafiles.queries import files_of_dataset
from forum.response.dataneeds.models import DataNeed
from forum.response.dataneeds.queries import is_shown as need_is_shown
from forum.response.datarequests.access import opens_now
from forum.response.datarequests.days import day_of, last_day_to_appeal
from forum.response.datarequests.deciding import why_not_decide_yet
from forum.response.datarequests.models import (
    DataCriterion,
    DataRequest,
    Mark,
    RequestAppeal,
    RequestDecision,
    RequestReview,
    RequestState,
    Verdict,
)
from forum.response.datarequests.permissions import (
    can_act_on_own,
    can_answer_appeal,
    can_decide,
    can_keep_panel,
    can_request,
    can_review,
    is_author,
    is_party,
)
from forum.response.datarequests.queries import (
    appeals_to_answer,
    count_overdue,
    days_to_access,
    decisions_in_time,
    open_request_of,
    requests_for_need,
    requests_of_dataset,
    requests_to_decide,
    requests_to_review,
    seat_of,
)
from forum.response.datarequests.services import takes_requests, why_not_appeal
from forum.response.datarequests.terms import erase_by, fingerprint, is_accepted, last_day, lines_of
from forum.response.datasets.models import DataHolder, Dataset
from forum.response.datasets.permissions import can_keep_registry
from forum.response.datasets.queries import holders_of, steward_of
from forum.web.waiting import Waiting


@dataclass(frozen=True)
class CriterionLine:
    """How the panel marked one criterion in the present round."""

    item: DataCriterion
    counts: dict[Mark, int]


@dataclass(frozen=True)
class RequestPage:
    """One request as its reader sees it.

    need : the question that the data would answer, while everybody can read it
    days : from the request to access, if that has come
    late_days : by which the decision is late, or came late; 0 if it is not
    terms_seen : fingerprint of the terms in force
    """

    request: DataRequest
    need: DataNeed | None
    is_own: bool
    is_party: bool
    may_review: bool
    may_decide: bool
    may_answer_appeal: bool
    may_act: bool
    may_report: bool
    why_wait: str
    why_not_appeal: str
    appeal_until: date | None
    reviews: Sequence[RequestReview]
    earlier_reviews: Sequence[RequestReview]
    criteria: Sequence[CriterionLine]
    n_fit: int
    days: int | None
    late_days: int
    opens: bool
    has_accepted: bool
    terms_lines: Sequence[tuple[str, str]]
    terms_seen: str
    last_day: date | None
    erase_by: date | None
    files: Sequence[DataFile]

    @property
    def steps(self) -> list[dict[str, str]]:
        """Return the way of a request, for the strip at the top."""
        reached = _reached(self)
        names = [_("신청"), _("심사"), _("결정"), _("조건"), _("받기")]
        return [
            {"name": name, "state": "done" if at < reached else "now" if at == reached else "ahead"}
            for at, name in enumerate(names)
        ]


@dataclass(frozen=True)
class Pace:
    """How long it takes to get at data: days of each request that came so far, and decisions in time.

    dots : days and how many requests took them
    """

    dots: Sequence[tuple[int, int]]
    median_days: float | None
    n_in_time: int
    n_decided: int

    @property
    def most_days(self) -> int:
        return max((days for days, _n in self.dots), default=1) or 1


@dataclass(frozen=True)
class OfDataset:
    """The section on a dataset's page."""

    dataset: Dataset
    requests: Sequence[DataRequest]
    own: DataRequest | None
    may_ask: bool
    median_days: float | None


@dataclass(frozen=True)
class DeskPage:
    to_review: Sequence[DataRequest]
    to_decide: Sequence[DataRequest]
    appeals: Sequence[RequestAppeal]
    keeps_panel: bool
    sits: bool


def request_page(request: DataRequest, reader: Actor) -> RequestPage:
    seat, steward = seat_of(reader), steward_of(request.dataset.holder_id, reader)
    terms, decision = request.terms_in_force, request.decision
    newest = request.terms[-1] if request.terms else None
    reviews = request.reviews_of(request.round)
    has_reviewed = any(one.author_id == reader.participant_id for one in reviews)
    decides = can_decide(reader, request, steward) and not request.is_hidden
    return RequestPage(
        request=request,
        need=request.need if request.need_id and need_is_shown(request.need_id) else None,
        is_own=is_author(reader, request),
        is_party=is_party(reader, request, seat, steward),
        may_review=request.is_open and not has_reviewed and can_review(reader, request, seat, steward),
        may_decide=decides,
        may_answer_appeal=_waits(request.appeal) and can_answer_appeal(reader, request),
        may_report=reader.id is not None,
        may_act=can_act_on_own(reader, request) and not request.is_hidden,
        why_wait=why_not_decide_yet(request) if request.is_open else "",
        why_not_appeal=why_not_appeal(request),
        appeal_until=last_day_to_appeal(day_of(decision.decided_at)) if decision else None,
        reviews=reviews,
        earlier_reviews=[one for one in request.reviews if one.round < request.round],
        criteria=_criteria(request, reviews),
        n_fit=sum(one.verdict is Verdict.FIT for one in reviews),
        days=_days(request),
        late_days=_late_days(request),
        opens=opens_now(request),
        has_accepted=terms is not None and is_accepted(terms),
        terms_lines=lines_of(newest) if newest else [],
        terms_seen=fingerprint(terms) if terms else "",
        last_day=last_day(newest) if newest else None,
        erase_by=erase_by(newest) if newest else None,
        files=_files(request) if terms else [],
    )


def pace() -> Pace:
    """Return how long access took, of all requests."""
    days = sorted(days_to_access().values())
    n_in_time, n_decided = decisions_in_time()
    return Pace(sorted(Counter(days).items()), median(days) if days else None, n_in_time, n_decided)


def of_dataset(dataset: Dataset, reader: Actor) -> OfDataset | None:
    """Return the requests for a restricted dataset; None where people do not ask."""
    requests = requests_of_dataset(dataset.id)
    if not requests and not takes_requests(dataset):
        return None
    is_asker = can_request(reader) and steward_of(dataset.holder_id, reader) is None
    may_ask = takes_requests(dataset) and (is_asker or reader.role is Role.ANONYMOUS)
    own = open_request_of(dataset.id, reader.participant_id) if reader.participant_id else None
    days = sorted(days_to_access([dataset.id]).values()) if requests else []
    return OfDataset(dataset, requests, own, may_ask, median(days) if days else None)


def of_need(need: DataNeed, _reader: Actor) -> Sequence[DataRequest] | None:
    """Return the requests by which somebody wants to answer a need."""
    return requests_for_need(need.id) or None


def desk_page(reader: Actor) -> DeskPage | None:
    """Return what waits for this reader; None for whoever has nothing to do with requests."""
    keeps, seat, holders = can_keep_registry(reader), seat_of(reader), holders_of(reader)
    if not (keeps or seat or holders):
        return None
    return DeskPage(
        requests_to_review(reader) if seat else [],
        requests_to_decide(None if keeps else [one.id for one in holders]),
        appeals_to_answer() if keeps else [],
        can_keep_panel(reader),
        seat is not None,
    )


def of_holders(holders: Sequence[DataHolder], reader: Actor) -> Sequence[DataRequest]:
    """Return the requests that wait for these holders, on the desk of datasets."""
    return requests_to_decide(None if can_keep_registry(reader) else [one.id for one in holders])


def on_list(_subject: object, _reader: Actor) -> bool:
    """Say below the list of datasets that some have to be asked for. It needs no rows."""
    return True


def overdue_waiting(_analyst: Actor) -> list[Waiting]:
    """Return how many decisions and answers are late."""
    n = count_overdue()
    return [Waiting(_("기한이 지난 자료 신청"), n, url_for("datarequests.desk"))] if n else []


def _criteria(request: DataRequest, reviews: Sequence[RequestReview]) -> list[CriterionLine]:
    found = []
    for item in request.criteria.items:
        counted = Counter(review.marks.get(str(item.id)) for review in reviews)
        found.append(CriterionLine(item, {mark: counted[mark.name] for mark in Mark}))
    return found


def _days(request: DataRequest) -> int | None:
    accepted = [one.accepted_at for terms in request.terms for one in terms.acceptances]
    return (day_of(min(accepted)) - day_of(request.created_at)).days if accepted else None


def _late_days(request: DataRequest) -> int:
    decision: RequestDecision | None = request.decision
    if request.is_open:
        return max(0, (clock.today() - request.due_on).days)
    return max(0, (day_of(decision.decided_at) - decision.due_on).days) if decision else 0


def _files(request: DataRequest) -> list[DataFile]:
    return [one for one in files_of_dataset(request.dataset_id) if one.state is DataFileState.READY]


def _waits(appeal: RequestAppeal | None) -> bool:
    return appeal is not None and appeal.is_granted is None


def _reached(page: RequestPage) -> int:
    """Return the present step: 1 review, 2 decided against, 3 terms to accept, 4 files to be had, 5 all done."""
    request = page.request
    if request.is_open:
        return 1 if page.why_wait else 2
    if request.state is RequestState.APPROVED:
        return 4 if page.has_accepted else 3
    return 5 if request.erased_at else 2
