from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.response.answers.words import AnswerInput
from forum.response.delivery.services import complete_delivery, update_milestone
from forum.response.referrals.models import (
    AssignmentState,
    Decision,
    EventType,
    FileKind,
    Milestone,
    ReferralEvent,
    ReferralFile,
)
from forum.response.referrals.promises import MilestoneStanding, late_reasons, standing_of
from forum.response.referrals.queries import get_milestone, get_referral
from forum.system.notices.models import Notice
from forum.web.uploads import check_upload
from tests.races import act_elsewhere

DONE = "회의를 열었습니다"


def test_a_milestone_closes_at_a_hundred_and_opens_again_below(make):
    answer = make.answer()
    milestone = make.milestone(answer)
    officer = answer.author
    update_milestone(milestone, officer, 100, DONE, seen_percent=milestone.percent_done)
    assert (milestone.is_closed, milestone.finished_on) == (True, clock.today())
    update_milestone(milestone, officer, 60, DONE, seen_percent=milestone.percent_done)
    assert (milestone.is_closed, milestone.finished_on) == (False, None)
    for wrong in (-1, 101):
        with pytest.raises(InvalidInput):
            update_milestone(milestone, officer, wrong, DONE, seen_percent=milestone.percent_done)
    with pytest.raises(NotFound):
        update_milestone(milestone, make.officer(), 10, DONE, seen_percent=60)


def test_every_change_is_an_event_with_before_and_after(make):
    answer = make.answer()
    milestone = make.milestone(answer)
    update_milestone(
        milestone,
        answer.author,
        40,
        "회의를 열었습니다",
        "https://example.org/notes",
        seen_percent=milestone.percent_done,
    )
    update_milestone(milestone, answer.author, 70, DONE, seen_percent=milestone.percent_done)
    acts = db.session.scalars(sa.select(ReferralEvent.act).order_by(ReferralEvent.id)).all()
    assert acts[-3:] == [EventType.DELIVERY_STARTED, EventType.PROGRESS_REPORTED, EventType.PROGRESS_REPORTED]
    first, second = db.session.scalars(
        sa.select(ReferralEvent).where(ReferralEvent.milestone_id == milestone.id).order_by(ReferralEvent.id)
    ).all()
    assert (first.percent_before, first.percent_after, first.reason) == (0, 40, "회의를 열었습니다")
    assert (second.percent_before, second.percent_after) == (40, 70)
    assert milestone.evidence_url == "https://example.org/notes"
    assert answer.referral.lead.state is AssignmentState.DELIVERING


def test_the_percent_of_the_whole_goes_by_weight(make):
    answer = make.answer()
    heavy, light = make.milestone(answer, weight=3), make.milestone(answer, weight=1, title="작은 일")
    heavy.percent_done, light.percent_done = 50, 100
    db.session.refresh(answer)
    assert answer.percent_done == 62  # (3 × 50 + 1 × 100) / 4, rounded down
    assert make.answer().percent_done is None


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "//evil.example", "그냥 글", "h" * 501])
def test_evidence_is_a_web_address_or_none(make, url):
    milestone = make.milestone(make.answer())
    with pytest.raises(InvalidInput) as refused:
        update_milestone(
            milestone, milestone.answer.author, 10, DONE, evidence_url=url, seen_percent=milestone.percent_done
        )
    assert list(refused.value.errors) == ["evidence_url"]


def test_evidence_may_be_a_file(make):
    milestone = make.milestone(make.answer())
    upload = check_upload("사진.jpg", b"\xff\xd8\xff\xe0", "upload")
    update_milestone(milestone, milestone.answer.author, 10, DONE, upload=upload, seen_percent=milestone.percent_done)
    assert db.session.scalar(sa.select(ReferralFile.kind)) is FileKind.EVIDENCE


@pytest.mark.parametrize("note", ["", "  ", "\u3164"])
def test_a_number_alone_is_no_report(make, note):
    milestone = make.milestone(make.answer(), percent_done=30)
    with pytest.raises(InvalidInput, match="한 일을 입력해 주세요"):
        update_milestone(milestone, milestone.answer.author, 60, note, seen_percent=milestone.percent_done)
    assert milestone.percent_done == 30


def test_all_mistakes_of_a_report_are_told_at_once(make):
    milestone = make.milestone(make.answer())
    with pytest.raises(InvalidInput) as refused:
        update_milestone(milestone, milestone.answer.author, 101, "", "그냥 글", seen_percent=0)
    assert set(refused.value.errors) == {"percent_done", "note", "evidence_url"}


def test_authors_and_supporters_hear_of_each_change_on_their_page(make):
    answer = make.answer()
    author = answer.referral.theme.members[0].idea.author.account
    milestone = make.milestone(answer)
    update_milestone(milestone, answer.author, 40, DONE, seen_percent=milestone.percent_done)
    update_milestone(milestone, answer.author, 100, DONE, seen_percent=milestone.percent_done)
    told = db.session.scalars(sa.select(Notice).where(Notice.account_id == author.id).order_by(Notice.id)).all()
    assert ["40%" in told[0].text, "마쳤어요" in told[1].text] == [True, True]
    assert all(notice.in_daily_mail for notice in told)


def test_only_the_standing_answers_promises_are_kept(make):
    answer = make.answer()
    old = make.milestone(answer)
    make.publish(answer.referral, answer.author, AnswerInput(Decision.PARTLY, "고쳐 답합니다"), seen_version=1)
    with pytest.raises(WrongState, match="지금 서 있는"):
        update_milestone(old, answer.author, 50, DONE, seen_percent=old.percent_done)


def test_all_is_done_when_every_step_is(make):
    answer = make.answer()
    officer, referral = answer.author, answer.referral
    with pytest.raises(WrongState, match="약속한 이행 단계가 없어"):
        complete_delivery(referral, officer, 1)
    milestone = make.milestone(answer)
    db.session.refresh(answer)
    update_milestone(milestone, officer, 90, DONE, seen_percent=milestone.percent_done)
    with pytest.raises(WrongState, match=milestone.title):
        complete_delivery(referral, officer, 1)
    update_milestone(milestone, officer, 100, DONE, seen_percent=milestone.percent_done)
    with pytest.raises(NotFound):
        complete_delivery(referral, make.officer(), 1)
    complete_delivery(referral, officer, 1)
    assert referral.lead.state is AssignmentState.COMPLETED
    with pytest.raises(WrongState, match="마지막 상태"):
        update_milestone(milestone, officer, 10, DONE, seen_percent=milestone.percent_done)


@pytest.fixture
def delivered(make):
    """An answer whose only step is done, its letter and an officer, all committed."""
    answer = make.answer()
    milestone = make.milestone(answer)
    update_milestone(milestone, answer.author, 100, DONE, seen_percent=milestone.percent_done)
    db.session.commit()
    return milestone.id, answer.referral_id, answer.author


def test_a_step_taken_back_while_the_delivery_is_declared_complete_keeps_it_open(app, delivered):
    milestone_id, referral_id, officer = delivered
    referral = get_referral(referral_id)

    def take_back():
        update_milestone(
            get_milestone(milestone_id), db.session.get_one(Account, officer.id), 40, DONE, seen_percent=100
        )

    act_elsewhere(app, take_back)
    with pytest.raises(WrongState, match="아직 끝나지 않은"):
        complete_delivery(referral, officer, 1)
    assert get_referral(referral_id).lead.state is AssignmentState.DELIVERING


def test_a_step_is_not_taken_back_once_the_delivery_was_declared_complete_meanwhile(app, delivered):
    milestone_id, referral_id, officer = delivered
    milestone = get_milestone(milestone_id)
    act_elsewhere(app, lambda: complete_delivery(get_referral(referral_id), db.session.get_one(Account, officer.id), 1))
    with pytest.raises(WrongState, match="마지막 상태"):
        update_milestone(milestone, officer, 40, DONE, seen_percent=milestone.percent_done)
    db.session.rollback()
    assert db.session.get_one(Milestone, milestone_id).percent_done == 100


def test_a_step_of_an_answer_that_was_replaced_meanwhile_is_not_reported(app, make, delivered):
    milestone_id, referral_id, officer = delivered
    milestone = get_milestone(milestone_id)
    assert milestone.answer.referral.published_answer is milestone.answer

    def replace():
        author = db.session.get_one(Account, officer.id)
        make.publish(get_referral(referral_id), author, AnswerInput(Decision.PARTLY, "고쳐 답합니다"), seen_version=1)

    act_elsewhere(app, replace)
    with pytest.raises(WrongState, match="지금 서 있는"):
        update_milestone(milestone, officer, 50, DONE, seen_percent=milestone.percent_done)


def test_a_late_step_says_why_or_that_nobody_said_why(client, make):
    answer = make.answer()
    milestone = make.milestone(answer, due_on=clock.today() + timedelta(days=1), percent_done=30)
    other = make.milestone(answer, due_on=milestone.due_on, title="다른 일")
    db.session.commit()
    path, referral_id = f"/referrals/{answer.referral_id}", answer.referral_id
    update_milestone(milestone, answer.author, 30, "전기 공사가 밀렸어요", seen_percent=30)  # before it is late
    update_milestone(other, answer.author, 50, "절반을 했어요", seen_percent=0)
    db.session.commit()
    assert late_reasons([milestone.id, other.id]) == {}
    assert standing_of(milestone) is MilestoneStanding.UNDER_WAY
    with clock.at(clock.now() + timedelta(days=9)):
        reasons = late_reasons([milestone.id, other.id])
        assert {key: one.text for key, one in reasons.items()} == {milestone.id: "전기 공사가 밀렸어요"}
        page = client.get(path).get_data(as_text=True)
        assert page.count("전기 공사가 밀렸어요") == 2  # and in the history
        assert "늦는 까닭을 아직 알리지 않았어요" in page
        update_milestone(other, answer.author, 50, "자재가 아직 오지 않았어요", seen_percent=50)
        db.session.commit()
        assert (other.percent_done, standing_of(other)) == (50, MilestoneStanding.LATE)
        told = db.session.scalars(sa.select(Notice.text).order_by(Notice.id.desc()).limit(1)).one()
        assert "늦는 까닭" in told
        assert "늦는 까닭을 아직 알리지 않았어요" not in client.get(path).get_data(as_text=True)
        kept = make.milestone(make.answer(get_referral(referral_id), version=2), title=other.title, due_on=other.due_on)
        assert late_reasons([kept.id])[kept.id].text == "자재가 아직 오지 않았어요"
