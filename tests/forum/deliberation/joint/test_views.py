from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.joint.models import JointMove, JointRoom, JointSession, JointState
from forum.deliberation.joint.moves import move_to
from forum.deliberation.rooms.models import GatheringEntry


def step_rows(*rows):
    """Form fields of steps: order, kind, title, minutes."""
    data = {}
    for n, (order, kind, title, minutes) in enumerate(rows):
        data |= {f"steps-{n}-order": order, f"steps-{n}-kind": kind, f"steps-{n}-title": title}
        data[f"steps-{n}-minutes"] = minutes
    return data


def in_three_days():
    return (clock.now().astimezone(clock.SEOUL) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")


def test_a_facilitator_opens_a_session_and_everybody_finds_it(client, new_client, make):
    campaign, host = make.campaign(), make.facilitator()
    page = client.login(host).get(f"/c/{campaign.slug}/joint/new")
    assert "여는 말" in page.text
    rows = step_rows((2, "VOTE", "", 10), (1, "TALK", "<b>먼저</b> 이야기", 20), (3, "TALK", "", ""))
    data = {"title": "열 곳이 함께하는 난방 이야기", "starts_at": in_three_days()} | rows
    done = client.post(f"/c/{campaign.slug}/joint/new", data=data)
    session = db.session.scalars(sa.select(JointSession)).one()
    assert done.headers["Location"] == f"/joint/{session.id}/rooms"
    assert [step.title for step in session.steps] == ["<b>먼저</b> 이야기", "투표"]
    visitor = new_client()
    assert session.title in visitor.get(f"/c/{campaign.slug}/joint").text
    shown = visitor.get(f"/joint/{session.id}").text
    assert "&lt;b&gt;먼저&lt;/b&gt; 이야기" in shown


def test_what_is_wrong_is_told_at_its_row_and_nothing_typed_is_lost(client, make):
    campaign = make.campaign()
    client.login(make.facilitator())
    rows = step_rows((1, "TALK", "", ""), (3, "VOTE", "둘째", 900), (2, "LOOK", "첫째", 10))
    page = client.post(f"/c/{campaign.slug}/joint/new", data={"title": "난방 이야기", "starts_at": ""} | rows)
    assert page.status_code == 400
    assert "steps-1-minutes-error" in page.text
    assert "둘째" in page.text
    assert "시작하는 때를 정해 주세요" in page.text


def test_hostile_rows_are_refused(client, make):
    campaign = make.campaign()
    client.login(make.facilitator())
    for rows in ({f"steps-{n}-title": "가" for n in range(40)}, {"steps-²-title": "가"}):
        data = {"title": "난방 이야기", "starts_at": in_three_days()} | rows
        assert client.post(f"/c/{campaign.slug}/joint/new", data=data).status_code == 400


def test_a_plan_that_others_changed_shows_what_it_is_now(client, make):
    session = make.joint_session(state="PLANNED", starts_at=clock.now() + timedelta(days=1))
    rows = step_rows((1, "TALK", "", 5), (2, "VOTE", "", 5))
    data = {"title": "다른 이름의 모임", "starts_at": in_three_days(), "seen": 9} | rows
    page = client.login(session.host).post(f"/joint/{session.id}/edit", data=data)
    assert page.status_code == 409
    assert "지금 내용" in page.text
    assert "다른 이름의 모임" in page.text


def test_the_host_starts_moves_and_finishes_without_a_script(client, make):
    session = make.joint_session([make.gathering()], state="PLANNED")
    client.login(session.host)
    assert "연결 모임 시작하기" in client.get(f"/joint/{session.id}/host").text
    client.post(f"/joint/{session.id}/start", data={"seen": 1})
    page = client.get(f"/joint/{session.id}/host").text
    assert "다음: 이야기" in page
    client.post(f"/joint/{session.id}/moves", data={"seen": 1, "position": 2})
    assert "뒤로: 여는 말" in client.get(f"/joint/{session.id}/host").text
    done = client.post(f"/joint/{session.id}/finish", data={"seen": 2})
    assert done.status_code == 303
    assert db.session.get_one(JointSession, session.id).state is JointState.FINISHED


def test_who_pressed_second_sees_where_all_stand_and_can_press_again(client, make):
    session = make.joint_session()
    move_to(session, 4, session.host, seen=0)
    page = client.login(session.host).post(f"/joint/{session.id}/moves", data={"seen": 0, "position": 2})
    assert page.status_code == 409
    assert "4번째 단계" in page.text
    assert 'name="seen" value="1"' in page.text
    assert client.post(f"/joint/{session.id}/moves", data={"seen": 1, "position": 2}).status_code == 303


@pytest.mark.parametrize("data", [{}, {"seen": "0", "position": "-1"}, {"seen": "0", "position": "99"}, {"seen": "x"}])
def test_odd_moves_are_refused(client, make, data):
    session = make.joint_session()
    answer = client.login(session.host).post(f"/joint/{session.id}/moves", data=data)
    assert answer.status_code in {400, 409}
    assert db.session.scalar(sa.select(JointMove)) is None


def test_the_same_form_sent_twice_moves_once(client, make):
    session = make.joint_session()
    client.login(session.host)
    data = {"seen": 0, "position": 2, "idempotency_key": "k" * 20}
    first, second = (client.post(f"/joint/{session.id}/moves", data=data) for _n in range(2))
    assert first.status_code == 303
    assert second.status_code in {303, 409}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(JointMove)) == 1


def test_a_facilitator_adds_and_removes_a_gathering_of_their_own(client, make):
    session = make.joint_session([], state="PLANNED")
    own, others = make.gathering(campaign=session.campaign), make.gathering(campaign=session.campaign)
    client.login(own.organiser)
    page = client.get(f"/joint/{session.id}/rooms").text
    assert f"/gatherings/{own.id}" in page
    assert f"/gatherings/{others.id}" not in page
    assert client.post(f"/joint/{session.id}/rooms", data={"seen": 1, "gathering": own.id}).status_code == 303
    assert client.post(f"/joint/{session.id}/rooms", data={"seen": 2, "gathering": others.id}).status_code == 403
    assert client.post(f"/joint/{session.id}/rooms/{own.id}/remove", data={"seen": 2}).status_code == 303
    assert db.session.scalar(sa.select(JointRoom)) is None


def test_a_page_that_is_out_of_date_adds_nothing_and_stays_usable(client, make):
    session = make.joint_session([], state="PLANNED")
    gathering = make.gathering(campaign=session.campaign)
    page = client.login(session.host).post(f"/joint/{session.id}/rooms", data={"seen": 5, "gathering": gathering.id})
    assert page.status_code == 409
    assert 'name="seen" value="1"' in page.text


def test_the_online_room_is_opened_and_joined(client, new_client, make):
    host = make.facilitator()
    session = make.joint_session(
        [make.gathering()], state="PLANNED", host=host, starts_at=clock.now() + timedelta(minutes=5)
    )
    client.login(host)
    done = client.post(f"/joint/{session.id}/rooms/online", data={"seen": 1, "online_url": "", "seats": 50})
    assert done.status_code == 303
    db.session.expire_all()
    client.post(f"/joint/{session.id}/start", data={"seen": session.revision})
    citizen = new_client().login(make.citizen())
    assert "온라인 방에 들어가기" in citizen.get(f"/joint/{session.id}").text
    joined = citizen.post(f"/joint/{session.id}/online")
    online = db.session.scalars(sa.select(JointRoom).where(JointRoom.is_online)).one()
    assert joined.headers["Location"] == f"/gatherings/{online.gathering_id}/room"
    assert db.session.scalars(sa.select(GatheringEntry)).one().admitted_at is not None
    assert "온라인 방으로 가기" in citizen.get(f"/joint/{session.id}").text


def test_a_cancelled_session_says_why(client, make):
    session = make.joint_session(state="PLANNED")
    client.login(session.host).post(f"/joint/{session.id}/cancel", data={"seen": 1, "reason": "태풍이 와요 <b>"})
    assert "태풍이 와요 &lt;b&gt;" in client.get(f"/joint/{session.id}").text


def test_hidden_gatherings_are_not_shown(client, make):
    gathering = make.gathering(state="RUNNING", title="숨긴 모임의 이름", is_hidden=True)
    session = make.joint_session([gathering])
    assert "숨긴 모임의 이름" not in client.get(f"/joint/{session.id}").text


def test_a_gathering_says_in_which_session_it_takes_part(client, make):
    gathering = make.gathering(state="RUNNING")
    session = make.joint_session([gathering])
    assert f"/joint/{session.id}" in client.get(f"/gatherings/{gathering.id}").text
    desk = client.login(gathering.organiser).get(f"/gatherings/{gathering.id}/desk").text
    assert f'data-alive="/gatherings/{gathering.id}/alive"' in desk


def test_only_who_runs_the_room_says_that_they_are_there(client, make):
    gathering = make.gathering(state="RUNNING")
    make.joint_session([gathering])
    assert client.login(make.citizen()).post(f"/gatherings/{gathering.id}/alive").status_code == 403
    assert client.login(make.helper(gathering)).post(f"/gatherings/{gathering.id}/alive").json == {"again": True}
    alone = make.gathering(state="RUNNING")
    assert client.login(alone.organiser).post(f"/gatherings/{alone.id}/alive").json == {"again": False}


def test_the_host_page_asks_as_often_for_a_hundred_rooms_as_for_one(client, make, count_queries):
    one = make.joint_session()
    campaign = make.campaign()
    many = make.joint_session([make.gathering(state="RUNNING", campaign=campaign) for _n in range(100)])
    counts = []
    for session in (one, many):
        client.login(session.host)
        client.get(f"/joint/{session.id}/host")
        counts.append(count_queries(lambda at=session.id: client.get(f"/joint/{at}/host")))
    assert counts[0] == counts[1]
    assert counts[0] <= 16
