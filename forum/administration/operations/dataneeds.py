"""Checks of needs for data: states against what is offered and decided, and who joined.

Everything here is worked out from the rows in plain Python, and not by what the services and pages use.
"""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Account, Participant
from forum.response.dataneeds.models import DataNeed, NeedJoin, NeedOffer, NeedState
from forum.response.datasets.models import Dataset, DatasetState

MAY_HAVE_OFFERS = (NeedState.OFFERED, NeedState.SETTLED, NeedState.REFUSED)
MUST_HAVE_OFFERS = (NeedState.OFFERED, NeedState.SETTLED)


def need_states() -> Finding:
    """Compare the state of each need with its offers, and when it was decided with when it was asked."""
    finding = Finding(_("필요한 자료의 상태와 내놓은 자료"), 0)
    offers = Counter(db.session.scalars(sa.select(NeedOffer.need_id)))
    query = sa.select(DataNeed.id, DataNeed.state, DataNeed.created_at, DataNeed.decided_at).order_by(DataNeed.id)
    for need_id, state, created_at, decided_at in db.session.execute(query):
        finding.n_checked += 1
        n = offers[need_id]
        if (n and state not in MAY_HAVE_OFFERS) or (not n and state in MUST_HAVE_OFFERS):
            told = {"id": need_id, "state": state.label, "n": n}
            finding.differences.append(_("자료 요청 %(id)s번: ‘%(state)s’인데 내놓은 자료가 %(n)s개입니다", **told))
        if decided_at is not None and decided_at < created_at:
            finding.differences.append(_("자료 요청 %(id)s번: 적기 전에 끝났습니다", id=need_id))
    return finding


def need_offers() -> Finding:
    """Look for offers of datasets that were never more than a proposal, and for those made before the need."""
    finding = Finding(_("필요한 자료에 내놓은 자료의 상태"), 0)
    query = (
        sa.select(NeedOffer.need_id, NeedOffer.dataset_id, NeedOffer.offered_at, DataNeed.created_at, Dataset.state)
        .join(DataNeed, DataNeed.id == NeedOffer.need_id)
        .join(Dataset, Dataset.id == NeedOffer.dataset_id)
        .order_by(NeedOffer.need_id, NeedOffer.dataset_id)
    )
    for need_id, dataset_id, offered_at, created_at, state in db.session.execute(query):
        finding.n_checked += 1
        if state is DatasetState.PROPOSED or offered_at < created_at:
            told = {"id": need_id, "dataset": dataset_id}
            finding.differences.append(_("자료 요청 %(id)s번: 자료 %(dataset)s번을 내놓을 수 없었습니다", **told))
    return finding


def need_joins() -> Finding:
    """Look for joins of people who may not: guests, closed accounts, and authors of the need."""
    finding = Finding(_("함께 알고 싶다고 한 사람"), 0)
    query = (
        sa.select(NeedJoin.need_id, NeedJoin.participant_id, DataNeed.author_id, Account.active)
        .join(DataNeed, DataNeed.id == NeedJoin.need_id)
        .join(Participant, Participant.id == NeedJoin.participant_id)
        .outerjoin(Account, Account.id == Participant.account_id)
        .order_by(NeedJoin.need_id, NeedJoin.participant_id)
    )
    for need_id, participant_id, author_id, is_active in db.session.execute(query):
        finding.n_checked += 1
        if participant_id == author_id or not is_active:
            told = {"id": need_id, "who": participant_id}
            finding.differences.append(_("자료 요청 %(id)s번: 참여자 %(who)s번은 함께할 수 없습니다", **told))
    return finding


NEED_CHECKS = (need_states, need_offers, need_joins)
