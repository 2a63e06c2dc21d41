from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import Cluster, ClusterMember, MemberSource, ThemeIdea, ThemeRun, ThemeState
from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.publication.digests.charts.over_time import MAX_COLUMNS
from forum.publication.digests.collecting import collect
from forum.publication.digests.collecting.headline import headline_of
from forum.publication.digests.collecting.ideas import n_authors, n_people, over_time
from forum.publication.digests.content import Period
from forum.publication.digests.models import DigestKind, PeriodKind
from forum.publication.digests.plan import DigestPlan, DigestRequest
from forum.publication.digests.services import start_digest
from forum.publication.representation.models import Dimension, ParticipantCount
from forum.response.referrals.models import AssignmentState, MinistryAssignment
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.votes.models import Vote
from tests.forum.publication.digests.collecting.told import content_of, told_world
from tests.forum.publication.digests.contents import idea as idea_line
from tests.unguarded import unguarded


@pytest.fixture
def told(make):
    return told_world(make)


def as_text(content) -> str:
    return json.dumps(content.as_dict(), default=str, ensure_ascii=False)


def test_the_numbers_equal_a_recount(told):
    content = content_of(told.campaign)
    open_here = sa.and_(Idea.campaign_id == told.campaign.id, Idea.state == IdeaState.OPEN)
    votes = sa.select(sa.func.count(Vote.value)).join(Idea, Idea.id == Vote.idea_id).where(open_here)
    counts = content.counts
    assert counts["ideas"] == db.session.scalar(sa.select(sa.func.count(Idea.id)).where(open_here)) == 6
    assert counts["votes"] == db.session.scalar(votes) == 5
    assert (counts["voters"], counts["comments"], counts["imported"]) == (3, 1, 1)
    assert (counts["clustered"], counts["unthemed"], counts["without_body"]) == (5, 1, 1)
    assert (counts["themes"], counts["referrals"], counts["answered"], counts["promised"]) == (1, 1, 1, 1)
    came = {"ideas": 6, "votes": 5, "comments": 1, "answers": 1, "gatherings": 0, "room_ideas": 0}
    assert content.period_counts == came
    assert [(line.on_time, line.late, line.overdue, line.waiting) for line in content.on_time] == [(1, 0, 0, 0)]


def test_each_number_can_be_traced_to_ideas_and_no_withdrawn_one_is_there(told):
    content = content_of(told.campaign)
    assert [idea.id for idea in content.ideas] == sorted(idea.id for idea in [*told.ideas, told.alone])
    (theme,) = content.themes
    assert [idea.id for idea in theme.ideas] == [told.ideas[0].id, told.ideas[1].id]
    assert {key for cluster in content.clusters for key in cluster.idea_ids} == {idea.id for idea in told.ideas}
    assert "거두어들인 제안" not in as_text(content)


def test_nobody_is_named(told):
    author = told.ideas[0].author.account
    name, email = author.display_name, author.email
    whole = as_text(content_of(told.campaign))
    assert name not in whole
    assert email not in whole


def test_it_says_when_the_ideas_were_read_and_when_the_votes_were_counted(told):
    earlier = told.run.data_cut_at - timedelta(days=3)
    with unguarded("theme_run") as connection:
        connection.execute(sa.update(ThemeRun).values(data_cut_at=earlier))
    content = content_of(told.campaign)
    assert content.run_read_at == earlier
    assert content.data_cut_at - content.run_read_at >= timedelta(days=3)


def test_a_copy_is_one_only_while_its_original_is_there(told):
    first, second, third, gone = (idea.id for idea in (*told.ideas[:3], told.gone))
    with unguarded("cluster_member") as connection:
        for idea_id, original_id in ((second, first), (third, gone)):
            own = ClusterMember.idea_id == idea_id
            connection.execute(sa.update(ClusterMember).where(own).values(copy_of_id=original_id))
    content = content_of(told.campaign)
    assert {idea.id: idea.copy_of for idea in content.ideas if idea.copy_of} == {second: first}
    assert (content.counts["copies"], content.themes[0].copies) == (1, 1)
    assert second not in content.headline.idea_ids
    assert second not in {voice.idea_id for voice in content.themes[0].voices}


def test_an_empty_run_makes_an_honest_content(make):
    campaign = make.campaign()
    make.run(campaign, [])
    content = content_of(campaign)
    assert set(content.counts.values()) == {0}
    assert (content.over_time.points, content.crossings, content.opinion, content.changes) == ((), (), None, None)
    assert content.headline.idea_ids == ()
    assert content.headline.why == "아직 담을 제안이 없어요."


def test_a_theme_that_lost_its_ideas_is_told_with_none(told):
    for idea in told.ideas:
        idea.state = IdeaState.WITHDRAWN
    db.session.commit()
    (theme,) = content_of(told.campaign, kind=DigestKind.THEME, theme_id=told.theme.id).themes
    assert (theme.ideas, theme.voices, theme.representatives, theme.support, theme.people) == ((), (), (), None, 0)


@pytest.fixture
def two_letters(told, make):
    """A second theme and its letter to another ministry."""
    other = make.theme(told.campaign, told.ideas[3:4], state=ThemeState.APPROVED, run_id=told.run.id)
    told.other, told.second = other, make.referral(other)
    db.session.commit()
    return told


def test_a_ministrys_digest_holds_its_letters_and_their_ideas_only(two_letters):
    ministry = two_letters.letter.lead.ministry
    content = content_of(two_letters.campaign, kind=DigestKind.MINISTRY, ministry=ministry.code)
    assert content.ministry == ministry.name
    assert [theme.id for theme in content.themes] == [two_letters.theme.id]
    assert [letter.number for letter in content.themes[0].referrals] == [two_letters.letter.code]
    assert [idea.id for idea in content.ideas] == [idea.id for idea in two_letters.ideas[:2]]
    assert (content.counts["ideas"], content.counts["votes"], content.counts["voters"]) == (2, 4, 3)
    assert [cluster.idea_ids for cluster in content.clusters] == [tuple(idea.id for idea in two_letters.ideas[:2])]
    assert content.unthemed == ()
    assert [line.ministry for line in content.on_time] == [ministry.name]


def test_a_ministry_that_helps_has_the_letter_and_one_that_passed_it_on_has_not(two_letters, make):
    helper, former = make.ministry(), make.ministry()
    for ministry, state in ((helper, AssignmentState.REVIEWING), (former, AssignmentState.TRANSFERRED)):
        values = {"referral_id": two_letters.second.id, "ministry_id": ministry.id, "is_lead": False, "state": state}
        db.session.add(MinistryAssignment(arrived_on=clock.today(), acknowledged_at=clock.now(), **values))
    db.session.commit()
    content = content_of(two_letters.campaign, kind=DigestKind.MINISTRY, ministry=helper.code)
    assert [theme.id for theme in content.themes] == [two_letters.other.id]
    plan = start_digest(
        two_letters.campaign, SYSTEM, DigestRequest(kind=DigestKind.MINISTRY, ministry=helper.code)
    ).arguments | {"ministry_id": former.id}
    assert collect(DigestPlan.of(plan)).content.themes == ()


def test_a_themes_brief_holds_one_theme(two_letters):
    content = content_of(two_letters.campaign, kind=DigestKind.THEME, theme_id=two_letters.other.id)
    assert ([theme.id for theme in content.themes], content.theme_id) == ([two_letters.other.id], two_letters.other.id)
    assert [idea.id for idea in content.ideas] == [two_letters.ideas[3].id]
    assert [line.waiting for line in content.on_time] == [1]


def test_a_theme_that_is_no_more_approved_is_refused_in_words(told, make):
    draft = make.theme(told.campaign, [], state=ThemeState.APPROVED)
    plan = start_digest(told.campaign, SYSTEM, DigestRequest(kind=DigestKind.THEME, theme_id=draft.id)).arguments
    draft.state = ThemeState.DRAFT
    db.session.flush()
    with pytest.raises(WrongState, match="승인된 주제가 아니에요"):
        collect(DigestPlan.of(plan))


def test_a_period_counts_what_came_in_it_and_totals_stay(told):
    old = clock.now() - timedelta(days=40)
    for idea in told.ideas[:3]:
        idea.created_at = old
    own = Vote.idea_id == told.ideas[0].id
    with unguarded("vote") as connection:
        connection.execute(sa.update(Vote).where(own).values(cast_at=old))
    whole, week = (content_of(told.campaign, period=kind) for kind in (PeriodKind.ALL, PeriodKind.WEEK))
    assert week.counts == whole.counts
    came = {"ideas": 3, "votes": 2, "comments": 1, "answers": 1, "gatherings": 0, "room_ideas": 0}
    assert week.period_counts == came
    assert (whole.themes[0].new_ideas, week.themes[0].new_ideas) == (2, 0)
    assert (len(week.over_time.points), sum(n for _day, n in week.over_time.points)) == (7, 3)
    assert (whole.over_time.days, sum(n for _day, n in whole.over_time.points)) == (7, 6)


def test_what_changed_is_told_since_the_last_digest_of_the_same_kind(two_letters, publish, make):
    first = publish(two_letters.campaign)
    publish(two_letters.campaign, kind=DigestKind.THEME, theme_id=two_letters.theme.id)
    make.vote(two_letters.ideas[2])
    newest = make.theme(two_letters.campaign, [], state=ThemeState.APPROVED, run_id=two_letters.run.id)
    make.answer(two_letters.second)
    db.session.commit()
    changes = content_of(two_letters.campaign).changes
    assert changes.digest_id == first.id
    told = {change.key: (change.before, change.now) for change in changes.counts}
    assert told == {"votes": (5, 6), "voters": (3, 4), "themes": (2, 3), "answered": (1, 2)}
    assert (changes.new_themes, changes.new_answers) == ((newest.id,), (two_letters.second.code,))
    assert content_of(two_letters.campaign, kind=DigestKind.THEME, theme_id=two_letters.other.id).changes is None


def test_who_took_part_stands_in_the_content(told):
    for dimension, cells in ((Dimension.AGE, {"10": 40, "30": 8, "70": 2}), (Dimension.REGION, {"11": 9, "": 41})):
        db.session.add_all(
            ParticipantCount(campaign_id=told.campaign.id, dimension=dimension, code=code, people=n)
            for code, n in cells.items()
        )
    db.session.commit()
    (ages,) = content_of(told.campaign).participants.breakdowns
    assert [group.share for group in ages.groups] == [80, None, 16, None, None, None, None]


def test_many_ideas_and_themes_cost_no_more_statements_than_few(told, make, count_queries):
    plan = DigestPlan.of(start_digest(told.campaign, SYSTEM, DigestRequest()).arguments)
    db.session.commit()

    def cost() -> int:
        db.session.expire_all()
        return count_queries(lambda: collect(plan))

    few = cost()
    for _n in range(3):
        theme = make.theme(told.campaign, [make.idea(told.campaign) for _m in range(4)], state=ThemeState.APPROVED)
        make.milestone(make.answer(make.referral(theme)))
    db.session.commit()
    assert cost() == few
    assert few <= 37


def test_what_the_run_says_of_a_cluster_is_not_said_of_a_theme_that_analysts_filled(told):
    with unguarded("cluster") as connection:
        connection.execute(sa.update(Cluster).values(stability=0.9))
    assert content_of(told.campaign).themes[0].stability == 0.9
    with unguarded("theme_idea") as connection:
        connection.execute(sa.update(ThemeIdea).values(source=MemberSource.HUMAN))
    (theme,) = content_of(told.campaign).themes
    assert (theme.stability, theme.keywords) == (None, ())


def test_authors_of_imported_ideas_are_unknown():
    people = {1: 7, 2: None, 3: 7, 4: None}
    assert (n_authors(people, people), n_people(people, people)) == (1, 3)


def test_without_votes_ideas_that_were_liked_elsewhere_stand_at_the_front():
    ideas = [idea_line(n, agree=0, disagree=0, pass_=0, imported_agree_count=n) for n in range(8)]
    headline = headline_of(None, ideas)
    assert (headline.basis, headline.idea_ids) == ("IMPORTED", (7, 6, 5, 4, 3))
    assert headline_of(None, [*ideas, idea_line(9, agree=1, disagree=0, pass_=0)]).basis == "SUPPORT"
    assert headline_of(None, ideas[:1]).idea_ids == ()


@pytest.mark.parametrize(("n_days", "step"), [(31, 1), (32, 7), (300, 28), (3380, 182)])
def test_points_over_time_are_as_few_as_the_picture_draws(n_days, step):
    first = date(2017, 9, 1)
    period = Period("ALL", "처음부터", None, first + timedelta(days=n_days - 1))
    points = over_time([idea_line(1, created_on=first), idea_line(2, created_on=period.to_day)], period)
    assert (points.days, sum(n for _day, n in points.points)) == (step, 2)
    assert len(points.points) <= MAX_COLUMNS
