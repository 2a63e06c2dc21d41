"""Checks of paper: slips have passes and ideas, and accepted vote sheets are what two people counted."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from forum.administration.operations.findings import Finding
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, IdeaRoom
from forum.deliberation.sheets.models import PaperResult, PaperTally, SheetCount
from forum.people.passes.models import GuestPass, PassKind

Numbers = dict[int, tuple[int, int, int]]


def slips() -> Finding:
    """Check that each pass on paper has one entry, and each entry on paper one idea on its room's table."""
    is_placed = sa.exists().where(
        IdeaRoom.entry_id == GatheringEntry.id,
        IdeaRoom.gathering_id == GatheringEntry.gathering_id,
        IdeaRoom.slip_number.is_not(None),
    )
    query = (
        sa.select(GuestPass.id, GatheringEntry.id, GatheringEntry.way, is_placed)
        .outerjoin(GatheringEntry, GatheringEntry.pass_id == GuestPass.id)
        .where(GuestPass.kind == PassKind.PAPER, GuestPass.joined_at.is_(None))
        .order_by(GuestPass.id)
    )
    finding = Finding(_("제안 쪽지와 그 제안"), 0)
    for pass_id, entry_id, way, has_idea in db.session.execute(query):
        finding.n_checked += 1
        if entry_id is None or way is not EntryWay.PAPER:
            finding.differences.append(_("참여권 %(id)s번: 종이인데 모임의 종이 참여자가 없습니다", id=pass_id))
        elif not has_idea:
            finding.differences.append(_("참여자 %(id)s번: 종이 참여자인데 옮겨 적은 제안이 없습니다", id=entry_id))
    return finding


def paper_results() -> Finding:
    """Recount each accepted result from the two counts that it was made of."""
    tallies: dict[int, Numbers] = {}
    for row in db.session.scalars(sa.select(PaperTally).order_by(PaperTally.gathering_id, PaperTally.idea_id)):
        tallies.setdefault(row.gathering_id, {})[row.idea_id] = (row.agree, row.disagree, row.pass_)
    query = sa.select(SheetCount).order_by(SheetCount.id).options(selectinload(SheetCount.rows))
    counts = {(one.gathering_id, one.counted_by_id): one for one in db.session.scalars(query)}
    finding = Finding(_("두 사람이 센 투표지"), 0)
    for result in db.session.scalars(sa.select(PaperResult).order_by(PaperResult.gathering_id)):
        finding.n_checked += 1
        accepted = (result.n_sheets, tallies.get(result.gathering_id, {}))
        both = [counts.get((result.gathering_id, who)) for who in (result.first_by_id, result.second_by_id)]
        if any(one is None or (one.n_sheets, _numbers(one)) != accepted for one in both):
            finding.differences.append(
                _("모임 %(id)s번: 정해진 결과가 두 사람이 센 수와 다릅니다", id=result.gathering_id)
            )
    return finding


def sheets_and_people() -> Finding:
    """Check that no more people voted, by device and on paper, than there were in a finished room."""
    query = sa.select(GatheringEntry.gathering_id).where(
        GatheringEntry.way != EntryWay.PAPER, GatheringEntry.admitted_at.is_not(None)
    )
    admitted = Counter(db.session.scalars(query.order_by(GatheringEntry.gathering_id)))
    finished = (
        sa.select(Gathering.id, Gathering.n_present, PaperResult.n_sheets)
        .join(PaperResult, PaperResult.gathering_id == Gathering.id)
        .where(Gathering.state == GatheringState.FINISHED)
        .order_by(Gathering.id)
    )
    finding = Finding(_("투표지와 온 사람의 수"), 0)
    for gathering_id, n_present, n_sheets in db.session.execute(finished):
        finding.n_checked += 1
        if n_sheets + admitted[gathering_id] > (n_present or 0):
            finding.differences.append(
                _("모임 %(id)s번: 출석을 확인한 사람과 투표지를 더하면 온 사람보다 많습니다", id=gathering_id)
            )
    return finding


def _numbers(count: SheetCount) -> Numbers:
    return {row.idea_id: (row.agree, row.disagree, row.pass_) for row in count.rows}


PAPER_CHECKS = (slips, paper_results, sheets_and_people)
