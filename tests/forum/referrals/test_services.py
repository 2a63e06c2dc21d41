from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from forum import clock
from forum.access import Role
from forum.audit.models import AuditEntry
from forum.campaigns.models import PhaseKind
from forum.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.extensions import db
from forum.notices.models import Notice, OutboxMail
from forum.referrals.models import Answer, Decision, PartState
from forum.referrals.services import Promise, acknowledge, answer_referral, forward_theme, update_milestone
from forum.themes.models import ThemeState


def test_an_approved_theme_goes_out_with_a_number_and_a_due_date(make):
    theme, analyst, lead, other = (
        make.theme(state=ThemeState.APPROVED),
        make.analyst(),
        make.ministry(),
        make.ministry(),
    )
    late = datetime(2026, 12, 31, 15, 30, tzinfo=UTC)  # already 2027 in Seoul
    theme.campaign.phases[3].closes_at = None
    with clock.at(late):
        referral = forward_theme(theme, analyst, lead, [other, lead], "잘 부탁드립니다")
    assert referral.code == "국민포럼-2027-0001"
    assert (referral.due_on - referral.sent_on).days == 30
    assert [(part.ministry_id, part.is_lead) for part in referral.parts] == [(lead.id, True), (other.id, False)]
    assert referral.run_id == theme.run_id


def test_numbers_follow_each_other_within_the_year(make):
    numbers = [
        forward_theme(make.theme(state=ThemeState.APPROVED), make.analyst(), make.ministry()).number for _ in range(3)
    ]
    assert numbers == [1, 2, 3]


@pytest.mark.parametrize("state", [ThemeState.DRAFT, ThemeState.REJECTED])
def test_only_approved_themes_go_out(make, state):
    with pytest.raises(WrongState, match="승인된"):
        forward_theme(make.theme(state=state), make.analyst(), make.ministry())


def test_a_waiting_theme_is_not_sent_twice_an_answered_one_may_be(make):
    referral = make.referral()
    with pytest.raises(WrongState, match="이미 전달해"):
        forward_theme(referral.theme, make.analyst(), make.ministry())
    make.answer(referral)
    assert forward_theme(referral.theme, make.analyst(), make.ministry()).id != referral.id


def test_a_due_date_in_the_past_is_refused(make):
    theme, analyst, ministry = make.theme(state=ThemeState.APPROVED), make.analyst(), make.ministry()
    yesterday = clock.today() - timedelta(days=1)
    with pytest.raises(InvalidInput) as refused:
        forward_theme(theme, analyst, ministry, due_on=yesterday)
    assert list(refused.value.errors) == ["due_on"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ANALYST])
def test_only_analysts_forward(make, role):
    with pytest.raises(Forbidden):
        forward_theme(make.theme(state=ThemeState.APPROVED), make.actor(role), make.ministry())


def test_authors_supporters_and_officers_are_told_once_each(make):
    campaign, author, supporter, opponent = make.campaign(), make.citizen(), make.citizen(), make.citizen()
    ideas = [make.idea(campaign, author), make.idea(campaign, author)]
    for idea in ideas:
        make.vote(idea, supporter, 1)
        make.vote(idea, opponent, -1)
    theme = make.theme(campaign, ideas, state=ThemeState.APPROVED)
    ministry = make.ministry()
    officer = make.officer(ministry)
    referral = forward_theme(theme, make.analyst(), ministry)
    told = db.session.scalars(sa.select(Notice.account_id).order_by(Notice.account_id)).all()
    assert told == sorted([author.id, supporter.id, officer.id])
    acknowledge(referral, officer)
    answer_referral(referral, officer, Decision.PARTLY, "일부부터 하겠습니다")
    last = db.session.scalars(sa.select(Notice).where(Notice.account_id == author.id).order_by(Notice.id)).all()[-1]
    assert "일부 수용" in last.text
    assert last.path == f"/referrals/{referral.id}"
    assert db.session.scalar(sa.select(sa.func.count(OutboxMail.id))) == 5


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_strangers_do_not_even_learn_that_a_referral_is_there(make, role):
    referral, actor = make.referral(), make.actor(role)
    with pytest.raises(NotFound):
        acknowledge(referral, actor)
    with pytest.raises(NotFound):
        answer_referral(referral, actor, Decision.ACCEPTED, "까닭")
    assert referral.lead.state is PartState.SENT


def test_a_cooperating_ministry_acknowledges_and_does_not_answer(make):
    lead, other = make.ministry(), make.ministry()
    referral = forward_theme(make.theme(state=ThemeState.APPROVED), make.analyst(), lead, [other])
    helper = make.officer(other)
    acknowledge(referral, helper)
    assert [part.state for part in referral.parts] == [PartState.SENT, PartState.ACKNOWLEDGED]
    with pytest.raises(Forbidden, match="주관 부처"):
        answer_referral(referral, helper, Decision.ACCEPTED, "까닭")


def test_an_answer_comes_after_the_acknowledgement(make):
    referral = make.referral()
    officer = make.officer(referral.lead.ministry)
    with pytest.raises(WrongState, match="먼저 접수"):
        answer_referral(referral, officer, Decision.ACCEPTED, "까닭")
    acknowledge(referral, officer)
    with pytest.raises(WrongState, match="이미 접수"):
        acknowledge(referral, officer)
    answer = answer_referral(referral, officer, Decision.ACCEPTED, "예산에 담겠습니다")
    assert (answer.version, referral.lead.state) == (1, PartState.ANSWERED)
    assert referral.published_answer.id == answer.id


@pytest.mark.parametrize("reason", ["", "   ", "\u3164", "가" * 5001, "가\x00", "900101-1234567"])
def test_an_answer_without_a_proper_reason_changes_nothing(make, reason):
    referral = make.referral()
    officer = make.officer(referral.lead.ministry)
    acknowledge(referral, officer)
    with pytest.raises(InvalidInput) as refused:
        answer_referral(referral, officer, Decision.DECLINED, reason)
    assert list(refused.value.errors) == ["reason"]
    assert referral.lead.state is PartState.ACKNOWLEDGED


def test_of_two_officers_one_answers_and_the_other_is_told(make):
    referral = make.referral()
    first, second = make.officer(referral.lead.ministry), make.officer(referral.lead.ministry)
    acknowledge(referral, first)
    answer_referral(referral, first, Decision.ACCEPTED, "하겠습니다", seen_version=0)
    with pytest.raises(WrongState, match="다른 담당자가 먼저"):
        answer_referral(referral, second, Decision.DECLINED, "못 합니다", seen_version=0)
    further = answer_referral(referral, second, Decision.PARTLY, "고쳐 답합니다", seen_version=1)
    assert further.version == 2
    assert referral.published_answer.decision is Decision.PARTLY


def test_a_published_answer_is_never_changed_not_even_by_hand(make):
    answer = make.answer()
    db.session.commit()
    for statement in ("UPDATE answer SET reason = '바꿈'", "DELETE FROM answer"):
        with pytest.raises(sa.exc.IntegrityError):
            db.session.execute(sa.text(statement))
        db.session.rollback()
    assert db.session.get_one(Answer, answer.id).reason.startswith("내년")


@pytest.mark.parametrize(
    "promise", [("", 3), ("가" * 201, 3), ("어제 할 일", -1), ("번호 900101-1234567", 3)], ids=range(4)
)
def test_a_promise_needs_a_title_and_a_future(make, promise):
    referral = make.referral()
    officer = make.officer(referral.lead.ministry)
    acknowledge(referral, officer)
    title, days = promise
    promises = [Promise(title, clock.today() + timedelta(days=days))]
    with pytest.raises(InvalidInput) as refused:
        answer_referral(referral, officer, Decision.ACCEPTED, "까닭", promises)
    assert list(refused.value.errors) == ["milestones"]


def test_a_milestone_closes_at_a_hundred_and_opens_again_below(make):
    answer = make.answer()
    milestone = make.milestone(answer)
    officer = answer.author
    update_milestone(milestone, officer, 100)
    assert (milestone.is_closed, milestone.finished_on) == (True, clock.today())
    update_milestone(milestone, officer, 60)
    assert (milestone.is_closed, milestone.finished_on) == (False, None)
    for wrong in (-1, 101):
        with pytest.raises(InvalidInput):
            update_milestone(milestone, officer, wrong)
    with pytest.raises(NotFound):
        update_milestone(milestone, make.officer(), 10)


def test_nothing_is_sent_or_answered_in_a_closed_phase(make):
    theme = make.theme(make.campaign(open_phases=(PhaseKind.REVIEW,)), state=ThemeState.APPROVED)
    with pytest.raises(WrongState, match="전달 단계"):
        forward_theme(theme, make.analyst(), make.ministry())
    referral = make.referral(theme)
    officer = make.officer(referral.lead.ministry)
    acknowledge(referral, officer)
    with pytest.raises(WrongState, match="답변 단계"):
        answer_referral(referral, officer, Decision.ACCEPTED, "까닭")


def test_every_act_is_in_the_audit_without_words(make):
    referral = forward_theme(make.theme(state=ThemeState.APPROVED), make.analyst(), make.ministry(), letter="비밀 글")
    officer = make.officer(referral.lead.ministry)
    acknowledge(referral, officer)
    answer_referral(referral, officer, Decision.LATER, "비밀 까닭")
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["referrals.forward", "referrals.acknowledge", "referrals.answer"]
    assert "비밀" not in str([entry.after for entry in entries])
