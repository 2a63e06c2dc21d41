from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import ANONYMOUS, Role
from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.deliberation.hearings.consents import forget_guardians, give_consent, revoke_consent
from forum.deliberation.hearings.invitations import accept, decline, invite
from forum.deliberation.hearings.models import HearingState, HearingWay, InvitationState
from forum.deliberation.hearings.opinions import invite_opinion, send_opinion
from forum.deliberation.hearings.planning import cancel_hearing, hold_hearing, plan_hearing
from forum.deliberation.hearings.queries import (
    consent_token,
    hearing_of,
    invitation_from_token,
    opinions_of,
    questions_of,
    shown_statements,
)
from forum.deliberation.hearings.questions import answer_question, ask_question, vote_question
from forum.deliberation.hearings.reminding import remind_of_tomorrow
from forum.deliberation.rounds.long_list import merge_task, withdraw_task
from forum.system.notices.models import Notice, OutboxMail

ADULT = 1990


@pytest.fixture
def analyst(make):
    return make.account(Role.ANALYST)


def kinds_for(account) -> list[str]:
    query = sa.select(Notice.kind).where(Notice.account_id == account.id).order_by(Notice.id)
    return [kind for kind in db.session.scalars(query) if kind == "hearing"]


def invited(make, analyst, birth_year: int = ADULT):
    """A planned hearing whose proposer is invited."""
    round_ = make.council_round()
    person = make.citizen(birth_year=birth_year)
    task = make.task(round_, [make.idea(campaign=round_.campaign, author=person)])
    hearing = make.hearing(task)
    return invite(hearing, analyst, person), person


def test_a_hearing_is_planned_once_for_a_task(make, analyst):
    task, when = make.task(), clock.now() + timedelta(days=3)
    hearing = plan_hearing(task, analyst, when, 20, "회의실", "")
    assert hearing_of(task.id) == hearing
    with pytest.raises(WrongState):
        plan_hearing(task, analyst, when, 20, "회의실", "")
    cancel_hearing(hearing, analyst, "회의실이 없어요.", seen=1)
    plan_hearing(task, analyst, when, 20, "다른 회의실", "")
    with pytest.raises(Forbidden):
        plan_hearing(make.task(), make.citizen(), when, 20, "회의실", "")


@pytest.mark.parametrize(
    ("days", "minutes", "place", "video_url"),
    [(-1, 20, "회의실", ""), (1, 1, "회의실", ""), (1, 20, "", ""), (1, 20, "", "javascript:alert(1)")],
)
def test_a_hearing_is_in_the_future_and_somewhere(make, analyst, days, minutes, place, video_url):
    with pytest.raises(InvalidInput):
        plan_hearing(make.task(), analyst, clock.now() + timedelta(days=days), minutes, place, video_url)


def test_a_grown_up_proposer_accepts_and_is_shown(make, analyst):
    invitation, person = invited(make, analyst)
    accept(invitation, person, HearingWay.TEXT, statement="지붕이 뜨거워요. 010-1234-5678", seen=1)
    [shown] = shown_statements(invitation.hearing_id)
    assert "010-1234-5678" not in shown.statement
    assert kinds_for(person) == ["hearing"]
    with pytest.raises(Forbidden):
        accept(invitation, make.citizen(), HearingWay.IN_PERSON, seen=2)
    with pytest.raises(WrongState):
        accept(invitation, person, HearingWay.IN_PERSON, seen=1)
    decline(invitation, person, seen=2)
    assert (invitation.statement, shown_statements(invitation.hearing_id)) == ("", [])


@pytest.mark.parametrize("way", [HearingWay.PROXY, HearingWay.TEXT, HearingWay.VIDEO])
def test_each_way_needs_what_it_is(make, analyst, way):
    invitation, person = invited(make, analyst)
    with pytest.raises(InvalidInput):
        accept(invitation, person, way, seen=1)
    assert invitation.state is InvitationState.INVITED


def test_a_minor_explains_once_a_guardian_consented_and_is_hidden_when_it_is_taken_back(make, analyst):
    invitation, person = invited(make, analyst, clock.today().year - 17)
    words = {"statement": "우리 학교 지붕이에요.", "seen": 1}
    with pytest.raises(InvalidInput):
        accept(invitation, person, HearingWay.TEXT, **words)
    with pytest.raises(InvalidInput):
        accept(invitation, person, HearingWay.TEXT, guardian_email=person.email, **words)
    accept(invitation, person, HearingWay.TEXT, is_minor=False, guardian_email="guardian@example.org", **words)
    assert invitation.is_minor is True, "the year of birth goes before one's own word"
    assert not shown_statements(invitation.hearing_id)
    [mail] = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.recipient == "guardian@example.org"))
    token = re.search(r"/consent/(\S+)", mail.body)[1]
    same = invitation_from_token(token)
    give_consent(same, ANONYMOUS, "보호자")
    give_consent(same, ANONYMOUS, "보호자")
    assert len(shown_statements(invitation.hearing_id)) == 1
    revoke_consent(same, ANONYMOUS)
    assert not shown_statements(invitation.hearing_id)


def test_a_guardians_link_dies_when_another_is_asked_and_their_address_is_erased_later(make, analyst):
    invitation, person = invited(make, analyst, clock.today().year - 15)
    accept(invitation, person, HearingWay.IN_PERSON, guardian_email="one@example.org", seen=1)
    token = consent_token(invitation)
    with clock.at(clock.now() + timedelta(minutes=1)):
        accept(invitation, person, HearingWay.IN_PERSON, guardian_email="two@example.org", seen=2)
    with pytest.raises(NotFound):
        invitation_from_token(token)
    with pytest.raises(NotFound):
        invitation_from_token("forged")
    assert forget_guardians() == 0
    with clock.at(invitation.hearing.starts_at + timedelta(days=32)):
        assert forget_guardians() == 1
    db.session.refresh(invitation)
    assert invitation.guardian_email is None


def test_who_may_be_nineteen_is_asked(make, analyst):
    invitation, person = invited(make, analyst, clock.today().year - 19)
    with pytest.raises(InvalidInput):
        accept(invitation, person, HearingWay.IN_PERSON, seen=1)
    accept(invitation, person, HearingWay.IN_PERSON, is_minor=False, seen=1)
    assert invitation.lacks_consent is False


def test_a_task_that_leaves_the_round_takes_its_hearing_along(make, analyst):
    for leave in (
        lambda task, other: withdraw_task(task, analyst, "거두어요.", seen=1),
        lambda task, other: merge_task(task, analyst, other, "같은 일이에요.", seen=1),
    ):
        round_ = make.council_round()
        task, other = make.task(round_), make.task(round_)
        hearing = make.hearing(task)
        make.invitation(hearing)
        leave(task, other)
        assert hearing.state is HearingState.CANCELLED


def test_questions_are_ranked_by_how_many_want_them_asked(make):
    hearing = make.hearing()
    first, second = (ask_question(hearing, make.citizen(), text) for text in ("얼마예요?", "비가 새면요?"))
    voter = make.citizen()
    vote_question(second, voter, wants=True)
    vote_question(second, voter, wants=True)
    assert [one.id for one in questions_of(hearing.id)] == [second.id, first.id]
    assert second.n_votes == 1
    vote_question(second, voter, wants=False)
    vote_question(second, voter, wants=False)
    assert second.n_votes == 0
    with pytest.raises(Forbidden):
        vote_question(first, first.author.account, wants=True)


def test_who_may_not_take_part_asks_nothing(make):
    hearing = make.hearing()
    for person in (make.child(), make.citizen(confirmed=False), make.account(Role.MINISTRY_OFFICER)):
        with pytest.raises(Forbidden):
            ask_question(hearing, person, "얼마예요?")
    seat = make.seat(hearing.task.round.term, make.account(Role.MINISTRY_OFFICER))
    assert ask_question(hearing, seat.account, "언제까지 하나요?").of_member is True


def test_answers_are_recorded_and_the_outcome_is_told(make, analyst):
    hearing = make.hearing()
    question = make.question(hearing)
    with pytest.raises(WrongState):
        hold_hearing(hearing, analyst, "", seen=1)
    with clock.at(hearing.starts_at + timedelta(hours=1)):
        answer_question(question, analyst, "천만 원쯤이에요.", "https://example.org/cost", seen=1)
        with pytest.raises(WrongState):
            answer_question(question, analyst, "두 번", seen=1)
        hold_hearing(hearing, analyst, "주차장부터 시작해요.", seen=1)
        assert hearing.state is HearingState.HELD
        with pytest.raises(WrongState):
            ask_question(hearing, make.citizen(), "늦었나요?")
    assert len(kinds_for(question.author.account)) == 2


def test_those_who_come_are_reminded_once_the_day_before(make, analyst):
    invitation, person = invited(make, analyst)
    accept(invitation, person, HearingWay.IN_PERSON, seen=1)
    with clock.at(invitation.hearing.starts_at - timedelta(hours=20)):
        assert (remind_of_tomorrow(), remind_of_tomorrow()) == (1, 0)
    assert len(kinds_for(person)) == 2


def test_an_invited_expert_signs_a_public_opinion(make, analyst):
    task, expert = make.task(), make.citizen(birth_year=ADULT)
    invite_opinion(analyst, expert, "온새미", "예시연구소", task=task)
    assert not opinions_of(task_id=task.id)
    with pytest.raises(WrongState):
        invite_opinion(analyst, expert, "온새미", "예시연구소", task=task)
    db.session.rollback()


def test_only_the_invited_sends_an_opinion(make, analyst):
    task, expert = make.task(), make.citizen(birth_year=ADULT)
    opinion = invite_opinion(analyst, expert, "온새미", "예시연구소", task=task)
    with pytest.raises(Forbidden):
        send_opinion(opinion, make.citizen(), "제 의견이에요.", seen=1)
    send_opinion(opinion, expert, "먼저 날을 정해야 해요.", seen=1)
    assert [one.text for one in opinions_of(task_id=task.id)] == ["먼저 날을 정해야 해요."]
    with pytest.raises(WrongState):
        send_opinion(opinion, expert, "두 번", seen=1)
