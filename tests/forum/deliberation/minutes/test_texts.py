"""Minutes and objections as texts of people; search, checks and panels."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.administration.mydata.services import delete_account
from forum.core.access import ANONYMOUS, SYSTEM
from forum.core.extensions import db
from forum.deliberation.minutes.answering import answer_minutes
from forum.deliberation.minutes.checks import wrong_minutes
from forum.deliberation.minutes.models import GatheringMinutes, MinutesQuote, MinutesState
from forum.deliberation.minutes.panels import desk_panel, page_panel
from forum.deliberation.minutes.search_kind import MinutesSearch
from forum.deliberation.minutes.services import draft_minutes
from forum.deliberation.minutes.texts import DELETED, MinutesKind, ObjectionKind
from forum.people.accounts.services import revoke_role
from forum.system.finding.search import SearchWords
from forum.voice.moderation.services import hide, restore
from tests.forum.deliberation.minutes.helpers import SENTENCE, asked, drafted, met_room, quotes


@pytest.fixture
def room(make):
    return met_room(make)


def found(word):
    kind = MinutesSearch()
    return [one.path for one in kind.show([hit.id for hit in kind.rank(SearchWords.of(word), None)])]


def test_search_finds_published_minutes_and_no_others(app, make):
    with app.test_request_context("/"):
        minutes = make.gathering_minutes(body="해바라기를 심기로 했어요")
        make.gathering_minutes(state="ASKED", body="해바라기를 뽑기로 했어요")
        path = f"/gatherings/{minutes.gathering_id}/minutes"
        assert found("해바라기") == [path]
        minutes.gathering.is_hidden = True
        db.session.flush()
        assert found("해바라기") == []


def test_objections_are_reported_hidden_and_shown(client, make):
    objection = make.minutes_answer(body="순서가 달랐어요")
    path = f"/gatherings/{objection.minutes.gathering_id}/minutes"
    analyst = make.analyst()
    hide(objection, analyst, "SPAM")
    assert "순서가 달랐어요" not in client.get(path).text
    restore(objection, analyst, "MISTAKE")
    assert "순서가 달랐어요" in client.get(path).text


def test_objections_to_minutes_that_are_not_out_are_not_reachable(make, room):
    minutes = asked(room)
    answer = answer_minutes(minutes, room.accounts[0], False, "순서가 달라요")
    assert not ObjectionKind().is_reachable(answer)
    assert not MinutesKind().is_reachable(minutes)


def test_who_leaves_with_their_words_takes_texts_objections_and_quotes_along(make, room):
    minutes = asked(room, quotes=[(1, SENTENCE), (2, SENTENCE)])
    answer = answer_minutes(minutes, room.accounts[0], False, "순서가 달라요")
    delete_account(room.accounts[0], SYSTEM, keep_posts=False)
    assert answer.objection == str(DELETED)
    assert [quote.text for quote in quotes(minutes)] == ["", SENTENCE]
    revoke_role(room.organiser, make.admin())
    delete_account(room.organiser, SYSTEM, keep_posts=False)
    assert (minutes.summary, minutes.agreements) == (str(DELETED), "")


def test_who_leaves_their_words_here_leaves_quotes_too(make, room):
    minutes = asked(room, quotes=[(1, SENTENCE)])
    delete_account(room.accounts[0], SYSTEM, keep_posts=True)
    assert [quote.text for quote in quotes(minutes)] == [SENTENCE]


def test_texts_are_corrected_and_masked_by_their_kinds(make):
    objection = make.minutes_answer(body="순서가 &quot;달라요&quot;")
    assert ObjectionKind().correct(objection, lambda text: text.replace("&quot;", "'"))
    assert objection.objection == "순서가 '달라요'"
    assert not ObjectionKind().correct(objection, str)
    assert not ObjectionKind().correct(objection, lambda _text: "")
    table = GatheringMinutes.__table__
    db.session.execute(sa.update(table).values(summary="전화 010-1234-5678"))
    db.session.expire_all()
    assert MinutesKind().mask(objection.minutes)
    assert "5678" not in objection.minutes.summary
    assert not MinutesKind().mask(objection.minutes)


# flask forum check
def test_good_minutes_have_no_differences(make, room):
    make.minutes_answer()
    make.gathering_minutes(state="UNCONFIRMED")
    asked(room, quotes=[(1, SENTENCE)])
    assert wrong_minutes() == (3, [])


@pytest.mark.parametrize(
    ("state", "says"), [("UNCONFIRMED", "다시 센 상태 참여자가 확인함"), ("REFUSED", "다시 센 상태 참여자가 확인함")]
)
def test_a_state_that_the_answers_do_not_come_to_is_found(make, state, says):
    minutes = make.gathering_minutes()
    minutes.state = MinutesState[state]
    db.session.flush()
    _n, [difference] = wrong_minutes()
    assert says in difference


def test_published_minutes_without_facts_are_found(make):
    make.gathering_minutes().facts = {}
    db.session.flush()
    _n, [difference] = wrong_minutes()
    assert "담긴 사실이 없어요" in difference


def test_quotes_of_brought_ideas_and_invented_ones_are_found(make, room):
    minutes = drafted(room)
    db.session.add(MinutesQuote(minutes_id=minutes.id, idea_id=room.brought.id, text=room.brought.title))
    db.session.add(MinutesQuote(minutes_id=minutes.id, idea_id=room.born.id, text="그런 말은 없어요."))
    db.session.flush()
    _n, differences = wrong_minutes()
    assert len(differences) == 2


def test_a_quote_of_an_earlier_wording_is_no_difference(room):
    asked(room, quotes=[(1, SENTENCE)])
    room.born.keep_wording()
    room.born.body = "고쳐 쓴 글입니다"
    db.session.flush()
    assert wrong_minutes()[1] == []


# Panels
def test_the_page_shows_the_first_lines_once_they_are_published(room):
    minutes = asked(room, summary="첫째 줄 #1\n둘째 줄", agreements="셋째 줄\n넷째 줄")
    assert page_panel(room.gathering, ANONYMOUS) is None
    for one in (*room.accounts, room.guests[0]):
        answer_minutes(minutes, one, True, "")
    panel = page_panel(room.gathering, ANONYMOUS)
    assert ["".join(piece.text for piece in line) for line in panel["lines"]] == ["첫째 줄 #1", "둘째 줄", "셋째 줄"]
    assert panel["lines"][0][1].idea.idea_id == room.born.id
    minutes.is_hidden = True
    assert page_panel(room.gathering, ANONYMOUS) is None


def test_the_page_asks_the_people_of_the_room_and_nobody_else(make, room):
    asked(room)
    assert page_panel(room.gathering, room.guests[0])["is_asked"]
    assert page_panel(room.gathering, make.citizen()) is None
    assert page_panel(room.gathering, room.slip_guest) is None


def test_the_desk_says_where_the_minutes_stand(make, room):
    assert desk_panel(make.gathering(), room.organiser) is None
    assert desk_panel(room.gathering, room.organiser) is None
    draft_minutes(room.gathering, room.organiser)
    assert desk_panel(room.gathering, room.organiser)["counts"] is None
    minutes = drafted(room)
    from forum.deliberation.minutes.services import ask_room

    ask_room(minutes, room.organiser, minutes.revision)
    panel = desk_panel(room.gathering, room.organiser)
    assert (panel["n_asked"], panel["counts"].n_answered) == (3, 0)
