"""Check of the council: that its seats and teams are held by people who may hold them, each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.models import CouncilGroup, GroupSeat, Seat, TeamMember
from forum.people.accounts.models import Account

RUN_THE_COUNCIL = {"ANALYST", "ADMIN"}
"""Written out here, so that a change elsewhere is noticed."""


def council_seats() -> Finding:
    """Look at each seat, group and membership with plain loops, and not with what services ask."""
    finding = Finding(_("협의회의 자리와 국민포럼팀"), 0)
    accounts = {account.id: account for account in db.session.scalars(sa.select(Account)) if account.active}
    seats = db.session.scalars(sa.select(Seat).order_by(Seat.id)).all()
    groups = {group.id: group for group in db.session.scalars(sa.select(CouncilGroup))}
    finding.n_checked = len(seats)
    finding.differences += _wrong_seats(seats, accounts)
    finding.differences += _wrong_groups(seats, groups)
    present = sa.select(TeamMember).where(TeamMember.left_at.is_(None)).order_by(TeamMember.id)
    members = db.session.scalars(present).all()
    held = {(seat.term_id, seat.account_id) for seat in seats if seat.ended_at is None}
    for member in members:
        finding.n_checked += 1
        group, account = groups[member.group_id], accounts.get(member.account_id)
        is_right = group.kind.name == "TEAM" and account is not None and account.role.name in {"CITIZEN", "FACILITATOR"}
        if not is_right or (group.term_id, member.account_id) in held:
            finding.differences.append(_("국민포럼팀 기록 %(id)s번: 들어올 수 없는 사람입니다", id=member.id))
    return finding


def _wrong_seats(seats: Sequence[Seat], accounts: dict[int, Account]) -> Iterator[str]:
    chairs = Counter((seat.term_id, seat.kind) for seat in seats if seat.is_chair and seat.ended_at is None)
    people = Counter((seat.term_id, seat.account_id or 0) for seat in seats if seat.ended_at is None)
    for seat in seats:
        if seat.ended_at is not None:
            if seat.is_chair:
                yield _("자리 %(id)s번: 끝났는데 공동위원장입니다", id=seat.id)
            continue
        for account_id in (seat.account_id, seat.substitute_id):
            account = accounts.get(account_id or 0)
            if account_id is not None and (account is None or account.role.name in RUN_THE_COUNCIL):
                yield _("자리 %(id)s번: 앉을 수 없는 계정 %(account)s번입니다", id=seat.id, account=account_id)
        holds_two = seat.account_id is not None and people[seat.term_id, seat.account_id] > 1
        if holds_two or (seat.is_chair and chairs[seat.term_id, seat.kind] > 1):
            yield _("자리 %(id)s번: 하나여야 하는 자리가 둘입니다", id=seat.id)


def _wrong_groups(seats: Sequence[Seat], groups: dict[int, CouncilGroup]) -> Iterator[str]:
    terms = {seat.id: seat.term_id for seat in seats}
    for one in db.session.scalars(sa.select(GroupSeat).order_by(GroupSeat.group_id, GroupSeat.seat_id)):
        group = groups[one.group_id]
        if group.kind.name == "TEAM" or terms[one.seat_id] != group.term_id:
            yield _("분과 %(group)s번: 자리 %(seat)s번이 들 수 없습니다", group=one.group_id, seat=one.seat_id)
