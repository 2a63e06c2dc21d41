"""The council itself in the small world: a term with a seat, a sub-committee, and a team of one citizen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forum.deliberation.council.models import GroupKind

if TYPE_CHECKING:
    from tests.project.rights.world import World

NOWHERE = 2_000_000_000


def build_council(world: World, hidden_name: str) -> None:
    """Add the term's things, of which nothing is the actor's; `hidden_name` is who is in the team.

    No rights come of them: what a member may do hangs on a seat of their own, see `rounds_world.py`.
    """
    make = world.make
    term = make.term()
    seat = make.seat(term)
    group = make.council_group(term, [seat])
    team = make.council_group(term, kind=GroupKind.TEAM)
    member = make.team_member(team, make.citizen(display_name=hidden_name))
    newcomer = make.citizen()
    world.objects |= {
        "council:present": {"number": term.number, "seen": 1},
        "council:missing": {"number": NOWHERE, "seen": 1},
        "seat:others": {"seat_id": seat.id, "seen": 1},
        "seat:missing": {"seat_id": NOWHERE, "seen": 1},
        "group:sub-committee": {"group_id": group.id, "seen": 1},
        "group:team": {"group_id": team.id, "seen": 1, "newcomer": newcomer.email},
        "group:missing": {"group_id": NOWHERE, "seen": 1, "newcomer": newcomer.email},
        "membership:others": {"member_id": member.id},
        "membership:missing": {"member_id": NOWHERE},
    }
