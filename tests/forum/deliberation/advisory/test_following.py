from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.shortlists.models import ShortlistState, SlateStanding
from forum.analysis.shortlists.queries import n_on_shortlist, shortlist_ideas
from forum.analysis.shortlists.queries import slate_of as slate_of_shortlist
from forum.analysis.shortlists.services import change_shortlist, close_shortlist
from forum.core.access import SYSTEM
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.deliberation.advisory.following import require_reasons
from forum.deliberation.advisory.models import AdvisorySide
from forum.deliberation.advisory.queries import latest_slate_job, n_late_conflicts, ratings_of, slate_of
from forum.deliberation.advisory.services import explain_departure, open_ballot
from forum.deliberation.rounds.hooks import (
    run_after_close,
    run_after_conflict,
    run_after_leaving,
    run_before_open,
)
from forum.deliberation.rounds.models import ConflictStatement, StageKind, TaskState
from forum.system.notices.models import Notice
from nlp.opinion.verify_slate import faults
from tests.forum.analysis.opinions import crowd
from tests.forum.analysis.shortlists.joined import cast
from tests.forum.deliberation.advisory.stages import assembly, close, decide, rate


def citizens_vote(tasks, rows):
    """Let as many citizens as rows vote on the ideas of these tasks: + yes, - no."""
    people = crowd.people(len(rows))
    cast(
        [
            (task.lead_idea, who, 1 if letter == "+" else -1)
            for who, row in zip(people, rows, strict=True)
            for task, letter in zip(tasks, row, strict=True)
        ]
    )


@pytest.fixture
def told(make, work):
    """A round at which members' list holds the first two of four finalists, and citizens' the last two."""
    one = assembly(make)
    open_ballot(one.round, make.analyst())
    rate(one, ["++--"] * 6)
    citizens_vote(one.tasks, ["--++"] * 5)
    close(one.round)
    work()
    return one


def test_members_hear_when_the_assembly_opens_and_at_no_other_stage(make):
    one = assembly(make, n_seats=2)
    run_before_open(one.round.stage(StageKind.DELEGATES), SYSTEM)
    assert not db.session.scalars(sa.select(Notice)).all()
    run_before_open(one.round.stage(StageKind.ASSEMBLY), SYSTEM)
    notices = db.session.scalars(sa.select(Notice)).all()
    assert {notice.account_id for notice in notices} == {seat.account_id for seat in one.seats}
    assert {notice.path for notice in notices} == {f"/council/rounds/{one.round.id}/finalists"}


def test_other_stages_ask_for_no_list(make):
    one = assembly(make)
    run_after_close(one.round.stage(StageKind.DELEGATES), SYSTEM)
    assert latest_slate_job(one.round.id) is None


def test_citizens_list_follows_the_slate_of_their_shortlist(told):
    slate = slate_of(told.round.id, AdvisorySide.CITIZENS)
    assert (slate.standing, slate.n_people) == (SlateStanding.COMPLETE, 5)
    assert sorted(slate.tasks) == sorted(task.id for task in told.tasks[2:])
    assert sorted(slate.proof["ideas"]) == sorted(task.lead_idea_id for task in told.tasks)
    assert not list(faults(slate.proof))


def test_an_ordinary_shortlist_gives_no_list_of_a_round(make, work):
    campaign = make.campaign()
    shortlist = make.shortlist(campaign, [make.idea(campaign) for _ in range(3)])
    close_shortlist(shortlist, SYSTEM)
    work()
    assert slate_of_shortlist(shortlist.id) is not None


def test_a_ballot_that_voting_ended_stays_closed_when_the_assembly_closes(make):
    one = assembly(make)
    shortlist = open_ballot(one.round, make.analyst())
    close_shortlist(shortlist, SYSTEM)
    close(one.round)
    assert shortlist.state is ShortlistState.CLOSED


def test_a_ballot_of_finalists_is_not_changed_by_hand(make):
    one, analyst = assembly(make), make.analyst()
    shortlist = open_ballot(one.round, analyst)
    other = make.idea(one.round.campaign)
    with pytest.raises(WrongState):
        change_shortlist(shortlist, analyst, [task.lead_idea_id for task in one.tasks[:3]] + [other.id], 1)


@pytest.mark.parametrize("state", [TaskState.WITHDRAWN, TaskState.MERGED])
def test_a_finalist_that_leaves_goes_off_the_ballot_however_few_stay(make, state):
    one = assembly(make, n_tasks=3)
    shortlist = open_ballot(one.round, make.analyst())
    gone = one.tasks[0]
    gone.state, gone.reason = state, "겹쳐요"
    gone.merged_into_id = one.tasks[1].id if state is TaskState.MERGED else None
    db.session.flush()
    run_after_leaving(gone, SYSTEM)
    assert [idea.id for idea in shortlist_ideas(shortlist)] == [task.lead_idea_id for task in one.tasks[1:]]
    assert shortlist.revision == 2
    run_after_leaving(gone, SYSTEM)
    assert shortlist.revision == 2


def test_a_finalist_that_leaves_after_the_vote_stays_on_the_closed_ballot(make):
    one = assembly(make)
    shortlist = open_ballot(one.round, make.analyst())
    close(one.round)
    run_after_leaving(one.tasks[0], SYSTEM)
    assert n_on_shortlist(shortlist) == 4


def test_a_conflict_takes_the_members_rating_out_until_the_list_is_published(make, work):
    one = assembly(make)
    rate(one, ["++--"] * 6)
    seat, (first, second, *_rest) = one.seats[0], one.tasks
    declare(first, seat)
    assert ratings_of(seat.id, [first.id, second.id]) == {second.id: 1}
    close(one.round)
    work()
    slate = slate_of(one.round.id, AdvisorySide.MEMBERS)
    assert ["?100", 1] in slate.proof["ballots"]
    assert n_late_conflicts(slate) == 0
    declare(second, seat)
    assert ratings_of(seat.id, [second.id]) == {second.id: 1}
    assert n_late_conflicts(slate) == 1


def declare(task, seat):
    statement = ConflictStatement(task_id=task.id, seat_id=seat.id, text="자문을 했어요")
    db.session.add(statement)
    db.session.flush()
    run_after_conflict(statement, SYSTEM)


def test_no_result_before_the_lists_are_there(make, work):
    one = assembly(make)
    open_ballot(one.round, make.analyst())
    rate(one, ["++--"])
    close(one.round)
    for task in one.tasks:
        explain_departure(task, make.analyst(), "까닭", 0)
    with pytest.raises(WrongState, match="위원의 표"):
        decide(one.round, one.tasks[:2])
    work()
    decide(one.round, one.tasks[:2])


def test_a_list_of_members_of_whom_nobody_rated_is_not_waited_for(make):
    one = assembly(make)
    close(one.round)
    for task in one.tasks[2:]:
        explain_departure(task, make.analyst(), "까닭", 0)
    decide(one.round, one.tasks[:2])


def test_every_departure_and_every_finalist_left_out_needs_a_reason(make, told):
    analyst, chosen = make.analyst(), told.tasks[:2]
    with pytest.raises(WrongState) as refused:
        decide(told.round, chosen)
    assert all(f"{task.number}번" in str(refused.value) for task in told.tasks)
    for task in told.tasks[:3]:
        explain_departure(task, analyst, "예산이 없어요", 0)
    with pytest.raises(WrongState) as refused:
        decide(told.round, chosen)
    assert str(refused.value).endswith(f": 과제 {told.tasks[3].number}번")
    explain_departure(told.tasks[3], analyst, "법을 먼저 고쳐야 해요", 0)
    decide(told.round, chosen)


def test_what_both_lists_and_the_council_chose_needs_no_reason(make, work):
    one = assembly(make)
    rate(one, ["++--"] * 6)
    close(one.round)
    work()
    for task in one.tasks[2:]:
        explain_departure(task, make.analyst(), "까닭", 0)
    decide(one.round, one.tasks[:2])


def test_a_list_that_tells_nothing_asks_for_no_reason_but_for_what_is_left_out(make, work):
    one = assembly(make)
    rate(one, ["+???", "?+??", "+???", "?+??", "??+?"])
    close(one.round)
    work()
    explain_departure(one.tasks[0], make.analyst(), "까닭", 0)
    decide(one.round, one.tasks[1:])


def test_other_stages_need_no_reason(make):
    one = assembly(make)
    require_reasons(one.round.stage(StageKind.DELEGATES), set(), SYSTEM)
