"""When people are asked about a milestone, and until when."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.response.answers.words import AnswerInput, MilestoneInput
from forum.response.delivery.models import RatingRound, RoundEnd
from forum.response.delivery.queries import two_sides_of_letters, two_sides_of_milestones
from forum.response.delivery.services import update_milestone
from forum.response.referrals.models import Decision

DONE = "회의를 열었습니다"


def rounds(*milestones):
    query = sa.select(RatingRound).order_by(RatingRound.id)
    found = db.session.scalars(query.execution_options(populate_existing=True)).all()
    of = {milestone.id: name for name, milestone in zip("abcdef", milestones, strict=False)}
    return [(of[one.milestone_id], one.number, one.ended_because) for one in found]


def test_each_time_a_step_is_marked_done_people_are_asked_anew(make):
    answer = make.answer()
    step = make.milestone(answer)

    def report(percent):
        update_milestone(step, answer.author, percent, DONE, seen_percent=step.percent_done)

    report(40)
    assert rounds(step) == []
    report(100)
    report(100)  # told again: nobody is asked twice
    assert rounds(step) == [("a", 1, None)]
    (first,) = db.session.scalars(sa.select(RatingRound))
    for _ in range(5):
        make.rating(first)
    assert two_sides_of_milestones([step.id])[step.id].helps == 3
    report(90)
    assert two_sides_of_milestones([step.id])[step.id].n_people is None
    report(100)
    assert rounds(step) == [("a", 1, RoundEnd.REOPENED), ("a", 2, None)]


def test_a_new_answer_takes_along_the_rounds_of_what_it_carries_over_and_ends_the_others(make):
    answer = make.answer()
    day = clock.today() + timedelta(days=60)
    kept, gone, open_step = (make.milestone(answer, title=title, due_on=day) for title in ("하나", "둘", "셋"))
    for step in (kept, gone):
        update_milestone(step, answer.author, 100, DONE, seen_percent=0)
    first = db.session.scalars(sa.select(RatingRound).order_by(RatingRound.id)).first()
    for _ in range(5):
        make.rating(first)
    steps = tuple(MilestoneInput(title, day) for title in ("하나", "셋", "넷"))
    draft = AnswerInput(Decision.PARTLY, "고쳐 답합니다", milestones=steps)
    new = make.publish(answer.referral, answer.author, draft, seen_version=1)
    db.session.refresh(new)
    carried = next(step for step in new.milestones if step.title == "하나")
    assert rounds(carried, gone) == [("a", 1, None), ("b", 1, RoundEnd.REPLACED)]
    sides = two_sides_of_letters([answer.referral_id])[answer.referral_id]
    assert (sides.n_promised, sides.n_done, sides.n_people) == (3, 1, 5)
    declined = AnswerInput(Decision.DECLINED, "다시 보니 어렵습니다")
    make.publish(answer.referral, answer.author, declined, seen_version=2)
    assert [because for _name, _number, because in rounds(carried, gone)] == [RoundEnd.REPLACED] * 2
    assert two_sides_of_letters([answer.referral_id])[answer.referral_id].done is None
    assert open_step.answer_id == answer.id
