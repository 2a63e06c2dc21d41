"""Facts about requests for data, for the audit (`forum.system.audit.facts`). Words of the person are not in them."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.response.datarequests.models import (
    DataCriteria,
    DataCriterion,
    PanelSeat,
    RequestAppeal,
    RequestDecision,
    RequestTerms,
)
from forum.system.audit.facts import fact_kind

REQUEST_DECISIONS = fact_kind(
    "data_request_decision",
    _l("자료 신청의 결정"),
    sa.select(
        RequestDecision.id,
        RequestDecision.request_id,
        RequestDecision.round,
        RequestDecision.is_approved,
        RequestDecision.reason,
        RequestDecision.by_holder,
        RequestDecision.decided_by_id,
        RequestDecision.due_on,
        RequestDecision.decided_at,
    ),
)
REQUEST_TERMS = fact_kind(
    "data_request_terms",
    _l("자료 신청의 승인 조건"),
    sa.select(
        RequestTerms.id,
        RequestTerms.request_id,
        RequestTerms.number,
        RequestTerms.until_on,
        RequestTerms.most_users,
        RequestTerms.publishing,
        RequestTerms.may_join,
        RequestTerms.erase_within_days,
        RequestTerms.must_report,
        RequestTerms.more,
        RequestTerms.set_by_id,
        RequestTerms.set_at,
    ),
)
REQUEST_APPEALS = fact_kind(
    "data_request_appeal",
    _l("자료 신청의 이의 신청 답"),
    sa.select(
        RequestAppeal.request_id,
        RequestAppeal.is_granted,
        RequestAppeal.answer,
        RequestAppeal.answered_by_id,
        RequestAppeal.answered_at,
    ).where(RequestAppeal.is_granted.is_not(None)),
)
PANEL_SEATS = fact_kind(
    "data_panel_seat",
    _l("공익 심사위원의 자리"),
    sa.select(PanelSeat.id, PanelSeat.account_id, PanelSeat.added_by_id, PanelSeat.added_at, PanelSeat.ended_at),
)
CRITERIA = fact_kind(
    "data_criteria",
    _l("자료 심사 기준"),
    sa.select(DataCriteria.id, DataCriteria.number, DataCriteria.published_by_id, DataCriteria.published_at),
    [sa.select(DataCriterion.criteria_id, DataCriterion.position, DataCriterion.question, DataCriterion.explanation)],
)
