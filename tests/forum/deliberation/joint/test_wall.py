from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.joint import state, wall
from forum.deliberation.joint.models import JointRoom
from forum.deliberation.joint.moves import move_to
from forum.deliberation.joint.wall import WallReader
from forum.deliberation.rooms.models import IdeaRoom, RoomIdeaWay, RoomTally
from forum.deliberation.rooms.table import put_on_table
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.ideas.search import tokens_of
from forum.voice.votes.models import Vote
from tests.factories import SCRIPT

SOLAR = ("학교 지붕 태양광 설치", "주차장 지붕 태양광 설치", "마을 태양광 발전 설치")
BUSES = ("마을 버스 노선 늘리기", "밤 버스 노선 늘리기", "버스 요금 내리기")


@pytest.fixture(autouse=True)
def _fresh(app, monkeypatch):
    """Every answer is read anew, and nothing is left of other tests, whose sessions had the same ids."""
    for name in ("joint_states", "joint_walls"):
        monkeypatch.setitem(app.extensions, name, state.StateCache(WallReader().answer if "wall" in name else None))
    monkeypatch.setattr(state, "FRESH_SECONDS", 0)
    monkeypatch.setattr(wall, "VOTES_SECONDS", 0)


@pytest.fixture
def rooms(make):
    campaign = make.campaign()
    hosts = ("새빛초등학교", "한강중학교", "")
    return [make.gathering(state="RUNNING", campaign=campaign, host_name=host, seats=40) for host in hosts]


@pytest.fixture
def session(make, rooms):
    return make.joint_session(rooms)


def written(make, room, title, **values):
    """An idea that somebody in the room wrote, with its words as they are stored."""
    return make.room_idea(room, make.entry(room), title=title, search_tokens=tokens_of(title, ""), **values)


def themes(make, campaign):
    return [
        make.theme(
            campaign,
            [make.idea(campaign, title=title, search_tokens=tokens_of(title, "")) for title in titles],
            title=name,
            state=ThemeState.APPROVED,
        )
        for name, titles in (("지붕 태양광", SOLAR), ("버스 더 자주", BUSES))
    ]


def common_table(make, rooms, votes):
    """An idea on the tables of all rooms. `votes`: how many of each room agree, and how many disagree."""
    idea = make.room_idea(rooms[0])
    for room in rooms[1:]:
        put_on_table(room, idea, RoomIdeaWay.BROUGHT)
    for room, (agree, disagree) in zip(rooms, votes, strict=True):
        for value in [1] * agree + [-1] * disagree:
            entry = make.entry(room)
            db.session.add(Vote(idea_id=idea.id, participant_id=entry.participant_id, value=value))
    db.session.flush()
    return idea


def answer(client, session):
    return json.loads(client.get(f"/joint/{session.id}/wall.json").data)


def test_ideas_of_all_rooms_stand_in_the_columns_of_their_nearest_themes(make, rooms, session):
    themes(make, session.campaign)
    solar = written(make, rooms[0], "체육관 지붕에 태양광 설치")
    bus = written(make, rooms[1], "새벽 버스 노선 늘리기")
    strange = written(make, rooms[2], "동물원 보호소")
    found = WallReader().read(session.id)
    assert [(c.title, c.is_new, [one.id for one in c.ideas]) for c in found.columns] == [
        ("지붕 태양광", False, [solar.id]),
        ("버스 더 자주", False, [bus.id]),
        ("", True, [strange.id]),
    ]
    assert [(one.id, one.is_new) for one in found.newest] == [(strange.id, True), (bus.id, False), (solar.id, False)]
    assert found.newest[1].room == "한강중학교"
    assert (found.ideas, found.rooms, found.people, found.n_rest) == (3, 3, 3, 0)


def test_only_the_largest_themes_are_columns(make, rooms, session, monkeypatch):
    monkeypatch.setattr(wall, "COLUMNS", 1)
    themes(make, session.campaign)
    for title in ("새벽 버스 노선 늘리기", "시골 버스 노선 늘리기", "체육관 지붕 태양광 설치"):
        written(make, rooms[0], title)
    found = WallReader().read(session.id)
    assert [(column.title, column.n) for column in found.columns] == [("버스 더 자주", 2)]
    assert (found.n_rest, found.n_rest_themes) == (1, 1)


def test_a_theme_that_was_not_approved_is_no_column_but_its_subject_is_not_new(make, rooms, session):
    one, _other = themes(make, session.campaign)
    one.state, one.decision_reason = ThemeState.REJECTED, "이미 하고 있습니다"
    written(make, rooms[0], "체육관 지붕에 태양광 설치")
    found = WallReader().read(session.id)
    assert not found.columns
    assert not found.newest[0].is_new
    assert (found.n_rest, found.n_rest_themes) == (1, 1)


def test_without_themes_nothing_is_sorted_and_nothing_is_called_new(make, rooms, session):
    written(make, rooms[0], "체육관 지붕에 태양광")
    found = WallReader().read(session.id)
    assert (found.columns, found.has_themes, found.newest[0].is_new) == ([], False, False)


def test_an_idea_is_sorted_anew_when_a_theme_is_made_or_it_is_edited(make, rooms, session):
    reader, idea = WallReader(), written(make, rooms[0], "체육관 지붕에 태양광 설치")
    assert reader.read(session.id).columns == []
    themes(make, session.campaign)
    assert [column.title for column in reader.read(session.id).columns] == ["지붕 태양광"]
    idea.keep_wording()
    idea.title = "버스 노선 늘리기"
    idea.search_tokens = tokens_of(idea.title, "")
    db.session.flush()
    assert [column.title for column in reader.read(session.id).columns] == ["버스 더 자주"]


@pytest.mark.parametrize("new_state", [IdeaState.WITHDRAWN, IdeaState.MERGED])
def test_what_is_no_longer_open_is_gone_with_the_next_answer(make, client, rooms, session, new_state):
    idea, other = written(make, rooms[0], "사라질제안"), written(make, rooms[0], "남을제안")
    assert "사라질제안" in client.get(f"/joint/{session.id}/wall.json").text
    with db.session.no_autoflush:
        idea.merged_into_id = other.id if new_state is IdeaState.MERGED else None
        idea.state = new_state
    said = answer(client, session)
    assert "사라질제안" not in str(said)
    assert "남을제안" in str(said)
    assert said["ideas"] == 1


def test_what_a_moderator_hides_is_gone_within_one_refresh(make, client, new_client, rooms, session):
    idea = written(make, rooms[0], "가려야 할 제안")
    common = common_table(make, rooms, [(9, 0), (9, 0), (9, 0)])
    shown = client.get(f"/joint/{session.id}/wall.json")
    assert "가려야 할 제안" in shown.text
    assert str(common.title).replace(SCRIPT, "").strip() in shown.text
    staff = new_client().login(make.analyst())
    for hidden in (idea, common):
        data = {"reason": "SPAM", "seen_revision": "1"}
        assert staff.post(f"/moderation/ideas/{hidden.id}/hide", data=data).status_code == 303
    told = client.get(f"/joint/{session.id}/wall.json", headers={"If-None-Match": shown.headers["ETag"]})
    assert told.status_code == 200
    assert int(told.headers["X-Forum-Read"]) >= int(shown.headers["X-Forum-Read"])
    assert not told.get_json()["has_found"]
    for text in (told.text, client.get(f"/joint/{session.id}/wall").text):
        assert "가려야 할 제안" not in text
        assert "data-idea" not in text


def test_a_hidden_room_is_left_out_with_its_ideas_and_a_session_of_hidden_rooms_is_not_found(
    make, client, rooms, session
):
    written(make, rooms[0], "가려진 방의 제안")
    rooms[0].is_hidden = True
    said = answer(client, session)
    assert (said["rooms"], said["ideas"]) == (2, 0)
    assert "가려진 방의 제안" not in str(said)
    for room in rooms:
        room.is_hidden = True
    for page in ("wall", "wall.json", "rooms-apart"):
        assert client.get(f"/joint/{session.id}/{page}").status_code == 404
        assert client.get(f"/joint/2000000000/{page}").status_code == 404


def test_a_room_in_preparation_is_not_shown_and_a_cancelled_one_is_not_counted(make, client, session, rooms):
    more = [make.gathering(state=name, campaign=session.campaign) for name in ("DRAFT", "CANCELLED")]
    for room in more:
        db.session.add(JointRoom(gathering_id=room.id, session_id=session.id, campaign_id=session.campaign_id))
    assert answer(client, session)["rooms"] == 3


def test_nobody_is_named_and_what_people_wrote_is_escaped(make, client, session, rooms):
    people = [make.citizen(display_name=f"카나리아{n}") for n in range(6)]
    session.host.display_name = rooms[0].organiser.display_name = "카나리아진행"
    for person in people:
        make.room_idea(rooms[0], make.entry(rooms[0], person), title=f"제안 {SCRIPT}")
    idea = common_table(make, rooms, [(9, 0), (9, 0), (9, 0)])
    for person in people:
        make.vote(idea, person)
    rooms[1].host_name = f"방 {SCRIPT}"
    move_to(session, 5, session.host, seen=0)
    pages = [client.get(f"/joint/{session.id}/{page}").text for page in ("wall", "wall.json", "rooms-apart")]
    assert "&lt;script" in pages[0]
    for page in pages:
        assert "카나리아" not in page
        assert SCRIPT not in page


def test_the_page_without_script_shows_the_same_and_comes_anew_by_itself(make, client, session, rooms):
    themes(make, session.campaign)
    written(make, rooms[0], "체육관 지붕에 태양광 설치")
    page = client.get(f"/joint/{session.id}/wall").text
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in page
    for part in answer(client, session)["html"].values():
        assert part.strip() in page
    assert "낱말로 어림한 묶음" in page


def test_the_step_shown_without_script_is_the_one_that_has_begun(make, client, session):
    def step():
        return client.get(f"/joint/{session.id}/wall").text.partition('id="wall-step">')[2].partition("<")[0]

    assert step() == "곧 시작해요"
    move_to(session, 3, session.host, seen=0)
    assert step() == "곧 시작해요"
    with clock.at(clock.now() + timedelta(seconds=10)):
        assert step() == "제안 쓰기"
        assert ">10분<" in client.get(f"/joint/{session.id}/wall").text


def test_what_rooms_share_is_shown_in_the_steps_for_it_only(make, client, session, rooms):
    common_table(make, rooms, [(9, 0), (10, 0), (9, 1)])
    for seen, (position, view) in enumerate([(3, "board"), (4, "apart"), (5, "apart"), (2, "board"), (6, "apart")]):
        with clock.at(clock.now() - timedelta(minutes=1)):
            move_to(session, position, session.host, seen=seen)
        page = client.get(f"/joint/{session.id}/wall").text
        assert f'data-view="{view}"' in page
    assert '방 3곳이 모두 찬성해요. <strong class="wall-sure">아주 확실해요' in page


def test_while_rooms_are_open_shares_are_rounded_and_no_counts_stand_on_the_wall(make, client, session, rooms):
    common_table(make, rooms, [(13, 0), (0, 12), (5, 6)])
    [found] = WallReader().read(session.id).found.apart
    assert all(edge % 5 == 0 for bar in found.bars for edge in (bar.value, bar.low, bar.high))
    assert found.words == "새빛초등학교에서는 거의 모두 찬성했어요. 다른 방에서는 10명 가운데 2명쯤 찬성했어요."
    assert "13명" not in answer(client, session)["html"]["apart"]


def test_votes_count_of_checked_in_people_on_their_own_table_only(make, session, rooms):
    idea = common_table(make, rooms, [(5, 0), (6, 0), (0, 0)])
    make.vote(idea, make.citizen())
    waits = make.entry(rooms[0], make.citizen(), is_admitted=False)
    db.session.add(Vote(idea_id=idea.id, participant_id=waits.participant_id, value=1))
    db.session.flush()
    assert WallReader().read(session.id).votes == 11


def test_rooms_are_compared_at_home_once_the_session_is_over(make, client, rooms):
    session = make.joint_session(rooms)
    idea = common_table(make, rooms, [(9, 0), (10, 0), (9, 1)])
    early = client.get(f"/joint/{session.id}/rooms-apart")
    assert early.status_code == 200
    assert "아직 볼 수 없어요" in early.text
    assert f"/ideas/{idea.id}" not in early.text
    session.state, session.finished_at = "FINISHED", clock.now()
    page = client.get(f"/joint/{session.id}/rooms-apart").text
    assert f"/ideas/{idea.id}" in page
    assert "방 3곳이 모두 찬성해요." in page
    assert "새빛초등학교" in page


def test_a_finished_room_keeps_the_votes_of_the_moment_when_it_ended(make, rooms):
    room = make.gathering(state="FINISHED", campaign=rooms[0].campaign, host_name="끝난 방")
    session = make.joint_session([rooms[0], room])
    idea = common_table(make, [rooms[0], room], [(9, 0), (1, 1)])
    db.session.add(RoomTally(gathering_id=room.id, idea_id=idea.id, agree=0, disagree=8, pass_=0))
    db.session.flush()
    [found] = WallReader().read(session.id).found.apart
    assert {bar.name: bar.votes for bar in found.rooms} == {"새빛초등학교": 9, "끝난 방": 8}


def test_an_answer_of_a_moment_ago_is_shown_while_the_database_is_gone(app, make, client, session, rooms, monkeypatch):
    written(make, rooms[0], "아까 나온 제안")
    before = client.get(f"/joint/{session.id}/wall.json")

    def gone(_session_id):
        raise OperationalError("SELECT", {}, Exception("server closed the connection"))

    monkeypatch.setattr(app.extensions["joint_walls"], "read", gone)
    during = client.get(f"/joint/{session.id}/wall.json")
    assert (during.data, during.headers["X-Forum-Read"]) == (before.data, before.headers["X-Forum-Read"])


def test_a_wall_that_has_the_answer_gets_304_and_no_cookie(client, session):
    first = client.get(f"/joint/{session.id}/wall.json")
    again = client.get(f"/joint/{session.id}/wall.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Set-Cookie" not in first.headers
    assert again.headers["X-Forum-Read"]


def test_one_answer_costs_the_same_statements_for_few_ideas_and_for_many(make, session, rooms, count_queries):
    themes(make, session.campaign)
    reader, session_id = WallReader(), session.id
    entry = make.entry(rooms[0])

    def add(n):
        for _n in range(n):
            make.room_idea(rooms[0], entry, title="체육관 지붕 태양광", search_tokens="체육관 지붕 태양광")
        db.session.commit()

    add(2)
    first = count_queries(lambda: reader.read(session_id))
    assert count_queries(lambda: reader.read(session_id)) == 8
    add(30)
    assert count_queries(lambda: reader.read(session_id)) == 9  # the new ideas' words
    assert first == 12  # and what the themes are about
    assert db.session.scalar(sa.select(sa.func.count()).select_from(IdeaRoom)) == 32
    assert db.session.scalar(sa.select(sa.func.count()).where(Idea.state == IdeaState.OPEN)) > 32
