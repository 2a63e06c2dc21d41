"""Rooms, paper and gatherings of a digest, each figure counted again from the rows."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.joint.sides import SideVotes
from forum.deliberation.rooms.models import IdeaRoom, RoomIdeaWay, RoomTally
from forum.deliberation.sheets.models import PaperTally
from forum.people.passes.models import PassKind
from forum.publication.digests.checks.gatherings import gathering_problems
from forum.publication.digests.content import PaperVotes, present_cells
from forum.publication.digests.kinds import DigestKind
from forum.publication.digests.periods import PeriodKind
from forum.voice.ideas.models import IdeaState
from tests.forum.publication.digests.collecting.told import content_of


@pytest.fixture
def rooms(make):
    """Two finished gatherings: a big one with two ideas and vote sheets, and a school's of a month ago with one."""
    campaign = make.campaign()
    big = make.gathering(campaign=campaign, state="FINISHED", title="마을회관 모임", seats=40, n_present=27)
    before = clock.now() - timedelta(days=40)
    times = dict.fromkeys(("starts_at", "started_at"), before) | {"ends_at": before + timedelta(hours=2)}
    school = make.gathering(
        campaign=campaign, state="FINISHED", title="학교 모임", n_present=6, finished_at=times["ends_at"], **times
    )
    by_phone = make.room_idea(big, make.entry(big))
    on_paper = make.room_idea(big, make.entry(big, make.guest(PassKind.PAPER)), slip=1)
    at_school = make.room_idea(school, make.entry(school))
    ideas = [by_phone, on_paper, at_school, make.idea(campaign)]
    make.paper(big, 20, {by_phone: (12, 3, 1), on_paper: (7, 0, 2)})
    make.vote(by_phone, make.citizen(), 1)
    run = make.run(campaign, [ideas])
    theme = make.theme(campaign, ideas[1:], state=ThemeState.APPROVED, run_id=run.id)
    make.referral(theme)
    db.session.commit()
    return SimpleNamespace(campaign=campaign, big=big, school=school, ideas=ideas, theme=theme)


def test_ideas_keep_their_room_and_their_paper(rooms):
    content = content_of(rooms.campaign)
    by_phone, on_paper, at_school, elsewhere = (content.idea(idea.id) for idea in rooms.ideas)
    assert (by_phone.room.title, by_phone.room.number, by_phone.room.way) == ("마을회관 모임", 1, "휴대전화로 씀")
    assert (on_paper.room.number, on_paper.room.way, on_paper.paper) == (2, "종이에 씀", PaperVotes(7, 0, 2))
    assert (at_school.room.gathering_id, at_school.paper) == (rooms.school.id, None)
    assert (elsewhere.room, elsewhere.paper) == (None, None)


def test_rooms_and_paper_equal_a_recount(rooms):
    content = content_of(rooms.campaign)
    born = sa.select(sa.func.count()).select_from(IdeaRoom).where(IdeaRoom.way != RoomIdeaWay.BROUGHT)
    marks = sa.select(sa.func.sum(PaperTally.agree + PaperTally.disagree + PaperTally.pass_))
    assert content.counts["room_ideas"] == db.session.scalar(born) == 3
    assert content.counts["paper_votes"] == db.session.scalar(marks) == 25
    assert content.counts["gatherings"] == 2
    (theme,) = content.themes
    assert (theme.paper_votes, len(theme.from_rooms)) == (PaperVotes(7, 0, 2), 2)


def test_paper_is_no_vote(rooms):
    content = content_of(rooms.campaign)
    by_phone = content.idea(rooms.ideas[0].id)
    assert (by_phone.agree, by_phone.paper.agree) == (1, 12)
    assert by_phone.support is None, "one vote is too few for a share, however many sheets there are"
    assert content.counts["votes"] == 1


def test_votes_in_rooms_and_online_are_those_of_the_idea(rooms):
    by_phone, on_paper, *_others = rooms.ideas
    for idea, room, votes in ((by_phone, rooms.big, (9, 1, 0)), (on_paper, rooms.big, (3, 1, 0))):
        agree, disagree, passed = votes
        tally = RoomTally(gathering_id=room.id, idea_id=idea.id, agree=agree, disagree=disagree, pass_=passed)
        db.session.add(tally)
        idea.tally.agree, idea.tally.disagree = 20, 30
    db.session.commit()
    content = content_of(rooms.campaign)
    [line] = content.sides.lines
    assert (line.idea_id, line.in_rooms, line.online) == (by_phone.id, SideVotes(9, 1, 0), SideVotes(11, 29, 0))
    assert (line.is_different, content.sides.n_left_out) == (True, 1)
    assert list(gathering_problems(content)) == []
    by_phone.state = IdeaState.HIDDEN
    db.session.commit()
    assert content_of(rooms.campaign).sides.lines == ()


def test_people_present_are_summed_over_the_gatherings_that_ended_in_the_period(rooms):
    whole, week = (content_of(rooms.campaign, period=kind).gatherings for kind in (PeriodKind.ALL, PeriodKind.WEEK))
    assert (whole.ended, whole.present, whole.is_rounded) == (2, 33, False)
    assert (week.ended, week.present, week.ended_ever) == (1, 27, 2)
    assert [(line.title, line.ideas, line.present, line.is_in_period) for line in week.lines] == [
        ("마을회관 모임", 2, 27, True),
        ("학교 모임", 1, 6, False),
    ]


def test_a_ministrys_digest_names_only_the_gatherings_of_its_ideas(rooms, make):
    make.gathering(campaign=rooms.campaign, state="FINISHED", title="제안이 없는 모임", n_present=8)
    db.session.commit()
    titles = {line.title for line in content_of(rooms.campaign).gatherings.lines}
    assert titles == {"마을회관 모임", "학교 모임", "제안이 없는 모임"}
    brief = content_of(rooms.campaign, kind=DigestKind.THEME, theme_id=rooms.theme.id)
    assert {line.title for line in brief.gatherings.lines} == {"마을회관 모임", "학교 모임"}


def test_a_hidden_gathering_is_not_named(rooms):
    rooms.big.is_hidden = True
    db.session.commit()
    content = content_of(rooms.campaign)
    assert [line.title for line in content.gatherings.lines] == ["학교 모임"]
    assert content.idea(rooms.ideas[0].id).room is None
    assert content.counts["room_ideas"] == 1


@pytest.mark.parametrize(
    ("present", "cells", "together", "is_rounded"),
    [
        ({1: 27, 2: 6}, {1: 27, 2: 6}, 33, False),
        ({1: 27, 2: 3, 3: 30}, {1: None, 2: None, 3: 30}, 60, True),
        ({1: 3}, {1: None}, None, False),
        ({1: 20, 2: 3}, {1: None, 2: None}, None, False),
        ({}, {}, None, False),
    ],
)
def test_a_small_room_is_hidden_also_from_who_subtracts(present, cells, together, is_rounded):
    found = present_cells(present)
    assert (found.of_rooms, found.together, found.is_rounded) == (cells, together, is_rounded)


def test_many_rooms_cost_no_more_statements_than_few(rooms, make, count_queries):
    before = count_queries(lambda: content_of(rooms.campaign))
    for _n in range(5):
        gathering = make.gathering(campaign=rooms.campaign, state="FINISHED", n_present=8)
        make.room_idea(gathering, make.entry(gathering))
    db.session.commit()
    assert count_queries(lambda: content_of(rooms.campaign)) == before
