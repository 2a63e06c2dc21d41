"""What the database itself refuses of people who may not take part, whoever asks it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from forum.core import clock
from forum.core.extensions import db


def waiting(make):
    return make.child()


def closed(make):
    return make.citizen(active=False)


@pytest.fixture(params=[waiting, closed])
def outsider(make, request):
    return request.param(make)


def test_no_idea_of_an_outsider(make, outsider):
    with pytest.raises(IntegrityError, match="may not take part"):
        make.idea(author=outsider)


def test_no_comment_of_an_outsider(make, outsider):
    idea = make.idea()
    with pytest.raises(IntegrityError, match="may not take part"):
        make.comment(idea, outsider)


def test_no_vote_of_an_outsider(make, outsider):
    idea = make.idea()
    with pytest.raises(IntegrityError, match="may not take part"):
        make.vote(idea, outsider)


def test_no_vote_is_changed_after_consent_is_gone(make):
    child = make.child(waits_for_consent=False)
    vote = make.vote(make.idea(), child)
    child.waits_for_consent = True
    db.session.flush()
    vote.value = -1
    with pytest.raises(IntegrityError, match="may not take part"):
        db.session.flush()


def test_with_consent_all_of_it_is_taken(make):
    child = make.child(waits_for_consent=False)
    idea = make.idea(author=child)
    make.comment(idea, child)
    make.vote(idea, child).value = -1
    db.session.flush()


def test_only_children_wait(make):
    with pytest.raises(IntegrityError, match="only_children_wait"):
        make.citizen(waits_for_consent=True)


def test_nobody_waits_unless_told(make):
    account = make.citizen()
    db.session.refresh(account)
    assert account.waits_for_consent is False
    raw = "SELECT count(*) FROM account WHERE waits_for_consent OR needs_consent_until IS NOT NULL"
    assert db.session.scalar(sa.text(raw)) == 0


def test_the_day_is_kept_as_a_day(make):
    child = make.child(needs_consent_until=clock.today() + timedelta(days=1))
    db.session.refresh(child)
    assert child.needs_consent_until == clock.today() + timedelta(days=1)
