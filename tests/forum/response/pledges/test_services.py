from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.administration.mydata.services import delete_account
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.response.answers.services import AnswerInput
from forum.response.pledges.models import CheckIn, CheckInOutcome, Pledge, PledgeBy, PledgeState
from forum.response.pledges.pages import both_keep, pledge_page, pledge_sentence
from forum.response.pledges.queries import figures_of_themes, get_pledge, pledges_of, takes_pledges
from forum.response.pledges.services import change_settings, check_in, make_pledge, present_period, stop_pledge
from forum.response.pledges.tasks import remind_all
from forum.response.pledges.typed import TypedCheckIn, TypedPledge
from forum.response.referrals.models import Decision, Referral
from forum.system.notices.models import Notice
from forum.voice.moderation.services import hide
from tests.races import at_once

DONE = TypedCheckIn("DONE", None)


def typed(**values) -> TypedPledge:
    plain = TypedPledge("walk_short_trips", "PERSON", "", None, "WEEK", clock.today(), False, False, "0")
    return replace(plain, **values)


def of_class(**values) -> TypedPledge:
    return typed(**({"made_by": "CLASS", "group_name": "하늘중 2학년 3반", "group_size": 24} | values))


@pytest.fixture
def theme(make):
    campaign = make.campaign()
    found = make.theme(campaign, state=ThemeState.APPROVED, run_id=make.run(campaign, []).id)
    answer = make.answer(make.referral(found))
    make.milestone(answer, due_on=clock.today() - timedelta(days=3))
    found.frozen_at = clock.now()
    db.session.flush()
    return found


def figures(theme):
    return figures_of_themes([theme.id])[theme.id]


def test_a_pledge_is_made_once_however_often_it_is_sent(make, theme):
    person = make.citizen()
    first = make_pledge(theme, person, typed())
    assert make_pledge(theme, person, typed()).id == first.id
    assert (first.made_by, first.group_size, first.is_public) == (PledgeBy.PERSON, 1, False)
    stop_pledge(first, person)
    again = make_pledge(theme, person, typed())
    assert again.id != first.id
    assert [one.id for one in pledges_of(person.participant_id)] == [again.id, first.id]


def test_what_cannot_be_pledged_is_refused_in_words(make, theme):
    today, teacher = clock.today(), make.citizen()
    wrong = {
        "item": typed(item="become_rich"),
        "group_size": of_class(group_size=10**9),
        "group_name": of_class(group_name="우리 900101-1234567"),
        "made_by": typed(made_by="COUNTRY"),
        "rhythm": typed(rhythm="NEVER"),
        "weekday": typed(reminds=True, weekday="7"),
    }
    for field, one in wrong.items():
        with pytest.raises(InvalidInput) as refused:
            make_pledge(theme, teacher, one)
        assert list(refused.value.errors) == [field]
    for day in (None, today - timedelta(days=1), today + timedelta(days=61)):
        with pytest.raises(InvalidInput) as refused:
            make_pledge(theme, teacher, typed(starts_on=day))
        assert list(refused.value.errors) == ["starts_on"]
    other = make.milestone(make.answer())
    with pytest.raises(InvalidInput):
        make_pledge(theme, teacher, typed(), milestone_id=other.id)
    with pytest.raises(InvalidInput):
        make_pledge(theme, teacher, typed(), pilot_id=-1)
    for actor in (make.analyst(), make.officer(), make.child()):
        with pytest.raises(Forbidden):
            make_pledge(theme, actor, typed())
    make_pledge(theme, make.facilitator(), of_class())
    with pytest.raises(WrongState, match="받아들였거나"):
        make_pledge(make.theme(state=ThemeState.APPROVED), teacher, typed())
    assert db.session.scalar(sa.select(sa.func.count(Pledge.id))) == 1


def test_a_period_is_checked_in_once_and_changed_while_it_lasts(make, theme):
    person = make.citizen()
    pledge = make_pledge(theme, person, typed())
    now = present_period(pledge).first
    check_in(pledge, person, DONE, seen_period=now, seen_outcome="")
    check_in(pledge, person, DONE, seen_period=now, seen_outcome="")  # the second of two clicks
    with pytest.raises(WrongState, match="바뀐 것이"):
        check_in(pledge, person, TypedCheckIn("RESTED", None), seen_period=now, seen_outcome="")
    check_in(pledge, person, TypedCheckIn("SOME", None), seen_period=now, seen_outcome="DONE")
    for day in (None, now - timedelta(days=7), now + timedelta(days=7)):
        with pytest.raises(WrongState, match="다음 차례"):
            check_in(pledge, person, DONE, seen_period=day, seen_outcome="SOME")
    with pytest.raises(NotFound):
        check_in(pledge, make.citizen(), DONE, seen_period=now, seen_outcome="SOME")
    stop_pledge(pledge, person)
    with pytest.raises(WrongState, match="그만둔"):
        check_in(pledge, person, DONE, seen_period=now, seen_outcome="SOME")
    (kept,) = db.session.scalars(sa.select(CheckIn)).all()
    assert (kept.outcome, kept.recorded_on, kept.n_kept) == (CheckInOutcome.SOME, clock.today(), None)


def test_a_class_says_how_many_and_never_more_than_it_has(make, theme):
    teacher = make.facilitator()
    pledge = make_pledge(theme, teacher, of_class())
    now = present_period(pledge).first
    for n in (None, -1, 25):
        with pytest.raises(InvalidInput):
            check_in(pledge, teacher, TypedCheckIn("DONE", n), seen_period=now, seen_outcome="")
    check_in(pledge, teacher, TypedCheckIn("DONE", 20), seen_period=now, seen_outcome="")
    assert figures(theme).people == {PledgeBy.CLASS: 24}
    assert "24명이 함께" in pledge_sentence(figures(theme))
    with pytest.raises(sa.exc.DBAPIError), db.session.begin_nested():
        db.session.execute(sa.update(CheckIn).values(n_kept=25))


def test_a_class_of_three_is_in_no_number_that_others_read(make, theme):
    pledge = make_pledge(theme, make.citizen(), of_class(group_size=3, is_public=True))
    assert (figures(theme).people, figures(theme).n_people) == ({}, None)
    assert pledge_page(pledge, is_own=False).size_words == "5명보다 적어요"
    for _ in range(6):
        make.pledge(theme)
    shown = figures(theme)
    assert (dict(shown.people), shown.n_people, shown.n_pledges, shown.outcomes) == ({}, None, None, {})
    assert shown.has_hidden


def test_kept_pledges_are_counted_from_five_on(make, theme):
    start = clock.today() - timedelta(days=28)
    for n in range(6):
        pledge = make.pledge(theme, starts_on=start)
        for week in range(4 if n < 5 else 1):
            make.check_in(pledge, start + timedelta(days=7 * week))
    stopped = make.pledge(theme, starts_on=start, stopped_on=start + timedelta(days=21))  # kept 1 of 3, and the last
    for week in (0, 3):
        make.check_in(stopped, start + timedelta(days=7 * week))
    shown = figures(theme)
    assert (shown.n_people, shown.n_pledges, shown.n_kept, shown.outcomes) == (7, 7, 5, {CheckInOutcome.DONE: 23})
    keep = both_keep(theme, make.citizen())
    assert (keep.takes, keep.may_pledge, len(keep.milestones), keep.late_reasons) == (True, True, 1, {})


def test_reminders_come_once_a_day_while_nobody_has_checked_in(make, theme):
    wednesday = clock.now().replace(year=2026, month=11, day=25, hour=3)
    with clock.at(wednesday):
        person, other = make.citizen(), make.citizen()
        mine = make_pledge(theme, person, typed(reminds=True, weekday="2"))
        make_pledge(theme, other, typed(reminds=True, weekday="3"))
        db.session.commit()
        assert (remind_all(), remind_all()) == (1, 0)
    with clock.at(wednesday + timedelta(days=7)):
        check_in(mine, person, DONE, seen_period=present_period(mine).first, seen_outcome="")
        db.session.commit()
        assert remind_all() == 0
    with clock.at(wednesday + timedelta(days=14, hours=-6)):  # at six in the morning
        assert remind_all() == 0
    with clock.at(wednesday + timedelta(days=14)):
        stop_pledge(mine, person)
        db.session.commit()
        assert remind_all() == 0
    told = db.session.execute(sa.select(Notice.account_id, Notice.path).where(Notice.kind == "pledge_reminder")).all()
    assert told == [(person.id, f"/pledges/{mine.id}")]


def test_who_pledged_hears_of_an_answer_that_takes_the_word_back(make, theme):
    person = make.citizen()
    pledge = make_pledge(theme, person, typed())
    referral = db.session.scalars(sa.select(Referral).where(Referral.theme_id == theme.id)).one()
    make.publish(referral, referral.answers[-1].author, AnswerInput(Decision.DECLINED, "어렵습니다"), seen_version=1)
    assert not takes_pledges(theme)
    with pytest.raises(WrongState):
        make_pledge(theme, make.citizen(), typed())
    now = present_period(pledge).first
    check_in(pledge, person, DONE, seen_period=now, seen_outcome="")  # kept ones go on
    kinds = db.session.scalars(sa.select(Notice.kind).where(Notice.account_id == person.id)).all()
    assert kinds.count("pledge_answer_changed") == 1


def test_settings_carry_what_was_seen(make, theme):
    person = make.citizen()
    pledge = make_pledge(theme, person, typed())
    change_settings(pledge, person, is_public=True, reminds=True, weekday=4, seen_revision=1)
    with pytest.raises(WrongState):
        change_settings(pledge, person, is_public=False, reminds=False, weekday=4, seen_revision=1)
    with pytest.raises(InvalidInput):
        change_settings(pledge, person, is_public=True, reminds=True, weekday=9, seen_revision=2)
    assert (pledge.is_public, pledge.reminds, pledge.reminder_weekday, pledge.revision) == (True, True, 4, 2)


def test_who_leaves_takes_pledges_and_check_ins_along(make, theme):
    person = make.citizen()
    pledge = make_pledge(theme, person, of_class(is_public=True))
    check_in(pledge, person, TypedCheckIn("DONE", 9), seen_period=present_period(pledge).first, seen_outcome="")
    hide(pledge, make.analyst(), "SPAM")
    delete_account(person, SYSTEM, keep_posts=True)
    db.session.refresh(pledge)
    assert (pledge.state, pledge.group_name, pledge.stopped_on) == (PledgeState.REMOVED, "", clock.today())
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == 0
    assert not figures(theme).has_some


def test_two_clicks_in_two_tabs_are_one_pledge_and_one_check_in(app, make, theme):
    person_id, theme_id = make.citizen().id, theme.id
    db.session.commit()

    def person() -> Account:
        return db.session.get_one(Account, person_id)

    assert at_once(app, [lambda: make_pledge(db.session.get_one(type(theme), theme_id), person(), typed())] * 2) == [
        None,
        None,
    ]
    (pledge,) = pledges_of(person().participant_id)
    pledge_id, now = pledge.id, present_period(pledge).first

    def say(outcome: str) -> None:
        check_in(get_pledge(pledge_id), person(), TypedCheckIn(outcome, None), seen_period=now, seen_outcome="")

    results = at_once(app, [lambda: say("DONE"), lambda: say("RESTED")])
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "WrongState"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == 1
