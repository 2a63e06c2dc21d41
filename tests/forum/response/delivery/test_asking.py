"""“됐나요?”: who is asked, and that nobody is asked twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.response.delivery import tasks
from forum.response.delivery.asking import ask_people
from forum.response.delivery.models import RatingRound
from forum.response.delivery.queries import may_rate
from forum.system.notices.models import Notice
from forum.voice.votes.models import DISAGREE, PASS
from tests.races import at_once


def told():
    query = sa.select(Notice.account_id).where(Notice.kind == "rating_asked").order_by(Notice.account_id)
    return list(db.session.scalars(query))


@pytest.fixture
def waiting(make):
    """A round that opens an hour from when people voted, with whom it asks."""
    round_ = make.rating_round(opened_at=clock.now() + timedelta(hours=1))
    ideas = [member.idea for member in round_.milestone.answer.referral.theme.members]
    people = [ideas[0].author.account, ideas[1].author.account, make.citizen(), make.citizen(), make.facilitator()]
    for person, value in zip(people[2:], (DISAGREE, PASS, 1), strict=True):
        make.vote(ideas[0], person, value)
    late, child, rated = make.citizen(), make.child(waits_for_consent=False), make.citizen()
    for person in (child, rated):
        make.vote(ideas[1], person)
    make.rating(round_, rated)
    with clock.at(clock.now() + timedelta(hours=2)):
        make.vote(ideas[1], late)
    child.waits_for_consent = True
    db.session.commit()
    return round_.id, sorted({person.id for person in people})


def test_each_person_who_may_rate_is_asked_once_also_after_a_kill(waiting, monkeypatch):
    round_id, people = waiting

    def killed(name):
        assert name == "delivery.asking"
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks, "failpoint", killed)
    with pytest.raises(KeyboardInterrupt):
        tasks.ask_all()
    db.session.rollback()
    assert told() == []
    monkeypatch.setattr(tasks, "failpoint", lambda _name: None)
    assert tasks.ask_all() == len(people)
    assert tasks.ask_all() == 0
    assert told() == people
    round_ = db.session.get_one(RatingRound, round_id)
    assert all(may_rate(account.participant_id, round_) for account in _accounts(people))
    notice = db.session.scalars(sa.select(Notice).where(Notice.kind == "rating_asked")).first()
    assert (notice.in_daily_mail, notice.path) == (True, f"/milestones/{round_.milestone_id}/rating")
    assert "됐나요?" in notice.text


def _accounts(ids):
    from forum.people.accounts.models import Account

    return [db.session.get_one(Account, one) for one in ids]


def test_two_workers_ask_once(app, waiting):
    round_id, people = waiting
    assert at_once(app, [lambda: ask_people(round_id)] * 2) == [None, None]
    assert told() == people
