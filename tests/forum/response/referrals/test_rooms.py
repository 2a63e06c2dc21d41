"""A letter names the gathering of an idea, and its paper, as of the day it was sent."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from forum.analysis.themes.models import ThemeState
from forum.core.extensions import db
from forum.deliberation.sheets.models import PaperTally
from forum.response.referrals.facts import LETTER_ROOMS
from forum.response.referrals.letter_pdf import letter_pdf
from forum.response.referrals.queries import quoted_ideas
from forum.response.referrals.services import forward_theme
from forum.system.audit.models import AuditEntry


@pytest.fixture
def sent(make):
    """A letter with an idea born in a gathering, one brought there, both on vote sheets, and one of neither."""
    gathering = make.gathering(state="FINISHED", title="마을회관 모임 <b>", n_present=9)
    born, brought = make.room_idea(gathering, make.entry(gathering)), make.room_idea(gathering)
    other = make.idea(gathering.campaign)
    make.paper(gathering, 9, {born: (5, 2, 1), brought: (4, 0, 0)})
    theme = make.theme(gathering.campaign, [born, brought, other], state=ThemeState.APPROVED)
    letter = forward_theme(theme, make.analyst(), make.ministry(), [], "검토를 부탁드립니다.", version=theme.version)
    db.session.commit()
    return letter, gathering, (born, brought, other)


def rooms_in(letter):
    return {one.idea_id: one.room for one in quoted_ideas(letter.id)}


def test_a_letter_copies_room_and_paper_of_each_idea(sent):
    letter, gathering, (born, brought, other) = sent
    rooms = rooms_in(letter)
    assert (rooms[born.id].gathering_id, rooms[born.id].number) == (gathering.id, 1)
    assert rooms[born.id].room_words.startswith("‘마을회관 모임 <b>’ 모임에서 나온 제안(")
    assert rooms[born.id].paper_words == "보낼 때 종이로 찬성 5, 반대 2, 넘김 1"
    assert (rooms[brought.id].room_words, rooms[brought.id].paper_agree) == ("", 4)
    assert rooms[other.id] is None


def test_what_was_sent_stays_when_the_gathering_changes(sent):
    letter, gathering, (born, *_rest) = sent
    gathering.title = "다른 이름"
    db.session.get_one(PaperTally, (gathering.id, born.id)).agree = 6
    db.session.commit()
    room = rooms_in(letter)[born.id]
    assert (room.gathering_title, room.paper_agree) == ("마을회관 모임 <b>", 5)


def test_a_gathering_that_was_hidden_since_is_not_named(sent):
    letter, gathering, (born, *_rest) = sent
    gathering.is_hidden = True
    db.session.commit()
    assert rooms_in(letter)[born.id].room_words == "모임에서 나온 제안"
    assert "마을회관" not in text_of(letter_pdf(letter, with_withdrawn=True))


def test_the_audit_vouches_for_what_a_letter_says_of_rooms(sent):
    letter, _gathering, (born, *_rest) = sent
    entry = db.session.query(AuditEntry).filter_by(action="referrals.forward").one()
    before = LETTER_ROOMS.of([letter.id])
    assert entry.after["facts"]["letter_room"] == before["letter_room"]
    rooms_in(letter)[born.id].paper_agree = 8
    assert LETTER_ROOMS.of([letter.id]) != before


def test_the_letter_as_pdf_names_rooms_and_prints_totals_with_and_without_paper(sent):
    letter, _gathering, _ideas = sent
    text = text_of(letter_pdf(letter, with_withdrawn=True))
    assert "‘마을회관모임<b>’모임에서나온제안(" in text
    assert "보낼때종이로찬성5,반대2,넘김1" in text
    assert "보낼때찬성0,반대0(모임의종이표를더하면찬성9,반대2)" in text


def test_a_letter_without_rooms_says_nothing_of_them(make):
    letter = make.referral()
    assert set(rooms_in(letter).values()) == {None}
    assert "모임" not in text_of(letter_pdf(letter, with_withdrawn=True))


def test_the_letters_page_links_to_the_gathering_for_who_may_read_it(sent, client, make):
    letter, gathering, _ideas = sent
    client.login(make.analyst())
    page = client.get(f"/referrals/{letter.id}").get_data(as_text=True)
    assert f'href="/gatherings/{gathering.id}"' in page
    assert "보낼 때 모임의 종이 표를 더하면 찬성 9, 반대 2" in page


def text_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())
