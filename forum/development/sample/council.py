"""The sample's council: its members and groups, a round that is finished, and one under way.

`data/sample/council.json` says who, what and when. `council_rounds.py` plays the rounds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.council.models import CouncilGroup, CouncilTerm, GroupKind, Seat, TeamMember
from forum.deliberation.council.services import add_group, add_team_member, add_term, appoint
from forum.development.sample.people import ADMIN, CHAIR, COUNCIL, GOVERNMENT_CHAIR
from forum.development.sample.stage import Stage
from forum.development.sample.voices import FOLDER
from forum.people.accounts.models import Account, CouncilSeat
from forum.people.accounts.services import add_account

Story = dict[str, Any]
SIGN_INS = {"chair": CHAIR, "gov-chair": GOVERNMENT_CHAIR, "council": COUNCIL}


@dataclass
class Council:
    """The council as it is set up: rows by the keys of the story."""

    story: Story
    term: CouncilTerm | None = None
    seats: dict[str, Seat] = field(default_factory=dict)
    groups: dict[str, CouncilGroup] = field(default_factory=dict)
    team: list[TeamMember] = field(default_factory=list)

    def account(self, key: str) -> Account:
        account = self.seats[key].account
        assert account is not None
        return account


def plan_council(stage: Stage) -> Council:
    """Plan the council's first day; its rounds are planned by `council_rounds.plan_rounds`."""
    council = Council(json.loads((FOLDER / "council.json").read_text(encoding="utf-8")))
    stage.plan(council.story["term"]["began_days_ago"], lambda: _set_up(stage, council))
    return council


def _set_up(stage: Stage, council: Council) -> None:
    admin, plan = stage.staff[ADMIN], council.story["term"]
    today = clock.today()
    council.term = add_term(admin, plan["number"], today, today + timedelta(days=plan["days"]))
    for member in council.story["members"]:
        _appoint(stage, council, member)
    for key, group in council.story["groups"].items():
        seats = [council.seats[one] for one in group.get("members", ())]
        made = add_group(council.term, admin, GroupKind[group["kind"]], group["name"], group["about"], seats)
        council.groups[key] = made
        for account, _group in stage.people[: group.get("people", 0)]:
            council.team.append(add_team_member(made, admin, account))
    db.session.flush()


def _appoint(stage: Stage, council: Council, member: Story) -> None:
    key = member["key"]
    label = SIGN_INS.get(key)
    account = stage.staff[label] if label else _member_account(key, member["name"])
    assert council.term is not None
    council.seats[key] = appoint(
        council.term,
        stage.staff[ADMIN],
        CouncilSeat[member["kind"]],
        account.display_name,
        member["office"],
        account,
        member.get("substitute", ""),
        is_chair=member.get("chair", False),
    )


def _member_account(key: str, name: str) -> Account:
    """Create a member's account; without a password."""
    return add_account(f"council-{key}@sample.invalid", name, None, birth_year=1975, is_sample=True)
