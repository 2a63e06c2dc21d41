"""People find a report: in the list and the feed of reports, by a notice and a mail, by the page of a guest's pass."""

from __future__ import annotations

from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.deliberation.joint.running import finish_session
from forum.people.passes.models import PassKind
from forum.system.jobs.models import Job, JobState
from forum.system.notices.models import MailStream, Notice, OutboxMail
from forum.system.notices.streams import leave_stream

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def told(make, work):
    """A session with its report: somebody took part, another left such mails, a third was only in the list."""
    room = make.gathering(state="RUNNING", title="마을 방")
    here, left, away, _stranger = (make.citizen() for _n in range(4))
    for account in (here, left):
        make.entry(room, account)
    make.entry(room, away, is_admitted=False)
    guest = make.guest(PassKind.PHONE)
    make.room_idea(room, make.entry(room, guest))
    leave_stream(left.id, MailStream.OWN)
    session = make.joint_session([room], title="한 저녁")
    db.session.commit()
    finish_session(session, session.host, seen=session.revision)
    db.session.commit()
    assert work() == [JobState.DONE], db.session.scalar(sa.select(Job.error))
    return SimpleNamespace(session=session, room=room, here=here, left=left, guest_code=guest.code)


def test_the_list_shows_it_as_a_kind_of_its_own(told, client):
    page = client.get(f"/c/{told.session.campaign.slug}/digests").text
    own = page[page.index("days-title") :]
    assert "그날 보고서: 한 저녁" in own
    assert f"/joint/{told.session.id}/report" in own
    assert "모임방 1곳 · 새 제안 1건" in own
    assert "가장 새 것" not in page, "the newest digest is no report of a day"


def test_the_feed_has_it_with_its_files(told, client):
    feed = ElementTree.fromstring(client.get(f"/c/{told.session.campaign.slug}/digests.atom").data)  # noqa: S314
    [entry] = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title", "").startswith("그날 보고서: 한 저녁")
    links = {link.get("rel"): link.get("href", "") for link in entry.findall(f"{ATOM}link")}
    assert links["alternate"].endswith(f"/joint/{told.session.id}/report")
    files = {link.get("href", "").rsplit("/", 1)[1] for link in entry.findall(f"{ATOM}link[@rel='enclosure']")}
    assert files == {"pdf", "hwpx", "html"}
    assert feed.findtext(f"{ATOM}updated") == entry.findtext(f"{ATOM}updated")


def test_who_took_part_hears_of_it_at_once_or_once_a_day_as_they_chose(told):
    rows = db.session.scalars(sa.select(Notice).where(Notice.kind == "dayreports.published")).all()
    run_it = {told.session.host_id, told.room.organiser_id}
    assert {row.account_id for row in rows} == {told.here.id, told.left.id, *run_it}
    assert {row.account_id for row in rows if row.in_daily_mail} == {told.left.id}
    assert {row.path for row in rows} == {f"/joint/{told.session.id}/report"}
    mails = db.session.scalars(
        sa.select(OutboxMail).where(OutboxMail.message_key.startswith("dayreports.published:"))
    ).all()
    assert {mail.account_id for mail in mails} == {told.here.id, *run_it}
    assert {(mail.stream, mail.is_mailing) for mail in mails} == {(MailStream.OWN, True)}, "left with one click"
    assert {"여론조사는 아니에요" in mail.body for mail in mails} == {True}


def test_a_guest_finds_it_by_the_page_of_the_pass(told, make, new_client):
    path = f"/joint/{told.session.id}/report"
    assert path in new_client().hold_pass(told.guest_code).get("/pass").text
    other = make.guest(PassKind.PHONE)
    db.session.commit()
    assert path not in new_client().hold_pass(other.code).get("/pass").text


def test_a_report_of_hidden_rooms_is_found_nowhere(told, client, new_client):
    told.room.is_hidden = True
    db.session.commit()
    slug, path = told.session.campaign.slug, f"/joint/{told.session.id}/report"
    assert path not in client.get(f"/c/{slug}/digests").text
    assert path not in client.get(f"/c/{slug}/digests.atom").text
    assert path not in new_client().hold_pass(told.guest_code).get("/pass").text
