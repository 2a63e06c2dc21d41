"""Checks of uses of data: their datasets, charts and checks against what they say of themselves.

Everything here is worked out from the rows in plain Python, and not by what the services and pages use.
"""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Participant
from forum.response.dataneeds.models import DataNeed
from forum.response.datauses.charting import MAX_ROWS, MIN_ROWS
from forum.response.datauses.models import MAX_DATASETS, DataUse, DataUseDataset, UseState


def use_datasets() -> Finding:
    """Look for uses with no dataset, or with too many, and for charts without a title or of too many rows."""
    finding = Finding(_("자료로 알게 된 것의 자료와 그림"), 0)
    n_datasets = Counter(db.session.scalars(sa.select(DataUseDataset.use_id)))
    query = sa.select(DataUse.id, DataUse.chart_title, DataUse.chart_rows).order_by(DataUse.id)
    for use_id, title, rows in db.session.execute(query):
        finding.n_checked += 1
        if not 1 <= n_datasets[use_id] <= MAX_DATASETS:
            told = {"id": use_id, "n": n_datasets[use_id]}
            finding.differences.append(_("자료로 알게 된 것 %(id)s번: 쓴 자료가 %(n)s개입니다", **told))
        is_chart = bool(title) and MIN_ROWS <= len(rows) <= MAX_ROWS
        if (title or rows) and not is_chart:
            finding.differences.append(_("자료로 알게 된 것 %(id)s번: 그림의 제목과 행이 맞지 않습니다", id=use_id))
    return finding


def use_checks() -> Finding:
    """Look for uses that their own author checked, or that were published or returned before they were written."""
    finding = Finding(_("자료로 알게 된 것을 확인한 사람과 때"), 0)
    query = (
        sa.select(
            DataUse.id,
            DataUse.created_at,
            DataUse.published_at,
            DataUse.checked_at,
            DataUse.corrected_at,
            DataUse.checked_by_id,
            Participant.account_id,
        )
        .join(Participant, Participant.id == DataUse.author_id)
        .order_by(DataUse.id)
    )
    for use_id, created_at, published_at, checked_at, corrected_at, checked_by, author in db.session.execute(query):
        finding.n_checked += 1
        if checked_by is not None and checked_by == author:
            finding.differences.append(_("자료로 알게 된 것 %(id)s번: 쓴 사람이 스스로 확인했습니다", id=use_id))
        times = [one for one in (published_at, checked_at) if one is not None]
        is_early = any(one < created_at for one in times) or (
            corrected_at is not None and published_at is not None and corrected_at < published_at
        )
        if is_early:
            finding.differences.append(_("자료로 알게 된 것 %(id)s번: 때가 앞뒤가 맞지 않습니다", id=use_id))
    return finding


def use_needs() -> Finding:
    """Look for uses about another thing than the need they answer, and for needs settled with two uses at once."""
    finding = Finding(_("자료로 알게 된 것과 자료 요청"), 0)
    names = ("campaign_id", "idea_id", "theme_id", "referral_id", "task_id")
    query = sa.select(DataUse, DataNeed).join(DataNeed, DataNeed.id == DataUse.need_id).order_by(DataUse.id)
    settled: Counter[int] = Counter()
    for use, need in db.session.execute(query):
        finding.n_checked += 1
        if any(getattr(use, name) != getattr(need, name) for name in names):
            finding.differences.append(
                _("자료로 알게 된 것 %(id)s번: 자료 요청과 다른 것에 대해 적었습니다", id=use.id)
            )
        if use.state is not UseState.REMOVED and use.settled_at is not None and use.settled_at == need.decided_at:
            settled[need.id] += 1
    twice = sorted(need_id for need_id, n in settled.items() if n > 1)
    finding.differences += [_("자료 요청 %(id)s번: 두 가지로 한꺼번에 풀렸습니다", id=need_id) for need_id in twice]
    return finding


USE_CHECKS = (use_datasets, use_checks, use_needs)
