from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.analysis.shortlists.models import ShortlistState
from forum.core import clock
from forum.core.access import SYSTEM, Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.advisory.models import AdvisorySide, FinalistRating
from forum.deliberation.advisory.permissions import can_explain, can_open_ballot, can_rate
from forum.deliberation.advisory.queries import (
    ballot_of,
    counted_ratings,
    finalists,
    ratings_of,
    reasons_of,
    slate_of,
    tasks_by_idea,
    tied_tasks,
)
from forum.deliberation.advisory.services import (
    explain_departure,
    open_ballot,
    rate_finalists,
    start_slate,
)
from forum.deliberation.council.models import Seat
from forum.deliberation.rounds.models import ConflictStatement, CouncilRound, RoundState, StageKind, TaskState
from forum.deliberation.rounds.queries import Member, has_tie
from forum.people.accounts.models import Account
from forum.system.audit.models import AuditEntry
from forum.system.jobs.models import JobState
from forum.voice.ideas.models import IdeaState
from tests.forum.deliberation.advisory.stages import Assembly, assembly, close, rate
from tests.races import at_once, changed_meanwhile


@pytest.fixture
def opened(make) -> Assembly:
    return assembly(make)


@pytest.mark.parametrize(
    ("role", "opens", "explains"),
    [
        (Role.CITIZEN, False, False),
        (Role.FACILITATOR, False, False),
        (Role.MINISTRY_OFFICER, False, False),
        (Role.COUNCIL_MEMBER, False, False),
        (Role.ANALYST, True, True),
        (Role.ADMIN, False, True),
    ],
)
def test_the_secretariat_writes_reasons_and_analysts_ask_citizens(make, role, opens, explains):
    actor = make.account(role)
    assert (can_open_ballot(actor), can_explain(actor, None)) == (opens, explains)


def test_a_seat_in_office_rates_and_a_chair_explains(make):
    seat = make.seat(is_chair=True)
    account = db.session.get_one(Account, seat.account_id)
    assert can_rate(seat)
    assert can_explain(account, seat)
    seat.ended_at, seat.end_reason = clock.now(), "물러남"
    assert not can_rate(seat)
    assert not can_rate(None)


def test_a_member_rates_and_changes_their_mind(opened):
    first, second = opened.tasks[:2]
    assert rate_finalists(opened.round, opened.account(0), {first.id: 1, second.id: -1}) == 2
    assert rate_finalists(opened.round, opened.account(0), {first.id: 1, second.id: 0}) == 1
    assert ratings_of(opened.seats[0].id, [first.id, second.id]) == {first.id: 1, second.id: 0}


def test_who_holds_no_seat_does_not_rate(make, opened):
    values = {opened.tasks[0].id: 1}
    substitute = make.citizen()
    opened.seats[0].substitute_name, opened.seats[0].substitute_id = "대리인", substitute.id
    for actor in (make.citizen(), make.analyst(), make.admin(), substitute, SYSTEM):
        with pytest.raises(Forbidden):
            rate_finalists(opened.round, actor, values)


def test_a_seat_that_ends_meanwhile_rates_no_more(opened):
    actor, seat = opened.account(0), opened.seats[0]
    changed_meanwhile(seat, ended_at=clock.now(), end_reason="물러남")
    with pytest.raises(Forbidden):
        rate_finalists(opened.round, actor, {opened.tasks[0].id: 1})


def test_nobody_rates_before_the_assembly_opens_or_after_it_closes(make, opened):
    early = make.council_round(opened.round.term, present=StageKind.DELEGATES)
    with pytest.raises(WrongState):
        rate_finalists(early, opened.account(0), {make.task(early).id: 1})
    close(opened.round)
    with pytest.raises(WrongState):
        rate_finalists(opened.round, opened.account(0), {opened.tasks[0].id: 1})


def test_a_task_that_left_the_round_or_is_of_another_is_not_rated(make, opened):
    gone, other = opened.tasks[0], make.task()
    gone.state, gone.reason = TaskState.WITHDRAWN, "겹쳐요"
    db.session.flush()
    for task in (gone, other):
        with pytest.raises(WrongState):
            rate_finalists(opened.round, opened.account(0), {task.id: 1})


def test_odd_values_and_tied_tasks_are_refused_each_at_its_field(make, opened):
    own = make.task(opened.round, [make.idea(opened.round.campaign, opened.account(0))])
    with pytest.raises(InvalidInput) as refused:
        rate_finalists(opened.round, opened.account(0), {own.id: 1, opened.tasks[0].id: 2, opened.tasks[1].id: 1})
    assert refused.value.errors.keys() == {f"task-{own.id}", f"task-{opened.tasks[0].id}"}
    assert not ratings_of(opened.seats[0].id, [task.id for task in opened.tasks])


def test_tied_tasks_are_those_of_the_rule_of_rounds(make, opened):
    seat = opened.seats[0]
    make.task(opened.round, [make.idea(opened.round.campaign, opened.account(0))])
    make.task(opened.round, source="MEMBER", proposer_seat_id=seat.id, has_words=False)
    db.session.add(ConflictStatement(task_id=opened.tasks[0].id, seat_id=seat.id, text="자문을 했어요"))
    db.session.flush()
    tasks = finalists(opened.round)
    by_rule = {task.id for task in tasks if has_tie(task, Member(seat=seat))}
    assert len(by_rule) == 3
    assert tied_tasks(seat, [task.id for task in tasks]) == by_rule


def test_only_ratings_in_time_of_seats_in_office_without_a_conflict_count(make, opened):
    rate(opened, ["+++-", "+?-0", "++++", "----"])
    opened.seats[2].ended_at, opened.seats[2].end_reason = clock.now(), "물러남"
    gone = opened.tasks[3]
    gone.state, gone.reason = TaskState.WITHDRAWN, "겹쳐요"
    db.session.add(ConflictStatement(task_id=opened.tasks[0].id, seat_id=opened.seats[1].id, text="자문을 했어요"))
    close(opened.round)
    late = db.session.get_one(FinalistRating, (opened.tasks[2].id, opened.seats[3].id))
    late.rated_at = clock.now() + timedelta(seconds=1)
    db.session.flush()
    numbers = [task.number for task in opened.tasks]
    first, second, fourth = (opened.seats[n].id for n in (0, 1, 3))
    assert counted_ratings(opened.round) == [
        *((first, number, 1) for number in numbers[:3]),
        (second, numbers[2], -1),
        *((fourth, number, -1) for number in numbers[:2]),
    ]


def test_a_double_click_rates_once(app, opened):
    round_id, task_id, account_id = opened.round.id, opened.tasks[0].id, opened.account(0).id

    def act():
        actor = db.session.get_one(Account, account_id)
        rate_finalists(db.session.get_one(CouncilRound, round_id), actor, {task_id: 1})

    assert at_once(app, [act, act]) == [None, None]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(FinalistRating)) == 1


def test_citizens_are_asked_about_the_lead_ideas_of_finalists(make, opened):
    analyst = make.analyst()
    without_words = make.task(opened.round, has_words=False, source="MEMBER", proposer_seat_id=opened.seats[0].id)
    shortlist = open_ballot(opened.round, analyst)
    assert shortlist.size == opened.round.n_chosen
    assert tasks_by_idea(opened.round.id) == {task.lead_idea_id: task.id for task in opened.tasks}
    assert without_words.id not in tasks_by_idea(opened.round.id).values()
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "advisory.open_ballot")).one()
    assert entry.after["tasks"] == [task.number for task in opened.tasks]
    with pytest.raises(WrongState):
        open_ballot(opened.round, analyst)


def test_an_idea_that_is_hidden_or_stands_for_another_task_is_not_on_the_ballot(make, opened):
    opened.tasks[0].lead_idea.state = IdeaState.HIDDEN
    twin = make.task(opened.round, [opened.tasks[1].lead_idea])
    open_ballot(opened.round, make.analyst())
    assert set(tasks_by_idea(opened.round.id).values()) == {task.id for task in opened.tasks[1:]}
    assert twin.id not in tasks_by_idea(opened.round.id).values()


def test_a_ballot_needs_the_assembly_voting_and_more_ideas_than_places(make, opened):
    analyst = make.analyst()
    with pytest.raises(WrongState):
        open_ballot(make.council_round(present=StageKind.DELEGATES), analyst)
    with pytest.raises(WrongState):
        open_ballot(assembly(make, n_tasks=2, n_chosen=2).round, analyst)
    with pytest.raises(WrongState):
        open_ballot(assembly(make, n_tasks=12, n_chosen=11).round, analyst)
    closed = make.council_round(campaign=make.campaign(open_phases=()), present=StageKind.ASSEMBLY, n_chosen=1)
    for _ in range(2):
        make.task(closed)
    with pytest.raises(WrongState):
        open_ballot(closed, analyst)
    with pytest.raises(Forbidden):
        open_ballot(opened.round, make.admin())
    assert ballot_of(opened.round.id) is None


def test_closing_the_assembly_asks_for_the_list_and_ends_the_ballot(make, opened):
    shortlist = open_ballot(opened.round, make.analyst())
    close(opened.round)
    assert shortlist.state is ShortlistState.CLOSED


def test_a_reason_is_written_changed_and_recorded_without_its_words(make, opened):
    analyst, task = make.analyst(), opened.tasks[0]
    close(opened.round)
    assert explain_departure(task, analyst, " 예산이 없어요 ", 0).revision == 1
    assert explain_departure(task, analyst, "예산이 내년에 있어요", 1).revision == 2
    assert reasons_of([task.id])[task.id].text == "예산이 내년에 있어요"
    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "advisory.explain")).all()
    assert len(entries) == 2
    assert "예산" not in str([entry.after for entry in entries])


def test_a_chair_and_their_substitute_write_reasons_and_others_do_not(make, opened):
    civil, _government = make.chairs(opened.round.term)
    substitute = make.citizen()
    civil.substitute_name, civil.substitute_id = "대리인", substitute.id
    close(opened.round)
    chair = db.session.get_one(Account, civil.account_id)
    explain_departure(opened.tasks[0], chair, "까닭", 0)
    explain_departure(opened.tasks[1], substitute, "까닭", 0)
    for actor in (make.citizen(), opened.account(0), make.officer()):
        with pytest.raises(Forbidden):
            explain_departure(opened.tasks[2], actor, "까닭", 0)


@pytest.mark.parametrize("text", ["", " ", "가" * 1_001, "주민번호 900101-1234567"])
def test_a_reason_is_a_text_for_everybody(make, opened, text):
    close(opened.round)
    with pytest.raises(InvalidInput):
        explain_departure(opened.tasks[0], make.analyst(), text, 0)


def test_a_reason_is_written_between_the_closing_and_the_second_signature_and_on_finalists_alone(make, opened):
    analyst = make.analyst()
    with pytest.raises(WrongState):
        explain_departure(opened.tasks[0], analyst, "까닭", 0)
    gone = make.task(opened.round, state=TaskState.WITHDRAWN, reason="겹쳐요")
    close(opened.round)
    with pytest.raises(WrongState):
        explain_departure(gone, analyst, "까닭", 0)
    explain_departure(opened.tasks[0], analyst, "까닭", 0)
    with pytest.raises(WrongState):
        explain_departure(opened.tasks[0], analyst, "다른 까닭", 0)
    civil, government = make.chairs(opened.round.term)
    opened.round.civil_chair_id, opened.round.government_chair_id = civil.id, government.id
    opened.round.civil_signed_at = opened.round.government_signed_at = opened.round.finished_at = clock.now()
    opened.round.state = RoundState.FINISHED
    db.session.flush()
    with pytest.raises(WrongState):
        explain_departure(opened.tasks[0], analyst, "다른 까닭", 1)


def test_a_list_is_asked_for_again_only_while_it_is_missing(make, opened, work):
    analyst = make.analyst()
    with pytest.raises(WrongState):
        start_slate(opened.round, analyst)
    close(opened.round)
    with pytest.raises(Forbidden):
        start_slate(opened.round, opened.account(0))
    start_slate(opened.round, analyst)
    assert work() == [JobState.DONE]
    assert slate_of(opened.round.id, AdvisorySide.MEMBERS)
    with pytest.raises(WrongState):
        start_slate(opened.round, analyst)


def test_a_seat_whose_account_was_closed_keeps_its_ratings(opened):
    rate(opened, ["+++-"])
    opened.seats[0].account_id = None
    db.session.flush()
    assert db.session.get_one(Seat, opened.seats[0].id).in_office
    close(opened.round)
    assert len(counted_ratings(opened.round)) == 4
