"""What a device may do that was let in by a recovery code: its own room's pages, without names, until it is ended."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.deliberation.joint.codes import codes_of
from forum.deliberation.joint.grants import renew_codes
from forum.deliberation.joint.models import JointGrant
from forum.deliberation.joint.queries import rooms_in
from forum.deliberation.rooms.models import GatheringEntry
from forum.deliberation.sheets.counting import Marks, count_sheets
from forum.deliberation.sheets.models import SheetCount
from forum.deliberation.sheets.queries import get_result
from forum.deliberation.sheets.services import type_slip
from forum.system.audit.models import AuditEntry

OPEN_PAGES = ("desk", "people", "table", "screen", "tablets", "finish", "late", "slips", "slips/1", "sheets")
CLOSED_PAGES = ("edit", "cancel", "kit.pdf")
SIGN_IN = {302, 401}


class World:
    """A running session of two rooms with a copied slip each, and the device that took the first one over."""

    def __init__(self, make, client):
        self.make, self.client = make, client
        self.room = make.gathering(state="RUNNING", seats=50)
        self.other = make.gathering(state="RUNNING", campaign=self.room.campaign)
        self.session = make.joint_session([self.room, self.other])
        self.ideas = {
            one.id: type_slip(one, one.organiser, 1, "쪽지에 쓴 글", "내용").idea_id for one in (self.room, self.other)
        }
        self.codes = [one.code for one in codes_of(self.session, rooms_in(self.session.id))]
        self.take_over(client)

    def take_over(self, client, place=1):
        client.post(f"/joint/{self.session.id}/takeover", data={"code": self.codes[place]})
        self.grant = db.session.scalars(sa.select(JointGrant).order_by(JointGrant.id.desc())).first()

    def path(self, page, room=None):
        return f"/gatherings/{(room or self.room).id}/{page}"

    def count(self, agree, seen=0, client=None):
        idea = self.ideas[self.room.id]
        data = {"n_sheets": 3, "seen_revision": seen, "rows-0-idea_id": idea, "rows-0-agree": agree}
        return (client or self.client).post(self.path("sheets"), data=data)


@pytest.fixture
def world(make, client):
    return World(make, client)


def test_a_device_opens_the_pages_of_its_own_room_until_it_is_ended(world):
    def answers(room=None, pages=OPEN_PAGES):
        return {world.client.get(world.path(page, room)).status_code for page in pages}

    assert answers() == {200}
    assert answers(world.other) == {403}
    assert answers(pages=CLOSED_PAGES) <= SIGN_IN
    renew_codes(world.session, world.session.host, seen=world.session.revision)
    assert answers() <= SIGN_IN


def test_the_hosts_device_runs_no_room(world, new_client):
    phone = new_client()
    world.take_over(phone, place=0)
    assert {phone.get(world.path(page)).status_code for page in OPEN_PAGES} == {403}


def test_the_desk_shows_a_device_no_names_and_nothing_that_it_may_not_do(world, make):
    make.registration(world.room, make.citizen(display_name="신청한별명"))
    make.helper(world.room, make.citizen(display_name="도우미별명"))
    page = world.client.get(world.path("desk")).text
    assert "되살림 번호로 이 모임방을 맡았어요" in page
    for hidden in ("신청한별명", "도우미별명", "kit.pdf", "/organiser", "/helpers", 'href="/gatherings"', "/edit"):
        assert hidden not in page
    for shown in ("slips", "sheets", "people", "finish"):
        assert world.path(shown) in page
    assert "신청한별명" in world.client.login(world.room.organiser).get(world.path("desk")).text


def test_a_device_copies_a_slip_in_the_organisers_place(world):
    data = {"slip_number": 2, "title": "급식에 채식의 날을 늘려요", "body": ""}
    assert world.client.post(world.path("slips"), data=data).status_code == 303
    entry = db.session.scalars(sa.select(GatheringEntry).order_by(GatheringEntry.id.desc())).first()
    assert entry.admitted_by_id == world.room.organiser_id
    act = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "sheets.type_slip")).all()[-1]
    assert (act.actor_id, act.after["by_code"]) == (None, world.grant.id)
    corrected = {"title": "고친 글이에요", "body": "", "seen_revision": 1}
    assert world.client.post(world.path("slips/2"), data=corrected).status_code == 303
    assert world.client.post(world.path("slips", world.other), data=data).status_code == 403


def test_a_device_and_its_organiser_are_one_person_who_counts(world, make):
    idea = world.ideas[world.room.id]
    assert world.count(2).status_code == 303
    own = db.session.scalars(sa.select(SheetCount)).one()
    assert own.counted_by_id == world.room.organiser_id
    count_sheets(world.room, world.room.organiser, 3, {idea: Marks(2, 0, 0)}, seen_revision=1)
    assert get_result(world.room.id) is None
    assert world.count(2, seen=1).status_code == 409  # the organiser's page is newer
    helper = make.helper(world.room)
    count_sheets(world.room, helper, 3, {idea: Marks(2, 0, 0)}, seen_revision=0)
    result = get_result(world.room.id)
    assert {result.first_by_id, result.second_by_id} == {world.room.organiser_id, helper.id}


def test_a_device_is_not_shown_the_numbers_that_the_organiser_typed(world):
    idea = world.ideas[world.room.id]
    count_sheets(world.room, world.room.organiser, 37, {idea: Marks(29, 0, 0)}, seen_revision=0)
    page = world.client.get(world.path("sheets")).text
    assert 'name="seen_revision" value="1"' in page
    assert "진행자 몫으로 센 수가 벌써 있어요" in page
    assert 'value="37"' not in page
    assert 'value="29"' not in page
    own = world.client.login(world.room.organiser).get(world.path("sheets")).text
    assert 'value="37"' in own


def test_a_helper_with_the_rooms_code_counts_as_the_helper_alone(world, make):
    """Else one person would be both of the two who count."""
    helper = make.helper(world.room)
    world.client.login(helper)
    world.take_over(world.client)
    assert world.count(2).status_code == 303
    assert world.count(2, seen=1).status_code == 303
    counts = db.session.scalars(sa.select(SheetCount)).all()
    assert [one.counted_by_id for one in counts] == [helper.id]
    assert get_result(world.room.id) is None


def test_a_device_has_no_accepted_count_made_again(world, make):
    idea = world.ideas[world.room.id]
    for person in (world.room.organiser, make.helper(world.room)):
        count_sheets(world.room, person, 3, {idea: Marks(2, 0, 0)}, seen_revision=0)
    assert "/sheets/reopen" not in world.client.get(world.path("sheets")).text
    refused = world.client.post(world.path("sheets/reopen"), data={"reason": "MISCOUNTED", "seen": ""})
    assert refused.status_code in SIGN_IN
    assert get_result(world.room.id) is not None


def test_an_ended_device_types_nothing(world):
    renew_codes(world.session, world.session.host, seen=world.session.revision)
    before = db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry))
    data = {"slip_number": 2, "title": "급식에 채식의 날을 늘려요", "n_sheets": 3, "seen_revision": 0}
    for page in ("slips", "slips/1", "sheets"):
        assert world.client.post(world.path(page), data=data).status_code in SIGN_IN
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == before
