from __future__ import annotations

import io

import pypdf
import pytest
import sqlalchemy as sa

from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.links import address_of
from forum.deliberation.joint.codes import codes_of
from forum.deliberation.joint.grants import renew_codes
from forum.deliberation.joint.kit_slips import code_slips, may_print_codes
from forum.deliberation.joint.queries import rooms_in
from forum.deliberation.kits.content import Copies
from forum.deliberation.kits.services import kit_pdf, kit_with_codes
from forum.publication.digests.checks.pdf import pdf_pages, pdf_problems
from forum.system.audit.models import AuditEntry
from forum.web.idempotency import IdempotencyRecord
from tests.factories import SCRIPT
from tests.forum.deliberation.kits.photograph import photograph
from tests.forum.deliberation.kits.test_services import codes_in, squeezed, texts_of

FEW = Copies(1, 2, 2)


class Day:
    """A session of three rooms: one that its host organises, and two of others."""

    def __init__(self, make, state="RUNNING"):
        self.host = make.facilitator()
        self.own = make.gathering(self.host, state, title=f"내 모임방 {SCRIPT} #let x = 1 $x$")
        rooms = [make.gathering(state=state, campaign=self.own.campaign) for _n in range(2)]
        self.other, self.third = rooms
        self.session = make.joint_session([self.own, *rooms], host=self.host)

    @property
    def codes(self):
        return [one.code for one in codes_of(self.session, rooms_in(self.session.id))]


@pytest.fixture
def day(make):
    return Day(make)


def test_the_kit_of_the_hosts_room_holds_the_hosts_slip_and_its_own_at_the_end(day):
    for_host, for_own, *for_others = day.codes
    pdf = kit_with_codes(day.own, day.host, FEW)
    assert list(pdf_problems(pdf)) == []
    pages = texts_of(pdf)
    assert pdf_pages(pdf) == 1 + 1 + 1 + 1 + 2 + 1
    for code in (for_host, for_own):
        assert code in pages[-1]
        assert all(code not in page for page in pages[:-1])
    assert not any(code in page for page in pages for code in for_others)
    for words in ("나눠 주지 마세요", "휴대전화가 꺼지거나 고장 나면", "실선을 따라 자르고", "이어받는 방법"):
        assert squeezed(words) in pages[-1]
    link = address_of(f"/joint/{day.session.id}/takeover")
    assert codes_in(photograph(pdf, len(pages) - 1)) == {link}
    assert link.partition("://")[2] in pages[-1]


def test_the_kit_to_hand_round_holds_no_code(day):
    pages = texts_of(kit_pdf(day.own, day.host, FEW))
    assert not any(code in page for page in pages for code in day.codes)
    assert not any("되살림" in page for page in pages)


def test_a_host_who_does_not_run_the_room_prints_its_slip_alone(day, make):
    _for_host, _for_own, for_other, _for_third = day.codes
    for account in (day.host, make.admin()):
        [page] = texts_of(kit_with_codes(day.other, account, FEW))
        assert for_other in page
        assert squeezed("제안 쪽지 1번") not in page
        assert day.other.join_code not in page.replace("-", "")
    assert [slip.code for slip in code_slips(day.other)] == [for_other]


def test_what_is_printed_is_what_opens_the_role_until_new_codes_are_made(day):
    before = [slip.code for slip in code_slips(day.own)]
    assert before == [slip.code for slip in code_slips(day.own)] == day.codes[:2]
    renew_codes(day.session, day.host, seen=1)
    assert set(before).isdisjoint(slip.code for slip in code_slips(day.own))


def test_only_who_sees_the_page_of_codes_prints_them(day, make):
    helper = make.helper(day.own)
    for account in (day.other.organiser, helper, make.facilitator(), make.citizen(), make.analyst()):
        for room in (day.own, day.other):
            assert not may_print_codes(account, room)
            with pytest.raises(Forbidden):
                kit_with_codes(room, account, FEW)
    alone = make.gathering(day.host)
    with pytest.raises(Forbidden):
        kit_with_codes(alone, day.host, FEW)


@pytest.mark.parametrize("state", ["FINISHED", "CANCELLED"])
def test_codes_that_open_nothing_any_more_are_not_printed(make, state):
    room = make.gathering(state="RUNNING")
    session = make.joint_session([room], state=state)
    assert not may_print_codes(session.host, room)


def test_numbers_that_cannot_be_and_rooms_that_are_over_are_refused(day, make):
    with pytest.raises(InvalidInput):
        kit_with_codes(day.own, day.host, Copies(1, 101, 1))
    over = Day(make, state="FINISHED")
    with pytest.raises(WrongState):
        kit_with_codes(over.own, over.host, FEW)


def test_each_printing_is_in_the_audit_and_no_code_is(client, day):
    path = f"/gatherings/{day.own.id}/kit-with-codes.pdf"
    client.login(day.host)
    data = {"slips": 0, "sheets": 0, "idempotency_key": "k" * 20}
    for _n in range(2):
        answer = client.post(path, data=data)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert len(pypdf.PdfReader(io.BytesIO(answer.data)).pages) == 3  # invitation, rules, codes
    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "kits.print_codes")).all()
    assert [(one.actor_id, one.after) for one in entries] == [(day.host.id, {"slips": 2})] * 2
    assert db.session.scalar(sa.select(sa.func.count()).select_from(IdempotencyRecord)) == 0
    assert client.get(path).status_code == 405
    assert client.login(day.other.organiser).post(path, data=data).status_code == 403


def test_pages_offer_it_to_the_host_alone(client, day, make):
    path = f"/gatherings/{day.own.id}/kit-with-codes.pdf"
    helper = make.helper(day.own)
    assert path in client.login(day.host).get(f"/gatherings/{day.own.id}/desk").text
    codes_page = client.get(f"/joint/{day.session.id}/codes").text
    assert all(f"/gatherings/{room.id}/kit-with-codes.pdf" in codes_page for room in (day.own, day.other))
    assert path not in client.login(helper).get(f"/gatherings/{day.own.id}/desk").text
    other_desk = client.login(day.other.organiser).get(f"/gatherings/{day.other.id}/desk").text
    assert "kit.pdf" in other_desk
    assert "kit-with-codes" not in other_desk
