from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.minutes.drafting import automatic_fields
from forum.deliberation.minutes.models import GatheringMinutes, MinutesState
from forum.deliberation.minutes.queries import get_minutes
from forum.deliberation.minutes.services import ask_room, draft_minutes, edit_minutes
from forum.deliberation.rooms.finishing import at_finish
from forum.people.accounts.models import Account
from forum.people.passes.models import GuestPass
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice, OutboxMail
from tests.factories import SCRIPT
from tests.forum.deliberation.minutes.helpers import SENTENCE, asked, drafted, met_room, quotes, typed
from tests.races import at_once, changed_meanwhile

DAY = timedelta(days=1)


@pytest.fixture
def room(make):
    return met_room(make)


def idea(minutes, number):
    return next(one for one in minutes.facts["ideas"] if one["number"] == number)


# Drafting
def test_a_draft_is_made_when_a_gathering_ends(room):
    at_finish(room.gathering, room.organiser)
    minutes = get_minutes(room.gathering.id)
    assert minutes.state is MinutesState.DRAFT
    assert minutes.author_id == room.organiser.participant_id


def test_the_draft_says_what_happened_in_plain_sentences(room):
    minutes = drafted(room)
    assert minutes.summary.split(". ") == [
        "8명이 모였어요",
        "모임에서 새 제안 3건을 썼어요",
        "포럼에서 가져온 제안 1건도 이야기했어요",
        "제안 1건에 뜻을 모았어요.",
    ]
    assert minutes.agreements == "#1에 투표한 사람 가운데 3분의 2 이상이 찬성했어요."
    assert minutes.open_questions == ""
    assert automatic_fields(minutes) == {"summary", "agreements"}


def test_what_a_room_is_divided_on_is_an_open_question(make):
    minutes = drafted(met_room(make, votes=(3, 3, 0)))
    assert "#1은 찬성한 사람과 반대한 사람이" in minutes.open_questions
    assert minutes.agreements == ""


def test_nothing_is_said_of_what_few_people_voted_on(make):
    minutes = drafted(met_room(make, votes=(4, 0, 0)))
    assert idea(minutes, 1)["verdict"] == "TOO_FEW"
    assert minutes.agreements == ""


def test_facts_hold_numbers_and_nobody_and_no_words(room):
    facts = drafted(room).facts
    assert facts["people"]["admitted"] == {"ACCOUNT": 2, "PHONE": 1, "TABLET": 0}
    assert facts["people"]["n_slips"] == 1
    assert [(one["number"], one["way"]) for one in facts["ideas"]] == [
        (1, "ACCOUNT"),
        (2, "PHONE"),
        (3, "PAPER"),
        (4, "BROUGHT"),
    ]
    assert room.born.title not in str(facts)
    assert "participant" not in str(facts)


def test_a_slip_that_was_typed_after_the_end_comes_into_the_draft(make, room):
    minutes = drafted(room)
    entry = make.entry(room.gathering, make.citizen())
    make.room_idea(room.gathering, entry)
    draft_minutes(room.gathering, room.organiser)
    assert len(minutes.facts["ideas"]) == 5
    assert "새 제안 4건" in minutes.summary


def test_drafting_again_leaves_what_somebody_wrote(make, room):
    minutes = drafted(room)
    edit_minutes(minutes, room.organiser, typed(summary="우리가 쓴 글", agreements=minutes.agreements), 1)
    make.room_idea(room.gathering, make.entry(room.gathering, make.citizen()))
    draft_minutes(room.gathering, room.organiser)
    assert minutes.summary == "우리가 쓴 글"
    assert len(minutes.facts["ideas"]) == 5
    assert automatic_fields(minutes) == {"agreements"}


def test_minutes_that_are_out_are_not_drafted_again(room):
    minutes = asked(room)
    before = minutes.facts
    draft_minutes(room.gathering, room.organiser)
    assert (minutes.state, minutes.facts) == (MinutesState.ASKED, before)


# Editing
def test_the_organiser_edits_and_the_audit_holds_hashes(room):
    minutes = drafted(room)
    edit_minutes(
        minutes, room.organiser, typed(summary=f"비밀스러운 글 {SCRIPT}", agreements=" #1 하기 \n\n#2 하기"), 1
    )
    assert (minutes.revision, minutes.agreements) == (2, "#1 하기\n#2 하기")
    entry = db.session.scalar(sa.select(AuditEntry).where(AuditEntry.action == "minutes.edit"))
    assert set(entry.after) == {"summary", "agreements", "open_questions", "revision", "quotes"}
    assert "비밀" not in str(entry.after)


def test_an_admin_edits_for_an_organiser_who_has_left_and_does_not_become_the_author(make, room):
    minutes = drafted(room)
    edit_minutes(minutes, make.admin(), typed(summary="관리자가 고친 글"), 1)
    assert minutes.author_id == room.organiser.participant_id


@pytest.mark.parametrize("who", ["helper", "stranger", "of the room", "analyst"])
def test_nobody_else_edits_or_asks(make, room, who):
    people = {
        "helper": lambda: make.helper(room.gathering),
        "stranger": make.facilitator,
        "of the room": lambda: room.accounts[0],
        "analyst": make.analyst,
    }
    minutes, actor = drafted(room), people[who]()
    with pytest.raises(Forbidden):
        edit_minutes(minutes, actor, typed(), 1)
    with pytest.raises(Forbidden):
        ask_room(minutes, actor, 1)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"summary": ""}, "summary"),
        ({"summary": "가" * 3001}, "summary"),
        ({"summary": "제 번호는 900101-1234568"}, "summary"),
        ({"agreements": "\n".join(["줄"] * 21)}, "agreements"),
        ({"agreements": "가" * 301}, "agreements"),
        ({"agreements": "#9 하기"}, "agreements"),
        ({"open_questions": "#99999 무엇"}, "open_questions"),
        ({"quotes": [(1, "이런 문장은 없어요.")]}, "quotes-0-text"),
        ({"quotes": [(4, "학교 지붕에 태양광")]}, "quotes-0-number"),
        ({"quotes": [(7, SENTENCE)]}, "quotes-0-number"),
        ({"quotes": [(None, SENTENCE)]}, "quotes-0-number"),
        ({"quotes": [(1, SENTENCE), (1, "다른 학교도 같이 해요")]}, "quotes-1-number"),
    ],
)
def test_what_cannot_stand_is_refused_at_its_field(room, values, field):
    minutes = drafted(room)
    with pytest.raises(InvalidInput) as refused:
        edit_minutes(minutes, room.organiser, typed(**values), 1)
    assert field in refused.value.errors


def test_phone_numbers_are_masked(room):
    minutes = drafted(room)
    edit_minutes(minutes, room.organiser, typed(summary="문의는 010-1234-5678로 해요"), 1)
    assert "5678" not in minutes.summary


def test_two_editors_and_the_second_is_told(room):
    minutes = drafted(room)
    edit_minutes(minutes, room.organiser, typed(summary="먼저"), 1)
    with pytest.raises(WrongState):
        edit_minutes(minutes, room.organiser, typed(summary="나중"), 1)
    assert minutes.summary == "먼저"


def test_two_editors_at_once_and_one_is_stored(app, room):
    minutes = drafted(room)
    minutes_id, gathering_id, organiser_id = minutes.id, room.gathering.id, room.organiser.id

    def edit(words):
        def act():
            editor = db.session.get_one(Account, organiser_id)
            edit_minutes(get_minutes(gathering_id), editor, typed(summary=words), 1)

        return act

    results = at_once(app, [edit("하나"), edit("둘")])
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "WrongState"]
    assert db.session.get_one(GatheringMinutes, minutes_id).revision == 2


def test_an_organiser_who_lost_the_role_meanwhile_does_not_edit(make, room):
    minutes, other = drafted(room), make.facilitator()
    changed_meanwhile(room.gathering, organiser_id=other.id)
    with pytest.raises(Forbidden):
        edit_minutes(minutes, room.organiser, typed(), 1)


def test_hidden_minutes_are_not_edited(room):
    minutes = drafted(room)
    minutes.is_hidden = True
    db.session.flush()
    with pytest.raises(WrongState):
        edit_minutes(minutes, room.organiser, typed(), 1)


def test_quotes_are_stored_replaced_and_taken_out(room):
    minutes = drafted(room)
    edit_minutes(minutes, room.organiser, typed(quotes=[(1, SENTENCE), (2, SENTENCE), (None, " ")]), 1)
    assert [(quote.idea_id, quote.text) for quote in quotes(minutes)] == [
        (room.born.id, SENTENCE),
        (room.by_guest.id, SENTENCE),
    ]
    edit_minutes(minutes, room.organiser, typed(quotes=[(1, "다른 학교도 같이 해요")]), 2)
    assert [(quote.idea_id, quote.text) for quote in quotes(minutes)] == [(room.born.id, "다른 학교도 같이 해요")]


# Asking
def test_the_room_is_asked_and_hears_of_it(room):
    minutes = asked(room)
    assert minutes.state is MinutesState.ASKED
    assert minutes.closes_at - minutes.asked_at == 7 * DAY
    told = set(db.session.scalars(sa.select(Notice.account_id).where(Notice.kind == "minutes.asked")))
    assert told == {account.id for account in room.accounts}
    mails = db.session.scalars(sa.select(OutboxMail)).all()
    assert {mail.recipient for mail in mails} == {account.email for account in room.accounts}
    assert not any(mail.is_mailing for mail in mails)


def test_passes_of_the_room_live_until_a_week_after_it_closes_slips_too(room):
    minutes = asked(room)
    expires = set(db.session.scalars(sa.select(GuestPass.expires_at)))
    assert expires == {minutes.closes_at + 7 * DAY}


def test_a_pass_that_has_expired_stays_so(make, room):
    room.phones[0].expires_at = clock.now()
    db.session.flush()
    asked(room)
    assert not db.session.get_one(GuestPass, room.phones[0].id).may_be_read()


def test_the_room_is_asked_once(room):
    minutes = asked(room)
    with pytest.raises(WrongState):
        ask_room(minutes, room.organiser, minutes.revision)
    assert minutes.round == 1


def test_asking_twice_at_once_asks_once(app, room):
    minutes = drafted(room)
    gathering_id, organiser_id, seen = room.gathering.id, room.organiser.id, minutes.revision

    def ask():
        ask_room(get_minutes(gathering_id), db.session.get_one(Account, organiser_id), seen)

    results = at_once(app, [ask, ask])
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "WrongState"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 2


def test_what_was_edited_meanwhile_is_not_asked_unseen(room):
    minutes = drafted(room)
    edit_minutes(minutes, room.organiser, typed(summary="다른 글"), 1)
    with pytest.raises(WrongState):
        ask_room(minutes, room.organiser, 1)


def test_minutes_that_are_asked_are_not_edited(room):
    minutes = asked(room)
    with pytest.raises(WrongState):
        edit_minutes(minutes, room.organiser, typed(), minutes.revision)


def test_facts_that_came_late_are_in_what_is_asked(make, room):
    minutes = drafted(room)
    make.room_idea(room.gathering, make.entry(room.gathering, make.citizen()))
    ask_room(minutes, room.organiser, minutes.revision)
    assert len(minutes.facts["ideas"]) == 5


def test_the_room_closes_before_its_lists_are_deleted(room):
    minutes = drafted(room)
    room.gathering.lists_until = clock.today() + 3 * DAY
    db.session.flush()
    ask_room(minutes, room.organiser, minutes.revision)
    assert minutes.closes_at.astimezone(clock.SEOUL).date() == room.gathering.lists_until
    assert minutes.closes_at.astimezone(clock.SEOUL).hour == 0


@pytest.mark.parametrize("values", [{"lists_until": clock.today()}, {"lists_deleted_at": clock.now()}])
def test_nobody_is_asked_once_nobody_knows_who_was_there(room, values):
    minutes = drafted(room)
    for name, value in values.items():
        setattr(room.gathering, name, value)
    db.session.flush()
    with pytest.raises(WrongState):
        ask_room(minutes, room.organiser, minutes.revision)
