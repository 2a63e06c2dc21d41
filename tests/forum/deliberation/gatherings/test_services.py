from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.gatherings import cancelling, pausing
from forum.deliberation.gatherings.cancelling import register_at_cancel, register_at_delete
from forum.deliberation.gatherings.details import Details
from forum.deliberation.gatherings.models import (
    AgeGroup,
    Gathering,
    GatheringHelper,
    GatheringState,
    Registration,
    RegistrationState,
)
from forum.deliberation.gatherings.pausing import register_pause
from forum.deliberation.gatherings.registering import register_person
from forum.deliberation.gatherings.services import (
    announce_gathering,
    cancel_gathering,
    copy_gathering,
    delete_draft,
    edit_gathering,
    open_gathering,
)
from forum.deliberation.gatherings.states import mark_finished, mark_started
from forum.people.accounts.services import revoke_role
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import MailOptOut, MailStream, Notice, OutboxMail
from forum.system.texts.limits import TooManyTexts
from tests.factories import SCRIPT
from tests.races import at_once, changed_meanwhile

PHONE = "010-1234-5678"


@pytest.fixture(autouse=True)
def _no_steps_of_others(monkeypatch):
    """Registries as they are without the slices above."""
    monkeypatch.setattr(cancelling, "_steps", {})
    monkeypatch.setattr(cancelling, "_deletions", {})
    monkeypatch.setattr(pausing, "_finders", [])


def tomorrow(**more) -> dict:
    starts = clock.now().replace(microsecond=0) + timedelta(days=1)
    return {"starts_at": starts, "ends_at": starts + timedelta(hours=2)} | more


def details(**values) -> Details:
    return replace(
        Details(
            title=f"동네 모임 {SCRIPT}", place_name="주민센터", region_code="11", agenda="여는 말\n이야기", seats=10
        ),
        **(tomorrow() | values),
    )


def acts() -> list[str]:
    query = sa.select(AuditEntry.action).where(AuditEntry.action.like("gatherings.%")).order_by(AuditEntry.id)
    return list(db.session.scalars(query))


def notices(account, kind: str) -> list[str]:
    query = sa.select(Notice.text).where(Notice.account_id == account.id, Notice.kind == kind).order_by(Notice.id)
    return list(db.session.scalars(query))


def mails_to(account) -> list[OutboxMail]:
    query = sa.select(OutboxMail).where(OutboxMail.recipient == account.email).order_by(OutboxMail.id)
    return list(db.session.scalars(query))


def test_a_facilitator_opens_a_draft(make):
    facilitator, campaign = make.facilitator(), make.campaign()
    gathering = open_gathering(campaign, facilitator, details(access_notes=f"전화 {PHONE}"))
    assert gathering.state is GatheringState.DRAFT
    assert gathering.join_code is None
    assert PHONE not in gathering.access_notes
    assert gathering.organiser_id == facilitator.id
    assert acts() == ["gatherings.open"]
    assert SCRIPT not in str(db.session.scalars(sa.select(AuditEntry.after)).all())


@pytest.mark.parametrize("role", ["citizen", "analyst", "officer", "council_member", "admin"])
def test_nobody_else_opens_one(make, role):
    actor = getattr(make, role)()
    with pytest.raises(Forbidden):
        open_gathering(make.campaign(), actor, details())


def test_a_facilitator_without_a_confirmed_address_opens_none(make):
    with pytest.raises(Forbidden):
        open_gathering(make.campaign(), make.facilitator(confirmed=False), details())


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "가" * 101}, "title"),
        ({"summary": "번호는 900101-1234568 이에요"}, "summary"),
        ({"agenda": "\n".join(["이야기"] * 21)}, "agenda"),
        ({"online_url": "javascript:alert(1)"}, "online_url"),
        ({"online_url": "https://good.example@evil.example/"}, "online_url"),
        ({"online_url": "https://"}, "online_url"),
        ({"online_url": "https://[broken"}, "online_url"),
        ({"online_url": "//evil.example/x"}, "online_url"),
        ({"online_url": 'https://evil.example/"><script>'}, "online_url"),
        ({"online_url": "https://a.example:99999/"}, "online_url"),
        ({"age_group": "ROBOTS"}, "age_group"),
        ({"region_code": "99"}, "region_code"),
        ({"seats": 0}, "seats"),
        ({"seats": None}, "seats"),
        ({"seats": 301}, "seats"),
        ({"held_seats": 11}, "held_seats"),
        ({"held_seats": -1}, "held_seats"),
        ({"held_seats": None}, "held_seats"),
        ({"ends_at": None}, "ends_at"),
        ({"starts_at": None}, "starts_at"),
        ({"ends_at": tomorrow()["starts_at"] - timedelta(hours=1)}, "ends_at"),
        ({"ends_at": tomorrow()["starts_at"] + timedelta(days=3)}, "ends_at"),
        ({"starts_at": tomorrow()["starts_at"].replace(year=2100)}, "starts_at"),
        ({"place_name": "하나\x00둘"}, "place_name"),
        ({"host_name": "\ud800"}, "host_name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(make, values, field):
    with pytest.raises(InvalidInput) as refused:
        open_gathering(make.campaign(), make.facilitator(), details(**values))
    assert set(refused.value.errors) == {field}


def test_all_mistakes_are_told_at_once(make):
    with pytest.raises(InvalidInput) as refused:
        open_gathering(make.campaign(), make.facilitator(), details(title="", seats=0, region_code="xx"))
    assert set(refused.value.errors) == {"title", "seats", "region_code"}


def test_one_person_opens_only_so_many(app, make, monkeypatch):
    monkeypatch.setitem(app.config, "GATHERING_LIMIT_PER_PERSON", "2 per hour")
    facilitator, campaign = make.facilitator(), make.campaign()
    for _n in range(2):
        open_gathering(campaign, facilitator, details())
    with pytest.raises(TooManyTexts):
        open_gathering(campaign, facilitator, details())


def test_one_network_opens_only_so_many(app, make, monkeypatch):
    monkeypatch.setitem(app.config, "GATHERING_LIMIT_PER_NETWORK", "1 per hour")
    campaign = make.campaign()
    open_gathering(campaign, make.facilitator(), details(), "192.0.2.7")
    with pytest.raises(TooManyTexts):
        open_gathering(campaign, make.facilitator(), details(), "192.0.2.7")


# announcing


def test_an_announced_gathering_has_a_code_and_followers_hear_of_it_daily(make):
    gathering, follower = make.gathering(state="DRAFT"), make.citizen()
    make.follow(follower, gathering.campaign)
    make.follow(gathering.organiser, gathering.campaign)
    announce_gathering(gathering, gathering.organiser, gathering.revision)
    assert gathering.state is GatheringState.PLANNED
    assert len(gathering.join_code) == 8
    assert gathering.join_code.isdigit()
    told = db.session.scalars(sa.select(Notice).where(Notice.kind == "gatherings.announced")).all()
    assert [(one.account_id, one.in_daily_mail) for one in told] == [(follower.id, True)]
    assert acts() == ["gatherings.announce"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"starts_at": None, "ends_at": None}, "starts_at"),
        ({"starts_at": tomorrow()["starts_at"] - timedelta(days=2), "ends_at": tomorrow()["starts_at"]}, "starts_at"),
        ({"place_name": "", "online_url": ""}, "place_name"),
    ],
)
def test_what_people_could_not_come_to_is_not_announced(make, values, field):
    gathering = make.gathering(state="DRAFT", **values)
    with pytest.raises(InvalidInput) as refused:
        announce_gathering(gathering, gathering.organiser, gathering.revision)
    assert set(refused.value.errors) == {field}
    assert gathering.state is GatheringState.DRAFT


def test_an_online_gathering_needs_no_place(make):
    gathering = make.gathering(state="DRAFT", place_name="", online_url="https://meet.example.org/a")
    announce_gathering(gathering, gathering.organiser, gathering.revision)
    assert gathering.state is GatheringState.PLANNED


@pytest.mark.parametrize("state", ["PLANNED", "RUNNING", "FINISHED", "CANCELLED"])
def test_a_gathering_is_announced_once(make, state):
    gathering = make.gathering(state=state)
    with pytest.raises(WrongState):
        announce_gathering(gathering, gathering.organiser, gathering.revision)


def test_a_hidden_draft_is_not_announced(make):
    gathering = make.gathering(state="DRAFT", is_hidden=True)
    with pytest.raises(WrongState):
        announce_gathering(gathering, gathering.organiser, gathering.revision)


def test_a_pause_stops_announcing_registering_and_starting(make):
    draft, planned = make.gathering(state="DRAFT"), make.gathering()
    register_pause(lambda: "선거 기간이라 쉬어요.")
    for act in (
        lambda: announce_gathering(draft, draft.organiser, draft.revision),
        lambda: register_person(planned, make.citizen()),
        lambda: mark_started(planned, planned.organiser),
    ):
        with pytest.raises(WrongState, match="선거 기간"):
            act()
    register_pause(lambda: "")
    announce_gathering(draft, draft.organiser, draft.revision)


def test_an_outdated_page_changes_nothing(make):
    gathering = make.gathering(state="DRAFT")
    changed_meanwhile(gathering, revision=2)
    with pytest.raises(WrongState):
        announce_gathering(gathering, gathering.organiser, 1)


def test_two_clicks_announce_once(app, make):
    gathering = make.gathering(state="DRAFT")
    gathering_id = gathering.id

    def act() -> None:
        found = db.session.get(Gathering, gathering_id)
        announce_gathering(found, found.organiser, 1)

    results = at_once(app, [act, act])
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "WrongState"]
    assert acts() == ["gatherings.announce"]


# editing


def test_another_place_is_told_to_those_who_registered(make):
    gathering, seated, other = make.gathering(), make.citizen(), make.citizen()
    register_person(gathering, seated)
    make.helper(gathering, other)
    db.session.add(MailOptOut(account_id=seated.id, stream=MailStream.OWN))
    edit_gathering(gathering, gathering.organiser, replace(Details.of(gathering), place_name="도서관 1층"), 1)
    assert gathering.revision == 2
    assert len(notices(seated, "gatherings.changed")) == 1
    (mail,) = mails_to(seated)
    assert "도서관 1층" in mail.body
    assert mail.stream is None  # it cannot be stopped
    assert not mails_to(other)
    assert acts() == ["gatherings.edit"]


def test_another_summary_is_told_to_nobody(make):
    gathering, seated = make.gathering(), make.citizen()
    register_person(gathering, seated)
    edit_gathering(gathering, gathering.organiser, replace(Details.of(gathering), summary="새 소개"), 1)
    assert not mails_to(seated)


def test_another_day_is_reminded_of_anew(make):
    gathering, seated = make.gathering(), make.citizen()
    register_person(gathering, seated).reminded_at = clock.now()
    edit_gathering(gathering, gathering.organiser, replace(Details.of(gathering), **_later(gathering)), 1)
    assert db.session.get(Registration, (gathering.id, seated.id), populate_existing=True).reminded_at is None


def _later(gathering) -> dict:
    return {name: getattr(gathering, name) + timedelta(days=3) for name in ("starts_at", "ends_at")}


def test_saving_what_is_there_changes_nothing(make):
    gathering = make.gathering()
    edit_gathering(gathering, gathering.organiser, Details.of(gathering), 1)
    assert gathering.revision == 1
    assert acts() == []


def test_an_announced_gathering_keeps_a_place_and_a_time(make):
    gathering = make.gathering()
    with pytest.raises(InvalidInput):
        edit_gathering(gathering, gathering.organiser, replace(Details.of(gathering), place_name=""), 1)
    with pytest.raises(InvalidInput):
        edit_gathering(gathering, gathering.organiser, replace(Details.of(gathering), starts_at=None, ends_at=None), 1)


def test_one_that_should_have_begun_may_still_be_corrected(make):
    gathering = make.gathering(starts_at=clock.now() - timedelta(hours=1), ends_at=clock.now() + timedelta(hours=1))
    edit_gathering(gathering, gathering.organiser, replace(Details.of(gathering), access_notes="2층이에요"), 1)
    assert gathering.access_notes == "2층이에요"


def test_nobody_loses_a_seat_by_fewer_seats(make):
    gathering = make.gathering(seats=3)
    for _n in range(2):
        register_person(gathering, make.citizen())
    with pytest.raises(InvalidInput) as refused:
        edit_gathering(gathering, gathering.organiser, replace(Details.of(gathering), seats=1), 1)
    assert set(refused.value.errors) == {"seats"}
    edit_gathering(gathering, gathering.organiser, replace(Details.of(gathering), seats=2), 1)


def test_more_seats_go_to_those_who_wait(make):
    gathering, first, second = make.gathering(seats=1), make.citizen(), make.citizen()
    register_person(gathering, first)
    register_person(gathering, second)
    edit_gathering(gathering, gathering.organiser, replace(Details.of(gathering), seats=2), 1)
    assert db.session.get(Registration, (gathering.id, second.id)).state is RegistrationState.SEATED
    assert len(mails_to(second)) == 1


@pytest.mark.parametrize("state", ["RUNNING", "FINISHED", "CANCELLED"])
def test_what_began_or_ended_is_not_edited(make, state):
    gathering = make.gathering(state=state)
    with pytest.raises(WrongState):
        edit_gathering(gathering, gathering.organiser, replace(Details.of(gathering), summary="새 소개"), 1)


def test_others_do_not_edit_and_a_lost_role_ends_it(make):
    gathering = make.gathering()
    for actor in (make.facilitator(), make.citizen(), make.analyst(), make.helper(gathering)):
        with pytest.raises(Forbidden):
            edit_gathering(gathering, actor, replace(Details.of(gathering), summary="새 소개"), 1)
    organiser = gathering.organiser
    revoke_role(organiser, make.admin())
    with pytest.raises(Forbidden):
        edit_gathering(gathering, organiser, replace(Details.of(gathering), summary="새 소개"), 1)
    edit_gathering(gathering, make.admin(), replace(Details.of(gathering), summary="새 소개"), 1)


def test_an_edit_of_an_outdated_page_is_refused(make):
    gathering = make.gathering()
    changed_meanwhile(gathering, revision=5)
    with pytest.raises(WrongState):
        edit_gathering(gathering, gathering.organiser, replace(Details.of(gathering), summary="새 소개"), 1)


# cancelling


def test_a_cancellation_tells_everybody_at_once(make):
    gathering, people = make.gathering(seats=1), [make.citizen(), make.citizen()]
    helper, stranger = make.helper(gathering), make.citizen()
    for person in people:
        register_person(gathering, person)
    cancel_gathering(gathering, gathering.organiser, "눈이 많이 와요", 1)
    assert gathering.state is GatheringState.CANCELLED
    assert gathering.join_code is None
    assert gathering.lists_until == clock.today() + timedelta(days=30)
    for person in (*people, helper):
        assert len(notices(person, "gatherings.cancelled")) == 1
        (mail,) = mails_to(person)
        assert "눈이 많이 와요" in mail.body
        assert mail.stream is None
    assert not mails_to(stranger)
    assert not mails_to(gathering.organiser)


@pytest.mark.parametrize("reason", ["", "x", "가" * 301, "900101-1234568"])
def test_a_cancellation_says_why(make, reason):
    gathering = make.gathering()
    with pytest.raises(InvalidInput):
        cancel_gathering(gathering, gathering.organiser, reason, 1)


def test_a_running_gathering_is_cancelled_only_on_purpose(make):
    gathering, ended = make.gathering(state="RUNNING"), []
    register_at_cancel("rooms", lambda one, _actor: ended.append(one.id))
    with pytest.raises(InvalidInput) as refused:
        cancel_gathering(gathering, gathering.organiser, "불이 났어요", 1)
    assert set(refused.value.errors) == {"is_confirmed"}
    assert ended == []
    cancel_gathering(gathering, gathering.organiser, "불이 났어요", 1, is_confirmed=True)
    assert gathering.state is GatheringState.CANCELLED
    assert ended == [gathering.id]


def test_people_who_were_checked_in_early_count_too(make):
    gathering = make.gathering()
    register_at_cancel("rooms", lambda _one, _actor: None, lambda _one: 3)
    with pytest.raises(InvalidInput):
        cancel_gathering(gathering, gathering.organiser, "불이 났어요", 1)
    cancel_gathering(gathering, gathering.organiser, "불이 났어요", 1, is_confirmed=True)
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "gatherings.cancel")).one()
    assert (entry.after["state"], entry.after["registered"], entry.after["present"]) == ("CANCELLED", 0, 3)


@pytest.mark.parametrize("state", ["DRAFT", "FINISHED", "CANCELLED"])
def test_only_what_is_announced_or_runs_is_cancelled(make, state):
    gathering = make.gathering(state=state)
    with pytest.raises(WrongState):
        cancel_gathering(gathering, gathering.organiser, "비가 와요", 1)


def test_two_clicks_cancel_once(app, make):
    gathering, person = make.gathering(), make.citizen()
    register_person(gathering, person)
    gathering_id = gathering.id

    def act() -> None:
        found = db.session.get(Gathering, gathering_id)
        cancel_gathering(found, found.organiser, "비가 와요", 1)

    results = at_once(app, [act, act])
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "WrongState"]
    assert len(mails_to(person)) == 1


def test_a_draft_is_deleted_with_what_refers_to_it(make):
    gathering, deleted = make.gathering(state="DRAFT"), []
    make.helper(gathering)
    register_at_delete("rooms", lambda one: deleted.append(one.id))
    gathering_id, organiser = gathering.id, gathering.organiser
    delete_draft(gathering, organiser, 1)
    assert db.session.get(Gathering, gathering_id) is None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(GatheringHelper)) == 0
    assert deleted == [gathering_id]
    assert acts() == ["gatherings.delete"]


def test_what_was_announced_is_never_deleted(make):
    gathering = make.gathering()
    with pytest.raises(WrongState):
        delete_draft(gathering, gathering.organiser, 1)


# copying


def test_any_facilitator_copies_a_finished_gathering(make):
    original = make.gathering(
        state="FINISHED", age_group=AgeGroup.TEENS, access_notes="승강기가 있어요", online_url="https://a.example/x"
    )
    other = make.facilitator()
    made = copy_gathering(original, other)
    assert made.state is GatheringState.DRAFT
    assert (made.title, made.summary, made.agenda) == (original.title, original.summary, original.agenda)
    assert (made.access_notes, made.age_group, made.seats) == ("승강기가 있어요", AgeGroup.TEENS, original.seats)
    assert made.copied_from_id == original.id
    assert made.organiser_id == other.id
    assert (made.starts_at, made.place_name, made.online_url, made.host_name) == (None, "", "", "")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0


@pytest.mark.parametrize(
    "values", [{"state": "PLANNED"}, {"state": "CANCELLED"}, {"state": "FINISHED", "is_hidden": True}]
)
def test_only_what_has_taken_place_in_public_is_copied(make, values):
    with pytest.raises(Forbidden):
        copy_gathering(make.gathering(**values), make.facilitator())


def test_a_citizen_copies_nothing(make):
    with pytest.raises(Forbidden):
        copy_gathering(make.gathering(state="FINISHED"), make.citizen())


def test_a_copy_goes_the_whole_way(make):
    other = make.facilitator()
    made = copy_gathering(make.gathering(state="FINISHED"), other)
    edit_gathering(made, other, replace(Details.of(made), place_name="학교 강당", **tomorrow()), 1)
    announce_gathering(made, other, 2)
    mark_started(made, other)
    mark_finished(made, other, n_present=4, last_event_id=0)
    assert made.state is GatheringState.FINISHED
    assert acts() == [f"gatherings.{act}" for act in ("copy", "edit", "announce", "start", "finish")]
