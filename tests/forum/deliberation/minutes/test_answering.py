from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import ANONYMOUS
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.gatherings.lists import delete_lists
from forum.deliberation.minutes.answering import answer_minutes, decide_minutes
from forum.deliberation.minutes.models import MinutesAnswer, MinutesState
from forum.deliberation.minutes.panels import pass_link
from forum.deliberation.minutes.queries import get_minutes
from forum.deliberation.minutes.services import ask_room, edit_minutes
from forum.deliberation.minutes.tasks import decide_due_minutes
from forum.deliberation.minutes.texts import DELETED
from forum.deliberation.sheets.closing import why_no_paper
from forum.people.accounts.models import Account
from forum.people.passes.actor import guest_of
from forum.people.passes.models import GuestPass
from forum.people.passes.services import join_pass, withdraw_pass
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice
from forum.voice.moderation.services import hide
from tests.factories import SCRIPT
from tests.forum.deliberation.minutes.helpers import SENTENCE, asked, drafted, met_room, quotes, typed
from tests.races import act_elsewhere, at_once

WEEK = timedelta(days=7)


@pytest.fixture
def room(make):
    return met_room(make)


@pytest.fixture
def minutes(room):
    return asked(room)


def answers():
    return db.session.scalars(sa.select(MinutesAnswer).order_by(MinutesAnswer.id)).all()


# Who answers
def test_people_of_the_room_answer_by_account_and_by_pass(room, minutes):
    answer_minutes(minutes, room.accounts[0], True, "")
    answer_minutes(minutes, room.guests[0], False, f"순서가 달라요 {SCRIPT}")
    assert [(one.agrees, one.objection) for one in answers()] == [(True, ""), (False, f"순서가 달라요 {SCRIPT}")]


def test_slips_of_paper_are_no_people(room, minutes):
    with pytest.raises(Forbidden):
        answer_minutes(minutes, room.slip_guest, True, "")


@pytest.mark.parametrize(
    "who", ["visitor", "stranger", "organiser", "admin", "not checked in", "guest of another room"]
)
def test_nobody_else_answers(make, room, minutes, who):
    other = make.guest()
    make.entry(make.gathering(state="RUNNING"), other)
    late = make.citizen()
    make.entry(room.gathering, late, is_admitted=False)
    people = {
        "visitor": ANONYMOUS,
        "stranger": make.citizen(),
        "organiser": room.organiser,
        "admin": make.admin(),
        "not checked in": late,
        "guest of another room": guest_of(other),
    }
    with pytest.raises(Forbidden):
        answer_minutes(minutes, people[who], True, "")
    assert answers() == []


def test_an_organiser_who_sat_in_the_room_does_not_confirm_their_own_minutes(make, room):
    make.entry(room.gathering, room.organiser)
    minutes = asked(room)
    with pytest.raises(Forbidden):
        answer_minutes(minutes, room.organiser, True, "")
    for one in (*room.accounts, room.guests[0]):
        answer_minutes(minutes, one, True, "")
    assert minutes.state is MinutesState.CONFIRMED  # nobody waits for the organiser


def test_a_child_whose_consent_was_taken_back_does_not_answer(make, room):
    child = make.child(waits_for_consent=False)
    make.entry(room.gathering, child)
    minutes = asked(room)
    child.waits_for_consent = True
    with pytest.raises(Forbidden):
        answer_minutes(minutes, child, True, "")


# What is answered
@pytest.mark.parametrize(
    ("agrees", "words", "field"),
    [
        (None, "", "agrees"),
        (False, "", "objection"),
        (False, "짧다", "objection"),
        (False, "가" * 501, "objection"),
        (False, "제 번호는 900101-1234568", "objection"),
        (True, "그런데 순서가 달라요", "objection"),
    ],
)
def test_what_is_no_answer_is_refused(room, minutes, agrees, words, field):
    with pytest.raises(InvalidInput) as refused:
        answer_minutes(minutes, room.accounts[0], agrees, words)
    assert field in refused.value.errors
    assert answers() == []


def test_phone_numbers_in_objections_are_masked(room, minutes):
    answer_minutes(minutes, room.accounts[0], False, "저에게 물어보세요 010-1234-5678")
    assert "5678" not in answers()[0].objection


def test_an_answer_is_changed_until_it_closes_and_counts_once(room, minutes):
    answer_minutes(minutes, room.accounts[0], False, "순서가 달라요")
    answer_minutes(minutes, room.accounts[0], True, "")
    answer_minutes(minutes, room.accounts[0], True, "")
    assert [(one.agrees, one.objection) for one in answers()] == [(True, "")]


def test_one_pass_on_two_phones_answers_once(app, room, minutes):
    gathering_id, pass_id = room.gathering.id, room.phones[0].id

    def answer():
        guest = guest_of(db.session.get_one(GuestPass, pass_id))
        answer_minutes(get_minutes(gathering_id), guest, True, "")

    assert at_once(app, [answer, answer]) == [None, None]
    assert len(answers()) == 1


def test_an_objection_that_was_hidden_is_not_written_over(make, room, minutes):
    answer = answer_minutes(minutes, room.accounts[0], False, "아주 심한 말이에요")
    hide(answer, make.analyst(), "ABUSE")
    with pytest.raises(WrongState):
        answer_minutes(minutes, room.accounts[0], False, "또 심한 말이에요")


@pytest.mark.parametrize("state", ["DRAFT", "CONFIRMED", "UNCONFIRMED", "REFUSED"])
def test_only_asked_minutes_are_answered(make, state):
    minutes = make.gathering_minutes(state=state)
    citizen = make.citizen()
    make.entry(minutes.gathering, citizen)
    with pytest.raises(WrongState):
        answer_minutes(minutes, citizen, True, "")


def test_an_answer_that_comes_when_the_time_is_over_is_too_late(room, minutes):
    with clock.at(minutes.closes_at), pytest.raises(WrongState):
        answer_minutes(minutes, room.accounts[0], True, "")


def test_an_answer_that_waited_while_the_worker_decided_is_too_late(app, room, minutes):
    gathering_id = room.gathering.id
    late = minutes.closes_at

    def decide():
        with clock.at(late):
            decide_minutes(get_minutes(gathering_id))

    act_elsewhere(app, decide)
    with pytest.raises(WrongState):
        answer_minutes(minutes, room.accounts[0], True, "")


# Deciding
@pytest.mark.parametrize(
    ("agree", "object_", "state"),
    [
        (0, 0, MinutesState.UNCONFIRMED),
        (1, 0, MinutesState.CONFIRMED),
        (2, 1, MinutesState.CONFIRMED),
        (1, 1, MinutesState.REFUSED),
        (0, 1, MinutesState.REFUSED),
    ],
)
def test_a_majority_of_those_who_answer_decides(make, agree, object_, state):
    room = met_room(make, n_accounts=5)
    minutes = asked(room)
    for account in room.accounts[:agree]:
        answer_minutes(minutes, account, True, "")
    for account in room.accounts[agree : agree + object_]:
        answer_minutes(minutes, account, False, "다르게 기억해요")
    assert decide_minutes(minutes) is False  # there is time left
    with clock.at(minutes.closes_at):
        assert decide_minutes(minutes) is True
        assert decide_minutes(minutes) is False
    assert minutes.state is state


def test_once_everybody_has_answered_it_is_decided(room, minutes):
    answer_minutes(minutes, room.accounts[0], True, "")
    answer_minutes(minutes, room.accounts[1], False, "다르게 기억해요")
    assert minutes.state is MinutesState.ASKED
    answer_minutes(minutes, room.guests[0], True, "")
    assert minutes.state is MinutesState.CONFIRMED


def test_the_last_two_answer_at_once_and_it_is_decided_once(app, room, minutes):
    answer_minutes(minutes, room.guests[0], True, "")
    gathering_id, ids = room.gathering.id, [account.id for account in room.accounts]

    def answer(account_id):
        return lambda: answer_minutes(get_minutes(gathering_id), db.session.get_one(Account, account_id), True, "")

    assert at_once(app, [answer(one) for one in ids]) == [None, None]
    assert get_minutes(gathering_id).state is MinutesState.CONFIRMED
    decided = sa.select(sa.func.count()).where(AuditEntry.action == "minutes.decide")
    assert db.session.scalar(decided) == 1


def test_the_worker_decides_what_is_due_and_people_hear_of_it(room, minutes):
    answer_minutes(minutes, room.accounts[0], True, "")
    db.session.commit()
    assert decide_due_minutes() == 0
    with clock.at(minutes.closes_at):
        assert decide_due_minutes() == 1
        assert decide_due_minutes() == 0
    told = db.session.scalars(sa.select(Notice).where(Notice.kind == "minutes.published")).all()
    assert {one.account_id for one in told} == {room.organiser.id, *(account.id for account in room.accounts)}
    assert all(one.in_daily_mail for one in told)
    entry = db.session.scalar(sa.select(AuditEntry).where(AuditEntry.action == "minutes.decide"))
    assert entry.after["answered"] == 1
    assert entry.actor_id is None


def test_a_worker_killed_while_it_publishes_leaves_nothing_and_the_next_one_publishes(room, minutes, monkeypatch):
    answer_minutes(minutes, room.accounts[0], True, "")
    db.session.commit()

    def die(name):
        assert name == "minutes.publishing"
        raise KeyboardInterrupt

    with clock.at(minutes.closes_at):
        monkeypatch.setattr("forum.deliberation.minutes.tasks.failpoint", die)
        with pytest.raises(KeyboardInterrupt):
            decide_due_minutes()
        db.session.rollback()
        assert get_minutes(room.gathering.id).state is MinutesState.ASKED
        assert db.session.scalar(sa.select(Notice.id).where(Notice.kind == "minutes.published")) is None
        monkeypatch.undo()
        assert decide_due_minutes() == 1


def test_two_workers_decide_once(app, room, minutes):
    gathering_id, late = room.gathering.id, minutes.closes_at

    def decide():
        with clock.at(late):
            decide_minutes(get_minutes(gathering_id))

    assert at_once(app, [decide, decide]) == [None, None]
    assert db.session.scalar(sa.select(sa.func.count()).where(AuditEntry.action == "minutes.decide")) == 1


def test_refused_minutes_are_edited_and_asked_again(room, minutes):
    for one in (*room.accounts, room.guests[0]):
        answer_minutes(minutes, one, False, "다르게 기억해요")
    assert minutes.state is MinutesState.REFUSED
    told = db.session.scalar(sa.select(Notice.account_id).where(Notice.kind == "minutes.refused"))
    assert told == room.organiser.id
    edit_minutes(minutes, room.organiser, typed(summary="고쳐 쓴 글"), minutes.revision)
    assert (minutes.state, minutes.decided_at) == (MinutesState.DRAFT, None)
    ask_room(minutes, room.organiser, minutes.revision)
    assert minutes.round == 2
    for one in (*room.accounts, room.guests[0]):
        answer_minutes(minutes, one, True, "")
    assert minutes.state is MinutesState.CONFIRMED
    assert len(answers()) == 6


def test_minutes_hidden_while_they_are_asked_are_decided_and_stay_hidden(make, room, minutes):
    minutes.is_hidden = True
    db.session.flush()
    with pytest.raises(WrongState):
        answer_minutes(minutes, room.accounts[0], True, "")
    with clock.at(minutes.closes_at):
        decide_minutes(minutes)
    assert not minutes.is_published
    assert db.session.scalar(sa.select(Notice.id).where(Notice.kind == "minutes.published")) is None


# Whose answers they are
def join(found, account):
    db.session.commit()
    join_pass(found, account, account)
    db.session.commit()


def test_a_guest_who_joins_an_account_has_answered_and_changes_it_there(make, room, minutes):
    answer = answer_minutes(minutes, room.guests[0], True, "")
    account = make.citizen()
    join(room.phones[0], account)
    assert answer.author_id == account.participant_id
    answer_minutes(minutes, account, False, "다시 보니 달라요")
    assert [one.agrees for one in answers()] == [False]


def test_who_answered_as_guest_and_by_account_has_answered_once(room, minutes):
    answer_minutes(minutes, room.guests[0], True, "")
    answer_minutes(minutes, room.accounts[0], False, "다르게 기억해요")
    join(room.phones[0], room.accounts[0])
    assert [one.agrees for one in answers()] == [False]


def test_who_answered_as_guest_and_then_by_account_changes_that_answer(room, minutes):
    answer_minutes(minutes, room.guests[0], True, "")
    join(room.phones[0], room.accounts[0])
    answer_minutes(minutes, room.accounts[0], True, "")
    assert len(answers()) == 1


def test_an_objection_is_never_lost_by_joining(room, minutes):
    answer_minutes(minutes, room.guests[0], False, "다르게 기억해요")
    answer_minutes(minutes, room.accounts[0], True, "")
    join(room.phones[0], room.accounts[0])
    assert {one.author_id for one in answers()} == {room.accounts[0].participant_id}
    assert len(answers()) == 2


def test_who_joined_an_account_hears_of_the_minutes(make, room):
    account = make.citizen()
    join(room.phones[0], account)
    asked(room)
    told = set(db.session.scalars(sa.select(Notice.account_id).where(Notice.kind == "minutes.asked")))
    assert told == {account.id, *(one.id for one in room.accounts)}


def test_a_guest_who_takes_everything_back_leaves_no_words(room):
    minutes = asked(room, quotes=[(2, SENTENCE)])
    answer = answer_minutes(minutes, room.guests[0], False, "다르게 기억해요")
    withdraw_pass(room.phones[0], room.guests[0])
    assert answer.objection == str(DELETED)
    assert [quote.text for quote in quotes(minutes)] == [""]


def test_whose_answers_they_are_is_deleted_with_the_lists(make, room, minutes):
    other = make.minutes_answer()
    answer_minutes(minutes, room.accounts[0], True, "")
    room.gathering.lists_until = clock.today()
    db.session.flush()
    delete_lists(room.gathering)
    db.session.expire_all()
    assert {one.author_id for one in answers() if one.minutes_id == minutes.id} == {None}
    assert other.author_id is not None
    with pytest.raises(Forbidden):
        answer_minutes(minutes, room.accounts[0], False, "다르게 기억해요")


def test_no_more_paper_is_typed_once_the_room_is_asked(room):
    drafted(room)
    assert why_no_paper(room.gathering) == ""
    asked(room)
    assert "확인받기 시작" in why_no_paper(room.gathering)


def test_the_pass_leads_to_the_minutes(room):
    assert pass_link(room.guests[0]) is None
    minutes = asked(room)
    assert pass_link(room.guests[0]).is_main
    assert not pass_link(room.slip_guest).is_main
    minutes.is_hidden = True
    db.session.flush()
    assert pass_link(room.guests[0]) is None


def test_minutes_nobody_asked_about_are_never_decided(room):
    minutes = drafted(room)
    db.session.commit()
    with clock.at(clock.now() + 10 * WEEK):
        assert decide_due_minutes() == 0
    assert minutes.state is MinutesState.DRAFT
