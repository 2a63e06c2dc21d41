from __future__ import annotations

import io
from datetime import timedelta

import pytest

from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.meetings.models import CouncilMeeting, Motion, MotionRule, TieRule
from tests.forum.deliberation.meetings.scene import approval, meeting_under_way, offered


def local(moment):
    return moment.astimezone(clock.SEOUL).strftime("%Y-%m-%dT%H:%M")


def typed(**values):
    start = clock.now() + timedelta(days=2)
    defaults = {"title": "제1차 총회", "starts_at": local(start), "ends_at": local(start + timedelta(hours=2))}
    return defaults | {"place": "대회의실", "video_url": "https://video.example/abc"} | values


@pytest.fixture
def scene(make):
    return meeting_under_way(make)


def test_a_meeting_runs_from_its_plan_to_its_minutes(make, client):
    term = make.term()
    chairs = make.chairs(term)
    round_ = make.council_round(term)
    tasks = [make.task(round_, ideas=[], has_words=True) for _ in range(3)]
    secretary = make.account(Role.ANALYST)
    client.login(secretary)
    new = f"/council/terms/{term.number}/meetings/new"
    assert client.get(new).status_code == 200
    assert client.post(new, data=typed(title="")).status_code == 400
    assert client.post(new, data=typed(round_id=str(round_.id))).status_code == 303
    [meeting] = db.session.query(CouncilMeeting)
    page = f"/council/meetings/{meeting.id}"
    item = {
        "title": "대표과제 확정",
        "task_id": "",
        "text": "함께 정해요",
        "uploads": (io.BytesIO(b"%PDF-1.7"), "a.pdf"),
    }
    assert client.get(f"{page}/items/new").status_code == 200
    assert client.post(f"{page}/items/new", data=item, content_type="multipart/form-data").status_code == 303
    [agenda] = meeting.agenda
    downloaded = client.get(f"/council/meetings/files/{agenda.files[0].id}")
    assert (downloaded.data, downloaded.headers["Content-Type"]) == (b"%PDF-1.7", "application/pdf")
    motion = {"text": "무엇을 고를까요?", "rule": "APPROVAL", "tie_rule": "SEED", "places": "2"}
    new_motion = f"/council/items/{agenda.id}/motions/new"
    assert client.get(new_motion).status_code == 200
    assert client.post(new_motion, data=motion | {"tasks": ["99"]}).status_code == 400
    assert client.post(new_motion, data=motion | {"tasks": [str(one.id) for one in tasks]}).status_code == 303
    [vote] = db.session.query(Motion)
    assert client.post(f"{page}/open", data={"seen": "1"}).status_code == 409
    assert client.post(f"{page}/open", data={"seen": str(meeting.revision)}).status_code == 303
    assert client.post(f"/council/motions/{vote.id}/open", data={"seen": "1"}).status_code == 409
    for seat in chairs:
        client.login(seat.account)
        assert client.post(f"{page}/arrive", data={"seat": str(seat.id), "way": "ONLINE"}).status_code == 303
    client.login(secretary)
    assert client.post(f"/council/motions/{vote.id}/open", data={"seen": "1"}).status_code == 303
    for seat in chairs:
        client.login(seat.account)
        assert "투표하기" in client.get(page).text
        ballot = {"approved": [str(one.id) for one in tasks[:2]], "seen": "0"}
        assert client.post(f"/council/motions/{vote.id}/ballot", data=ballot).status_code == 303
    client.login(secretary)
    assert client.post(f"/council/motions/{vote.id}/close", data={"seen": "2"}).status_code == 303
    db.session.refresh(meeting)
    assert client.post(f"{page}/close", data={"seen": str(meeting.revision)}).status_code == 303
    assert client.get(f"{page}/minutes/edit").status_code == 200
    assert client.post(f"{page}/minutes/edit", data={"text": "고친 회의록이에요", "seen": "1"}).status_code == 303
    client.post("/account/logout")
    assert client.get(f"{page}/minutes").status_code == 404
    for n, seat in enumerate(chairs, start=2):
        client.login(seat.account)
        assert "서명하기" in client.get(f"{page}/minutes").text
        assert client.post(f"{page}/minutes/sign", data={"seen": str(n)}).status_code == 303
    client.post("/account/logout")
    assert "고친 회의록이에요" in client.get(f"{page}/minutes").text
    shown = client.get(page).text
    assert "가결" in shown
    assert "회의록 보기" in shown
    assert chairs[0].name in shown


def test_the_page_hides_the_video_and_open_votes(make, client, scene):
    scene.meeting.video_url = "https://video.example/secret"
    motion = make.motion(scene.item)
    make.ballot(motion, scene.seats[0])
    page = f"/council/meetings/{scene.meeting.id}"
    shown = client.get(page).text
    assert "video.example" not in shown
    assert "지금까지 1명이 투표했어요" in shown
    assert "<strong>찬성" not in shown
    client.login(scene.members[0])
    assert "video.example" in client.get(page).text


def test_the_calendar_file_follows_the_meeting(make, client):
    meeting = make.meeting(video_url="https://video.example/secret")
    file = client.get(f"/council/meetings/{meeting.id}.ics").text
    assert "STATUS:CONFIRMED" in file
    assert "secret" not in file
    meeting.state, meeting.cancel_reason = meeting.state.__class__.CANCELLED, "태풍"
    db.session.commit()
    assert "STATUS:CANCELLED" in client.get(f"/council/meetings/{meeting.id}.ics").text


def test_a_refused_ballot_keeps_what_was_ticked(make, client, scene):
    motion = approval(make, scene)
    first = offered(motion)[0]
    client.login(scene.members[0])
    refused = client.post(f"/council/motions/{motion.id}/ballot", data={"approved": [str(first.id)], "seen": "7"})
    assert refused.status_code == 409
    assert f'value="{first.id}" checked' in refused.text


def test_a_member_with_a_tie_is_not_offered_the_task(make, client, scene):
    motion = approval(make, scene)
    first = offered(motion)[0]
    first.source, first.proposer_seat_id = first.source.__class__.MEMBER, scene.seats[0].id
    db.session.commit()
    client.login(scene.members[0])
    shown = client.get(f"/council/meetings/{scene.meeting.id}").text
    assert "이해관계가 있는 과제 1개" in shown
    assert f'name="approved" value="{first.id}"' not in shown


def test_dissent_is_written_on_the_page(make, client, scene):
    motion = make.motion(scene.item)
    make.ballot(motion, scene.seats[0])
    client.login(scene.secretary)
    client.post(f"/council/motions/{motion.id}/close", data={"seen": "1"})
    client.login(scene.members[0])
    page = f"/council/meetings/{scene.meeting.id}"
    assert "소수 의견 남기기" in client.get(page).text
    too_long = client.post(f"/council/motions/{motion.id}/dissent", data={"text": "가" * 1001})
    assert too_long.status_code == 400
    assert client.post(f"/council/motions/{motion.id}/dissent", data={"text": "<script>더"}).status_code == 303
    assert "&lt;script&gt;더" in client.get(page).text


def test_a_tie_is_put_again_from_the_page(make, client, scene):
    motion = make.motion(scene.item, rule=MotionRule.MAJORITY, tie_rule=TieRule.AGAIN)
    make.ballot(motion, scene.seats[0])
    make.ballot(motion, scene.seats[1], choice=motion.ballots[0].choice.__class__.NO)
    client.login(scene.secretary)
    client.post(f"/council/motions/{motion.id}/close", data={"seen": "1"})
    assert client.post(f"/council/motions/{motion.id}/again", data={"seen": "2"}).status_code == 303
    assert "다시 투표해요" in client.get(f"/council/meetings/{scene.meeting.id}").text
    again = db.session.query(Motion).order_by(Motion.number.desc()).first()
    assert client.post(f"/council/motions/{again.id}/remove", data={"seen": "1"}).status_code == 303


def test_the_secretariat_notes_attendance_on_the_page(make, client, scene):
    seat = make.seat(scene.term, account_id=None)
    client.login(scene.secretary)
    page = f"/council/meetings/{scene.meeting.id}"
    assert client.post(f"{page}/arrive", data={"seat": str(seat.id), "way": "NOWHERE"}).status_code == 400
    assert client.post(f"{page}/arrive", data={"seat": str(seat.id), "way": "IN_PERSON"}).status_code == 303
    assert client.post(f"{page}/leave", data={"seat": str(seat.id)}).status_code == 303
    assert client.post(f"{page}/arrive", data={"seat": "99999", "way": "IN_PERSON"}).status_code == 404


def test_meetings_are_listed_edited_and_cancelled(make, client):
    meeting = make.meeting()
    client.login(make.account(Role.ADMIN))
    page = f"/council/meetings/{meeting.id}"
    assert client.get(f"{page}/edit").status_code == 200
    assert client.post(f"{page}/edit", data=typed(title="다른 이름", seen="1")).status_code == 303
    item = client.post(f"{page}/items/new", data={"title": "안건"})
    assert item.status_code == 303
    db.session.refresh(meeting)
    dropped = client.post(f"/council/items/{meeting.agenda[0].id}/remove", data={"seen": str(meeting.revision)})
    assert dropped.status_code == 303
    assert client.get(f"{page}/cancel").status_code == 200
    db.session.refresh(meeting)
    assert client.post(f"{page}/cancel", data={"reason": "태풍", "seen": str(meeting.revision)}).status_code == 303
    client.post("/account/logout")
    listed = client.get(f"/council/terms/{meeting.term.number}/meetings").text
    assert "다른 이름" in listed
    assert "태풍" in listed
