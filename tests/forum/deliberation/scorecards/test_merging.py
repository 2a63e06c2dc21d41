from __future__ import annotations

from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.council.models import GroupKind
from forum.deliberation.rounds.conflicts import declare_conflict
from forum.deliberation.rounds.long_list import merge_task
from forum.deliberation.rounds.models import ConflictStatement, StageKind
from forum.deliberation.rounds.queries import Member


def test_a_merge_takes_out_what_was_scored_by_those_with_a_tie_to_the_other_task(make):
    round_ = make.council_round(present=StageKind.PEOPLE_TEAM)
    team, author = make.council_group(round_.term, kind=GroupKind.TEAM), make.citizen()
    wrote, declared, free = (make.team_member(team, who) for who in (author, None, None))
    merged, target = make.task(round_, [make.idea(round_.campaign, author)]), make.task(round_)
    declare_conflict(merged, declared.account, "우리 모임의 일이에요.")
    cards = [make.scorecard(target, Member(team_member=one)) for one in (wrote, declared, free)]
    merge_task(merged, make.account(Role.ANALYST), target, "같은 일이에요.", seen=1)
    assert [card.taken_out_at is not None for card in cards] == [True, True, False]
    assert db.session.query(ConflictStatement).count() == 1, "nobody is said to have written an idea"
