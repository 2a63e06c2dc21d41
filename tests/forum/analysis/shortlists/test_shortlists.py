from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from forum.analysis.shortlists import tasks
from forum.analysis.shortlists.first import first_ideas
from forum.analysis.shortlists.models import (
    Shortlist,
    ShortlistIdea,
    ShortlistState,
    ShortlistVoter,
    Slate,
    SlateStanding,
)
from forum.analysis.shortlists.queries import (
    MIN_VOTERS,
    SeenBy,
    ballots,
    candidates,
    count_votes,
    get_shortlist,
    last_progress,
    newest_shortlist,
    old_votes,
    open_shortlist_of,
    shortlist_ideas,
    slate_of,
)
from forum.analysis.shortlists.services import (
    MAX_IDEAS,
    change_shortlist,
    close_shortlist,
    count_old_votes,
    open_shortlist,
    publish_slate,
    start_slate,
    take_part,
)
from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account, Participant
from forum.system.audit.models import AuditEntry
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.runner import run_job
from forum.system.notices.models import Notice
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.votes.batches import Refusal, Row, RowStatus, cast_rows
from forum.voice.votes.models import Vote, VoteEvent
from forum.voice.votes.services import cast_votes
from nlp.opinion import verify_slate
from tests.factories import Factories
from tests.forum.analysis.opinions import crowd
from tests.forum.analysis.shortlists.joined import cast
from tests.races import at_once


@pytest.fixture
def opened(make):
    """A campaign with six ideas and an open shortlist of the first four, with two places."""

    def open_one(n_ideas: int = 4, size: int = 2):
        campaign = make.campaign()
        ideas = [make.idea(campaign) for _ in range(n_ideas + 2)]
        shortlist = open_shortlist(campaign, make.analyst(), [idea.id for idea in ideas[:n_ideas]], size)
        return shortlist, ideas

    return open_one


@pytest.fixture
def told(work):
    """Close a shortlist, let a worker make its slate, and give it back."""

    def tell(shortlist):
        close_shortlist(shortlist, SYSTEM)
        assert work()[:1] == [JobState.DONE]
        return slate_of(shortlist.id)

    return tell


def people(n):
    """Add citizens; return their participants' ids."""
    return [Factories().citizen().participant.id for _ in range(n)]


def two_camps(ideas, n_people=12, seen=4):
    """Two thirds approve the first two ideas, a third the third one; everybody sees the first `seen`."""
    rows = []
    for n, who in enumerate(people(n_people)):
        liked = {0, 1} if n % 3 else {2}
        rows += [(idea, who, 1 if place in liked else -1) for place, idea in enumerate(ideas[:seen])]
    if rows:
        cast(rows)


def verified(proof, folder) -> subprocess.CompletedProcess[str]:
    (folder / "proof.json").write_text(json.dumps(proof), encoding="utf-8")
    command = [sys.executable, "-I", verify_slate.__file__, folder / "proof.json"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_slate_gives_a_third_of_the_people_its_place_and_its_proof_is_right(opened, told, tmp_path):
    shortlist, ideas = opened(size=3)
    two_camps(ideas)
    assert count_votes(shortlist) == SeenBy(12, 12)
    slate = told(shortlist)
    assert (slate.standing, slate.n_people, slate.seen_all_share, slate.holds_share) == (
        SlateStanding.COMPLETE,
        12,
        1,
        None,
    )
    assert {item["idea"] for item in slate.proof["items"]} == {idea.id for idea in ideas[:3]}
    assert (slate.proof["seed"], slate.proof["size"]) == (shortlist.seed, 3)
    ran = verified(slate.proof, tmp_path)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    changed = slate.proof | {"ballots": [["1000", 12]]}
    assert verified(changed, tmp_path).returncode == 1


def test_gaps_are_filled_by_chance_and_the_share_that_holds_is_kept(opened, told, tmp_path):
    shortlist, ideas = opened()
    two_camps(ideas, seen=4)
    cast([(idea, who, 1) for who in people(6) for idea in ideas[:2]])
    slate = told(shortlist)
    assert (slate.standing, slate.n_people) == (SlateStanding.GAPS, 18)
    assert slate.seen_all_share == pytest.approx(12 / 18)
    draws = slate.proof["draws"]
    assert slate.holds_share == draws["fair"] / draws["drawn"]
    assert verified(slate.proof, tmp_path).returncode == 0


def test_below_seventy_per_cent_no_fair_slate_is_told(opened, told, tmp_path):
    shortlist, ideas = opened()
    two_camps(ideas, seen=2)
    slate = told(shortlist)
    assert (slate.standing, slate.seen_all_share, slate.holds_share) == (SlateStanding.UNTOLD, 0, None)
    assert (slate.proof["standing"], slate.proof["draws"]) == ("untold", None)
    assert verified(slate.proof, tmp_path).returncode == 0


@pytest.mark.parametrize("n_people", [0, 3, 4])
def test_the_ballots_of_fewer_than_five_people_are_not_published(opened, told, n_people):
    shortlist, ideas = opened()
    two_camps(ideas, n_people)
    slate = told(shortlist)
    assert (slate.standing, slate.n_people, slate.proof) == (SlateStanding.TOO_FEW, n_people, None)


def test_only_votes_since_the_idea_stands_on_the_list_count(opened, make):
    shortlist, ideas = opened()
    analyst = make.analyst()
    with clock.at(clock.now() - timedelta(hours=1)):
        cast([(ideas[0], people(1)[0], 1)])
    assert count_votes(shortlist) == SeenBy(0, 0)
    cast([(ideas[4], who, 1) for who in people(3)])
    assert ballots(shortlist) == []
    with clock.at(clock.now() + timedelta(minutes=1)):
        change_shortlist(shortlist, analyst, [idea.id for idea in ideas[:5]], 1)
        assert ballots(shortlist) == []
    with clock.at(clock.now() + timedelta(minutes=2)):
        [who] = people(1)
        cast([(ideas[4], who, 1)])
        assert ballots(shortlist) == [(who, ideas[4].id, 1)]


def test_a_person_lets_earlier_votes_count_and_nothing_else_changes(make):
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(3)]
    voter = make.citizen()
    with clock.at(clock.now() - timedelta(hours=1)):
        cast_votes({ideas[0].id: 1, ideas[1].id: -1}, voter)
        db.session.commit()
    shortlist = open_shortlist(campaign, make.analyst(), [idea.id for idea in ideas], 2)
    assert old_votes(shortlist, voter) == [ideas[0].id, ideas[1].id]
    cast_votes({ideas[0].id: 1}, voter)  # the same vote again changes nothing, as ever
    assert count_votes(shortlist).voters == 0
    assert count_old_votes(shortlist, voter) == 2
    assert count_old_votes(shortlist, voter) == 0
    who = voter.participant.id
    assert ballots(shortlist) == [(who, ideas[0].id, 1), (who, ideas[1].id, -1)]
    assert [(idea.tally.agree, idea.tally.disagree) for idea in ideas] == [(1, 0), (0, 1), (0, 0)]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(VoteEvent)) == 4
    with pytest.raises(Forbidden):
        count_old_votes(shortlist, make.officer())


def test_votes_of_children_without_consent_and_of_closed_accounts_do_not_count(opened):
    shortlist, ideas = opened()
    two_camps(ideas)
    child, gone = (
        one.account for one in db.session.scalars(sa.select(Participant).order_by(Participant.id.desc()).limit(2))
    )
    child.needs_consent_until, child.waits_for_consent = clock.today() + timedelta(days=99), True
    gone.active = False
    db.session.flush()
    assert count_votes(shortlist) == SeenBy(10, 10)


@pytest.mark.parametrize("state", [IdeaState.HIDDEN, IdeaState.WITHDRAWN])
def test_a_hidden_idea_is_left_out_when_read_and_when_the_slate_is_made(opened, told, state):
    shortlist, ideas = opened()
    two_camps(ideas)
    ideas[0].state = state
    db.session.flush()
    assert [idea.id for idea in shortlist_ideas(shortlist)] == [idea.id for idea in ideas[1:4]]
    assert count_votes(shortlist) == SeenBy(12, 12)
    slate = told(shortlist)
    assert slate.proof["ideas"] == [idea.id for idea in ideas[1:4]]


def test_what_was_hidden_while_the_list_was_changed_is_back_when_it_is_shown_again(opened, make):
    shortlist, ideas = opened()
    ideas[0].state = IdeaState.HIDDEN
    db.session.flush()
    change_shortlist(shortlist, make.analyst(), [idea.id for idea in ideas[1:5]], 1)
    ideas[0].state = IdeaState.OPEN
    db.session.flush()
    assert [idea.id for idea in shortlist_ideas(shortlist)] == [idea.id for idea in ideas[:5]]


def test_only_an_analyst_opens_changes_and_closes_and_each_is_audited(opened, make):
    shortlist, ideas = opened()
    some = [idea.id for idea in ideas[:3]]
    for account in (make.citizen(), make.officer(), make.council_member(), make.admin()):
        for act in (
            lambda who: open_shortlist(make.campaign(), who, some, 2),
            lambda who: change_shortlist(shortlist, who, some, 1),
            lambda who: close_shortlist(shortlist, who, 1),
            lambda who: start_slate(shortlist, who),
        ):
            with pytest.raises(Forbidden):
                act(account)
    analyst = make.analyst()
    change_shortlist(shortlist, analyst, some, 1)
    change_shortlist(shortlist, analyst, some, 2)  # nothing to change
    close_shortlist(shortlist, analyst, 2)
    query = sa.select(AuditEntry.action).where(AuditEntry.action.like("shortlists.%")).order_by(AuditEntry.id)
    assert list(db.session.scalars(query)) == ["shortlists.open", "shortlists.change", "shortlists.close"]


def test_a_shortlist_refuses_what_is_no_shortlist(make):
    campaign, analyst = make.campaign(), make.analyst()
    ids = [make.idea(campaign).id for _ in range(3)]
    foreign = make.idea().id
    hidden = make.idea(campaign, state=IdeaState.HIDDEN).id
    for wrong, size, field in (
        (ids, 0, "size"),
        (ids, 11, "size"),
        (ids, 3, "idea_ids"),
        ([], 1, "idea_ids"),
        ([ids[0], ids[0]], 1, "idea_ids"),
        ([*ids, foreign], 1, "numbers"),
        ([*ids, hidden], 1, "numbers"),
        ([*ids, 2_000_000_000], 1, "numbers"),
        (range(1, MAX_IDEAS + 2), 1, "idea_ids"),
    ):
        with pytest.raises(InvalidInput) as refused:
            open_shortlist(campaign, analyst, wrong, size)
        assert set(refused.value.errors) == {field}, (wrong, size)
    with pytest.raises(WrongState):
        open_shortlist(make.campaign(open_phases=()), analyst, ids, 1)


def test_of_two_who_open_at_once_one_is_refused(app, make):
    campaign = make.campaign()
    ids = [make.idea(campaign).id for _ in range(3)]
    analysts = [make.analyst().id, make.analyst().id]
    campaign_id = campaign.id

    def act(account_id):
        account = db.session.get_one(Account, account_id)
        return lambda: open_shortlist(db.session.get_one(Campaign, campaign_id), account, ids, 2)

    def late(account_id):
        return lambda: act(account_id)()

    results = at_once(app, [late(one) for one in analysts])
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "WrongState"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Shortlist)) == 1


def test_who_saw_an_older_list_changes_and_closes_nothing(opened, make):
    shortlist, ideas = opened()
    first, second = make.analyst(), make.analyst()
    change_shortlist(shortlist, first, [idea.id for idea in ideas[:5]], 1)
    for act in (
        lambda: change_shortlist(shortlist, second, [idea.id for idea in ideas[:3]], 1),
        lambda: close_shortlist(shortlist, second, 1),
    ):
        with pytest.raises(WrongState):
            act()
    assert (shortlist.revision, shortlist.state, len(shortlist_ideas(shortlist))) == (2, ShortlistState.OPEN, 5)


def test_a_closed_shortlist_is_not_closed_again_and_a_new_one_has_the_next_number(opened, make, told):
    shortlist, ideas = opened()
    two_camps(ideas)
    told(shortlist)
    analyst = make.analyst()
    for act in (
        lambda: close_shortlist(shortlist, analyst, shortlist.revision),
        lambda: change_shortlist(shortlist, analyst, [idea.id for idea in ideas[:3]], shortlist.revision),
        lambda: start_slate(shortlist, analyst),
        lambda: count_old_votes(shortlist, make.citizen()),
    ):
        with pytest.raises(WrongState):
            act()
    new = open_shortlist(shortlist.campaign, analyst, [idea.id for idea in ideas[:3]], 1)
    assert (new.number, new.seed == shortlist.seed) == (2, False)


def test_the_queue_asks_about_the_shortlist_first_and_says_what_becomes_of_the_vote(opened, make, client):
    shortlist, ideas = opened()
    reader, slug = make.citizen(), shortlist.campaign.slug
    db.session.commit()
    client.login(reader)
    asked = []
    for left in (4, 3, 2, 1):
        page = client.get(f"/c/{slug}/vote").text
        assert f"남은 후보 {left}개" in page
        assert "이 투표는 이름 없이 검산표에 실려요." in page
        assert f"/c/{slug}/shortlists/{shortlist.number}" in page
        asked.append(int(re.search(r'name="idea" value="(\d+)"', page)[1]))
        assert 'name="shown"' not in page, "a person chose it, no draw did"
        assert 'name="first" value="1"' in page
        sent = {"idea": asked[-1], "value": "agree", "first": "1"}
        assert client.post(f"/c/{slug}/vote", data=sent).status_code == 303
    assert sorted(asked) == sorted(idea.id for idea in ideas[:4])
    assert count_votes(db.session.get_one(Shortlist, shortlist.id)) == SeenBy(1, 1)
    page = client.get(f"/c/{slug}/vote").text
    assert "검산표" not in page
    assert "남은 제안 2개" in page


def test_a_vote_in_the_queue_on_another_idea_joins_nothing(opened, make, client):
    shortlist, ideas = opened()
    db.session.commit()
    client.login(make.citizen())
    sent = {"idea": ideas[5].id, "value": "agree", "first": "1"}
    assert client.post(f"/c/{shortlist.campaign.slug}/vote", data=sent).status_code == 303
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ShortlistVoter)) == 0


def test_nobody_is_asked_about_their_own_idea_of_a_shortlist(opened):
    shortlist, ideas = opened()
    assert first_of(shortlist.campaign, ideas[0].author.account) == [idea.id for idea in ideas[1:4]]


def first_of(campaign, reader):
    """The ids of what the queue shows first."""
    found = first_ideas(campaign, reader)
    return list(found.idea_ids) if found else []


def test_the_queue_shows_it_first_until_seventy_per_cent_have_seen_all(opened, make, work):
    shortlist, ideas = opened()
    reader = make.citizen()
    assert first_of(shortlist.campaign, reader) == [idea.id for idea in ideas[:4]]
    cast([(ideas[1], reader.participant.id, 1)])
    assert first_of(shortlist.campaign, reader) == [ideas[n].id for n in (0, 2, 3)]
    two_camps(ideas, MIN_VOTERS - 2)
    work()
    assert len(first_of(shortlist.campaign, reader)) == 3, "29 voters are too few to end it"
    two_camps(ideas, 1)
    work()
    assert (count_votes(shortlist).voters, first_of(shortlist.campaign, reader)) == (MIN_VOTERS, [])
    change_shortlist(shortlist, make.analyst(), [idea.id for idea in ideas[:5]], 1)
    assert len(first_of(shortlist.campaign, reader)) == 4, "nobody has seen the new one"
    assert first_of(make.campaign(), reader) == []
    work()
    assert last_progress(shortlist) == SeenBy(MIN_VOTERS, 0)
    tasks.store_progress(shortlist.id, 1, SeenBy(99, 99))  # counted before the change
    assert last_progress(shortlist) == SeenBy(MIN_VOTERS, 0)


def test_it_closes_by_itself_when_voting_has_ended(opened, work):
    shortlist, ideas = opened()
    two_camps(ideas)
    work()
    assert shortlist.state is ShortlistState.OPEN
    voting = next(phase for phase in shortlist.campaign.phases if phase.kind is PhaseKind.VOTING)
    voting.closes_at = clock.now()
    work()  # the periodic task comes after the jobs
    assert (shortlist.state, slate_of(shortlist.id)) == (ShortlistState.CLOSED, None)
    assert work() == [JobState.DONE]
    assert slate_of(shortlist.id).n_people == 12
    assert open_shortlist_of(shortlist.campaign_id) is None


def test_a_job_that_is_killed_while_it_publishes_leaves_nothing_and_the_next_one_publishes_once(opened, monkeypatch):
    shortlist, ideas = opened()
    two_camps(ideas)
    job = close_shortlist(shortlist, SYSTEM)
    db.session.commit()

    class Killed(BaseException):
        pass

    def kill(step):
        if step == "shortlists.publishing":
            db.session.rollback()  # what the database does with an open transaction
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(tasks, "failpoint", kill)
        with pytest.raises(Killed):
            run_job(job.id)
    db.session.rollback()
    assert slate_of(shortlist.id) is None
    assert db.session.get_one(Job, job.id).state is JobState.RUNNING
    db.session.execute(sa.update(Job).where(Job.id == job.id).values(state=JobState.QUEUED))
    db.session.commit()
    assert run_job(job.id) is JobState.DONE
    assert slate_of(shortlist.id).n_people == 12
    said = sa.select(sa.func.count()).where(AuditEntry.action == "shortlists.publish_slate")
    assert db.session.scalar(said) == 1


def test_no_row_names_a_person_beside_a_vote():
    for model in (Shortlist, ShortlistIdea, Slate):
        assert not {key.column.table.name for key in model.__table__.foreign_keys} & {"participant", "vote"}
        assert not [column.name for column in model.__table__.columns if "participant" in column.name]


def test_candidates_are_what_all_groups_back_then_what_many_approve(make):
    campaign = make.campaign()
    backed, liked, plain = (make.idea(campaign) for _ in range(3))
    make.idea(campaign, state=IdeaState.HIDDEN)
    make.snapshot(campaign, [backed])
    make.vote(liked)
    assert [idea.id for idea in candidates(campaign)] == [backed.id, liked.id, plain.id]


def test_a_ballot_table_has_a_gap_where_there_is_no_vote():
    table = tasks.vote_table([(7, 10, 1), (7, 30, -1), (9, 20, 0)], [10, 20, 30])
    assert [[None if one != one else one for one in row] for row in table.tolist()] == [[1, None, -1], [None, 0, None]]
    assert tasks.vote_table([], [10, 20]).shape == (0, 2)


def test_every_vote_of_a_shortlist_is_still_one_vote(opened, make):
    """A vote from the shortlist's page is an ordinary vote: it counts in the campaign too."""
    shortlist, ideas = opened()
    voter = make.citizen()
    cast_votes({ideas[0].id: 1}, voter)
    assert count_votes(shortlist).voters == 0, "nobody told them that it would be published"
    take_part(shortlist, voter)
    take_part(shortlist, voter)
    assert count_votes(shortlist).voters == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Vote)) == 1
    assert db.session.get_one(Idea, ideas[0].id).tally.agree == 1
    assert get_shortlist(shortlist.campaign, 1).id == shortlist.id


def test_the_migration_runs_both_ways_with_a_slate_in_it(app, make):
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(3)]
    make.slate(make.shortlist(campaign, ideas, is_open=False), ideas)
    vote = make.vote(ideas[0])
    who = vote.participant_id
    db.session.commit()
    db.session.remove()
    downgrade(revision="20261203_shortlists")
    downgrade(revision="-1")
    with db.engine.connect() as connection:
        assert not {"shortlist", "shortlist_idea", "slate"} & set(sa.inspect(connection).get_table_names())
    upgrade()
    assert db.session.scalars(sa.select(Shortlist)).all() == []
    assert db.session.scalars(sa.select(Vote.participant_id)).all() == [who]


# Votes that waited on a device


def takes_part_now(voter):
    query = sa.select(sa.func.count()).where(ShortlistVoter.participant_id == voter.participant.id)
    return bool(db.session.scalar(query))


def test_a_kept_vote_of_who_was_told_counts_as_if_it_had_been_sent_at_once(opened, make):
    shortlist, ideas = opened()
    db.session.execute(sa.update(ShortlistIdea).values(added_at=clock.now() - timedelta(hours=2)))
    told, untold = make.citizen(), make.citizen()
    rows = [Row(idea.id, 1, 60.0, is_first=True) for idea in ideas[:4]]
    cast_rows(shortlist.campaign, rows, told)
    cast_rows(shortlist.campaign, [Row(idea.id, 1, 60.0) for idea in ideas[:4]], untold)
    assert (takes_part_now(told), takes_part_now(untold)) == (True, False)
    assert count_votes(shortlist) == SeenBy(1, 1)


def test_a_kept_vote_on_what_is_no_longer_listed_or_open_takes_part_in_nothing(opened, make):
    shortlist, ideas = opened()
    voter = make.citizen()
    cast_rows(shortlist.campaign, [Row(ideas[5].id, 1, 60.0, is_first=True)], voter)  # never stood on it
    cast_rows(shortlist.campaign, [Row(ideas[0].id, None, 60.0, is_first=True)], voter)  # a clearing
    refused = Row(ideas[0].id, refusal=Refusal.VALUE, is_first=True)
    cast_rows(shortlist.campaign, [refused, Row(ideas[1].id, 1)], voter)
    assert not takes_part_now(voter)
    close_shortlist(shortlist, SYSTEM)
    [result] = cast_rows(shortlist.campaign, [Row(ideas[0].id, 1, 60.0, is_first=True)], voter)
    assert result.status is RowStatus.CAST, "the vote itself counts"
    assert not takes_part_now(voter)


def test_a_device_says_which_votes_it_kept_from_the_top_of_the_queue(opened, make, client):
    shortlist, ideas = opened()
    voter = make.citizen()
    client.login(voter)
    path = f"/c/{shortlist.campaign.slug}/votes"
    for mark in ("1", 1, None, False):
        sent = {"votes": [{"idea": ideas[0].id, "value": 1, "first": mark}]}
        assert client.post(path, json=sent).status_code == 200
        assert not takes_part_now(voter)
    assert client.post(path, json={"votes": [{"idea": ideas[1].id, "value": 1, "first": True}]}).status_code == 200
    assert takes_part_now(voter)


# Who hears of it


def told_of(kind):
    """Who was told, and what: account id -> (text, path, in the daily mail)."""
    rows = db.session.scalars(sa.select(Notice).where(Notice.kind == kind)).all()
    assert len({row.account_id for row in rows}) == len(rows), "somebody was told twice"
    return {row.account_id: (row.text, row.path, row.in_daily_mail) for row in rows}


def test_followers_of_the_campaign_and_of_its_ideas_hear_of_an_opening_once(make):
    campaign = make.campaign(slug="real", title="햇빛 포럼")
    ideas = [make.idea(campaign) for _ in range(4)]
    of_campaign, of_idea, of_both, elsewhere, gone = (make.citizen() for _ in range(5))
    for account, thing in (
        (of_campaign, campaign),
        (of_idea, ideas[0]),
        (of_both, campaign),
        (of_both, ideas[1]),
        (elsewhere, ideas[3]),  # not on the shortlist
        (elsewhere, make.campaign()),
        (gone, campaign),
    ):
        make.follow(account, thing)
    gone.active = False
    db.session.flush()
    open_shortlist(campaign, make.analyst(), [idea.id for idea in ideas[:3]], 2)
    said = "‘햇빛 포럼’에서 후보 투표가 열렸어요. 제안 3건에 투표할 수 있어요."
    line = (said, "/c/real/shortlists/1", True)
    assert told_of("shortlist_opened") == dict.fromkeys((of_campaign.id, of_idea.id, of_both.id), line)


def test_who_takes_part_hears_of_the_slate_and_nobody_else(opened, told):
    shortlist, ideas = opened()
    two_camps(ideas)
    crowd.cast([(ideas[0], who, 1) for who in people(2)])  # votes elsewhere are not of the shortlist
    who = set(db.session.scalars(sa.select(ShortlistVoter.participant_id)))
    accounts = db.session.scalars(sa.select(Participant.account_id).where(Participant.id.in_(who))).all()
    db.session.get_one(Account, accounts[0]).active = False
    db.session.flush()
    told(shortlist)
    found = told_of("slate_published")
    assert found.keys() == set(accounts[1:])
    path = f"/c/{shortlist.campaign.slug}/shortlists/{shortlist.number}"
    assert {line[1:] for line in found.values()} == {(path, True)}
    assert all("대표안과 검산표를 볼 수 있어요" in line[0] for line in found.values())


def test_where_too_few_voted_they_are_told_that_there_is_no_slate(opened, told):
    shortlist, ideas = opened()
    two_camps(ideas, 3)
    told(shortlist)
    lines = [line[0] for line in told_of("slate_published").values()]
    assert len(lines) == 3
    assert all("대표안은 고르지 않았어요" in line for line in lines)


def test_a_slate_that_another_job_has_published_is_told_of_once(opened, told):
    shortlist, ideas = opened()
    two_camps(ideas, 5)
    slate = told(shortlist)
    assert publish_slate(shortlist.id, slate.job_id, 5, 1.0, None) is None
    assert len(told_of("slate_published")) == 5


def test_the_newest_shortlist_comes_with_what_can_be_said_of_its_slate(opened, told, count_queries):
    shortlist, ideas = opened()
    assert newest_shortlist(Factories().campaign().id) is None
    assert newest_shortlist(shortlist.campaign_id) == (shortlist, None)
    two_camps(ideas)
    told(shortlist)
    assert newest_shortlist(shortlist.campaign_id) == (shortlist, SlateStanding.COMPLETE)
    again = open_shortlist(shortlist.campaign, Factories().analyst(), [idea.id for idea in ideas[:3]], 1)
    assert newest_shortlist(shortlist.campaign_id) == (again, None)
    assert count_queries(lambda: newest_shortlist(shortlist.campaign_id)) == 1
