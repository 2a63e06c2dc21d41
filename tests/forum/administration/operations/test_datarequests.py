"""`flask forum check` and requests for data: what the services leave is right, and each planted error is named."""

from __future__ import annotations

import pytest

from forum.administration.mydata.services import delete_account
from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.datarequests import REQUEST_CHECKS
from forum.administration.operations.queries import recount
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.response.datarequests.models import DataRequest, RequestState
from tests.forum.response.datarequests.steps import approve, ask, refuse, review_by_panel, seat_panel
from tests.unguarded import unguarded

TABLES = (
    "data_request",
    "data_request_review",
    "data_request_decision",
    "data_request_acceptance",
    "data_panel_seat",
    "data_request_terms",
)


@pytest.fixture
def played(once, make):
    """A refused request, an approved one and one in review, as the services make them. Ids alone."""

    def build():
        panel, dataset = seat_panel(make), make.restricted_dataset()
        steward = make.data_steward(dataset.holder).account
        waiting, refused, approved = (ask(dataset, make.citizen()) for _n in range(3))
        for request in (refused, approved):
            review_by_panel(request, panel)
        refuse(refused, steward)
        approve(approved, steward, accepts=True)
        return {"waiting": waiting.id, "refused": refused.id, "approved": approved.id}

    return once(build)


def plant(statement: str) -> None:
    with unguarded(*TABLES) as connection:
        connection.exec_driver_sql(statement)
    db.session.expire_all()


def differences() -> list[str]:
    own = [finding for finding in recorded_rows() if "(data_request" in finding.name or "(data_panel" in finding.name]
    return [line for finding in [*recount(), *own] for line in finding.differences]


def test_requests_are_recounted_without_a_difference_also_after_somebody_left(played):
    assert all(check().n_checked for check in REQUEST_CHECKS)
    assert differences() == []
    for name in ("waiting", "approved"):
        request = db.session.get(DataRequest, played[name])
        delete_account(request.author.account, SYSTEM, keep_posts=False)
        db.session.commit()
        gone = db.session.get(DataRequest, played[name])
        assert (gone.state, gone.users, gone.safeguards) == (
            RequestState.REMOVED if name == "waiting" else RequestState.WITHDRAWN,
            "",
            "",
        )
    assert differences() == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE data_request SET state = 'APPROVED' WHERE id = {waiting}", "자료 신청 {waiting}번"),
        ("UPDATE data_request SET state = 'REVIEW' WHERE id = {refused}", "자료 신청 {refused}번"),
        ("UPDATE data_request SET round = 2 WHERE id = {refused}", "자료 신청 {refused}번"),
        ("UPDATE data_request_decision SET is_approved = true WHERE request_id = {refused}", "자료 신청 {refused}번"),
        ("UPDATE data_panel_seat SET added_at = '2099-01-01', ended_at = NULL", "심사 의견"),
        ("UPDATE data_request_terms SET set_at = '2099-01-01'", "조건 동의"),
    ],
)
def test_a_planted_error_is_named(played, statement, said):
    plant(statement.format(**played))
    assert any(said.format(**played) in line for line in differences())
