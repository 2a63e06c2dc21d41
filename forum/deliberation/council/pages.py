"""What the public page of a term shows, and where higher slices add what they know of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from forum.core.access import Actor
from forum.core.extensions import db
from forum.deliberation.council.models import CouncilGroup, CouncilTerm, GroupKind, Seat, TeamMember
from forum.deliberation.council.permissions import can_appoint, can_run_council
from forum.deliberation.council.queries import (
    group_seats,
    groups_of,
    membership_of,
    seat_as_substitute,
    seat_of,
    seats_in_office,
)

TermPanel = tuple[int, str, Callable[[CouncilTerm, Actor], Any]]
_panels: list[TermPanel] = []


def register_term_panel(order: int, template: str, data: Callable[[CouncilTerm, Actor], Any]) -> None:
    """Let a slice show something on a term's page: its rounds, its meetings.

    :param data: what the template gets as `panel`; None leaves the panel out
    """
    if template not in [known for _order, known, _data in _panels]:
        _panels.append((order, template, data))
        _panels.sort(key=lambda one: one[:2])


def term_panels(term: CouncilTerm, actor: Actor) -> list[tuple[str, Any]]:
    """Return template and data of the panels that have something to show."""
    found = [(template, data(term, actor)) for _order, template, data in _panels]
    return [(template, data) for template, data in found if data is not None]


@dataclass(frozen=True)
class GroupLine:
    """:param n_citizens: of a team, whose people are not named"""

    group: CouncilGroup
    seats: Sequence[Seat]
    n_citizens: int


@dataclass(frozen=True)
class TermPage:
    term: CouncilTerm
    seats: Sequence[Seat]
    ended: Sequence[Seat]
    groups: Sequence[GroupLine]
    own_seat: Seat | None
    own_membership: TeamMember | None
    stands_in_for: Seat | None
    may_appoint: bool
    may_run: bool


def term_page(term: CouncilTerm, actor: Actor) -> TermPage:
    ended = sa.select(Seat).where(Seat.term_id == term.id, Seat.ended_at.is_not(None)).order_by(Seat.ended_at, Seat.id)
    per_team = (
        sa.select(TeamMember.group_id, sa.func.count())
        .join(CouncilGroup, CouncilGroup.id == TeamMember.group_id)
        .where(CouncilGroup.term_id == term.id, TeamMember.left_at.is_(None))
        .group_by(TeamMember.group_id)
    )
    citizens = {row[0]: row[1] for row in db.session.execute(per_team)}
    groups = [
        GroupLine(group, () if group.kind is GroupKind.TEAM else group_seats(group.id), citizens.get(group.id, 0))
        for group in groups_of(term.id)
    ]
    return TermPage(
        term,
        seats_in_office(term.id),
        db.session.scalars(ended).all(),
        groups,
        seat_of(actor, term.id),
        membership_of(actor, term.id),
        seat_as_substitute(actor, term.id),
        can_appoint(actor),
        can_run_council(actor),
    )
