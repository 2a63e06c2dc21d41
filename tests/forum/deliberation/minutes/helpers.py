"""A room that has met, for the tests of its minutes."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.minutes.models import GatheringMinutes, MinutesQuote
from forum.deliberation.minutes.queries import get_minutes
from forum.deliberation.minutes.services import MinutesInput, ask_room, draft_minutes, edit_minutes
from forum.deliberation.rooms.models import RoomTally
from forum.people.passes.actor import guest_of
from forum.people.passes.models import PassKind

SENTENCE = "학교 지붕이 비어 있어요."
BODY = f"{SENTENCE} 태양광을 올리면 좋겠습니다.\n다른 학교도 같이 해요"


def met_room(make, n_accounts=2, n_phones=1, votes=(6, 0, 0)):
    """A gathering that has ended: people by account and phone, a slip, one idea of each and one that was brought.

    :param votes: agree, disagree, pass of the first idea; the others have none
    """
    until = clock.today() + timedelta(days=30)
    gathering = make.gathering(state="FINISHED", lists_until=until, n_present=8)
    accounts = [make.citizen() for _ in range(n_accounts)]
    account_entries = [make.entry(gathering, account) for account in accounts]
    phones = [make.guest() for _ in range(n_phones)]
    phone_entries = [make.entry(gathering, phone) for phone in phones]
    slip = make.guest(PassKind.PAPER)
    slip_entry = make.entry(gathering, slip)
    born = make.room_idea(gathering, account_entries[0], body=BODY)
    by_guest = make.room_idea(gathering, phone_entries[0], body=BODY) if phones else None
    on_paper = make.room_idea(gathering, slip_entry, slip=1, body=BODY)
    brought = make.room_idea(gathering)
    for one in (*phones, slip):
        one.acts_until, one.expires_at = clock.now(), clock.now() + timedelta(days=7)
    db.session.add(
        RoomTally(gathering_id=gathering.id, idea_id=born.id, agree=votes[0], disagree=votes[1], pass_=votes[2])
    )
    db.session.flush()
    return SimpleNamespace(
        gathering=gathering,
        organiser=gathering.organiser,
        accounts=accounts,
        phones=phones,
        guests=[guest_of(phone) for phone in phones],
        slip=slip,
        slip_guest=guest_of(slip),
        born=born,
        by_guest=by_guest,
        on_paper=on_paper,
        brought=brought,
    )


def drafted(room) -> GatheringMinutes:
    draft_minutes(room.gathering, room.organiser)
    return get_minutes(room.gathering.id)


def asked(room, **values) -> GatheringMinutes:
    minutes = drafted(room)
    if values:
        edit_minutes(minutes, room.organiser, typed(**values), minutes.revision)
    ask_room(minutes, room.organiser, minutes.revision)
    return minutes


def typed(**values) -> MinutesInput:
    return MinutesInput(**({"summary": "함께 이야기했어요.", "agreements": "", "open_questions": ""} | values))


def quotes(minutes) -> list[MinutesQuote]:
    query = sa.select(MinutesQuote).where(MinutesQuote.minutes_id == minutes.id).order_by(MinutesQuote.id)
    return list(db.session.scalars(query))


def open_pass(client, found) -> None:
    """Let the client hold a guest's pass, as after typing its code."""
    code = found.code
    db.session.commit()
    with client.session_transaction() as session:
        session["guest_pass"] = code
