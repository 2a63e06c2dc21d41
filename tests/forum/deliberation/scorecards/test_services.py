from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.council.models import GroupKind
from forum.deliberation.rounds.conflicts import declare_conflict
from forum.deliberation.rounds.models import StageKind
from forum.deliberation.rounds.queries import Member
from forum.deliberation.rounds.services import close_stage, decide_stage, open_stage
from forum.deliberation.scorecards.criteria import CriterionRow, set_criteria
from forum.deliberation.scorecards.models import Scorecard
from forum.deliberation.scorecards.queries import criteria_of, ranks_by_scores, result_of
from forum.deliberation.scorecards.services import explain, score, show_name
from forum.system.notices.models import Notice


@pytest.fixture
def weighing(make):
    """A round open to its sub-committees: two tasks, and six members of the sub-committee that weighs them."""
    round_ = make.council_round(present=StageKind.SUBCOMMITTEE)
    seats = [make.seat(round_.term) for _ in range(6)]
    group = make.council_group(round_.term, seats)
    tasks = [make.task(round_, subcommittee_id=group.id) for _ in range(2)]
    return round_, seats, tasks


def points(task, *values: int) -> dict[int, int]:
    return {one.id: value for one, value in zip(criteria_of(task.round_id), values, strict=True)}


def compute(work) -> None:
    db.session.commit()
    work()
    db.session.expire_all()


def test_scores_count_once_the_stage_is_closed_and_computed(make, weighing, work):
    round_, seats, (first, second) = weighing
    for seat in seats:
        score(first, seat.account, points(first, 2, 2), "아직 일러요.")
        score(second, seat.account, points(second, 5, 4), "지금 해야 해요.")
    stage = close_stage(round_, make.account(Role.ANALYST), seen=1)
    assert ranks_by_scores(stage) is None
    compute(work)
    assert ranks_by_scores(stage) == {second.id: 1, first.id: 2}
    result = result_of(stage.id)
    assert [(one.task_id, one.n, one.mean, one.median) for one in result.tasks] == [
        (second.id, 6, 4.6, 4.6),
        (first.id, 6, 2.0, 2.0),
    ]
    assert (result.number, result.n_cards, result.n_taken_out) == (1, 12, 0)


def test_a_member_changes_their_scores_until_the_stage_closes(make, weighing):
    round_, seats, (task, _other) = weighing
    card = score(task, seats[0].account, points(task, 1, 1), "아직")
    with pytest.raises(WrongState):
        score(task, seats[0].account, points(task, 5, 5), "두 번 눌렀어요.")
    again = score(task, seats[0].account, points(task, 5, 5), "다시 봤어요.", seen=1)
    assert (again.id, again.revision, [one.value for one in again.scores]) == (card.id, 2, [5, 5])
    close_stage(round_, make.account(Role.ANALYST), seen=1)
    with pytest.raises(WrongState):
        score(task, seats[0].account, points(task, 3, 3), "늦었어요.", seen=2)


@pytest.mark.parametrize("values", [(1,), (0, 3), (6, 3)])
def test_a_score_is_one_to_five_on_each_criterion(weighing, values):
    _round, seats, (task, _other) = weighing
    typed = dict(zip([one.id for one in criteria_of(task.round_id)], values, strict=False))
    with pytest.raises(InvalidInput):
        score(task, seats[0].account, typed, "왜냐하면")


def test_only_the_sub_committee_of_the_task_scores_it(make, weighing):
    round_, _seats, (task, _other) = weighing
    ended = make.seat(round_.term, ended_at=clock.now(), end_reason="사임")
    make.council_group(round_.term, [ended])
    for stranger in (make.seat(round_.term).account, ended.account, make.citizen(), make.account(Role.ANALYST)):
        with pytest.raises(Forbidden):
            score(task, stranger, points(task, 3, 3), "왜냐하면")


def test_a_member_does_not_score_their_own_proposal_or_idea(make, weighing):
    round_, seats, (task, _other) = weighing
    own = make.task(round_, [], source="MEMBER", proposer_seat_id=seats[0].id, subcommittee_id=task.subcommittee_id)
    written = make.task(
        round_,
        [make.idea(campaign=round_.campaign, author=seats[1].account)],
        subcommittee_id=task.subcommittee_id,
    )
    for mine, seat in ((own, seats[0]), (written, seats[1])):
        with pytest.raises(Forbidden):
            score(mine, seat.account, points(mine, 5, 5), "제가 냈어요.")
    score(own, seats[1].account, points(own, 3, 3), "괜찮아요.")


def test_a_late_conflict_takes_scores_out_and_the_result_is_computed_anew(make, weighing, work):
    round_, seats, (task, _other) = weighing
    for place, seat in enumerate(seats):
        score(task, seat.account, points(task, 5 if place == 0 else 1, 5 if place == 0 else 1), "왜냐하면")
    stage = close_stage(round_, make.account(Role.ANALYST), seen=1)
    compute(work)
    statement = declare_conflict(task, seats[0].account, "제 회사가 하는 일이에요.")
    compute(work)
    result = result_of(stage.id)
    line = next(one for one in result.tasks if one.task_id == task.id)
    assert statement.is_late is True
    assert (result.number, result.n_taken_out, line.n, line.mean) == (2, 1, 5, 1.0)


def test_who_declared_a_conflict_scores_no_more(weighing):
    _round, seats, (task, _other) = weighing
    score(task, seats[0].account, points(task, 5, 5), "좋아요.")
    declare_conflict(task, seats[0].account, "제 회사가 하는 일이에요.")
    card = db.session.scalars(sa.select(Scorecard)).one()
    assert card.taken_out_at is not None
    with pytest.raises(Forbidden):
        score(task, seats[0].account, points(task, 1, 1), "그래도", seen=card.revision)


def test_who_is_far_from_the_others_is_asked_once_and_answers(make, weighing, work):
    round_, seats, (task, _other) = weighing
    for place, seat in enumerate(seats):
        value = 1 if place == 0 else 5
        score(task, seat.account, points(task, value, value), "왜냐하면")
    close_stage(round_, make.account(Role.ANALYST), seen=1)
    compute(work)
    far, near = (
        db.session.scalars(sa.select(Scorecard).where(Scorecard.seat_id == seat.id)).one() for seat in seats[:2]
    )
    assert db.session.scalars(sa.select(Notice.account_id).where(Notice.kind == "scores_far")).all() == [
        seats[0].account_id
    ]
    explain(far, seats[0].account, "돈이 너무 많이 들어요.", seen=far.revision)
    with pytest.raises(WrongState):
        explain(near, seats[1].account, "물어보지 않았어요.", seen=near.revision)
    with pytest.raises(Forbidden):
        explain(far, seats[1].account, "남의 평가표예요.", seen=far.revision)


def test_members_show_their_own_name_and_people_of_a_team_do_not(make):
    round_ = make.council_round(present=StageKind.PEOPLE_TEAM)
    task = make.task(round_)
    member = make.team_member(make.council_group(round_.term, kind=GroupKind.TEAM))
    card = score(task, member.account, points(task, 4, 4), "우리 동네에 필요해요.")
    with pytest.raises(Forbidden):
        show_name(card, member.account, shows=True)
    delegates = make.council_round(present=StageKind.SUBCOMMITTEE)
    seat = make.seat(delegates.term)
    shown = make.scorecard(make.task(delegates), Member(seat=seat))
    show_name(shown, seat.account, shows=True)
    assert shown.shows_name is True


def test_weights_add_up_to_100_and_stay_once_scoring_opens(make):
    round_, analyst = make.council_round(weights=()), make.account(Role.ANALYST)
    group = make.council_group(round_.term)
    task = make.task(round_, subcommittee_id=group.id)
    with pytest.raises(InvalidInput):
        set_criteria(round_, analyst, [CriterionRow("공감", "", 60), CriterionRow("빠르기", "", 30)], seen=1)
    with pytest.raises(Forbidden):
        set_criteria(round_, make.citizen(), [CriterionRow("공감", "", 100)], seen=1)
    close_stage(round_, analyst, seen=1)
    decide_stage(round_, analyst, [task.id], {}, seen=2)
    with pytest.raises(WrongState):
        open_stage(round_, analyst, seen=3)
    set_criteria(round_, analyst, [CriterionRow("공감", "", 60), CriterionRow("빠르기", "", 40)], seen=3)
    open_stage(round_, analyst, seen=4)
    with pytest.raises(WrongState):
        set_criteria(round_, analyst, [CriterionRow("공감", "", 100)], seen=5)
