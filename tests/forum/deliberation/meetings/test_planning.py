from __future__ import annotations

from datetime import timedelta

import pytest

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.meetings.models import MeetingState
from forum.deliberation.meetings.services import (
    add_item,
    cancel_meeting,
    change_meeting,
    open_meeting,
    plan_meeting,
    remove_item,
)
from forum.deliberation.rounds.models import TaskState
from forum.system.notices.models import Notice
from forum.web.uploads import Upload


def details(**values):
    start = clock.now() + timedelta(days=3)
    defaults = {
        "title": "제3차 총회",
        "starts_at": start,
        "ends_at": start + timedelta(hours=2),
        "place": "대회의실",
        "video_url": "",
    }
    return defaults | values


@pytest.fixture
def secretary(make):
    return make.account(Role.ANALYST)


def notified(account):
    return db.session.query(Notice).filter_by(account_id=account.id, kind="council_meeting").count()


def test_a_meeting_is_planned_and_its_members_invited(make, secretary):
    seat = make.seat(substitute_name="대리인", substitute_id=make.citizen().id)
    meeting = plan_meeting(seat.term, secretary, **details())
    assert (meeting.number, meeting.state) == (1, MeetingState.PLANNED)
    assert plan_meeting(seat.term, secretary, **details()).number == 2
    assert notified(seat.account) == notified(seat.substitute) == 2


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "주민번호 900101-1234567"}, "title"),
        ({"place": ""}, "place"),
        ({"place": "", "video_url": "http://회의"}, "video_url"),
        ({"video_url": "javascript:alert(1)"}, "video_url"),
        ({"starts_at": None}, "starts_at"),
        ({"starts_at": clock.now() - timedelta(days=1)}, "starts_at"),
        ({"ends_at": clock.now()}, "ends_at"),
        ({"ends_at": clock.now() + timedelta(days=30)}, "ends_at"),
    ],
)
def test_a_meeting_that_makes_no_sense_is_refused(make, secretary, values, field):
    with pytest.raises(InvalidInput) as refused:
        plan_meeting(make.term(), secretary, **details(**values))
    assert set(refused.value.errors) == {field}


def test_the_round_is_of_the_term(make, secretary):
    with pytest.raises(InvalidInput):
        plan_meeting(make.term(), secretary, **details(), round=make.council_round())


def test_members_hear_of_another_time_and_not_of_another_title(make, secretary):
    seat = make.seat()
    meeting = make.meeting(seat.term)
    same = {name: getattr(meeting, name) for name in ("starts_at", "ends_at", "place", "video_url")}
    change_meeting(meeting, secretary, **(same | {"title": "새 이름"}), seen=1)
    assert notified(seat.account) == 0
    change_meeting(meeting, secretary, **(same | {"title": "새 이름", "place": "소회의실"}), seen=2)
    assert notified(seat.account) == 1
    with pytest.raises(WrongState):
        change_meeting(meeting, secretary, **details(), seen=1)


def test_the_round_stays_once_a_task_is_on_the_agenda(make, secretary):
    round_ = make.council_round()
    meeting = make.meeting(round_.term, round_id=round_.id)
    add_item(meeting, secretary, "", task=make.task(round_))
    with pytest.raises(InvalidInput):
        change_meeting(meeting, secretary, **details(), round=None, seen=meeting.revision)


def test_a_meeting_is_cancelled_with_a_reason(make, secretary):
    seat = make.seat()
    meeting = make.meeting(seat.term)
    with pytest.raises(InvalidInput):
        cancel_meeting(meeting, secretary, " ", seen=1)
    cancel_meeting(meeting, secretary, "태풍", seen=1)
    assert (meeting.state, notified(seat.account)) == (MeetingState.CANCELLED, 1)
    for act in (
        lambda: open_meeting(meeting, secretary, seen=2),
        lambda: cancel_meeting(meeting, secretary, "또", seen=2),
        lambda: add_item(meeting, secretary, "안건"),
    ):
        with pytest.raises(WrongState):
            act()


def test_a_meeting_without_an_agenda_is_not_opened(make, secretary):
    meeting = make.meeting()
    with pytest.raises(WrongState):
        open_meeting(meeting, secretary, seen=1)
    add_item(meeting, secretary, "올해 계획")
    open_meeting(meeting, secretary, seen=2)
    assert meeting.state is MeetingState.OPEN
    with pytest.raises(WrongState):
        open_meeting(meeting, secretary, seen=3)


def test_an_item_has_papers_and_its_place(make, secretary):
    meeting = make.meeting()
    upload = Upload("계획.pdf", "application/pdf", b"%PDF-1.7 plan")
    first = add_item(meeting, secretary, "올해 계획", "살펴봐 주세요.", uploads=[upload])
    assert [(one.name, one.size_bytes) for one in first.files] == [("계획.pdf", 13)]
    assert add_item(meeting, secretary, "다른 것").position == 2
    remove_item(first, secretary, seen=meeting.revision)
    assert [one.title for one in meeting.agenda] == ["다른 것"]


def test_the_same_task_stands_on_the_agenda_once(make, secretary):
    round_ = make.council_round()
    meeting, task = make.meeting(round_.term, round_id=round_.id), make.task(round_)
    assert add_item(meeting, secretary, "", task=task) is add_item(meeting, secretary, "", task=task)


def test_a_task_of_another_round_or_a_withdrawn_one_is_no_item(make, secretary):
    round_ = make.council_round()
    meeting = make.meeting(round_.term, round_id=round_.id)
    gone = make.task(round_, state=TaskState.WITHDRAWN, reason="거두었어요")
    for task in (make.task(), gone):
        with pytest.raises(InvalidInput):
            add_item(meeting, secretary, "", task=task)


def test_an_item_with_a_motion_stays(make, secretary):
    item = make.motion(make.agenda_item(), is_open=False).item
    with pytest.raises(WrongState):
        remove_item(item, secretary, seen=1)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("ANALYST", True), ("ADMIN", True), ("CITIZEN", False), ("COUNCIL_MEMBER", False), ("MINISTRY_OFFICER", False)],
)
def test_who_plans_meetings(make, role, allowed):
    actor, meeting = make.account(Role(role)), make.meeting()
    acts = (
        lambda: plan_meeting(meeting.term, actor, **details()),
        lambda: change_meeting(meeting, actor, **details(), seen=meeting.revision),
        lambda: add_item(meeting, actor, "안건"),
        lambda: open_meeting(meeting, actor, seen=meeting.revision),
    )
    for act in acts:
        if allowed:
            act()
        else:
            with pytest.raises(Forbidden):
                act()
    assert (meeting.state is MeetingState.OPEN) is allowed
