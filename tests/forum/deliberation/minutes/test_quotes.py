from __future__ import annotations

import pytest

from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.minutes.answering import answer_minutes
from forum.deliberation.minutes.models import MinutesQuote, MinutesState
from forum.deliberation.minutes.queries import get_minutes
from forum.deliberation.minutes.quotes import stands_in, withdraw_all_of, withdraw_quote
from forum.deliberation.minutes.services import edit_minutes
from forum.people.passes.actor import guest_of
from forum.people.passes.models import GuestPass
from tests.forum.deliberation.minutes.helpers import SENTENCE, asked, drafted, met_room, quotes, typed
from tests.races import act_elsewhere, at_once


@pytest.fixture
def room(make):
    return met_room(make)


@pytest.mark.parametrize(
    ("quote", "stands"),
    [
        ("학교 지붕이 비어 있어요.", True),
        ("학교 지붕이  비어 있어요", True),
        ("학교 지붕이 비어 있어요. 태양광을 올리면 안 됩니다!", True),
        ("줄마다 다른 말", True),
        ("태양광을 올리면", False),
        ("지붕이 비어 있어요.", False),
        ("학교 지붕이 비어 있어요. 줄마다 다른 말", False),
        ("없는 말", False),
        ("", False),
        (" ", False),
    ],
)
def test_only_whole_sentences_are_quotes(quote, stands):
    text = "학교 지붕이 비어 있어요. 태양광을 올리면 안 됩니다!\n줄마다 다른 말\n"
    assert stands_in(quote, text) is stands


def test_a_sentence_that_comes_twice_is_found_where_it_is_whole():
    assert stands_in("지붕이 넓어요", "학교 지붕이 넓어요. 지붕이 넓어요.")


def test_writers_withdraw_their_quotes_by_account_pass_and_slip(room):
    minutes = asked(room, quotes=[(1, SENTENCE), (2, SENTENCE), (3, SENTENCE)])
    for quote, actor in zip(quotes(minutes), (room.accounts[0], room.guests[0], room.slip_guest), strict=True):
        withdraw_quote(minutes, quote, actor)
        withdraw_quote(minutes, quote, actor)  # a double click
    assert [(quote.text, quote.withdrawn_at is not None) for quote in quotes(minutes)] == [("", True)] * 3


def test_nobody_else_withdraws_a_quote(make, room):
    minutes = asked(room, quotes=[(1, SENTENCE)])
    [quote] = quotes(minutes)
    for actor in (room.accounts[1], room.guests[0], room.organiser, make.admin()):
        with pytest.raises(Forbidden):
            withdraw_quote(minutes, quote, actor)


def test_a_quote_is_withdrawn_after_the_minutes_are_out(room):
    minutes = asked(room, quotes=[(2, SENTENCE)])
    for one in (*room.accounts, room.guests[0]):
        answer_minutes(minutes, one, True, "")
    assert minutes.state is MinutesState.CONFIRMED
    [quote] = quotes(minutes)
    withdraw_quote(minutes, quote, room.guests[0])
    assert quote.text == ""


def test_a_withdrawn_quote_is_never_quoted_again(room):
    minutes = drafted(room)
    edit_minutes(minutes, room.organiser, typed(quotes=[(1, SENTENCE)]), 1)
    [quote] = quotes(minutes)
    withdraw_quote(minutes, quote, room.accounts[0])
    with pytest.raises(InvalidInput):
        edit_minutes(minutes, room.organiser, typed(quotes=[(1, SENTENCE)]), 2)
    db.session.rollback()


def test_a_quote_taken_out_meanwhile_is_no_error_of_the_database(app, room):
    minutes = drafted(room)
    edit_minutes(minutes, room.organiser, typed(quotes=[(1, SENTENCE)]), 1)
    [quote] = quotes(minutes)
    gathering_id, organiser_id = room.gathering.id, room.organiser.id

    def take_out():
        from forum.people.accounts.models import Account

        edit_minutes(get_minutes(gathering_id), db.session.get_one(Account, organiser_id), typed(), 2)

    act_elsewhere(app, take_out)
    with pytest.raises(WrongState):
        withdraw_quote(minutes, quote, room.accounts[0])


def test_a_quote_withdrawn_while_the_minutes_are_published_is_gone(app, room):
    minutes = asked(room, quotes=[(2, SENTENCE)])
    for one in room.accounts:
        answer_minutes(minutes, one, True, "")
    [quote] = quotes(minutes)
    gathering_id, quote_id, pass_id = room.gathering.id, quote.id, room.phones[0].id

    def guest():
        return guest_of(db.session.get_one(GuestPass, pass_id))

    def publish():
        answer_minutes(get_minutes(gathering_id), guest(), True, "")

    def withdraw():
        withdraw_quote(get_minutes(gathering_id), db.session.get_one(MinutesQuote, quote_id), guest())

    assert at_once(app, [publish, withdraw]) == [None, None]
    assert get_minutes(gathering_id).state is MinutesState.CONFIRMED
    assert db.session.get_one(MinutesQuote, quote_id).text == ""


def test_all_quotes_of_somebody_go_at_once(room):
    minutes = asked(room, quotes=[(1, SENTENCE), (2, SENTENCE)])
    withdraw_all_of(room.accounts[0].participant_id)
    assert [quote.text for quote in quotes(minutes)] == ["", SENTENCE]
