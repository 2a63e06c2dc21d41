from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from forum.analysis.curation.models import EditKind, RecordedEdit
from forum.analysis.themes.models import MemberSource, Theme, ThemeRun, ThemeState
from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.follows.models import Follow
from forum.response.referrals.models import Referral, ReferralIdea
from forum.response.referrals.services import forward_theme
from forum.response.shortpath.models import CheckOutcome, EverydayCheck
from forum.response.shortpath.services import (
    keep_check,
    merge_as_same,
    refuse_idea,
    remind_of_checks,
    reopen_check,
    seen_of,
    send_idea,
    start_check,
    start_missing_check,
)
from forum.response.shortpath.tasks import keep_checks
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice, OutboxMail
from forum.voice.campaigns.models import CampaignKind, PhaseKind
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.ideas.services import submit_idea, withdraw_idea
from forum.voice.moderation.services import hide, restore
from forum.voice.votes.services import cast_votes

WEDNESDAY = date(2026, 11, 25)


@pytest.fixture
def everyday(make):
    return make.campaign(kind=CampaignKind.EVERYDAY)


@pytest.fixture
def check(make, everyday):
    return make.everyday_check(make.everyday_idea(everyday))


def at_nine(day: date):
    """Pin the clock to nine in the morning of a day in Seoul."""
    return clock.at(datetime.combine(day, time(9), clock.SEOUL))


def kinds_told(account) -> list[str]:
    return list(db.session.scalars(sa.select(Notice.kind).where(Notice.account_id == account.id).order_by(Notice.id)))


def keep() -> int:
    """Run the task as a worker does, on what was committed."""
    db.session.commit()
    return keep_checks()


def actions() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def test_every_new_everyday_idea_has_its_check_in_the_same_transaction(make, everyday):
    idea = submit_idea(everyday, make.citizen(), "횡단보도를 다시 칠해 주세요", "지워져서 보이지 않아요.")
    check = db.session.get_one(EverydayCheck, idea.id)
    assert (check.started_on, check.outcome) == (clock.today(), None)
    other = submit_idea(make.campaign(), make.citizen(), "나무를 더 심어 주세요", "도시 곳곳에 심어요.")
    assert db.session.get(EverydayCheck, other.id) is None
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(EverydayCheck)) == 0


@pytest.mark.parametrize(
    ("begins", "due"),
    [
        (date(2026, 11, 25), date(2026, 11, 30)),  # Wednesday: over a weekend
        (date(2026, 9, 23), date(2026, 9, 30)),  # over Chuseok, 24 to 26 September, and a Sunday
        (date(2026, 12, 30), date(2027, 1, 5)),  # over New Year's Day and a weekend
        (date(2026, 11, 28), date(2026, 12, 2)),  # a Saturday
    ],
)
def test_the_clock_counts_three_working_days_over_holidays(make, everyday, begins, due):
    with at_nine(begins):
        idea = make.everyday_idea(everyday)
        start_check(idea)
        assert db.session.get_one(EverydayCheck, idea.id).due_on == due


def test_an_idea_that_waits_for_a_moderator_has_its_clock_started_and_cannot_be_ended(make, everyday, monkeypatch):
    monkeypatch.setattr("forum.voice.ideas.services.is_flood", lambda _text: True)
    idea = submit_idea(everyday, make.citizen(), "쓰레기통을 놓아 주세요", "정류장에 없어요.")
    check = db.session.get_one(EverydayCheck, idea.id)
    assert idea.state is IdeaState.HIDDEN
    assert keep() == 0
    with pytest.raises(WrongState, match="먼저 읽어야"):
        refuse_idea(check, make.analyst(), "까닭", seen=seen_of(check))
    restore(idea, make.analyst(), "CHECKED")
    refuse_idea(check, make.analyst(), "사는 곳의 구청에 말해 주세요.", seen=seen_of(check))
    assert check.outcome is CheckOutcome.NOT_HERE


def test_an_idea_without_a_theme_gets_one_of_its_own_and_a_letter(make, check):
    analyst, office = make.analyst(), make.ministry()
    referral = send_idea(check, analyst, office, "마포구", "살펴 주세요.", seen=seen_of(check))
    theme = referral.theme
    assert (theme.state, theme.title_source, theme.decided_by_id) == (
        ThemeState.APPROVED,
        MemberSource.HUMAN,
        analyst.id,
    )
    assert theme.title == check.idea.title
    assert theme.decision_reason
    assert f"[#{check.idea_id}]" in theme.summary
    assert (theme.run.without_analysis, theme.run.is_current, theme.run.n_ideas) == (True, False, 0)
    assert referral.letter == "마포구에서 살펴 주세요.\n\n살펴 주세요."
    assert (check.outcome, check.referral_id, check.office_name) == (CheckOutcome.SENT, referral.id, "마포구")
    edits = db.session.scalars(sa.select(RecordedEdit.kind).order_by(RecordedEdit.id)).all()
    assert edits == [EditKind.ADOPT, EditKind.APPROVE]
    assert {"themes.adopt", "themes.approve", "referrals.forward", "shortpath.letter", "shortpath.send"} <= set(
        actions()
    )
    assert kinds_told(check.idea.author.account) == ["check_sent"]
    assert db.session.scalar(
        sa.select(OutboxMail.subject).where(OutboxMail.recipient == check.idea.author.account.email)
    )


def test_a_campaign_has_one_run_without_analysis_and_none_once_it_was_analysed(make, everyday):
    analyst, office = make.analyst(), make.ministry()
    for _n in range(2):
        one = make.everyday_check(make.everyday_idea(everyday))
        send_idea(one, analyst, office, seen=seen_of(one))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ThemeRun)) == 1
    analysed = make.campaign(kind=CampaignKind.EVERYDAY)
    run = make.run(analysed, [])
    one = make.everyday_check(make.everyday_idea(analysed))
    assert send_idea(one, analyst, office, seen=seen_of(one)).run_id == run.id


def test_an_idea_in_an_approved_theme_is_sent_with_it_and_ends_the_checks_of_the_others(make, everyday, check):
    fellow = make.everyday_check(make.everyday_idea(everyday))
    theme = make.theme(everyday, [check.idea, fellow.idea], state=ThemeState.APPROVED)
    referral = send_idea(check, make.analyst(), make.ministry(), seen=seen_of(check))
    assert referral.theme_id == theme.id
    assert (fellow.outcome, fellow.referral_id) == (CheckOutcome.SENT, referral.id)


def test_an_idea_in_a_draft_is_not_sent(make, everyday, check):
    make.theme(everyday, [check.idea])
    with pytest.raises(WrongState, match="검토 중인 주제"):
        send_idea(check, make.analyst(), make.ministry(), seen=seen_of(check))


def test_a_letter_sent_from_its_themes_own_page_ends_the_checks_too(make, everyday, check):
    theme, analyst = make.theme(everyday, [check.idea], state=ThemeState.APPROVED), make.analyst()
    refused = make.everyday_check(make.everyday_idea(everyday))
    refuse_idea(refused, analyst, "까닭이 있어요.", seen=seen_of(refused))
    referral = forward_theme(theme, analyst, make.ministry(), version=theme.version)
    assert (check.outcome, check.referral_id, check.decided_by_id) == (CheckOutcome.SENT, referral.id, analyst.id)
    assert refused.outcome is CheckOutcome.NOT_HERE


def test_only_analysts_end_a_check(make, check):
    for person in (make.citizen(), make.officer(), make.admin(), make.council_member()):
        with pytest.raises(Forbidden):
            send_idea(check, person, make.ministry(), seen=seen_of(check))
        with pytest.raises(Forbidden):
            merge_as_same(check, person, make.everyday_idea(check.idea.campaign), seen=seen_of(check))
        with pytest.raises(Forbidden):
            refuse_idea(check, person, "까닭", seen=seen_of(check))
        with pytest.raises(Forbidden):
            reopen_check(check, person, seen=seen_of(check))


def test_nothing_is_sent_while_sending_is_closed(make):
    closed = make.campaign(kind=CampaignKind.EVERYDAY, open_phases=(PhaseKind.PROPOSING,))
    check = make.everyday_check(make.everyday_idea(closed))
    with pytest.raises(WrongState):
        send_idea(check, make.analyst(), make.ministry(), seen=seen_of(check))
    db.session.rollback()
    assert db.session.scalar(sa.select(Theme.id)) is None


def test_what_the_page_showed_is_compared(make, check):
    analyst, seen = make.analyst(), seen_of(check)
    check.idea.keep_wording()
    db.session.flush()
    with pytest.raises(WrongState, match="바뀌었어요"):
        refuse_idea(check, analyst, "까닭", seen=seen)
    refuse_idea(check, analyst, "까닭", seen=seen_of(check))
    with pytest.raises(WrongState, match="이미 확인을 마친"):
        refuse_idea(check, analyst, "까닭", seen=seen_of(check))


def test_a_reason_is_due_and_holds_no_resident_number(make, check):
    for reason in ("  ", "900101-1234567"):
        with pytest.raises(InvalidInput):
            refuse_idea(check, make.analyst(), reason, seen=seen_of(check))


def test_the_same_is_merged_and_votes_stay_where_they_are(make, everyday):
    first, idea = make.everyday_idea(everyday), make.everyday_idea(everyday)
    follower, older = make.citizen(), make.everyday_idea(everyday)
    make.vote(idea, make.citizen())
    make.follow(follower, idea)
    older.state, older.merged_into_id = IdeaState.MERGED, idea.id
    db.session.flush()
    check, tally = make.everyday_check(idea), (idea.tally.agree, idea.tally.disagree)
    merge_as_same(check, make.analyst(), first, seen=seen_of(check))
    db.session.refresh(older)
    assert (idea.state, idea.merged_into_id, older.merged_into_id) == (IdeaState.MERGED, first.id, first.id)
    assert (check.outcome, check.same_as_id) == (CheckOutcome.SAME, first.id)
    assert (idea.tally.agree, idea.tally.disagree) == tally
    with pytest.raises(WrongState):
        cast_votes({idea.id: 1}, make.citizen())
    followers = set(db.session.scalars(sa.select(Follow.account_id).where(Follow.object_id == first.id)))
    assert followers == {follower.id, idea.author.account.id}
    assert kinds_told(idea.author.account) == ["check_same"]


def test_a_merge_is_into_an_earlier_open_idea_of_the_campaign(make, everyday, check):
    analyst, later = make.analyst(), make.everyday_idea(everyday)
    for target in (check.idea, make.everyday_idea(), later):
        with pytest.raises(InvalidInput):
            merge_as_same(check, analyst, target, seen=seen_of(check))
    gone = make.everyday_idea(everyday, state=IdeaState.WITHDRAWN, created_at=clock.now() - timedelta(days=9))
    with pytest.raises(WrongState):
        merge_as_same(check, analyst, gone, seen=seen_of(check))
    sent = make.everyday_check(later)
    send_idea(sent, analyst, make.ministry(), seen=seen_of(sent))
    merge_as_same(check, analyst, later, seen=seen_of(check))
    assert check.outcome is CheckOutcome.SAME


def test_an_idea_that_was_sent_is_not_merged(make, everyday, check):
    from forum.voice.ideas.merging import merge_idea

    first = make.everyday_idea(everyday, created_at=clock.now() - timedelta(days=9))
    send_idea(check, make.analyst(), make.ministry(), seen=seen_of(check))
    with pytest.raises(WrongState, match="이미 소관부처에 보낸"):
        merge_idea(check.idea, first, make.analyst())


def test_a_merge_is_taken_back_with_what_followed_it(make, everyday):
    analyst = make.analyst()
    first, middle, last = (make.everyday_idea(everyday) for _ in range(3))
    of_last, of_middle = make.everyday_check(last), make.everyday_check(middle)
    merge_as_same(of_last, analyst, middle, seen=seen_of(of_last))
    merge_as_same(of_middle, analyst, first, seen=seen_of(of_middle))
    db.session.refresh(last)
    assert last.merged_into_id == first.id
    with at_nine(WEDNESDAY):
        reopen_check(of_middle, analyst, seen=seen_of(of_middle))
    db.session.refresh(last)
    assert (middle.state, last.merged_into_id) == (IdeaState.OPEN, middle.id)
    assert (of_middle.outcome, of_middle.due_on) == (None, date(2026, 11, 30))
    assert kinds_told(middle.author.account)[-1] == "check_again"
    with pytest.raises(WrongState):
        reopen_check(of_middle, analyst, seen=seen_of(of_middle))


def test_a_letter_cannot_be_taken_back(make, check):
    send_idea(check, make.analyst(), make.ministry(), seen=seen_of(check))
    with pytest.raises(WrongState, match="되돌릴 수 없어요"):
        reopen_check(check, make.analyst(), seen=seen_of(check))


def test_a_check_is_closed_with_its_idea_and_opened_with_it(make, check):
    idea, analyst = check.idea, make.analyst()
    hide(idea, analyst, "SPAM")
    assert keep() == 1
    assert (check.outcome, check.decided_by_id) == (CheckOutcome.CLOSED, None)
    assert keep() == 0
    restore(idea, analyst, "MISTAKE")
    with at_nine(WEDNESDAY):
        assert keep() == 1
    assert (check.outcome, check.started_on, check.due_on) == (None, WEDNESDAY, date(2026, 11, 30))


def test_a_withdrawn_idea_closes_its_check(make, everyday):
    author = make.citizen()
    idea = submit_idea(everyday, author, "벤치를 놓아 주세요", "앉을 곳이 없어요.")
    withdraw_idea(idea, author)
    assert keep() == 1
    assert db.session.get_one(EverydayCheck, idea.id).outcome is CheckOutcome.CLOSED


def test_an_idea_whose_earlier_one_is_gone_stands_on_its_own_again(make, everyday):
    author = make.citizen()
    first, idea = make.everyday_idea(everyday, author_id=author.participant.id), make.everyday_idea(everyday)
    check = make.everyday_check(idea)
    merge_as_same(check, make.analyst(), first, seen=seen_of(check))
    withdraw_idea(first, author)
    assert keep() == 1
    assert (idea.state, check.outcome) == (IdeaState.OPEN, None)
    assert keep() == 0


def test_one_whose_earlier_one_was_sent_stays_merged(make, everyday):
    author, analyst = make.citizen(), make.analyst()
    first, idea = make.everyday_idea(everyday, author_id=author.participant.id), make.everyday_idea(everyday)
    of_first, check = make.everyday_check(first), make.everyday_check(idea)
    send_idea(of_first, analyst, make.ministry(), seen=seen_of(of_first))
    merge_as_same(check, analyst, first, seen=seen_of(check))
    withdraw_idea(first, author)
    assert not keep_check(check)
    assert check.outcome is CheckOutcome.SAME


def test_analysts_are_reminded_once_before_and_once_after_the_due_date(make, everyday):
    analyst = make.analyst()
    with at_nine(WEDNESDAY):
        make.everyday_check(make.everyday_idea(everyday))
    told = {}
    for n in range(9):
        day = WEDNESDAY + timedelta(days=n)
        with at_nine(day):
            told[day.day] = (remind_of_checks(), remind_of_checks())
    reminded = {day for day, counts in told.items() if counts != (0, 0)}
    assert reminded == {27, 1}  # Friday before Monday the 30th, and Tuesday after it
    assert all(second == 0 for _first, second in told.values())
    assert kinds_told(analyst) == ["check_due_soon", "check_late"]


def test_missing_checks_are_started_once(make, everyday):
    idea = make.everyday_idea(everyday)
    imported = make.idea(everyday, author_id=None, external_id="X-1")
    assert [start_missing_check(idea), start_missing_check(idea), start_missing_check(imported)] == [True, False, True]


def test_a_killed_process_leaves_neither_theme_nor_letter(make, check, monkeypatch):
    """Both are in one transaction: the failpoint between them ends the process, and nothing was committed."""
    db.session.commit()

    class Killed(Exception):
        pass

    def kill(name: str) -> None:
        assert name == "shortpath.themed"
        assert db.session.scalar(sa.select(Theme.id)) is not None
        raise Killed

    monkeypatch.setattr("forum.response.shortpath.services.failpoint", kill)
    with pytest.raises(Killed):
        send_idea(check, make.analyst(), make.ministry(), seen=seen_of(check))
    db.session.rollback()
    for table in (Theme, ThemeRun, Referral, ReferralIdea, RecordedEdit):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0, table
    assert check.outcome is None


def test_the_system_ends_no_check(check, make):
    with pytest.raises(Forbidden):
        refuse_idea(check, SYSTEM, "까닭", seen=seen_of(check))
    assert db.session.get_one(Idea, check.idea_id).state is IdeaState.OPEN
