from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from forum.analysis.curation.services import reopen_theme
from forum.analysis.themes.models import Theme, ThemeState
from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.response.answers.words import AnswerInput
from forum.response.referrals.mails import notify_of_answer
from forum.response.referrals.models import (
    AssignmentState,
    ClockEnd,
    Decision,
    EventType,
    FileKind,
    ReferralEvent,
    ReferralFile,
    ReferralIdea,
)
from forum.response.referrals.queries import events_of, get_referral, quoted_ideas
from forum.response.referrals.services import (
    acknowledge,
    ask_correction,
    forward_theme,
    give_correction,
    give_opinion,
    start_review,
    transfer,
)
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import MailStream, Notice, OutboxMail
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import IdeaState
from forum.web.uploads import check_upload
from tests.races import act_elsewhere


def forward(theme, *arguments, **more):
    """Send a theme whose present version the analyst has seen."""
    return forward_theme(theme, *arguments, version=theme.version, **more)


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
        referral = forward(theme, analyst, lead, [other, lead], "잘 부탁드립니다")
    assert referral.code == "국민포럼-2027-0001"
    assert referral.sent_on == date(2027, 1, 1)
    assert referral.due_on == date(2027, 2, 1)
    assert [(assignment.ministry_id, assignment.is_lead) for assignment in referral.assignments] == [
        (lead.id, True),
        (other.id, False),
    ]
    assert referral.run_id == theme.run_id


def test_numbers_follow_each_other_within_the_year(make):
    numbers = [forward(make.theme(state=ThemeState.APPROVED), make.analyst(), make.ministry()).number for _ in range(3)]
    assert numbers == [1, 2, 3]


@pytest.mark.parametrize("state", [ThemeState.DRAFT, ThemeState.REJECTED])
def test_only_approved_themes_go_out(make, state):
    with pytest.raises(WrongState, match="승인된"):
        forward(make.theme(state=state), make.analyst(), make.ministry())


def test_a_waiting_theme_is_not_sent_twice_an_answered_one_may_be(make):
    referral = make.referral()
    with pytest.raises(WrongState, match="이미 전달해"):
        forward(referral.theme, make.analyst(), make.ministry())
    make.answer(referral)
    assert forward(referral.theme, make.analyst(), make.ministry()).id != referral.id


def test_a_due_date_in_the_past_is_refused(make):
    theme, analyst, ministry = make.theme(state=ThemeState.APPROVED), make.analyst(), make.ministry()
    yesterday = clock.today() - timedelta(days=1)
    with pytest.raises(InvalidInput) as refused:
        forward(theme, analyst, ministry, due_on=yesterday)
    assert list(refused.value.errors) == ["due_on"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ANALYST])
def test_only_analysts_forward(make, role):
    with pytest.raises(Forbidden):
        forward(make.theme(state=ThemeState.APPROVED), make.actor(role), make.ministry())


def test_authors_supporters_and_officers_are_told_once_each(make):
    campaign, author, supporter, opponent = make.campaign(), make.citizen(), make.citizen(), make.citizen()
    ideas = [make.idea(campaign, author), make.idea(campaign, author)]
    for idea in ideas:
        make.vote(idea, supporter, 1)
        make.vote(idea, opponent, -1)
    theme = make.theme(campaign, ideas, state=ThemeState.APPROVED)
    ministry = make.ministry()
    officer = make.officer(ministry)
    referral = forward(theme, make.analyst(), ministry)
    told = db.session.scalars(sa.select(Notice.account_id).order_by(Notice.account_id)).all()
    assert told == sorted([author.id, supporter.id, officer.id])
    acknowledge(referral, officer)
    make.publish(referral, officer, AnswerInput(Decision.PARTLY, "일부부터 하겠습니다"))
    last = db.session.scalars(sa.select(Notice).where(Notice.account_id == author.id).order_by(Notice.id)).all()[-1]
    assert "일부 수용" in last.text
    assert last.path == f"/referrals/{referral.id}"
    waiting = sa.select(sa.func.count(Notice.id)).where(Notice.in_daily_mail, Notice.mailed_on.is_(None))
    assert db.session.scalar(waiting) == 3  # two of the supporter, one of the author, who had the answer by mail
    mailed = db.session.scalars(sa.select(OutboxMail.recipient).where(OutboxMail.subject.contains("전달 문서"))).all()
    assert mailed == [officer.email]


def notices_of(account):
    query = sa.select(Notice).where(Notice.account_id == account.id).order_by(Notice.id)
    return db.session.scalars(query).all()


def test_followers_of_an_idea_the_theme_and_a_ministry_hear_the_same_once(make):
    author, lead, there = make.citizen(), make.ministry(), make.ministry()
    idea = make.idea(author=author)
    theme = make.theme(idea.campaign, [idea], state=ThemeState.APPROVED)
    follower, of_there, stranger = make.citizen(), make.citizen(), make.citizen()
    for thing in (idea, theme, lead):
        make.follow(follower, thing)
        make.follow(author, thing)
    make.follow(of_there, there)
    make.follow(stranger, make.idea())
    referral = forward(theme, make.analyst(), lead)
    acknowledge(referral, make.officer(lead))
    assert [len(notices_of(one)) for one in (author, follower, of_there, stranger)] == [1, 1, 0, 0]
    (notice,) = notices_of(follower)
    assert "내가" not in notice.text
    assert (notice.path, notice.in_daily_mail) == (f"/referrals/{referral.id}", True)
    transfer(referral, make.officer(lead), there, "우리 일이 아닙니다")
    assert [len(notices_of(one)) for one in (author, follower, of_there, stranger)] == [2, 2, 1, 0]


def test_the_answer_to_ones_own_idea_is_mailed_at_once(make):
    campaign, author, gone = make.campaign(), make.citizen(), make.citizen()
    supporter, follower, ministry = make.citizen(), make.citizen(), make.ministry()
    ideas = [make.idea(campaign, author), make.idea(campaign, author), make.idea(campaign, gone)]
    gone.active = False
    make.vote(ideas[0], supporter, 1), make.vote(ideas[0], author, 1)
    make.follow(follower, ideas[0]), make.follow(author, ideas[0])
    referral = make.received(make.referral(make.theme(campaign, ideas, state=ThemeState.APPROVED), ministry))
    answer = make.publish(referral, make.officer(ministry), AnswerInput(Decision.PARTLY, "일부부터 하겠습니다"))
    mail = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.message_key.startswith("answer:"))).one()
    assert (mail.recipient, mail.message_key) == (author.email, f"answer:{answer.id}:{author.id}")
    assert (mail.stream, mail.account_id) == (MailStream.OWN, author.id)
    assert "일부 수용" in mail.body
    assert f"/referrals/{referral.id}" in mail.body
    told = {one.id: [(n.kind, n.in_daily_mail) for n in notices_of(one)] for one in (author, supporter, follower, gone)}
    assert told == {
        author.id: [("answered", False)],
        supporter.id: [("answered", True)],
        follower.id: [("answered", True)],
        gone.id: [],
    }


def test_an_answer_that_is_rolled_back_is_told_to_nobody(make):
    ministry = make.ministry()
    referral = make.received(make.referral(ministry=ministry))
    db.session.commit()
    make.publish(referral, make.officer(ministry), AnswerInput(Decision.PARTLY, "일부부터 하겠습니다"))
    db.session.rollback()
    for model in (Notice, OutboxMail):
        assert db.session.scalars(sa.select(model)).all() == []


def test_telling_many_authors_costs_as_many_statements_as_telling_one(make, count_queries):
    def letter(n_authors):
        campaign = make.campaign()
        ideas = [make.idea(campaign, make.citizen()) for _ in range(n_authors)]
        theme = make.theme(campaign, ideas, state=ThemeState.APPROVED)
        answer = make.answer(make.referral(theme))
        db.session.flush()
        return count_queries(lambda: notify_of_answer(answer.referral, answer))

    assert letter(12) == letter(1)


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_strangers_do_not_even_learn_that_a_referral_is_there(make, role):
    referral, actor = make.referral(), make.actor(role)
    with pytest.raises(NotFound):
        acknowledge(referral, actor)
    for act in (
        lambda: start_review(referral, actor),
        lambda: ask_correction(referral, actor, "까닭", clock.today() + timedelta(days=3)),
        lambda: transfer(referral, actor, make.ministry(), "까닭"),
        lambda: give_opinion(referral, actor, "의견"),
    ):
        with pytest.raises(NotFound):
            act()
    assert referral.lead.state is AssignmentState.SENT


def test_a_cooperating_ministry_gives_its_opinion_and_does_not_answer(make):
    from forum.response.answers.services import save_draft

    lead, other = make.ministry(), make.ministry()
    referral = forward(make.theme(state=ThemeState.APPROVED), make.analyst(), lead, [other])
    helper = make.officer(other)
    acknowledge(referral, helper)
    assert [assignment.state for assignment in referral.assignments] == [
        AssignmentState.SENT,
        AssignmentState.ACKNOWLEDGED,
    ]
    with pytest.raises(Forbidden, match="주관 부처"):
        save_draft(referral, helper, AnswerInput(Decision.ACCEPTED, "까닭"))
    give_opinion(referral, helper, "예산을 함께 쓰겠습니다")
    first, second = referral.assignments
    assert (second.state, second.clock.outcome) == (AssignmentState.ANSWERED, ClockEnd.ANSWERED)
    assert (first.state, first.clock.ended_on) == (AssignmentState.SENT, None)  # each assignment has a clock of its own
    officer = make.officer(lead)
    acknowledge(referral, officer)
    with pytest.raises(WrongState, match="주관 부처는"):
        give_opinion(referral, officer, "의견")


def test_a_receipt_is_given_once(make):
    referral = make.referral()
    officer = make.officer(referral.lead.ministry)
    acknowledge(referral, officer)
    with pytest.raises(WrongState, match="이미 접수"):
        acknowledge(referral, officer)
    start_review(referral, officer)
    assert [event.act for event in events_of(referral.id)] == [
        EventType.SENT,
        EventType.RECEIVED,
        EventType.REVIEW_STARTED,
    ]


def test_a_due_date_later_than_the_month_is_refused_and_an_earlier_one_is_taken(make):
    theme, analyst, ministry = make.theme(state=ThemeState.APPROVED), make.analyst(), make.ministry()
    with clock.at(datetime(2026, 11, 24, 3, tzinfo=UTC)):
        theme.campaign.phases[3].closes_at = None
        with pytest.raises(InvalidInput, match="한 달"):
            forward(theme, analyst, ministry, due_on=date(2026, 12, 25))
        assert forward(theme, analyst, ministry, due_on=date(2026, 12, 5)).due_on == date(2026, 12, 7)


def test_the_letter_keeps_its_ideas_as_they_were(make):
    campaign = make.campaign()
    ideas = [make.idea(campaign, title=f"제안 {n}") for n in range(3)]
    ideas[2].state = IdeaState.WITHDRAWN
    theme = make.theme(campaign, ideas, state=ThemeState.APPROVED)
    referral = forward(theme, make.analyst(), make.ministry())
    theme.title, ideas[0].title, ideas[1].state = "바뀐 이름", "바뀐 제안", IdeaState.WITHDRAWN
    db.session.flush()
    quoted = quoted_ideas(referral.id)
    assert [one.title for one in quoted] == ["제안 0", "제안 1"]
    assert referral.title != theme.title


def test_a_theme_whose_ideas_are_all_withdrawn_does_not_go_out(make):
    theme = make.theme(state=ThemeState.APPROVED)
    for member in theme.members:
        member.idea.state = IdeaState.WITHDRAWN
    with pytest.raises(WrongState, match="모두 철회"):
        forward(theme, make.analyst(), make.ministry())


def test_a_merged_idea_goes_out_with_its_words(make):
    campaign = make.campaign()
    target = make.idea(campaign)
    merged = make.idea(campaign, state=IdeaState.MERGED, merged_into_id=target.id)
    theme = make.theme(campaign, [target, merged], state=ThemeState.APPROVED)
    referral = forward(theme, make.analyst(), make.ministry())
    assert db.session.scalar(sa.select(sa.func.count(ReferralIdea.idea_id))) == 2
    assert referral.run_id == theme.run_id


def test_a_theme_whose_run_was_superseded_still_goes_out_and_names_its_run(make):
    campaign = make.campaign()
    old = make.run(campaign, [], is_current=False)
    theme = make.theme(campaign, state=ThemeState.APPROVED, run_id=old.id)
    make.run(campaign, [])
    assert forward(theme, make.analyst(), make.ministry()).run_id == old.id


def test_a_letter_takes_a_file_with_it(make):
    theme, upload = make.theme(state=ThemeState.APPROVED), check_upload("붙임.pdf", b"%PDF-1.7", "upload")
    referral = forward(theme, make.analyst(), make.ministry(), upload=upload)
    file = db.session.scalar(sa.select(ReferralFile))
    assert (file.referral_id, file.kind, file.name, file.size_bytes) == (referral.id, FileKind.LETTER, "붙임.pdf", 8)


# Correction: the clock stops, visibly and for a limited time


@pytest.fixture
def received(make):
    """A letter sent on Monday 9 November 2026 and acknowledged on the 10th, with its officer."""
    with clock.at(datetime(2026, 11, 9, 3, tzinfo=UTC)):
        campaign = make.campaign()
        for phase in campaign.phases:
            phase.closes_at = None
        referral = make.referral(make.theme(campaign, state=ThemeState.APPROVED))
        officer = make.officer(referral.lead.ministry)
    with clock.at(datetime(2026, 11, 10, 3, tzinfo=UTC)):
        acknowledge(referral, officer)
    return referral, officer


def on(day):
    return clock.at(datetime(2026, 11, day, 3, tzinfo=UTC))


def test_the_time_of_a_correction_is_not_counted(make, received):
    referral, officer = received
    assert referral.due_on == date(2026, 12, 9)
    with on(12):
        ask_correction(referral, officer, "지도가 없습니다", date(2026, 11, 20))
        assert (referral.lead.state, referral.lead.clock.stopped_on) == (AssignmentState.CORRECTION, date(2026, 11, 12))
        with pytest.raises(WrongState, match="보완을 기다리고"):
            start_review(referral, officer)
    with on(16):
        upload = check_upload("지도.png", b"\x89PNG\r\n\x1a\n", "upload")
        give_correction(referral.lead, make.analyst(), "지도를 붙입니다", upload)
    assignment = referral.lead
    assert (assignment.state, assignment.clock.stopped_days, assignment.clock.stopped_on) == (
        AssignmentState.REVIEWING,
        4,
        None,
    )
    assert assignment.clock.due_on == referral.due_on == date(2026, 12, 14)  # the 13th is a Sunday
    asked = events_of(referral.id)[2]
    assert (asked.act, asked.reason, asked.until_on) == (
        EventType.CORRECTION_ASKED,
        "지도가 없습니다",
        date(2026, 11, 20),
    )


@pytest.mark.parametrize(("day", "allowed"), [(17, True), (18, False)])
def test_a_correction_is_asked_for_within_seven_days_of_the_receipt(received, day, allowed):
    referral, officer = received
    with on(day):
        if allowed:
            ask_correction(referral, officer, "지도가 없습니다", date(2026, 11, 25))
            return
        with pytest.raises(InvalidInput, match="7일"):
            ask_correction(referral, officer, "지도가 없습니다", date(2026, 11, 25))


@pytest.mark.parametrize(
    ("reason", "until_on", "field"),
    [
        ("", date(2026, 11, 20), "reason"),
        ("  \n\u3164 ", date(2026, 11, 20), "reason"),
        ("까닭", None, "until_on"),
        ("까닭", date(2026, 11, 12), "until_on"),
        ("까닭", date(2026, 12, 13), "until_on"),
    ],
)
def test_a_stop_without_a_reason_or_an_end_is_refused(received, reason, until_on, field):
    referral, officer = received
    with on(12), pytest.raises(InvalidInput) as refused:
        ask_correction(referral, officer, reason, until_on)
    assert list(refused.value.errors) == [field]
    assert referral.lead.state is AssignmentState.ACKNOWLEDGED


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ANALYST])
def test_only_analysts_give_the_correction(make, received, role):
    referral, officer = received
    with on(12):
        ask_correction(referral, officer, "지도가 없습니다", date(2026, 11, 20))
        with pytest.raises(Forbidden):
            give_correction(referral.lead, make.actor(role), "지도")


def test_the_database_refuses_a_stop_without_reason_and_events_that_change(received):
    referral, officer = received
    shared = {"referral_id": referral.id, "part_id": referral.lead.id, "act": EventType.CORRECTION_ASKED}
    stop = ReferralEvent(**shared, happened_on=clock.today(), actor_id=officer.id, actor_role=officer.role)
    db.session.commit()
    db.session.add(stop)
    with pytest.raises(sa.exc.IntegrityError):
        db.session.flush()
    db.session.rollback()
    for statement in ("UPDATE referral_event SET reason = '바꿈'", "DELETE FROM referral_event"):
        with pytest.raises(sa.exc.IntegrityError):
            db.session.execute(sa.text(statement))
        db.session.rollback()


# Transfer: to the responsible ministry, without delay, with a reason and the same due date


def test_a_transfer_keeps_the_due_date_and_the_lead_moves_on(make, received):
    referral, officer = received
    other = make.ministry()
    with on(12):
        there = transfer(referral, officer, other, "그 부처의 일입니다")
    first, second = referral.assignments
    assert (first.state, first.is_lead, first.clock.outcome) == (
        AssignmentState.TRANSFERRED,
        False,
        ClockEnd.TRANSFERRED,
    )
    assert (there.id, second.is_lead, second.state) == (second.id, True, AssignmentState.SENT)
    assert second.clock.due_on == referral.due_on == date(2026, 12, 9)
    assert second.arrived_on == date(2026, 11, 12)
    with on(13), pytest.raises(WrongState, match="마지막 상태"):
        start_review(referral, officer)


def test_a_transfer_to_a_helper_makes_it_lead_and_back_is_refused(make, received):
    referral, officer = received
    helper = make.ministry()
    with on(12):
        there = transfer(referral, officer, helper, "그 부처의 일입니다")
        theirs = make.officer(helper)
        acknowledge(referral, theirs)
        with pytest.raises(WrongState, match="이미 다른 부처로 이송"):
            transfer(referral, theirs, officer_ministry(referral, officer), "돌려드립니다")
    assert there.state is AssignmentState.ACKNOWLEDGED


def officer_ministry(referral, officer):
    return next(
        assignment.ministry for assignment in referral.assignments if assignment.ministry_id == officer.ministry_id
    )


@pytest.mark.parametrize(("reason", "day"), [("", 12), ("   ", 12), ("까닭", 18)])
def test_a_transfer_without_reason_or_too_late_is_refused(make, received, reason, day):
    referral, officer = received
    with on(day), pytest.raises(InvalidInput):
        transfer(referral, officer, make.ministry(), reason)
    assert referral.lead.state is AssignmentState.ACKNOWLEDGED
    assert len(referral.assignments) == 1


def test_nobody_transfers_to_themselves(make, received):
    referral, officer = received
    with on(12), pytest.raises(InvalidInput, match="우리 부처"):
        transfer(referral, officer, referral.lead.ministry, "까닭")


def test_nothing_is_sent_in_a_closed_phase(make):
    theme = make.theme(make.campaign(open_phases=(PhaseKind.REVIEW,)), state=ThemeState.APPROVED)
    with pytest.raises(WrongState, match="전달 단계"):
        forward(theme, make.analyst(), make.ministry())


def test_every_act_is_in_the_audit_without_words(make):
    referral = forward(make.theme(state=ThemeState.APPROVED), make.analyst(), make.ministry(), letter="비밀 글")
    officer = make.officer(referral.lead.ministry)
    acknowledge(referral, officer)
    ask_correction(referral, officer, "비밀 까닭", clock.today() + timedelta(days=5))
    give_correction(referral.lead, make.analyst(), "비밀 보완")
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == [
        "referrals.forward",
        "referrals.received",
        "referrals.correction_asked",
        "referrals.correction_given",
    ]
    assert "비밀" not in str([entry.after for entry in entries])


def test_an_opinion_names_the_due_date_as_it_is_after_a_correction_that_came_meanwhile(app, make):
    lead, other = make.ministry(), make.ministry()
    helper, analyst, theme = make.officer(other), make.analyst(), make.theme(state=ThemeState.APPROVED)
    for phase in theme.campaign.phases:
        phase.closes_at = None
    with clock.at(datetime(2026, 11, 9, 3, tzinfo=UTC)):
        referral_id = forward(theme, analyst, lead, [other]).id
        acknowledge(get_referral(referral_id), helper)
        ask_correction(get_referral(referral_id), helper, "지도가 없습니다", date(2026, 11, 16))
        due_before = get_referral(referral_id).assignments[1].clock.due_on
    helper_id, analyst_id = helper.id, analyst.id
    db.session.commit()
    with clock.at(datetime(2026, 11, 12, 3, tzinfo=UTC)):
        referral, helper = get_referral(referral_id), db.session.get_one(Account, helper_id)

        def correct():
            assignment = get_referral(referral_id).assignments[1]
            give_correction(assignment, db.session.get_one(Account, analyst_id), "지도를 붙입니다")

        act_elsewhere(app, correct)
        event = give_opinion(referral, helper, "함께 하겠습니다")
    assert event.due_on == referral.assignments[1].clock.due_on > due_before


def test_a_theme_that_was_reopened_meanwhile_is_not_sent(app, make):
    theme, analyst, ministry = make.theme(state=ThemeState.APPROVED), make.analyst(), make.ministry()
    theme_id, analyst_id = theme.id, analyst.id
    db.session.commit()
    theme = db.session.get_one(Theme, theme_id)
    assert theme.state is ThemeState.APPROVED

    def reopen():
        again = db.session.get_one(Theme, theme_id)
        reopen_theme(again, db.session.get_one(Account, analyst_id), again.version)

    act_elsewhere(app, reopen)
    with pytest.raises(WrongState, match="다른 분석가가 먼저"):
        forward_theme(theme, analyst, ministry, version=1)
