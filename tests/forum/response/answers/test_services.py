from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.people.ministries.models import Ministry
from forum.response.answers.queries import get_draft, words_when_returned, writer_ids
from forum.response.answers.services import (
    approve_answer,
    ask_reexamination,
    return_draft,
    save_draft,
    submit_draft,
    withdraw_draft,
)
from forum.response.answers.words import AnswerInput, MilestoneInput, changes_since
from forum.response.referrals.models import Answer, AnswerPoint, AssignmentState, Decision, EventType, ReferralEvent
from forum.response.referrals.queries import get_referral
from forum.response.referrals.services import acknowledge, transfer
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice
from forum.voice.campaigns.models import PhaseKind
from forum.voice.campaigns.queries import phase_of, require_open
from tests.races import act_elsewhere

YES = AnswerInput(Decision.ACCEPTED, "하겠습니다")


@pytest.fixture
def desk(make):
    """A letter under review, an officer, and an approver."""
    referral = make.received(make.referral())
    ministry = referral.lead.ministry
    return referral, make.officer(ministry), make.approver(ministry)


def test_an_answer_is_written_submitted_and_approved_by_another(make, desk):
    referral, officer, approver = desk
    answer = save_draft(referral, officer, YES)
    assert (referral.published_answer, referral.lead.state) == (None, AssignmentState.REVIEWING)
    submit_draft(answer, officer, answer.revision)
    told = db.session.scalar(sa.select(Notice).where(Notice.account_id == approver.id))
    assert told.kind == "approval_asked"
    approve_answer(answer, approver, answer.revision)
    assert (referral.lead.state, referral.published_answer.approved_by_id) == (AssignmentState.ANSWERED, approver.id)
    assert referral.lead.clock.ended_on == clock.today()


def test_nobody_approves_their_own_words_not_even_with_the_right(make, desk):
    referral, _officer, approver = desk
    answer = save_draft(referral, approver, YES)
    submit_draft(answer, approver, answer.revision)
    with pytest.raises(Forbidden, match="자기가 쓴"):
        approve_answer(answer, approver, answer.revision)
    with pytest.raises(Forbidden):
        approve_answer(answer, make.officer(referral.lead.ministry), answer.revision)
    assert referral.published_answer is None


def test_whoever_wrote_last_is_the_author_who_may_not_approve(make, desk):
    referral, officer, approver = desk
    answer = save_draft(referral, officer, YES)
    save_draft(referral, approver, AnswerInput(Decision.PARTLY, "일부 하겠습니다"), seen_revision=1)
    submit_draft(answer, officer, answer.revision)
    with pytest.raises(Forbidden):
        approve_answer(answer, approver, answer.revision)


def test_everybody_who_wrote_a_revision_counts_even_if_none_of_their_words_is_left(make, desk):
    referral, officer, approver = desk
    answer = save_draft(referral, approver, YES)
    save_draft(referral, officer, AnswerInput(Decision.DECLINED, "모두 바꿔 씁니다"), seen_revision=1)
    assert (answer.author_id, writer_ids(answer)) == (officer.id, {officer.id, approver.id})
    submit_draft(answer, officer, 2)
    assert db.session.scalars(sa.select(Notice.account_id)).all() == []  # the only approver wrote it
    for act in (lambda: approve_answer(answer, approver, 2), lambda: return_draft(answer, approver, "고치세요", 2)):
        with pytest.raises(Forbidden, match="한 번이라도"):
            act()
    approve_answer(answer, make.approver(referral.lead.ministry), 2)
    assert referral.published_answer.id == answer.id


def test_saving_the_same_words_again_makes_nobody_an_author(make, desk):
    referral, officer, approver = desk
    idea_id = referral.theme.members[0].idea_id
    steps = [MilestoneInput(title, clock.today() + timedelta(days=30), 2) for title in ("나중 일", "그 앞의 일")]
    draft = AnswerInput(Decision.PARTLY, "하겠습니다", "교통과", steps, {idea_id: "내년에 합니다"})
    answer = save_draft(referral, approver, draft)
    n_entries = db.session.scalar(sa.select(sa.func.count(AuditEntry.id)))
    same = replace(draft, reason=" 하겠습니다\r\n", milestones=steps[::-1])
    assert save_draft(referral, officer, same, seen_revision=1) is answer
    assert (answer.revision, answer.author_id, writer_ids(answer)) == (1, approver.id, {approver.id})
    assert db.session.scalar(sa.select(sa.func.count(AuditEntry.id))) == n_entries
    submit_draft(answer, officer, 1)
    with pytest.raises(Forbidden):
        approve_answer(answer, approver, 1)


def test_any_changed_word_is_a_revision_with_its_writer(make, desk):
    referral, officer, approver = desk
    steps = (MilestoneInput("첫 일", clock.today() + timedelta(days=30), 2),)
    points = {referral.theme.members[0].idea_id: "내년에 합니다"}
    draft = AnswerInput(Decision.PARTLY, "하겠습니다", "교통과", steps, points)
    answer = save_draft(referral, approver, draft)
    for change in (
        {"decision": Decision.LATER},
        {"reason": "하겠습니다만"},
        {"contact_office": "환경과"},
        {"milestones": (steps[0]._replace(weight=3),)},
        {"milestones": (steps[0]._replace(title="다른 일"),)},
        {"milestones": ()},
        {"points": {}},
    ):
        seen = answer.revision
        save_draft(referral, officer, replace(draft, **change), seen_revision=seen)
        assert (answer.revision, answer.author_id) == (seen + 1, officer.id), change
        save_draft(referral, approver, draft, seen_revision=seen + 1)
    assert writer_ids(answer) == {officer.id, approver.id}


def test_who_wrote_the_answer_before_may_approve_the_next(make, desk):
    referral, officer, approver = desk
    make.publish(referral, approver, YES)
    answer = save_draft(referral, officer, AnswerInput(Decision.PARTLY, "고쳐 답합니다"), seen_version=1)
    submit_draft(answer, officer, 1)
    assert approve_answer(answer, approver, 1).version == 2


def test_every_act_on_a_draft_names_the_revision_that_was_seen(make, desk):
    referral, officer, approver = desk
    answer = save_draft(referral, officer, YES)
    save_draft(referral, officer, AnswerInput(Decision.PARTLY, "일부 하겠습니다"), seen_revision=1)
    for seen in (-1, 0, 1, 3):
        with pytest.raises(WrongState, match="초안이 바뀌었어요"):
            submit_draft(answer, officer, seen)
    submit_draft(answer, officer, 2)
    for seen in (-1, 0, 1, 3):
        for act in (
            lambda seen: withdraw_draft(answer, officer, seen),
            lambda seen: return_draft(answer, approver, "고치세요", seen),
            lambda seen: approve_answer(answer, approver, seen),
        ):
            with pytest.raises(WrongState, match="초안이 바뀌었어요"):
                act(seen)
    approve_answer(answer, approver, 2)
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "answers.approve")).one()
    assert entry.after["revision"] == 2


def test_an_approver_of_another_ministry_finds_nothing(make, desk):
    referral, officer, _approver = desk
    answer = save_draft(referral, officer, YES)
    submit_draft(answer, officer, answer.revision)
    stranger = make.approver(make.ministry())
    for act in (
        lambda: approve_answer(answer, stranger, answer.revision),
        lambda: return_draft(answer, stranger, "고치세요", answer.revision),
    ):
        with pytest.raises(NotFound):
            act()


def test_the_database_itself_refuses_an_answer_that_its_author_approved(make):
    referral = make.received(make.referral())
    officer = make.approver(referral.lead.ministry)
    with pytest.raises(sa.exc.IntegrityError):
        make.answer(referral, author_id=officer.id, approved_by_id=officer.id)
    db.session.rollback()
    referral = make.received(make.referral())
    with pytest.raises(sa.exc.IntegrityError):
        make.answer(referral, approved_by_id=None)


def test_of_two_officers_the_second_saver_is_told(make, desk):
    referral, first, _approver = desk
    second = make.officer(referral.lead.ministry)
    save_draft(referral, first, YES)
    with pytest.raises(WrongState, match="초안을 먼저"):
        save_draft(referral, second, AnswerInput(Decision.DECLINED, "못 합니다"), seen_revision=0)
    assert save_draft(referral, second, AnswerInput(Decision.PARTLY, "함께 씁니다"), seen_revision=1).revision == 2


def test_a_draft_under_approval_rests_until_it_comes_back(make, desk):
    referral, officer, approver = desk
    answer = save_draft(referral, officer, YES)
    for act in (withdraw_draft, approve_answer):
        with pytest.raises(WrongState, match="아직 결재를 올리지"):
            act(answer, officer if act is withdraw_draft else approver, answer.revision)
    submit_draft(answer, officer, answer.revision)
    with pytest.raises(WrongState, match="결재를 기다리는"):
        save_draft(referral, officer, YES, seen_revision=1)
    with pytest.raises(WrongState, match="이미 결재"):
        submit_draft(answer, officer, answer.revision)
    return_draft(answer, approver, "문의할 곳을 적어 주세요", answer.revision)
    assert db.session.scalar(sa.select(Notice.text).where(Notice.kind == "draft_returned")).endswith("돌아왔어요.")
    again = save_draft(referral, officer, AnswerInput(Decision.ACCEPTED, "하겠습니다", "교통과"), seen_revision=1)
    assert (again.id, again.revision, again.return_note) == (answer.id, 2, "문의할 곳을 적어 주세요")
    submit_draft(answer, officer, answer.revision)
    withdraw_draft(answer, officer, answer.revision)
    assert answer.submitted_at is None


def test_a_further_answer_follows_and_keeps_what_was_done(make, desk):
    referral, officer, _approver = desk
    due = clock.today() + timedelta(days=30)
    milestones = [MilestoneInput("첫 일", due, 2), MilestoneInput("둘째 일", due, 1)]
    first = make.publish(referral, officer, AnswerInput(Decision.PARTLY, "하겠습니다", milestones=milestones))
    first.milestones[0].percent_done = 60
    with pytest.raises(WrongState, match="다른 담당자가 먼저"):
        save_draft(referral, officer, YES, seen_version=0)
    kept = [MilestoneInput("첫 일", due, 2), MilestoneInput("새 일", due, 1)]
    second = make.publish(
        referral, officer, AnswerInput(Decision.ACCEPTED, "더 하겠습니다", milestones=kept), seen_version=1
    )
    assert (second.version, referral.published_answer.id) == (2, second.id)
    assert {it.title: it.percent_done for it in second.milestones} == {"첫 일": 60, "새 일": 0}
    assert second.percent_done == 40


def test_an_answer_waits_for_the_receipt_and_for_the_correction(make):
    referral = make.referral()
    officer = make.officer(referral.lead.ministry)
    with pytest.raises(WrongState, match="먼저 접수"):
        save_draft(referral, officer, YES)
    acknowledge(referral, officer)
    save_draft(referral, officer, YES)
    assert referral.lead.state is AssignmentState.REVIEWING  # writing starts the review


@pytest.mark.parametrize("reason", ["", "   ", "\u3164", "가" * 5001, "가\x00", "900101-1234567"])
def test_an_answer_without_a_proper_reason_changes_nothing(make, desk, reason):
    referral, officer, _approver = desk
    with pytest.raises(InvalidInput) as refused:
        save_draft(referral, officer, AnswerInput(Decision.DECLINED, reason))
    assert list(refused.value.errors) == ["reason"]
    assert db.session.scalar(sa.select(sa.func.count(Answer.id))) == 0


@pytest.mark.parametrize(
    ("milestone", "part"),
    [
        (("", 3, 1), "title"),
        (("가" * 201, 3, 1), "title"),
        (("어제 할 일", -1, 1), "due_on"),
        (("번호 900101-1234567", 3, 1), "title"),
        (("일", 3, 0), "weight"),
        (("일", 3, 101), "weight"),
        (("서기 9999년에 할 일", 9_999, 1), "due_on"),
    ],
    ids=range(7),
)
def test_a_promise_needs_a_title_a_future_and_a_weight(make, desk, milestone, part):
    referral, officer, _approver = desk
    title, days, weight = milestone
    due_on = date(days, 12, 31) if days > 1_000 else clock.today() + timedelta(days=days)
    milestones = [MilestoneInput(title, due_on, weight)]
    with pytest.raises(InvalidInput) as refused:
        save_draft(referral, officer, AnswerInput(Decision.ACCEPTED, "까닭", milestones=milestones))
    assert list(refused.value.errors) == [f"milestones-0-{part}"]


def test_all_mistakes_of_an_answer_are_told_at_once(make, desk):
    referral, officer, _approver = desk
    idea_id = referral.theme.members[0].idea_id
    milestones = [MilestoneInput("첫 일", None), MilestoneInput("", clock.today() - timedelta(days=1), 0)]
    draft = AnswerInput(None, " ", milestones=milestones, point_decisions={idea_id: Decision.PARTLY})
    with pytest.raises(InvalidInput) as refused:
        save_draft(referral, officer, draft)
    assert set(refused.value.errors) == {
        "decision",
        "reason",
        "milestones-0-due_on",
        "milestones-1-title",
        "milestones-1-due_on",
        "milestones-1-weight",
        f"points-{idea_id}-text",
    }


def test_the_approver_sees_what_changed_since_the_return(make, desk):
    referral, officer, approver = desk
    idea_id = referral.theme.members[0].idea_id
    steps = (MilestoneInput("첫 일", clock.today() + timedelta(days=30)),)
    draft = AnswerInput(Decision.PARTLY, "하겠습니다", "교통과", steps, {idea_id: "내년에 합니다"})
    answer = save_draft(referral, officer, draft)
    submit_draft(answer, officer, 1)
    return_draft(answer, approver, "쉽게 써 주세요", 1)
    before = words_when_returned(answer.id)
    assert changes_since(before, answer) == []
    changed = replace(draft, decision=Decision.ACCEPTED, reason="꼭 하겠습니다", milestones=(), points={})
    save_draft(referral, officer, changed, seen_revision=1)
    submit_draft(answer, officer, 2)
    assert changes_since(before, answer) == [
        "결정이 바뀌었어요: 일부 수용 → 수용",
        "까닭을 고쳤어요.",
        "이행 단계를 고쳤어요.",
        f"{idea_id}번 제안에 하는 답을 고쳤어요.",
    ]
    assert answer.return_note == "쉽게 써 주세요"  # the approver compares it with the new words
    approve_answer(answer, approver, 2)
    assert answer.return_note == ""


def test_each_idea_of_the_letter_may_get_a_line_and_no_other(make, desk):
    referral, officer, _approver = desk
    idea_id = referral.theme.members[0].idea_id
    points = {idea_id: "이 제안은 내년에 합니다"}
    answer = make.publish(referral, officer, AnswerInput(Decision.ACCEPTED, "하겠습니다", points=points))
    assert [(point.idea_id, point.text) for point in answer.points] == [(idea_id, "이 제안은 내년에 합니다")]
    with pytest.raises(InvalidInput, match="편지에 없는"):
        save_draft(
            referral, officer, AnswerInput(Decision.ACCEPTED, "더", points={make.idea().id: "답"}), seen_version=1
        )
    db.session.commit()
    for change in (
        sa.update(AnswerPoint).values(text="바꿈"),
        sa.delete(AnswerPoint),
        sa.insert(AnswerPoint).values(answer_id=answer.id, idea_id=make.idea().id, text="더함"),
    ):
        with pytest.raises(sa.exc.IntegrityError):
            db.session.execute(change)
        db.session.rollback()


def test_an_idea_that_was_declined_in_an_accepted_theme_may_be_examined_again(make, desk):
    referral, officer, _approver = desk
    idea = referral.theme.members[0].idea
    lines = {"points": {idea.id: "이것은 어렵습니다"}, "point_decisions": {idea.id: Decision.DECLINED}}
    make.publish(referral, officer, AnswerInput(Decision.ACCEPTED, "하겠습니다", **lines))
    assert ask_reexamination(referral, idea.author.account, "다시 살펴 주세요", 1).act is EventType.REEXAMINATION_ASKED


def test_a_published_answer_is_never_changed_not_even_by_hand(make):
    answer = make.answer()
    db.session.commit()
    for statement in ("UPDATE answer SET reason = '바꿈'", "DELETE FROM answer"):
        with pytest.raises(sa.exc.IntegrityError):
            db.session.execute(sa.text(statement))
        db.session.rollback()
    assert db.session.get_one(Answer, answer.id).reason.startswith("내년")


def test_a_draft_is_refused_to_strangers_and_to_helpers(make, desk):
    referral, _officer, _approver = desk
    for role in Role:
        with pytest.raises(NotFound):
            save_draft(referral, make.actor(role), YES)


def test_nothing_is_answered_in_a_closed_phase(make):
    theme = make.theme(make.campaign(open_phases=(PhaseKind.REVIEW,)), state=ThemeState.APPROVED)
    referral = make.received(make.referral(theme))
    with pytest.raises(WrongState, match="답변 단계"):
        save_draft(referral, make.officer(referral.lead.ministry), YES)


# Re-examination: 국민 제안 규정 제12조


def author_of(referral):
    return referral.theme.members[0].idea.author.account


def test_a_phone_number_in_the_reason_for_a_reexamination_is_masked(make):
    referral = make.answer(decision=Decision.DECLINED).referral
    event = ask_reexamination(referral, author_of(referral), "다시 봐 주세요. 010-1234-5678", 1)
    assert "다시 봐 주세요" in event.reason
    assert "5678" not in event.reason


def test_an_author_may_ask_once_and_the_ministry_has_another_month(make):
    referral = make.answer(decision=Decision.DECLINED).referral
    ask_reexamination(referral, author_of(referral), "다시 살펴 주세요", 1)
    assert (referral.lead.state, len(referral.lead.clocks)) == (AssignmentState.REEXAMINING, 2)
    assert referral.due_on == referral.lead.clock.due_on
    with pytest.raises(WrongState, match="이미 재심사"):
        ask_reexamination(referral, author_of(referral), "또", 1)
    officer = make.officer(referral.lead.ministry)
    answer = make.publish(referral, officer, AnswerInput(Decision.PARTLY, "일부 하겠습니다"), seen_version=1)
    assert (answer.version, referral.lead.state) == (2, AssignmentState.ANSWERED)
    with pytest.raises(WrongState, match="한 번만"):
        ask_reexamination(referral, author_of(referral), "또", 2)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ANALYST])
def test_strangers_may_not_ask(make, role):
    referral = make.answer(decision=Decision.DECLINED).referral
    with pytest.raises(Forbidden, match="제안을 쓴 사람"):
        ask_reexamination(referral, make.actor(role), "다시", 1)


def test_an_analyst_may_ask_for_all(make):
    referral = make.answer(decision=Decision.LATER).referral
    event = ask_reexamination(referral, make.analyst(), "다시 살펴 주세요", 1)
    assert (event.act, event.actor_role) == (EventType.REEXAMINATION_ASKED, Role.ANALYST)


def test_what_was_wholly_accepted_is_not_asked_again(make):
    referral = make.answer(decision=Decision.ACCEPTED).referral
    with pytest.raises(WrongState, match="모두 받아들인"):
        ask_reexamination(referral, author_of(referral), "다시", 1)


@pytest.mark.parametrize(("days", "allowed"), [(15, True), (18, False), (40, False)])
def test_fifteen_days_and_not_a_day_more(make, days, allowed):
    # 15 days after Wednesday 4 November 2026 is Thursday the 19th.
    from datetime import UTC, datetime

    answered = datetime(2026, 11, 4, 3, tzinfo=UTC)
    with clock.at(answered):
        referral = make.answer(decision=Decision.DECLINED).referral
    with clock.at(answered + timedelta(days=days)):
        if allowed:
            ask_reexamination(referral, author_of(referral), "다시", 1)
            return
        with pytest.raises(InvalidInput, match="15일"):
            ask_reexamination(referral, author_of(referral), "다시", 1)


@pytest.mark.parametrize("reason", ["", "  \n ", "\u3164"])
def test_a_request_of_spaces_is_none(make, reason):
    referral = make.answer(decision=Decision.DECLINED).referral
    with pytest.raises(InvalidInput):
        ask_reexamination(referral, author_of(referral), reason, 1)
    assert referral.lead.state is AssignmentState.ANSWERED


def test_every_act_is_in_the_audit_without_words(make, desk):
    referral, officer, approver = desk
    answer = save_draft(referral, officer, AnswerInput(Decision.LATER, "비밀 까닭"))
    submit_draft(answer, officer, answer.revision)
    return_draft(answer, approver, "비밀 쪽지", answer.revision)
    submit_draft(answer, officer, answer.revision)
    approve_answer(answer, approver, answer.revision)
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == [
        "answers.save_draft",
        "answers.submit",
        "answers.return",
        "answers.submit",
        "referrals.answered",
        "answers.approve",
    ]
    assert "비밀" not in str([(entry.before, entry.after) for entry in entries])
    assert db.session.scalars(sa.select(ReferralEvent.act).order_by(ReferralEvent.id)).all()[-1] is EventType.ANSWERED


# What others do between the page and the act


def test_a_letter_that_was_transferred_meanwhile_is_not_answered_here(app, make):
    referral = make.received(make.referral(), AssignmentState.ACKNOWLEDGED)
    officer, there = make.officer(referral.lead.ministry), make.ministry()
    letter_id, officer_id, there_id = referral.id, officer.id, there.id
    db.session.commit()
    referral = get_referral(letter_id)

    def transfer_it():
        letter, colleague = get_referral(letter_id), db.session.get_one(Account, officer_id)
        transfer(letter, colleague, db.session.get_one(Ministry, there_id), "그 부처의 일입니다")

    act_elsewhere(app, transfer_it)
    with pytest.raises(Forbidden, match="주관 부처"):
        save_draft(referral, officer, YES)


def test_a_phase_that_was_closed_meanwhile_takes_no_answer(app, make, desk):
    referral, officer, _approver = desk
    db.session.commit()
    referral = get_referral(referral.id)
    require_open(referral.theme.campaign, PhaseKind.ANSWER)  # as the page has read it

    def close():
        phase = phase_of(get_referral(referral.id).theme.campaign, PhaseKind.ANSWER)
        phase.opens_at, phase.closes_at = clock.now() - timedelta(days=2), clock.now() - timedelta(days=1)

    act_elsewhere(app, close)
    with pytest.raises(WrongState, match="답변 단계"):
        save_draft(referral, officer, YES)


def test_words_that_were_rewritten_meanwhile_are_not_approved(app, make, desk):
    referral, officer, approver = desk
    answer = save_draft(referral, officer, YES)
    submit_draft(answer, officer, 1)
    db.session.commit()
    answer = get_draft(answer.id)

    def rewrite():
        again, author = get_draft(answer.id), db.session.get_one(Account, officer.id)
        withdraw_draft(again, author, 1)
        save_draft(again.referral, author, AnswerInput(Decision.DECLINED, "못 합니다"), seen_revision=1)
        submit_draft(again, author, 2)

    act_elsewhere(app, rewrite)
    with pytest.raises(WrongState, match="초안이 바뀌었어요"):
        approve_answer(answer, approver, 1)
    assert answer.published_at is None


def test_an_approver_who_became_a_writer_meanwhile_is_refused(app, make, desk):
    referral, officer, approver = desk
    answer = save_draft(referral, officer, YES)
    submit_draft(answer, officer, 1)
    db.session.commit()
    answer = get_draft(answer.id)
    assert approver.id not in writer_ids(answer)

    def write():
        again, author = get_draft(answer.id), db.session.get_one(Account, approver.id)
        withdraw_draft(again, author, 1)
        save_draft(again.referral, author, AnswerInput(Decision.DECLINED, "못 합니다"), seen_revision=1)
        submit_draft(again, author, 2)

    act_elsewhere(app, write)
    with pytest.raises(Forbidden, match="한 번이라도"):
        approve_answer(answer, approver, 2)
