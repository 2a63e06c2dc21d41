from __future__ import annotations

from datetime import timedelta

import pytest

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.minutes.answering import answer_minutes
from forum.deliberation.minutes.models import MinutesState
from forum.deliberation.minutes.services import edit_minutes
from forum.voice.ideas.models import IdeaState
from forum.voice.moderation.services import hide
from tests.factories import SCRIPT
from tests.forum.deliberation.minutes.helpers import SENTENCE, asked, drafted, met_room, open_pass, quotes, typed


@pytest.fixture
def room(make):
    return met_room(make)


def path(room):
    return f"/gatherings/{room.gathering.id}/minutes"


def published(room, **values):
    minutes = asked(room, **values)
    for one in (*room.accounts, room.guests[0]):
        answer_minutes(minutes, one, True, "")
    return minutes


def form(**values):
    typed_in = {"seen": "1", "summary": "함께 이야기했어요.", "agreements": "", "open_questions": ""}
    rows = {f"quotes-{n}-{name}": "" for n in range(6) for name in ("number", "text")}
    return typed_in | rows | values


# Who sees them
@pytest.mark.parametrize("state", ["DRAFT", "ASKED", "REFUSED"])
def test_visitors_find_nothing_until_they_are_published(client, make, state):
    minutes = make.gathering_minutes(state=state)
    assert client.get(f"/gatherings/{minutes.gathering_id}/minutes").status_code == 404


def test_a_gathering_without_minutes_has_no_page(client, make):
    assert client.get(f"/gatherings/{make.gathering(state='FINISHED').id}/minutes").status_code == 404
    assert client.get("/gatherings/999/minutes").status_code == 404


def test_everybody_reads_published_minutes(client, room):
    published(room, summary=f"우리는 {SCRIPT} #1 이야기를 했어요", quotes=[(1, SENTENCE)])
    page = client.get(path(room)).text
    assert SCRIPT not in page
    assert "답한 3명 가운데 3명이 맞다고 했어요." in page
    assert SENTENCE in page
    assert "찬성 6 · 반대 0 · 넘김 0" in page
    assert f"/ideas/{room.born.id}" in page
    assert "자동 초안" not in page


def test_a_text_that_nobody_edited_says_that_it_is_a_draft_by_the_program(client, room):
    minutes = drafted(room)
    from forum.deliberation.minutes.services import ask_room

    ask_room(minutes, room.organiser, minutes.revision)
    for one in (*room.accounts, room.guests[0]):
        answer_minutes(minutes, one, True, "")
    assert "자동 초안" in client.get(path(room)).text


def test_counts_of_few_people_are_not_shown(client, make):
    room = met_room(make, votes=(4, 0, 0))
    published(room)
    page = client.get(path(room)).text
    assert "찬성 4" not in page
    assert "투표한 사람이 5명보다 적음" in page


def test_an_idea_that_is_hidden_is_gone_from_the_page_with_its_quote(client, make, room):
    published(room, quotes=[(1, SENTENCE)], summary="#1 이야기를 했어요")
    title = room.born.title.partition(" <")[0]
    assert title in client.get(path(room)).text
    hide(room.born, make.analyst(), "SPAM")
    page = client.get(path(room)).text
    assert title not in page
    assert SENTENCE not in page
    assert "지금은 볼 수 없는 제안" in page


def test_a_quote_that_its_writer_edited_away_is_not_shown(client, room):
    published(room, quotes=[(1, SENTENCE)])
    room.born.body = "고쳐 쓴 글"
    page = client.get(path(room)).text
    assert SENTENCE not in page
    assert "글쓴이가 제안을 고쳐서" in page


def test_a_withdrawn_idea_takes_its_quote_along(client, room):
    published(room, quotes=[(1, SENTENCE)])
    room.born.state = IdeaState.WITHDRAWN
    assert SENTENCE not in client.get(path(room)).text


def test_nobody_hears_of_the_minutes_of_a_hidden_gathering(client, room):
    published(room)
    room.gathering.is_hidden = True
    assert client.get(path(room)).status_code == 404


def test_minutes_that_nobody_confirmed_say_so(client, make):
    minutes = make.gathering_minutes(state="UNCONFIRMED")
    assert "확인한 사람이 없어요" in client.get(f"/gatherings/{minutes.gathering_id}/minutes").text


def test_objections_are_printed_without_a_name(client, make, room):
    minutes = asked(room)
    answer_minutes(minutes, room.accounts[0], False, f"순서가 달라요 {SCRIPT}")
    answer_minutes(minutes, room.accounts[1], True, "")
    assert "순서가 달라요" not in client.login(room.accounts[1]).get(path(room)).text
    answer_minutes(minutes, room.guests[0], True, "")
    page = client.get(path(room)).text
    assert "순서가 달라요" in page
    assert SCRIPT not in page
    assert room.accounts[0].display_name not in page
    assert "답한 3명 가운데 2명이 맞다고 했어요." in page


# The room answers
def test_a_guest_answers_by_the_pass_and_changes_it(client, room):
    asked(room)
    open_pass(client, room.phones[0])
    assert "회의록이 맞는지 알려 주세요" in client.get(path(room)).text
    data = {"agrees": "OBJECTS", "objection": "순서가 달라요"}
    assert client.post(path(room), data=data).status_code == 303
    assert "순서가 달라요" in client.get(path(room)).text  # in the form, to be changed
    assert client.post(path(room), data={"agrees": "AGREES", "objection": ""}).status_code == 303


def test_nothing_typed_is_lost_when_an_answer_is_refused(client, room):
    asked(room)
    client.login(room.accounts[0])
    answer = client.post(path(room), data={"objection": "아주 긴 이야기를 썼어요"})
    assert answer.status_code == 400
    assert "아주 긴 이야기를 썼어요" in answer.text


def test_the_writer_of_a_slip_reads_what_is_asked_and_does_not_answer(client, room):
    asked(room, quotes=[(3, SENTENCE)])
    open_pass(client, room.slip)
    page = client.get(path(room)).text
    assert "내 문장 거두기" in page
    assert "회의록이 맞는지 알려 주세요" not in page
    assert client.post(path(room), data={"agrees": "AGREES"}).status_code == 403


def test_strangers_get_no_form_and_no_page_while_the_room_is_asked(client, make, room):
    asked(room)
    client.login(make.citizen())
    assert client.get(path(room)).status_code == 404
    assert client.post(path(room), data={"agrees": "AGREES"}).status_code == 404


def test_a_guest_whose_pass_has_expired_is_a_visitor(client, room):
    minutes = asked(room)
    open_pass(client, room.phones[0])
    with clock.at(minutes.closes_at + timedelta(days=8)):
        assert client.get(path(room)).status_code == 404


def test_those_who_answered_hear_that_the_room_refused_and_read_nothing(client, room):
    minutes = asked(room, summary="틀린 이야기를 썼어요")
    for one in (*room.accounts, room.guests[0]):
        answer_minutes(minutes, one, False, "다르게 기억해요")
    page = client.login(room.accounts[0]).get(path(room))
    assert page.status_code == 200
    assert "틀린 이야기" not in page.text
    assert "공개하지 않았어요" in page.text


def test_the_organiser_sees_counts_and_objections_and_not_who(client, room):
    minutes = asked(room)
    answer_minutes(minutes, room.accounts[0], False, "순서가 달라요")
    page = client.login(room.organiser).get(path(room)).text
    assert "물어본 3명 가운데 1명이 답했고, 0명이 맞다고 했어요." in page
    assert "순서가 달라요" in page
    assert room.accounts[0].display_name not in page


# The organiser edits and asks
def test_the_organiser_edits_and_asks(client, room):
    minutes = drafted(room)
    client.login(room.organiser)
    assert "자동 초안" in client.get(f"{path(room)}/edit").text
    data = form(agreements="#1을 하기로 했어요", **{"quotes-0-number": "1", "quotes-0-text": SENTENCE})
    assert client.post(f"{path(room)}/edit", data=data).status_code == 303
    assert [quote.text for quote in quotes(minutes)] == [SENTENCE]
    assert client.post(f"{path(room)}/ask", data={"seen": "1"}).status_code == 409
    assert client.post(f"{path(room)}/ask", data={"seen": "2"}).status_code == 303
    db.session.expire_all()
    assert minutes.state is MinutesState.ASKED
    assert client.post(f"{path(room)}/edit", data=form(seen="3")).status_code == 409


def test_what_a_second_editor_typed_stays_beside_what_is_stored_now(client, room):
    minutes = drafted(room)
    edit_minutes(minutes, room.organiser, typed(summary="먼저 저장한 글"), 1)
    answer = client.login(room.organiser).post(f"{path(room)}/edit", data=form(summary="나중에 쓴 글"))
    assert answer.status_code == 409
    assert "먼저 저장한 글" in answer.text
    assert "나중에 쓴 글" in answer.text


def test_a_refused_quote_stays_in_its_row(client, room):
    drafted(room)
    data = form(**{"quotes-2-number": "1", "quotes-2-text": "그런 문장은 없어요."})
    answer = client.login(room.organiser).post(f"{path(room)}/edit", data=data)
    assert answer.status_code == 400
    assert "그런 문장은 없어요." in answer.text
    assert "그대로 옮겨 주세요" in answer.text


@pytest.mark.parametrize(("who", "status"), [("helper", 403), ("citizen", 404), ("facilitator", 404)])
def test_others_neither_open_the_form_nor_send_it(client, make, room, who, status):
    drafted(room)
    client.login(make.helper(room.gathering) if who == "helper" else getattr(make, who)())
    assert client.get(f"{path(room)}/edit").status_code == status
    assert client.post(f"{path(room)}/edit", data=form()).status_code == status
    assert client.post(f"{path(room)}/ask", data={"seen": "1"}).status_code == status


def test_a_helper_reads_the_draft(client, make, room):
    drafted(room)
    assert client.login(make.helper(room.gathering)).get(path(room)).status_code == 200


def test_more_rows_than_there_may_be_are_refused(client, room):
    drafted(room)
    data = form(**{f"quotes-{n}-text": "" for n in range(20)})
    assert client.login(room.organiser).post(f"{path(room)}/edit", data=data).status_code == 400


# Quotes are withdrawn
def test_a_guest_withdraws_a_quote_by_the_pass_after_publication(client, room):
    minutes = published(room, quotes=[(2, SENTENCE)])
    [quote] = quotes(minutes)
    open_pass(client, room.phones[0])
    assert "내 문장 거두기" in client.get(path(room)).text
    assert client.post(f"{path(room)}/quotes/{quote.id}/withdraw", data={"x": "1"}).status_code == 303
    page = client.get(path(room)).text
    assert SENTENCE not in page
    assert "글쓴이가 거둔 인용이에요" in page


def test_others_withdraw_nothing_and_see_no_button(client, make, room):
    minutes = published(room, quotes=[(2, SENTENCE)])
    [quote] = quotes(minutes)
    for account in (room.organiser, room.accounts[0], make.citizen()):
        client.login(account)
        assert "내 문장 거두기" not in client.get(path(room)).text
        assert client.post(f"{path(room)}/quotes/{quote.id}/withdraw", data={"x": "1"}).status_code == 403
    assert client.post(f"{path(room)}/quotes/999/withdraw", data={"x": "1"}).status_code == 404


def test_a_quote_of_other_minutes_is_not_found_here(client, make, room):
    minutes = published(room, quotes=[(1, SENTENCE)])
    [quote] = quotes(minutes)
    other = make.gathering_minutes()
    client.login(room.accounts[0])
    answer = client.post(f"/gatherings/{other.gathering_id}/minutes/quotes/{quote.id}/withdraw", data={"x": "1"})
    assert answer.status_code == 404


def test_the_page_asks_the_database_as_often_for_a_large_room_as_for_a_small_one(client, make, room, count_queries):
    published(room, quotes=[(1, SENTENCE)])
    here = path(room)
    small = count_queries(lambda: client.get(here))
    large_room = met_room(make, n_accounts=30)
    for _n in range(30):
        make.room_idea(large_room.gathering, make.entry(large_room.gathering, make.citizen()))
    minutes = asked(large_room, quotes=[(1, SENTENCE)])
    for account in large_room.accounts:
        answer_minutes(minutes, account, True, "")
    minutes.state, minutes.decided_at = MinutesState.CONFIRMED, clock.now()
    db.session.commit()
    there = path(large_room)
    assert count_queries(lambda: client.get(there)) == small == 5
