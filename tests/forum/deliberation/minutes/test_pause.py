"""In an election pause gatherings rest; one that runs already may finish, and its minutes go their way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Registration, RegistrationState
from forum.deliberation.gatherings.pausing import register_pause
from forum.deliberation.gatherings.registering import register_person
from forum.deliberation.gatherings.reminding import remind
from forum.deliberation.gatherings.services import announce_gathering
from forum.deliberation.minutes.answering import answer_minutes
from forum.deliberation.minutes.models import MinutesState
from forum.deliberation.minutes.queries import get_minutes
from forum.deliberation.rooms.running import finish_gathering, start_gathering
from forum.system.notices.tasks import send_waiting_mail
from forum.system.pauses.queries import why_paused
from forum.system.pauses.services import end_pause, set_pause
from tests.forum.deliberation.minutes.helpers import asked, met_room
from tests.forum.system.notices.helpers import carrier, mails

__all__ = ["carrier"]


@pytest.fixture
def pause(app):
    register_pause(why_paused)  # as setup.py does; other tests put their own in its place
    return set_pause(SYSTEM, "시험 선거", clock.today(), clock.today())


def test_nothing_begins_in_a_pause_and_all_goes_on_after_it(make, pause):
    draft, planned = (
        make.gathering(state="DRAFT"),
        make.gathering(starts_at=clock.now(), ends_at=clock.now() + timedelta(hours=2)),
    )
    acts = (
        lambda: announce_gathering(draft, draft.organiser, draft.revision),
        lambda: start_gathering(planned, planned.organiser, planned.revision),
    )
    for act in (*acts, lambda: register_person(make.gathering(), make.citizen())):
        with pytest.raises(WrongState, match="선거 기간"):
            act()
    end_pause(pause, SYSTEM)
    for act in acts:
        act()


def test_a_gathering_that_runs_may_finish_and_its_room_confirms_its_minutes(make, pause):
    running = make.gathering(state="RUNNING")
    finish_gathering(running, running.organiser, 0, running.revision)
    assert get_minutes(running.id).state is MinutesState.DRAFT
    room = met_room(make, n_accounts=1, n_phones=0)
    minutes = asked(room)
    answer_minutes(minutes, room.accounts[0], True, "")
    assert minutes.state is MinutesState.CONFIRMED


def test_a_reminder_waits_and_is_dropped_once_the_gathering_has_begun(make, carrier):
    gathering, citizen = make.gathering(), make.citizen()
    seat = {"state": RegistrationState.SEATED, "seated_at": clock.now() - timedelta(days=2)}
    db.session.add(Registration(gathering_id=gathering.id, account_id=citizen.id, **seat))
    db.session.flush()
    assert remind(gathering) == 1
    set_pause(SYSTEM, "시험 선거", clock.today(), clock.today() + timedelta(days=3))
    db.session.commit()
    assert all(mail.is_mailing and mail.useful_until == gathering.starts_at for mail in mails())
    assert send_waiting_mail() == 0
    with clock.at(gathering.starts_at + timedelta(minutes=1)):
        assert send_waiting_mail() == 0
    assert mails() == []


def test_the_page_of_a_forums_gatherings_and_the_admins_say_that_they_rest(client, make, pause):
    gathering = make.gathering()
    assert "선거 기간이라" in client.get(f"/c/{gathering.campaign.slug}/gatherings").text
    assert "선거 기간이라" in client.get(f"/gatherings/{gathering.id}").text
    client.login(make.admin())
    for path in ("/admin/campaigns", "/admin/accounts"):
        assert "선거 기간이라" in client.get(path).text
