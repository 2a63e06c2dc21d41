"""Double clicks and two people at once at hearings, and what changes between the look and the lock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import ANONYMOUS, Role
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.deliberation.hearings.consents import give_consent, revoke_consent
from forum.deliberation.hearings.invitations import accept, invite
from forum.deliberation.hearings.models import (
    Hearing,
    HearingInvitation,
    HearingQuestion,
    HearingState,
    HearingWay,
    QuestionVote,
    SignedOpinion,
)
from forum.deliberation.hearings.opinions import invite_opinion
from forum.deliberation.hearings.planning import cancel_hearing, hold_hearing, plan_hearing
from forum.deliberation.hearings.queries import get_hearing, get_invitation, get_question
from forum.deliberation.hearings.questions import answer_question, ask_question, vote_question
from forum.deliberation.rounds.long_list import withdraw_task
from forum.deliberation.rounds.queries import get_task
from forum.people.accounts.models import Account
from forum.system.notices.models import OutboxMail
from tests.races import at_once, changed_meanwhile


def who(account_id: int) -> Account:
    return db.session.get_one(Account, account_id)


def twice(app: Any, act: Callable[[], object]) -> list[str]:
    """Do an act in two threads at once; return what became of each."""
    return sorted(type(one).__name__ for one in at_once(app, [act, act]))


def count(model: type[Any]) -> int:
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0)


def test_two_clicks_plan_one_hearing_and_invite_once(app, make):
    task, analyst, person = make.task().id, make.account(Role.ANALYST).id, make.citizen().id
    when = clock.now() + timedelta(days=2)
    assert twice(app, lambda: plan_hearing(get_task(task), who(analyst), when, 20, "회의실", "")) == [
        "NoneType",
        "WrongState",
    ]
    hearing = db.session.scalars(sa.select(Hearing.id)).one()
    assert twice(app, lambda: invite(get_hearing(hearing), who(analyst), who(person))) == ["NoneType", "WrongState"]
    assert (count(Hearing), count(HearingInvitation)) == (1, 1)
    opinion = lambda: invite_opinion(who(analyst), who(expert), "온새미", "", task=get_task(task))  # noqa: E731
    expert = make.citizen(birth_year=1980).id
    assert twice(app, opinion) == ["NoneType", "WrongState"]
    assert count(SignedOpinion) == 1


def test_two_clicks_accept_once_and_mail_the_guardian_once(app, make):
    minor = make.citizen(birth_year=clock.today().year - 16)
    invitation, person = make.invitation(None, minor).id, minor.id

    def click() -> None:
        way = HearingWay.IN_PERSON
        accept(get_invitation(invitation), who(person), way, guardian_email="guardian@example.org", seen=1)

    assert twice(app, click) == ["NoneType", "WrongState"]
    mails = sa.select(OutboxMail.id).where(OutboxMail.recipient == "guardian@example.org")
    assert len(db.session.scalars(mails).all()) == 1
    assert twice(app, lambda: give_consent(get_invitation(invitation), ANONYMOUS, "보호자")) == ["NoneType"] * 2
    assert get_invitation(invitation).revision == 3
    assert twice(app, lambda: revoke_consent(get_invitation(invitation), ANONYMOUS)) == ["NoneType"] * 2
    assert get_invitation(invitation).revision == 4


def test_two_clicks_ask_one_question_and_want_it_once(app, make):
    hearing, person, voter = make.hearing().id, make.citizen().id, make.citizen().id
    assert (
        twice(app, lambda: ask_question(get_hearing(hearing), who(person), "얼마예요? 010-1234-5678"))
        == ["NoneType"] * 2
    )
    question = db.session.scalars(sa.select(HearingQuestion.id)).one()
    assert twice(app, lambda: vote_question(get_question(question), who(voter), wants=True)) == ["NoneType"] * 2
    assert (get_question(question).n_votes, count(QuestionVote)) == (1, 1)
    assert twice(app, lambda: vote_question(get_question(question), who(voter), wants=False)) == ["NoneType"] * 2
    assert get_question(question).n_votes == 0


def test_many_want_a_question_at_once(app, make):
    question, people = make.question().id, [make.citizen().id for _ in range(4)]

    def vote(person: int) -> Callable[[], None]:
        return lambda: vote_question(get_question(question), who(person), wants=True)

    assert at_once(app, [vote(person) for person in people]) == [None] * 4
    assert get_question(question).n_votes == 4


def test_two_of_the_secretariat_act_on_what_the_other_has_changed(app, make):
    hearing, first, second = make.hearing(), make.account(Role.ANALYST).id, make.account(Role.ADMIN).id
    question, begun = make.question(hearing).id, make.hearing(starts_at=clock.now() - timedelta(hours=1)).id
    hearing_id = hearing.id
    for act in (
        lambda by: cancel_hearing(get_hearing(hearing_id), who(by), "태풍이 와요", seen=1),
        lambda by: hold_hearing(get_hearing(begun), who(by), "주차장부터 해요", seen=1),
    ):
        results = at_once(app, [lambda act=act: act(first), lambda act=act: act(second)])
        assert sorted(type(one).__name__ for one in results) == ["NoneType", "WrongState"]
    with pytest.raises(WrongState):
        answer_question(get_question(question), who(first), "천만 원이에요", seen=1)


def test_an_answer_and_votes_at_once_do_not_wait_for_each_other(app, make):
    question, analyst, voter = make.question().id, make.account(Role.ANALYST).id, make.citizen().id
    acts = [
        lambda: answer_question(get_question(question), who(analyst), "천만 원이에요", seen=1),
        lambda: vote_question(get_question(question), who(voter), wants=True),
    ]
    assert at_once(app, acts) == [None, None]
    assert (get_question(question).answer, get_question(question).n_votes) == ("천만 원이에요", 1)


def test_a_task_is_withdrawn_while_its_proposer_accepts(app, make):
    hearing, analyst, person = make.hearing(), make.account(Role.ANALYST).id, make.citizen(birth_year=1990)
    invitation, task, proposer = make.invitation(hearing, person).id, hearing.task_id, person.id
    hearing_id = hearing.id

    def come() -> None:
        accept(get_invitation(invitation), who(proposer), HearingWay.IN_PERSON, seen=1)

    withdrawn, accepted = at_once(app, [lambda: withdraw_task(get_task(task), who(analyst), "거두어요.", seen=1), come])
    assert withdrawn is None
    assert accepted is None or isinstance(accepted, WrongState)
    assert get_hearing(hearing_id).state is HearingState.CANCELLED


def test_what_was_over_or_hidden_meanwhile_is_refused(make):
    question, voter, analyst = make.question(), make.citizen(), make.account(Role.ANALYST)
    changed_meanwhile(question, is_hidden=True)
    for act in (
        lambda: vote_question(question, voter, wants=True),
        lambda: answer_question(question, analyst, "천만 원이에요", seen=1),
    ):
        with pytest.raises(WrongState):
            act()
    hearing = make.hearing()
    changed_meanwhile(hearing, state="HELD", held_at=clock.now())
    for act in (
        lambda: ask_question(hearing, voter, "얼마예요?"),
        lambda: invite(hearing, analyst, voter),
        lambda: cancel_hearing(hearing, analyst, "태풍", seen=1),
    ):
        with pytest.raises(WrongState):
            act()
