"""The usual steps of a request, by the services."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from forum.core import clock
from forum.response.datarequests.deciding import TermsWords, approve_request, refuse_request
from forum.response.datarequests.models import DataRequest, Mark, Publishing, UseKind, Verdict
from forum.response.datarequests.reviewing import add_seat, publish_criteria, review_request
from forum.response.datarequests.services import RequestWords, accept_terms, ask_for_data
from forum.response.datarequests.terms import fingerprint


def words(**changes: Any) -> RequestWords:
    today = clock.today()
    usual: dict[str, Any] = {
        "use_kind": UseKind.RESEARCH,
        "purpose": "비 오는 날 어디에 자전거가 모자라는지 보려고 해요.",
        "users": "환경 동아리 학생 4명",
        "n_users": 4,
        "safeguards": "잠긴 컴퓨터에 두고 끝나면 지워요.",
        "from_on": today,
        "until_on": today + timedelta(days=90),
    }
    return RequestWords(**(usual | changes))


def terms(**changes: Any) -> TermsWords:
    usual: dict[str, Any] = {
        "until_on": clock.today() + timedelta(days=60),
        "most_users": 4,
        "publishing": Publishing.FIGURES,
        "may_join": False,
        "erase_within_days": 14,
        "must_report": True,
    }
    return TermsWords(**(usual | changes))


def seat_panel(make: Any, n: int = 3) -> list[Any]:
    """Publish criteria and seat members; return their accounts."""
    analyst = make.analyst()
    publish_criteria(
        analyst, [("쓰임이 분명한가요?", "벌이만을 위한 것이 아니에요."), ("안전하게 두나요?", "")], seen=0
    )
    return [add_seat(analyst, make.citizen().email).account for _n in range(n)]


def ask(dataset: Any, author: Any, **changes: Any) -> DataRequest:
    return ask_for_data(dataset, author, words(**changes))


def review(request: DataRequest, member: Any, verdict: Verdict = Verdict.FIT, **changes: Any) -> None:
    marks = {one.id: Mark.YES for one in request.criteria.items}
    review_request(
        request,
        member,
        changes.get("marks", marks),
        verdict,
        changes.get("words", "쓰임이 분명해요."),
        seen=changes.get("seen", request.revision),
    )


def review_by_panel(request: DataRequest, panel: list[Any]) -> None:
    for member in panel:
        review(request, member)


def refuse(request: DataRequest, by: Any) -> None:
    refuse_request(request, by, "아직 줄 수 없어요.", seen=request.revision)


def approve(request: DataRequest, by: Any, *, accepts: bool = False) -> None:
    """Approve, and let the person accept the terms."""
    approve_request(request, by, "쓰임이 분명해요.", terms(), seen=request.revision)
    if accepts:
        accept(request)


def accept(request: DataRequest) -> None:
    account = request.author.account
    accept_terms(request, account, seen=request.revision, seen_terms=fingerprint(request.terms[-1]))
