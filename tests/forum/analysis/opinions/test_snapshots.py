from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.analysis.opinions import queries, services
from forum.analysis.opinions.both_ways import ground_both_ways
from forum.analysis.opinions.lens import AGE, UNDER_20
from forum.analysis.opinions.models import OpinionGroup, OpinionScore, OpinionSnapshot, SnapshotState
from forum.analysis.opinions.queries import (
    SNAPSHOT_JOB,
    current_snapshot,
    dividing_ideas,
    due_campaign_ids,
    ground_of,
    group_name,
    ideas_by_ground,
)
from forum.analysis.opinions.services import start_snapshot
from forum.analysis.opinions.tasks import clear_lost_snapshots, keep_snapshots
from forum.core import clock
from forum.core.errors import Forbidden
from forum.core.extensions import db
from forum.people.accounts.models import Account, Participant
from forum.system.jobs.models import Job, JobState
from forum.voice.ideas.models import IdeaState
from forum.voice.integrity.services import exclude_people, lift_exclusion
from tests.forum.analysis.opinions.crowd import cast, crowd, people


def test_a_snapshot_tells_what_all_groups_back_and_what_divides_them(make, snap):
    made = crowd(make)
    found = snap(made.campaign)
    assert (found.number, found.n_people, found.n_entering, found.n_ideas, found.n_votes) == (1, 80, 80, 12, 960)
    assert sorted(group.size for group in found.groups) == [40, 40]
    backed = ideas_by_ground(found, 4)
    assert {one.idea.id for one in backed} == {idea.id for idea in made.shared}
    assert all(one.score.badge for one in backed)
    assert all(one.score.low <= one.score.common_ground <= one.score.high for one in backed)
    dividing = dividing_ideas(found, 20)
    assert {one.idea.id for one in dividing} == {idea.id for idea in made.dividing}
    assert all(one.spread > 0.5 and not one.score.badge for one in dividing)


def test_no_row_names_a_person_beside_a_group():
    people_tables = {Account.__tablename__, Participant.__tablename__}
    for model in (OpinionSnapshot, OpinionGroup, OpinionScore):
        named = {key.column.table.name for key in model.__table__.foreign_keys}
        assert not named & people_tables
        assert not [column.name for column in model.__table__.columns if "participant" in column.name]


def test_groups_keep_their_names_from_snapshot_to_snapshot(make, snap):
    made = crowd(make)
    first = snap(made.campaign)
    before = {group.number: group.apart[0]["agrees_more"] for group in first.groups}
    idea = first.groups[0].apart[0]["idea"]
    new = people(10)
    cast([(one, who, 1 if m % 2 == 0 else -1) for who in new for m, one in enumerate(made.shared + made.dividing)])
    second = snap(made.campaign)
    assert (second.number, second.is_current, first.is_current) == (2, True, False)
    now = {group.number: next(one for one in group.apart if one["idea"] == idea) for group in second.groups}
    then = {group.number: next(one for one in group.apart if one["idea"] == idea) for group in first.groups}
    assert {n: one["agrees_more"] for n, one in now.items()} == {n: one["agrees_more"] for n, one in then.items()}
    assert set(before) == set(now)


@pytest.mark.parametrize("state", [IdeaState.HIDDEN, IdeaState.WITHDRAWN])
def test_what_is_hidden_after_a_snapshot_is_shown_no_more(make, snap, state):
    made = crowd(make)
    found = snap(made.campaign)
    made.shared[0].state = state
    db.session.commit()
    assert made.shared[0].id not in {one.idea.id for one in ideas_by_ground(found, 20)}
    assert ground_of(found, [made.shared[0].id]) == {}
    assert snap(made.campaign).n_ideas == 11


def test_votes_of_children_without_consent_and_of_closed_accounts_do_not_count(make, snap):
    made = crowd(make)
    child, gone = (db.session.get(Participant, made.participant_ids[n]).account for n in (0, 1))
    child.needs_consent_until = clock.today().replace(year=clock.today().year + 1)
    child.waits_for_consent = True
    gone.active = False
    db.session.commit()
    assert snap(made.campaign).n_people == 78


@pytest.mark.parametrize("n_people", [0, 1, 3])
def test_few_voters_make_a_snapshot_without_figures_about_them(make, snap, n_people):
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(7)]
    if n_people:
        cast([(idea, who, 1) for who in people(n_people) for idea in ideas])
    found = snap(campaign)
    assert (found.n_people, found.n_ideas) == (n_people, 7)
    assert queries.shown_groups(found) == []
    assert not any(one.score.badge or one.groups for one in ideas_by_ground(found, 20))


def test_a_group_of_fewer_than_five_is_shown_nowhere(make, snap):
    made = crowd(make, n_people=12)
    found = snap(made.campaign)
    for group in found.groups:
        assert (group in queries.shown_groups(found)) == (group.size >= 5)
    for one in ground_of(found, [idea.id for idea in made.shared]).values():
        assert all(share.votes is None or share.votes >= 5 for share in one.groups)


def test_an_age_group_of_four_is_not_told_and_one_vote_does_not_change_what_is(make, snap):
    made = crowd(make, n_people=30)
    young = people(4, birth_year=clock.today().year - 15)
    cast([(idea, who, 1) for who in young for idea in made.shared])
    first = snap(made.campaign)
    lens = ground_of(first, [made.shared[0].id])[made.shared[0].id].score.lens
    assert UNDER_20 not in lens.get(AGE, {})
    more = people(6, birth_year=clock.today().year - 15)
    cast([(idea, who, 1) for who in more for idea in made.shared])
    second = snap(made.campaign)
    shown = ground_of(second, [made.shared[0].id])[made.shared[0].id].score.lens[AGE]
    assert shown[UNDER_20] == [10, 10]
    cast([(idea, who, -1) for who in people(1, birth_year=clock.today().year - 15) for idea in made.shared])
    third = snap(made.campaign)
    assert ground_of(third, [made.shared[0].id])[made.shared[0].id].score.lens[AGE][UNDER_20] == [10, 10]


def test_reweighted_shares_need_thirty_effective_votes(make, snap):
    made = crowd(make, n_people=10)
    asked = people(40)
    cast([(made.shared[0], who, 1 if n < 30 else -1) for n, who in enumerate(asked)], shown=0.01)
    cast([(made.shared[1], who, 1) for who in asked[:20]], shown=0.01)
    found = ground_of(snap(made.campaign), [idea.id for idea in made.shared])
    assert found[made.shared[0].id].reweighted_share == pytest.approx(0.75)
    assert found[made.shared[1].id].reweighted_share is None


def test_a_snapshot_is_due_after_a_set_number_of_votes(app, make, work, monkeypatch):
    monkeypatch.setitem(app.config, "OPINION_SNAPSHOT_VOTES", 24)
    made = crowd(make, n_people=2)
    db.session.commit()
    assert due_campaign_ids() == [made.campaign.id]
    assert keep_snapshots() == 1
    work()
    assert current_snapshot(made.campaign.id).number == 1
    cast([(idea, who, 1) for who in people(1) for idea in made.shared])
    assert due_campaign_ids() == []
    cast([(idea, who, 1) for who in people(5) for idea in made.shared])
    assert due_campaign_ids() == [made.campaign.id]


def test_votes_after_the_last_snapshot_are_counted_when_voting_closes(app, make, work, snap):
    made = crowd(make, n_people=20)
    snap(made.campaign)
    cast([(made.shared[0], people(1)[0], 1)])
    assert due_campaign_ids() == []
    voting = next(phase for phase in made.campaign.phases if phase.kind.name == "VOTING")
    voting.closes_at = clock.now()
    db.session.commit()
    assert due_campaign_ids() == [made.campaign.id]


def test_a_campaign_is_not_asked_for_votes_after_its_last_snapshot_until_voting_opens_again(
    app, make, snap, monkeypatch, count_queries
):
    monkeypatch.setitem(app.config, "OPINION_SNAPSHOT_VOTES", 3)
    made = crowd(make, n_people=20)
    voting = next(phase for phase in made.campaign.phases if phase.kind.name == "VOTING")
    voting.closes_at = clock.now()
    with clock.at(clock.now() + timedelta(seconds=1)):
        snap(made.campaign)
    assert count_queries(due_campaign_ids) == 2  # campaigns with their snapshots, and exclusions
    voting.closes_at = clock.now() + timedelta(days=1)
    db.session.commit()
    assert due_campaign_ids() == []
    cast([(made.shared[0], who, 1) for who in people(5)])  # 2 % of 240 votes
    assert due_campaign_ids() == [made.campaign.id]


def test_what_others_do_since_costs_an_idle_campaign_one_place_of_an_index_for_each_idea(make, snap):
    made = crowd(make, n_people=20)
    snap(made.campaign)
    asked = []

    def note(_connection, _cursor, statement, values, *_rest):
        if "vote_event" in statement:
            asked.append((statement, values))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert due_campaign_ids() == []
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    [(statement, values)] = asked
    connection, explain = db.session.connection(), "EXPLAIN QUERY PLAN "
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a table as small as here is read whole
        explain = "EXPLAIN "
    plan = " ".join(str(row) for row in connection.exec_driver_sql(explain + statement, values))
    assert re.search(r"ix_vote_event_idea_id_id\b.*\bidea_id ?=", plan), plan


def test_only_staff_may_ask_for_a_snapshot_and_it_is_audited(make):
    campaign = make.campaign()
    for account in (make.citizen(), make.officer(), make.facilitator()):
        with pytest.raises(Forbidden):
            start_snapshot(campaign, account)
    job = start_snapshot(campaign, make.analyst())
    assert start_snapshot(campaign, make.account(role=make.analyst().role)).id == job.id


def test_a_snapshot_left_behind_is_failed_and_emptied(make, monkeypatch):
    monkeypatch.setattr(services, "BATCH_SIZE", 2)
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(3)]
    job = Job(kind=SNAPSHOT_JOB, dedupe_key="lost", state=JobState.FAILED, finished_at=clock.now())
    db.session.add(job)
    db.session.flush()
    lost = OpinionSnapshot(
        campaign_id=campaign.id, job_id=job.id, votes_cut_at=clock.now(), last_event_id=0, n_people=0, n_entering=0,
        n_ideas=3, n_votes=0,
    )  # fmt: skip
    db.session.add(lost)
    db.session.flush()
    db.session.add(OpinionGroup(snapshot_id=lost.id, number=0, size=1, x=0, y=0, spread_x=0, spread_y=0))
    db.session.add_all(
        OpinionScore(snapshot_id=lost.id, idea_id=idea.id, slot=n, gain=0.1, votes=0) for n, idea in enumerate(ideas)
    )
    db.session.commit()
    assert clear_lost_snapshots() == 1
    db.session.expire_all()
    assert (lost.state, lost.number) == (SnapshotState.FAILED, None)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OpinionScore)) == 0
    assert clear_lost_snapshots() == 0


def test_names_of_groups_never_run_out():
    assert [group_name(n) for n in (0, 1, 13, 14, 29)] == ["가 갈래", "나 갈래", "하 갈래", "가2 갈래", "나3 갈래"]


def test_the_command_prints_the_groups(app, make):
    made = crowd(make)
    db.session.commit()
    said = app.test_cli_runner().invoke(args=["opinions", "snapshot", "--campaign", made.campaign.slug, "--wait"])
    assert said.exit_code == 0, said.output
    assert "공감대 1회차: 80명이 제안 12건에 남긴 표 960개" in said.output
    assert "가 갈래: 40명" in said.output
    said = app.test_cli_runner().invoke(args=["opinions", "snapshot", "--campaign", "none"])
    assert (said.exit_code, "포럼이 없어요" in said.output) == (1, True)


# with and without excluded votes


def exclude_agreeing(make, made, n):
    """Add people who agree with a dividing idea, by many accounts, and exclude their votes."""
    ids = people(n)
    cast([(one, who, 1) for who in ids for one in [*made.shared, *made.dividing]])
    accounts = [db.session.get(Participant, one).account for one in ids]
    finding = make.finding(made.campaign, accounts)
    return exclude_people(finding, make.analyst(), ids, "MANY_ACCOUNTS", "한 사람이 만든 계정이에요")


def test_a_snapshot_keeps_the_scores_with_and_without_excluded_votes(make, snap):
    made = crowd(make)
    before = snap(made.campaign)
    assert "excluded" not in before.parameters
    cases = exclude_agreeing(make, made, 30)
    assert due_campaign_ids() == [made.campaign.id]
    after = snap(made.campaign)
    assert due_campaign_ids() == []
    excluded = after.parameters["excluded"]
    assert excluded == {"exclusions": [case.exclusion_id for case in cases], "people": 30, "votes": 360}
    assert (after.n_people, after.n_votes) == (80, 960)
    scores = {
        snapshot.id: {one.idea_id: one for one in db.session.scalars(of_snapshot)}
        for snapshot in (before, after)
        for of_snapshot in [sa.select(OpinionScore).where(OpinionScore.snapshot_id == snapshot.id)]
    }
    idea_id = made.dividing[0].id
    old, new = scores[before.id][idea_id], scores[after.id][idea_id]
    assert old.with_excluded is None
    assert new.common_ground == pytest.approx(old.common_ground)
    assert (new.votes, new.with_excluded["votes"], new.with_excluded["excluded"]) == (80, 110, 30)
    assert new.with_excluded["share"] > new.share + 0.1
    both = ground_both_ways(made.campaign)
    assert (both.number, both.is_shown, both.n_hidden) == (2, True, 0)
    assert idea_id in {line.idea.id for line in both.lines}


def test_an_exclusion_after_voting_has_closed_is_a_reason_for_a_new_snapshot(make, snap):
    made = crowd(make, n_people=20)
    voting = next(phase for phase in made.campaign.phases if phase.kind.name == "VOTING")
    with clock.at(clock.now() + timedelta(seconds=2)):
        voting.closes_at = clock.now() - timedelta(seconds=1)
        snap(made.campaign)
        assert due_campaign_ids() == []
        make.exclusion(made.campaign, make.citizen())
        db.session.commit()
        assert due_campaign_ids() == [made.campaign.id]


def test_votes_that_count_again_are_a_reason_for_a_new_snapshot(make, snap):
    made = crowd(make)
    [case] = exclude_agreeing(make, made, 1)
    snap(made.campaign)
    assert ground_both_ways(made.campaign).is_shown is False  # one person's votes
    lift_exclusion(case, make.admin())
    assert due_campaign_ids() == [made.campaign.id]
    last = snap(made.campaign)
    assert "excluded" not in last.parameters
    assert last.n_people == 81
    assert ground_both_ways(made.campaign) is None
    assert due_campaign_ids() == []


def test_the_difference_of_an_idea_with_few_excluded_votes_is_hidden(make, snap):
    made = crowd(make)
    ids = people(6)
    cast([(made.dividing[n % 2], who, 1) for n, who in enumerate(ids)])
    accounts = [db.session.get(Participant, one).account for one in ids]
    exclude_people(make.finding(made.campaign, accounts), make.analyst(), ids, "PROGRAM", "프로그램이 투표했어요")
    snap(made.campaign)
    both = ground_both_ways(made.campaign)
    assert both.is_shown
    assert both.n_hidden == 2
    assert not {line.idea.id for line in both.lines} & {made.dividing[0].id, made.dividing[1].id}
