"""Actions of phones: each by itself, once, by their own person, and late ones at the facilitator."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.joint.actions import Action, ActionStatus, take_actions
from forum.deliberation.joint.late import decide_late, delete_actions_of, late_actions, n_late
from forum.deliberation.joint.models import ActionKind, ActionState, RoomAction
from forum.deliberation.joint.tasks import forget_actions_of_last_week
from forum.deliberation.rooms.checkin import take_back_check_in
from forum.deliberation.rooms.models import IdeaRoom
from forum.deliberation.rooms.permissions import NotInRoom
from forum.deliberation.rooms.running import finish_gathering
from forum.people.accounts.models import Account
from forum.people.passes.actor import guest_of
from forum.people.passes.models import GuestPass
from forum.people.passes.services import join_pass, withdraw_pass
from forum.system.audit.models import AuditEntry
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import Vote, VoteEvent
from forum.voice.votes.services import cast_votes
from tests.forum.deliberation.joint.test_step import stand
from tests.forum.deliberation.rooms.test_views import hold
from tests.races import at_once

TEXTS = {"title": "버스를 더 자주", "body": "저녁에도 버스가 자주 오면 좋겠습니다"}


def key():
    return str(uuid.uuid4())


def an_idea(**values):
    return Action(key(), ActionKind.IDEA, **(TEXTS | values))


def a_vote(idea, value=1, **values):
    return Action(key(), ActionKind.VOTE, idea_id=idea.id, value=value, **values)


@pytest.fixture
def room(make):
    return make.gathering(state="RUNNING", join_code="12345678")


@pytest.fixture
def entry(make, room):
    return make.entry(room)


@pytest.fixture
def guest(entry):
    return guest_of(entry.guest_pass)


@pytest.fixture
def idea(make, room):
    return make.room_idea(room)


def n_of(model):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def statuses(results):
    return [one.status.value for one in results]


def test_one_refused_action_stops_no_other(make, room, guest, idea):
    elsewhere = make.idea(room.campaign)
    actions = [a_vote(elsewhere), an_idea(title=""), a_vote(idea), an_idea(), an_idea(body=""), Action("", wrong="?")]
    results = take_actions(room, guest, 1, actions)
    assert statuses(results) == ["refused", "refused", "done", "done", "refused", "refused"]
    assert [bool(one.reason) for one in results] == [True, True, False, False, True, True]
    db.session.commit()
    assert (n_of(RoomAction), n_of(Vote), n_of(IdeaRoom)) == (2, 1, 2)
    assert {(one.title, one.body) for one in db.session.scalars(sa.select(RoomAction))} == {("", "")}


def test_an_action_that_is_sent_again_in_another_batch_counts_once(room, guest, idea):
    wrote, voted = an_idea(), a_vote(idea)
    take_actions(room, guest, 1, [wrote])
    db.session.commit()
    results = take_actions(room, guest, 1, [voted, wrote, voted])
    assert statuses(results) == ["done", "again", "again"]
    assert results[1].was is ActionStatus.DONE
    db.session.commit()
    assert (n_of(IdeaRoom), n_of(VoteEvent)) == (2, 1)


def test_a_refused_action_may_be_sent_again_once_it_can_be_taken(room, guest):
    wrote = an_idea(title="")
    assert statuses(take_actions(room, guest, 1, [wrote])) == ["refused"]
    mended = Action(wrote.key, ActionKind.IDEA, **TEXTS)
    assert statuses(take_actions(room, guest, 1, [mended])) == ["done"]


def test_two_tabs_that_send_the_same_at_once_do_it_once(app, room, entry, guest, idea):
    room_id, pass_id = room.id, entry.pass_id
    shared = [an_idea(), a_vote(idea), a_vote(idea, -1, age=60)]

    def send(actions):
        holder = guest_of(db.session.get_one(GuestPass, pass_id))
        take_actions(db.session.get_one(Gathering, room_id), holder, 1, actions)

    assert at_once(app, [lambda: send(shared), lambda: send(shared[::-1])]) == [None, None]
    assert (n_of(RoomAction), n_of(IdeaRoom), n_of(VoteEvent)) == (3, 2, 1)
    assert db.session.scalar(sa.select(Vote.value)) == 1


def test_a_kill_before_the_commit_leaves_nothing_and_the_next_attempt_does_it(room, guest, idea):
    actions = [an_idea(), a_vote(idea)]
    db.session.commit()
    take_actions(room, guest, 1, actions)
    db.session.rollback()
    assert (n_of(RoomAction), n_of(Vote), n_of(IdeaRoom)) == (0, 0, 1)
    assert statuses(take_actions(room, guest, 1, actions)) == ["done", "done"]


def test_the_last_of_several_votes_on_an_idea_counts(room, guest, idea):
    take_actions(room, guest, 1, [a_vote(idea, 1, age=5), a_vote(idea, -1, age=90), a_vote(idea, 0, age=40)])
    assert db.session.scalar(sa.select(Vote.value)) == 1
    assert n_of(RoomAction) == 3


def test_an_old_vote_does_not_replace_a_later_decision(room, guest, idea):
    idea.created_at = clock.now() - timedelta(hours=2)
    db.session.flush()
    cast_votes({idea.id: -1}, guest)
    assert statuses(take_actions(room, guest, 1, [a_vote(idea, 1, age=1800)])) == ["done"]
    assert db.session.scalar(sa.select(Vote.value)) == -1


def test_only_their_own_person_sends_what_a_device_has_kept(make, room, guest, idea):
    other = make.entry(room)
    with pytest.raises(Forbidden, match="다른 사람"):
        take_actions(room, guest_of(other.guest_pass), 1, [a_vote(idea)])
    with pytest.raises(NotInRoom):
        take_actions(room, make.citizen(), 1, [a_vote(idea)])
    waits = make.entry(room, is_admitted=False)
    with pytest.raises(NotInRoom):
        take_actions(room, guest_of(waits.guest_pass), waits.number, [a_vote(idea)])
    with pytest.raises(InvalidInput):
        take_actions(room, guest, 1, [])
    with pytest.raises(InvalidInput):
        take_actions(room, guest, 1, [a_vote(idea)] * 51)


def test_after_the_end_everything_is_refused_in_words_and_what_arrived_before_is_told(room, guest, idea):
    before = a_vote(idea)
    take_actions(room, guest, 1, [before])
    finish_gathering(room, room.organiser, 1, room.revision)
    db.session.commit()
    results = take_actions(room, guest, 1, [before, an_idea(), a_vote(idea, -1)])
    assert statuses(results) == ["again", "refused", "refused"]
    assert "끝났어요" in results[1].reason
    assert n_of(RoomAction) == 1


# late ones
@pytest.fixture
def talking(make, room):
    """The room stands in the opening, which takes neither ideas nor votes."""
    session = make.joint_session([room])
    stand(session, 1)
    return session


def late_one(room, guest, action):
    assert statuses(take_actions(room, guest, 1, [action])) == ["late"]
    db.session.commit()
    return late_actions(room.id)[0]


def test_an_accepted_late_idea_is_the_persons_own(room, entry, guest, talking):
    found = late_one(room, guest, an_idea(body="제 번호는 010-1234-5678입니다. 버스가 자주 오면 좋겠습니다"))
    assert (found.number, found.title) == (1, TEXTS["title"])
    assert "5678" not in found.body
    assert n_of(Idea) == 0
    decide_late(room, room.organiser, entry.id, found.action.key, True)
    db.session.commit()
    written = db.session.scalars(sa.select(Idea)).one()
    assert (written.author_id, written.title) == (entry.participant_id, TEXTS["title"])
    assert (found.action.state, found.action.title, found.action.body) == (ActionState.ACCEPTED, "", "")
    audited = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "joint.accept_late")).one()
    assert TEXTS["title"] not in str(audited.after)


@pytest.mark.parametrize(("move", "step"), [(1, "제안 쓰기"), (2, "여는 말"), (None, ""), (9, "")])
def test_a_late_action_names_the_step_that_its_phone_showed(client, make, room, entry, guest, idea, move, step):
    session = make.joint_session([room])
    stand(session, 3, timedelta(minutes=30))
    stand(session, 1, number=2)
    found = late_one(room, guest, an_idea(move=move, age=1500))
    late_one(room, guest, a_vote(idea, move=move, age=1500))
    assert [one.step for one in late_actions(room.id)] == [step] * 2
    page = client.login(room.organiser).get(f"/gatherings/{room.id}/late").text
    assert page.count("단계, ") == (2 if step else 0)
    assert page.count(f"‘{step}’ 단계, ") == (2 if step else 0)
    assert found.title in page


def test_an_accepted_late_vote_counts_and_nobody_reads_whose_it_was(client, room, entry, guest, idea, talking):
    idea.created_at = clock.now() - timedelta(hours=2)
    found = late_one(room, guest, a_vote(idea, -1, age=60))
    assert (found.number, found.title, found.body) == (None, idea.title, "")
    decide_late(room, room.organiser, entry.id, found.action.key, True)
    db.session.commit()
    assert db.session.scalar(sa.select(Vote.value)) == -1
    audited = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "joint.accept_late")).one()
    assert audited.after == {"kind": "VOTE"}


def test_a_refused_late_action_is_not_done_and_its_words_go(room, entry, guest, talking):
    found = late_one(room, guest, an_idea())
    decide_late(room, room.organiser, entry.id, found.action.key, False)
    db.session.commit()
    assert (found.action.state, found.action.body, n_of(Idea)) == (ActionState.REFUSED, "", 0)
    [again] = take_actions(room, guest, 1, [Action(found.action.key, ActionKind.IDEA, **TEXTS)])
    assert (again.status, again.was) == (ActionStatus.AGAIN, ActionStatus.REFUSED)


def test_two_facilitators_decide_once(app, make, room, entry, guest, talking):
    wanted, helper_id, organiser_id = (
        late_one(room, guest, an_idea()).action.key,
        make.helper(room).id,
        room.organiser_id,
    )
    room_id, entry_id = room.id, entry.id

    def decide(account_id, accepts):
        gathering = db.session.get_one(Gathering, room_id)
        decide_late(gathering, db.session.get_one(Account, account_id), entry_id, wanted, accepts)

    results = at_once(app, [lambda: decide(organiser_id, True), lambda: decide(helper_id, True)])
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "WrongState"]
    assert n_of(Idea) == 1


def test_who_may_not_decide_and_what_is_not_there(make, room, entry, guest, talking):
    wanted = late_one(room, guest, an_idea()).action.key
    with pytest.raises(Forbidden):
        decide_late(room, make.facilitator(), entry.id, wanted, True)
    with pytest.raises(NotFound):
        decide_late(room, room.organiser, entry.id, key(), True)
    other = make.gathering(room.organiser, state="RUNNING")
    with pytest.raises(NotFound):
        decide_late(other, room.organiser, entry.id, wanted, True)


def test_who_acted_late_stays_checked_in(room, entry, guest, talking):
    late_one(room, guest, an_idea())
    with pytest.raises(WrongState):
        take_back_check_in(room, room.organiser, entry.id)


def test_after_the_end_a_late_action_can_only_be_refused(room, entry, guest, talking):
    wanted = late_one(room, guest, an_idea()).action.key
    finish_gathering(room, room.organiser, 1, room.revision)
    db.session.commit()
    with pytest.raises(WrongState):
        decide_late(room, room.organiser, entry.id, wanted, True)
    assert decide_late(room, room.organiser, entry.id, wanted, False) is False


def test_one_person_does_not_fill_the_facilitators_list(room, guest, talking):
    results = take_actions(room, guest, 1, [an_idea(title=f"제안 {n}") for n in range(25)])
    assert statuses(results).count("late") == 20
    assert n_late(room.id) == 20


def test_decided_actions_go_after_a_week_and_waiting_ones_with_the_lists(room, guest, idea, talking):
    take_actions(room, guest, 1, [an_idea()])
    talking.state, talking.finished_at = type(talking.state).FINISHED, clock.now()
    db.session.flush()
    take_actions(room, guest, 1, [a_vote(idea)])
    db.session.commit()
    with clock.at(clock.now() + timedelta(days=8)):
        assert forget_actions_of_last_week() == 1
    assert delete_actions_of(room) == 1


# over HTTP
def test_a_phone_sends_and_the_facilitator_decides(client, new_client, make, room, talking):
    hold(client, _with_code(make, room))
    rows = [
        {"key": key(), "kind": "idea", "age": 3.5, "move": 1} | TEXTS,
        {"key": "x"},
        {"key": key(), "kind": "vote", "age": 1, "idea": 999, "value": 1},
    ]
    said = client.post(f"/gatherings/{room.id}/room/actions", json={"entry": 1, "actions": rows})
    assert [one["status"] for one in said.json["actions"]] == ["late", "refused", "refused"]
    assert "늦게 보낸 것" in client.get(f"/gatherings/{room.id}/room").text
    assert client.get(f"/gatherings/{room.id}/late").status_code == 302, "sign in first"
    runner = new_client().login(room.organiser)
    assert "1개 있어요" in runner.get(f"/gatherings/{room.id}/desk").text
    assert TEXTS["body"] in runner.get(f"/gatherings/{room.id}/late").text
    found = late_actions(room.id)[0].action
    answer = {"entry": found.entry_id, "key": found.key, "answer": "accept"}
    assert runner.post(f"/gatherings/{room.id}/late", data=answer).status_code == 303
    assert runner.post(f"/gatherings/{room.id}/late", data=answer).status_code == 409
    assert "진행자가 받음" in client.get(f"/gatherings/{room.id}/room").text


def _with_code(make, room):
    made = make.guest()
    make.entry(room, made)
    return made


@pytest.mark.parametrize("sent", [{}, {"actions": 1}, {"entry": "1", "actions": []}, [], {"entry": 1, "actions": []}])
def test_what_is_no_list_of_actions_is_refused(client, make, room, sent):
    hold(client, _with_code(make, room))
    assert client.post(f"/gatherings/{room.id}/room/actions", json=sent).status_code == 400


def test_the_script_of_rooms_is_given_to_visitors_for_pages_of_gatherings_alone(client):
    answer = client.get("/room-sw.js?v=1")
    assert (answer.status_code, answer.headers["Service-Worker-Allowed"]) == (200, "/gatherings/")
    assert answer.mimetype == "text/javascript"
    assert "Set-Cookie" not in answer.headers
    answer.close()


# who leaves, and who gets an account
def test_what_a_guest_sent_late_goes_over_to_the_account_that_is_in_the_room_too(make, room, entry, guest, talking):
    late_one(room, guest, an_idea())
    account = make.citizen()
    own = make.entry(room, account)
    join_pass(entry.guest_pass, account, account)
    db.session.commit()
    [found] = late_actions(room.id)
    assert found.action.entry_id == own.id
    decide_late(room, room.organiser, own.id, found.action.key, True)
    assert db.session.scalars(sa.select(Idea)).one().author_id == account.participant_id


def test_a_guest_who_takes_everything_back_takes_what_came_late_along(room, entry, guest, talking):
    late_one(room, guest, an_idea())
    withdraw_pass(entry.guest_pass, guest)
    db.session.commit()
    assert n_of(RoomAction) == 0


def test_somebody_who_has_left_the_forum_is_told_of_no_more(room, entry, guest, talking):
    wanted = late_one(room, guest, an_idea()).action.key
    entry.participant_id = None
    db.session.commit()
    with pytest.raises(WrongState, match="이제 모임방에 없어서"):
        decide_late(room, room.organiser, entry.id, wanted, True)
