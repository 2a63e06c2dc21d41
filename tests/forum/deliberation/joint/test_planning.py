from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.gatherings.models import GatheringState
from forum.deliberation.joint.models import JointRoom, JointSession, JointState, JointStep
from forum.deliberation.joint.plan import Plan, PlannedStep
from forum.deliberation.joint.planning import cancel_session, edit_session, open_session
from forum.deliberation.joint.taking_part import add_room, open_online_room, remove_room
from forum.people.accounts.models import RoleGrant
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice, OutboxMail
from tests.races import changed_meanwhile


def a_plan(**changes):
    usual = Plan.usual()
    return replace(usual, title="열 곳이 함께하는 난방 이야기", starts_at=clock.now() + timedelta(days=3), **changes)


def acts():
    return list(db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_session_begins_with_the_usual_six_steps(make):
    host, campaign = make.facilitator(), make.campaign()
    session = open_session(campaign, host, a_plan())
    assert [(step.position, step.title, step.minutes) for step in session.steps] == [
        (1, "여는 말", 5),
        (2, "이야기", 20),
        (3, "제안 쓰기", 20),
        (4, "함께 보기", 15),
        (5, "투표", 10),
        (6, "마무리", 5),
    ]
    assert acts()[-1] == "joint.open"


def test_only_facilitators_open_a_session(make):
    for other in (make.citizen(), make.analyst(), make.admin(), make.facilitator(confirmed=False)):
        with pytest.raises(Forbidden):
            open_session(make.campaign(), other, a_plan())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "짧"}, "title"),
        ({"title": "850101-1234567 모임"}, "title"),
        ({"starts_at": None}, "starts_at"),
        ({"starts_at": clock.now() - timedelta(minutes=1)}, "starts_at"),
        ({"steps": (PlannedStep("TALK", "", 10),)}, "steps"),
        ({"steps": (PlannedStep("TALK", "", 10),) * 13}, "steps"),
        ({"steps": (PlannedStep("TALK", "", 10), PlannedStep("VOTE", "", 181))}, "steps-1-minutes"),
        ({"steps": (PlannedStep("TALK", "", None), PlannedStep("VOTE", "", 5))}, "steps-0-minutes"),
        ({"steps": (PlannedStep("DANCE", "", 5), PlannedStep("VOTE", "", 5))}, "steps-0-kind"),
        ({"steps": (PlannedStep("TALK", "가" * 61, 5), PlannedStep("VOTE", "", 5))}, "steps-0-title"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_its_field(make, changes, field):
    with pytest.raises(InvalidInput) as refused:
        open_session(make.campaign(), make.facilitator(), replace(a_plan(), **changes))
    assert field in refused.value.errors


def test_steps_are_added_removed_renamed_and_put_in_another_order(make):
    host = make.facilitator()
    session = open_session(make.campaign(), host, a_plan())
    steps = (PlannedStep("VOTE", "먼저 투표", 3), PlannedStep("TALK", "", 40), PlannedStep("VOTE", "다시 투표", 3))
    edit_session(session, host, replace(Plan.of(session), steps=steps), seen=1)
    db.session.commit()
    db.session.expire_all()
    assert [(step.position, step.title) for step in session.steps] == [
        (1, "먼저 투표"),
        (2, "이야기"),
        (3, "다시 투표"),
    ]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(JointStep)) == 3
    assert session.revision == 2


def test_saving_the_same_plan_changes_nothing(make):
    host = make.facilitator()
    session = open_session(make.campaign(), host, a_plan())
    edit_session(session, host, Plan.of(session), seen=1)
    assert (session.revision, acts().count("joint.edit")) == (1, 0)


def test_a_plan_changed_meanwhile_or_running_is_not_edited(make):
    host = make.facilitator()
    session = open_session(make.campaign(), host, a_plan())
    changed_meanwhile(session, revision=2)
    with pytest.raises(WrongState, match="바뀌었어요"):
        edit_session(session, host, a_plan(), seen=1)
    running = make.joint_session(host=host)
    with pytest.raises(WrongState, match="진행 중"):
        edit_session(running, host, a_plan(), seen=1)


def test_personal_data_in_titles_is_masked(make):
    host = make.facilitator()
    steps = (PlannedStep("TALK", "문의 010-1234-5678", 5), PlannedStep("VOTE", "", 5))
    session = open_session(make.campaign(), host, replace(a_plan(), title="문의는 010-1234-5678로", steps=steps))
    assert "1234-5678" not in session.title + session.steps[0].title


def test_a_host_without_the_role_changes_nothing_any_more(make):
    host = make.facilitator()
    session = open_session(make.campaign(), host, a_plan())
    db.session.execute(sa.update(RoleGrant).values(revoked_at=clock.now()))
    db.session.expire_all()
    with pytest.raises(Forbidden):
        edit_session(session, host, a_plan(), seen=1)


# rooms


def test_the_host_and_the_organiser_let_a_gathering_take_part(make):
    session = make.joint_session([], state="PLANNED")
    one = make.gathering(campaign=session.campaign)
    other = make.gathering(campaign=session.campaign)
    add_room(session, one, session.host, seen=1)
    add_room(session, other, other.organiser, seen=2)
    assert {room.gathering_id for room in db.session.scalars(sa.select(JointRoom))} == {one.id, other.id}
    told = db.session.scalars(sa.select(Notice.account_id).where(Notice.kind == "joint.room_added")).all()
    assert told == [one.organiser_id]


def test_a_gathering_of_another_campaign_a_draft_and_a_hidden_one_are_refused(make):
    session = make.joint_session([], state="PLANNED")
    others = [
        make.gathering(),
        make.gathering(campaign=session.campaign, state="DRAFT"),
        make.gathering(campaign=session.campaign, state="FINISHED"),
        make.gathering(campaign=session.campaign, is_hidden=True),
        None,
    ]
    for gathering in others:
        with pytest.raises(InvalidInput):
            add_room(session, gathering, session.host, seen=1)


def test_a_gathering_takes_part_in_one_session_at_a_time(make):
    gathering = make.gathering()
    first = make.joint_session([gathering], state="PLANNED")
    second = make.joint_session([], state="PLANNED", campaign_id=gathering.campaign_id)
    with pytest.raises(WrongState, match="벌써"):
        add_room(second, gathering, second.host, seen=1)
    cancel_session(first, first.host, "큰비가 와요", seen=1)
    add_room(second, gathering, second.host, seen=1)
    assert db.session.get(JointRoom, gathering.id).session_id == second.id


def test_strangers_neither_add_nor_remove(make):
    session = make.joint_session([], state="PLANNED")
    gathering = make.gathering(campaign=session.campaign)
    for stranger in (make.facilitator(), make.citizen(), make.analyst()):
        with pytest.raises(Forbidden):
            add_room(session, gathering, stranger, seen=1)
    add_room(session, gathering, session.host, seen=1)
    for stranger in (make.facilitator(), make.citizen(), make.analyst()):
        with pytest.raises(Forbidden):
            remove_room(session, gathering, stranger, seen=2)


def test_a_room_drops_out_while_the_session_runs_and_goes_on_by_itself(make):
    session = make.joint_session()
    gathering = db.session.scalars(sa.select(JointRoom)).one().gathering
    remove_room(session, gathering, gathering.organiser, seen=1)
    db.session.refresh(gathering)
    assert gathering.state is GatheringState.RUNNING
    assert db.session.scalar(sa.select(JointRoom)) is None


def test_the_page_of_rooms_names_what_it_showed(make):
    session = make.joint_session([], state="PLANNED")
    gathering = make.gathering(campaign=session.campaign)
    with pytest.raises(WrongState, match="바뀌었어요"):
        add_room(session, gathering, session.host, seen=7)


def test_a_session_that_has_ended_takes_no_rooms(make):
    for state in ("FINISHED", "CANCELLED"):
        session = make.joint_session([], state=state)
        gathering = make.gathering(campaign=session.campaign)
        with pytest.raises(WrongState):
            add_room(session, gathering, session.host, seen=1)


def test_the_online_room_is_a_gathering_of_the_host_and_there_is_one(make):
    host = make.facilitator()
    session = open_session(make.campaign(), host, a_plan())
    room = open_online_room(session, host, "https://meet.example.org/ten", 100, seen=1)
    db.session.flush()
    gathering = room.gathering
    assert (room.is_online, gathering.state, gathering.organiser_id) == (True, GatheringState.PLANNED, host.id)
    assert gathering.ends_at - gathering.starts_at == timedelta(minutes=75)
    with pytest.raises(WrongState, match="벌써"):
        open_online_room(session, host, "", 100, seen=session.revision)
    with pytest.raises(Forbidden):
        open_online_room(session, make.admin(), "", 100, seen=session.revision)


# cancelling


def test_cancelling_tells_the_organisers_and_lets_their_rooms_go_on(make):
    session = make.joint_session([], state="RUNNING")
    gathering = make.gathering(campaign=session.campaign, state="RUNNING")
    add_room(session, gathering, gathering.organiser, seen=1)
    cancel_session(session, session.host, "태풍이 와요", seen=2)
    db.session.flush()
    assert (session.state, session.cancel_reason) == (JointState.CANCELLED, "태풍이 와요")
    assert gathering.state is GatheringState.RUNNING
    notice = db.session.scalars(sa.select(Notice).where(Notice.kind == "joint.cancelled")).one()
    assert notice.account_id == gathering.organiser_id
    assert "태풍이 와요" in notice.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMail)) == 1


def test_cancelling_cancels_the_online_room_too(make):
    host = make.facilitator()
    session = open_session(make.campaign(), host, a_plan())
    online = open_online_room(session, host, "", 100, seen=1).gathering_id
    cancel_session(session, host, "태풍이 와요", seen=session.revision)
    db.session.expire_all()
    room = db.session.get(JointRoom, online)
    assert room.gathering.state is GatheringState.CANCELLED


@pytest.mark.parametrize("state", ["FINISHED", "CANCELLED"])
def test_what_has_ended_is_not_cancelled(make, state):
    session = make.joint_session(state=state)
    with pytest.raises(WrongState):
        cancel_session(session, session.host, "태풍이 와요", seen=1)


def test_cancelling_needs_a_reason(make):
    session = make.joint_session()
    with pytest.raises(InvalidInput):
        cancel_session(session, session.host, " ", seen=1)
    assert db.session.get(JointSession, session.id).state is JointState.RUNNING
