"""A gathering of thirty people through HTTP, with real forms and CSRF on: phones, a tablet passed round, and paper.

From its announcement to its minutes: fourteen people on phones of their own, six at one tablet, ten on paper. Then each
number is counted once more, and the room is found again on the ideas' pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.queries import recount
from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.kits.qr import join_link
from forum.deliberation.minutes.tasks import decide_due_minutes
from forum.deliberation.rooms.models import GatheringEntry, IdeaRoom, RoomTally
from forum.deliberation.sheets.models import PaperTally
from forum.deliberation.sheets.slips import slip_code
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import AGREE, Vote
from tests.test_thread_end_to_end import Person
from tests.test_thread_end_to_end import with_csrf as with_csrf  # a fixture

N_PHONES, N_TABLET, N_SHEETS = 14, 6, 10
SEATS = N_PHONES + N_TABLET + N_SHEETS


def test_thirty_people_with_phones_a_tablet_and_paper(app, make, new_client: Callable[[], Any], with_csrf):
    campaign = make.campaign(slug="netzero", title="시험 포럼")
    known = make.idea(campaign, title="마을버스를 더 자주")
    facilitator, helper = make.facilitator(), make.citizen()
    make.vouch()
    organiser, second = Person(new_client().login(facilitator)), Person(new_client().login(helper))

    # The facilitator opens and announces the gathering, names a helper and brings an idea along.
    starts = clock.now().astimezone(clock.SEOUL) + timedelta(minutes=30)
    page = organiser.send(
        "/c/netzero/gatherings/new",
        title="마을 회관의 기후 모임",
        starts_at=f"{starts:%Y-%m-%dT%H:%M}",
        ends_at=f"{starts + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        age_group="ANYONE",
        region_code="11",
        place_name="마을 회관 2층",
        seats=str(SEATS),
        held_seats="0",
    )
    gathering = db.session.scalars(sa.select(Gathering)).one()
    base = f"/gatherings/{gathering.id}"
    organiser.send(f"{base}/desk", f"{base}/announce")
    assert "마을 회관의 기후 모임" in Person(new_client()).read("/c/netzero/gatherings").get_text()
    organiser.send(f"{base}/desk", f"{base}/helpers", email=helper.email)
    organiser.send(f"{base}/desk", f"{base}/start")
    organiser.send(f"{base}/table", f"{base}/table", idea=str(known.id))
    assert page.startswith(base)

    # Fourteen people photograph the code and are checked in; one of them pressed twice, one is turned away at first.
    code = db.session.scalars(sa.select(Gathering.join_code)).one()
    assert join_link(code).endswith(f"/join/{code}")
    phones = [Person(new_client()) for _n in range(N_PHONES)]
    for phone in phones:
        phone.send(f"/join/{code}", age="yes", agrees="y")
    refused = phones[0].client.post(f"{base}/room/ideas", data={"title": "아직 안 돼요", "body": "확인 전이에요"})
    assert refused.status_code in {400, 403}
    organiser.send(f"{base}/people", f"{base}/people/check-in")

    # They write and vote; six people do so one after the other at a tablet, four of the ten on paper write slips.
    for n, phone in enumerate(phones[:5]):
        phone.send(f"{base}/room", f"{base}/room/ideas", title=f"휴대전화로 쓴 제안 {n}", body=f"전화로 썼어요 {n}")
    tablet = Person(new_client().login(facilitator))
    tablet.send(f"{base}/tablets", f"{base}/tablets")
    for n in range(N_TABLET):
        tablet.send("/tablet", "/tablet", age="yes", agrees="y")
        if n < 2:
            tablet.send("/tablet/idea", "/tablet/idea", title=f"태블릿으로 쓴 제안 {n}", body=f"함께 썼어요 {n}")
        if n < N_TABLET - 1:
            tablet.send("/tablet", "/tablet/next")
    for slip in (3, 4, 9, 10):
        organiser.send(f"{base}/slips", slip_number=str(slip), title=f"쪽지에 쓴 제안 {slip}", body="")
    table = ideas_on_table(gathering.id)
    assert len(table) == 1 + 5 + 2 + 4
    first, contested = table[0], table[1]
    for n, phone in enumerate(phones):
        phone.send(f"{base}/room", f"{base}/room/votes", idea=str(first), value="agree")
        phone.send(f"{base}/room", f"{base}/room/votes", idea=str(contested), value="agree" if n % 2 else "disagree")
    tablet.send("/tablet/votes", "/tablet/votes", idea=str(first), value="agree")

    # A vote for somebody who is not there does not exist, and a guest votes only on the room's table.
    other = make.idea(campaign)
    elsewhere = phones[0].client.post(f"{base}/room/votes", data={"idea": other.id, "value": "agree"})
    assert elsewhere.status_code in {400, 403, 404}

    # The room ends. Two people count the sheets; the second mistypes one number, so both count again.
    organiser.send(f"{base}/finish", n_present=str(SEATS))
    marks = {first: (9, 0, 1), contested: (2, 6, 2)}
    count_sheets(organiser, base, table, marks)
    count_sheets(second, base, table, marks | {contested: (3, 6, 1)})
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PaperTally)) == 0
    for counter in (organiser, second):
        count_sheets(counter, base, table, marks)

    assert votes_of_room(gathering.id, first) == (15, 0, 0)
    assert votes_of_room(gathering.id, contested) == (7, 7, 0)
    assert (db.session.get_one(Idea, first).tally.agree, paper_of(gathering.id, first)) == (15, (9, 0, 1))
    shown = Person(new_client()).read(f"/ideas/{contested}").get_text(" ")
    assert "마을 회관의 기후 모임" in shown
    assert "종이로" in shown

    # The minutes are asked about, confirmed by most of the room, and published with the one objection.
    organiser.send(f"{base}/minutes/edit", summary="서른 명이 모여 이야기했어요.", agreements="버스를 더 자주 #1")
    organiser.send(f"{base}/minutes", f"{base}/minutes/ask")
    for phone in phones[1:]:
        phone.send(f"{base}/minutes", agrees="AGREES")
    phones[0].send(f"{base}/minutes", agrees="OBJECTS", objection="돈 이야기도 했어요.")
    with clock.at(clock.now() + timedelta(days=8)):
        decide_due_minutes()
    minutes = Person(new_client()).read(f"{base}/minutes").get_text(" ")
    assert "돈 이야기도 했어요." in minutes
    assert re.search(r"14명 가운데 13명", minutes)

    # Somebody with a slip finds it by the code on its stub; a guest's votes go with them into an account.
    stub = Person(new_client())
    stub.send("/pass/open", code=slip_code(gathering.id, 3))
    assert "쪽지에 쓴 제안 3" in stub.read("/pass").get_text()
    member = make.citizen()
    phones[1].client.login(member)
    phones[1].send("/pass/join")
    assert vote_of(first, member) == AGREE
    assert votes_of_room(gathering.id, first) == (15, 0, 0)
    assert db.session.get_one(Idea, first).tally.agree == 15

    found = [line for finding in [*recount(), *recorded_rows()] for line in finding.differences]
    assert found == []
    assert sum(1 for _ in db.session.scalars(sa.select(GatheringEntry.id))) == N_PHONES + N_TABLET + 4


def count_sheets(person: Person, base: str, table: list[int], marks: dict[int, tuple[int, int, int]]) -> None:
    """Type what somebody counted: agreement, disagreement and passes of each idea on the table."""
    rows: dict[str, str] = {}
    for n, idea_id in enumerate(table):
        agree, disagree, passed = marks.get(idea_id, (0, 0, 0))
        rows |= {f"rows-{n}-idea_id": str(idea_id), f"rows-{n}-agree": str(agree)}
        rows |= {f"rows-{n}-disagree": str(disagree), f"rows-{n}-passed": str(passed)}
    person.send(f"{base}/sheets", n_sheets=str(N_SHEETS), **rows)


def ideas_on_table(gathering_id: int) -> list[int]:
    query = sa.select(IdeaRoom.idea_id).where(IdeaRoom.gathering_id == gathering_id).order_by(IdeaRoom.number)
    return list(db.session.scalars(query))


def votes_of_room(gathering_id: int, idea_id: int) -> tuple[int, int, int]:
    tally = db.session.get_one(RoomTally, (gathering_id, idea_id), populate_existing=True)
    return tally.agree, tally.disagree, tally.pass_


def paper_of(gathering_id: int, idea_id: int) -> tuple[int, int, int]:
    tally = db.session.get_one(PaperTally, (gathering_id, idea_id), populate_existing=True)
    return tally.agree, tally.disagree, tally.pass_


def vote_of(idea_id: int, account: Any) -> int | None:
    return db.session.scalar(
        sa.select(Vote.value).where(Vote.idea_id == idea_id, Vote.participant_id == account.participant.id)
    )
