from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.rounds.models import TaskSource, TaskState
from forum.response.commissions.models import Commission, QuarterlyReport
from forum.response.commissions.permissions import can_report, can_send_task
from forum.response.commissions.quarters import due_day, quarter_of
from forum.response.commissions.queries import reports_to_remind
from forum.response.commissions.services import open_reports, remind_of, send_task, write_report
from forum.response.referrals.models import AssignmentState, Decision, ReferralIdea
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice
from forum.voice.ideas.models import IdeaState

pytestmark = pytest.mark.usefixtures("app")


def chosen(make, ideas=None, **values):
    return make.task(ideas=ideas, state=TaskState.CHOSEN, **values)


def quoted(commission) -> set[int]:
    query = sa.select(ReferralIdea.idea_id).where(ReferralIdea.referral_id == commission.referral_id)
    return set(db.session.scalars(query))


def at_noon(day):
    return clock.at(datetime(day.year, day.month, day.day, 3, tzinfo=UTC))


def notices(kind: str) -> list[int]:
    return list(db.session.scalars(sa.select(Notice.account_id).where(Notice.kind == kind).order_by(Notice.id)))


def test_a_task_goes_out_with_its_theme(make):
    task = chosen(make)
    idea = task.ideas[0].idea
    theme = make.theme(task.round.campaign, [idea], state=ThemeState.APPROVED)
    task.theme_id = theme.id
    db.session.flush()
    lead, partner = make.ministry(), make.ministry()
    commission = send_task(task, make.analyst(), lead, [partner], "살펴 주세요.", seen=task.revision)
    referral = commission.referral
    assert (referral.theme_id, commission.made_theme) == (theme.id, False)
    assert [(one.ministry_id, one.is_lead) for one in referral.assignments] == [(lead.id, True), (partner.id, False)]
    assert quoted(commission) == {idea.id}
    assert [one.quarter_from for one in commission.reports] == [quarter_of(clock.today())]
    assert notices("commission_sent") == [idea.author.account_id]
    assert notices("theme_sent") == []  # the proposer is told once


def test_a_task_without_a_theme_gets_one_of_its_open_ideas(make):
    campaign = make.campaign()
    round_ = make.council_round(campaign=campaign)
    ideas = [make.idea(campaign=campaign), make.idea(campaign=campaign)]
    task = chosen(make, ideas, round_=round_)
    ideas[1].state = IdeaState.HIDDEN
    db.session.flush()
    commission = send_task(task, make.analyst(), make.ministry(), seen=task.revision)
    assert commission.made_theme
    assert commission.referral.theme.state is ThemeState.APPROVED
    assert commission.referral.title == task.title
    assert quoted(commission) == {ideas[0].id}


def test_a_task_without_words_of_citizens_goes_out_without_ideas(make):
    round_ = make.council_round()
    seat = make.seat(round_.term)
    task = chosen(make, round_=round_, has_words=False, source=TaskSource.MEMBER, proposer_seat_id=seat.id)
    commission = send_task(task, make.analyst(), make.ministry(), seen=task.revision)
    assert quoted(commission) == set()
    assert commission.referral.lead.clock.due_on > clock.today()


def test_a_task_whose_ideas_are_all_gone_does_not_go_out(make):
    task = chosen(make)
    task.ideas[0].idea.state = IdeaState.WITHDRAWN
    db.session.flush()
    with pytest.raises(WrongState):
        send_task(task, make.analyst(), make.ministry(), seen=task.revision)


def test_only_a_chosen_task_goes_out(make):
    task = make.task()
    with pytest.raises(WrongState):
        send_task(task, make.analyst(), make.ministry(), seen=task.revision)


def test_a_task_goes_out_once_and_as_its_page_showed_it(make):
    task, analyst, lead = chosen(make), make.analyst(), make.ministry()
    with pytest.raises(WrongState):
        send_task(task, analyst, lead, seen=task.revision + 1)
    send_task(task, analyst, lead, seen=task.revision)
    with pytest.raises(WrongState):
        send_task(task, analyst, lead, seen=task.revision)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Commission)) == 1


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.SYSTEM, Role.ANONYMOUS, Role.GUEST}])
def test_who_may_send(make, role):
    assert can_send_task(make.account(role)) is (role is Role.ANALYST)


def test_others_do_not_send(make):
    task = chosen(make)
    with pytest.raises(Forbidden):
        send_task(task, make.account(Role.ADMIN), make.ministry(), seen=task.revision)


def with_report(make):
    """A commission with the present quarter's report, and an officer of its lead."""
    commission = make.commission()
    open_reports()
    db.session.refresh(commission, ["reports"])
    return commission.reports[0], make.officer(commission.referral.lead.ministry)


def test_the_lead_publishes_a_report_and_proposers_hear_of_it(make):
    report, officer = with_report(make)
    write_report(report, officer, "학교 세 곳을 골랐어요.", seen=report.revision)
    assert report.published_at is not None
    assert report.author_id == officer.id
    proposers = [one.idea.author.account_id for one in report.commission.task.ideas]
    assert notices("quarterly_report") == proposers
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "commissions.report")).one()
    assert "학교" not in str(entry.after)


def test_a_report_is_published_once(make):
    report, officer = with_report(make)
    write_report(report, officer, "하나", seen=report.revision)
    with pytest.raises(WrongState):
        write_report(report, officer, "둘", seen=report.revision)


def test_a_report_that_its_page_did_not_show_is_refused(make):
    report, officer = with_report(make)
    with pytest.raises(WrongState):
        write_report(report, officer, "하나", seen=report.revision - 1)


@pytest.mark.parametrize("text", ["", "  ", "가" * 5_001, "900101-1234567"])
def test_a_report_needs_words_that_may_be_published(make, text):
    report, officer = with_report(make)
    with pytest.raises(InvalidInput):
        write_report(report, officer, text, seen=report.revision)


def test_only_the_lead_reports(make):
    report, officer = with_report(make)
    referral = report.commission.referral
    assert can_report(officer, referral)
    for other in (make.officer(), make.analyst(), make.account(Role.ADMIN), make.citizen()):
        assert not can_report(other, referral)
        with pytest.raises(Forbidden):
            write_report(report, other, "하나", seen=report.revision)


def test_each_quarter_gets_one_report_while_somebody_works_on_it(make):
    report, _officer = with_report(make)
    assert open_reports() == 0
    with at_noon(due_day(report.quarter_from) + timedelta(days=100)):  # nobody ran it for a quarter
        assert open_reports() == 1
        assert open_reports() == 0
    quarters = db.session.scalars(sa.select(QuarterlyReport.quarter_from).order_by(QuarterlyReport.quarter_from)).all()
    assert quarters == sorted(set(quarters))
    assert len(quarters) == 3


def test_no_report_is_asked_for_when_all_is_done_or_declined(make):
    done, declined = make.commission(), make.commission()
    done.referral.lead.state, done.referral.lead.acknowledged_at = AssignmentState.COMPLETED, clock.now()
    make.answer(declined.referral, decision=Decision.DECLINED)
    db.session.flush()
    assert open_reports() == 0


def test_officers_are_reminded_before_and_everybody_when_late(make):
    report, officer = with_report(make)
    analyst = make.analyst()
    assert reports_to_remind() == []
    due = report.due_on
    for day, expected in (
        (due - timedelta(days=8), []),
        (due - timedelta(days=7), [officer.id]),
        (due - timedelta(days=6), []),
        (due + timedelta(days=1), [officer.id, analyst.id]),
        (due + timedelta(days=2), []),
        (due + timedelta(days=15), [officer.id, analyst.id]),
    ):
        with at_noon(day):
            before = len(notices("report_due"))
            for report_id in reports_to_remind():
                assert remind_of(report_id)
                assert not remind_of(report_id)  # another worker
            told = [one for one in notices("report_due")[before:] if one in {officer.id, analyst.id}]
            assert told == expected, day


def test_a_report_that_is_there_is_not_asked_for(make):
    report, officer = with_report(make)
    write_report(report, officer, "하나", seen=report.revision)
    with at_noon(report.due_on + timedelta(days=1)):
        assert reports_to_remind() == []
