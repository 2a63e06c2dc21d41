from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.database import affected, reading
from forum.core.extensions import db
from forum.response.datarequests import mails
from forum.response.datarequests.days import KEEP_WORDS
from forum.response.datarequests.models import DataRequest, RequestAppeal, RequestState
from forum.response.datarequests.terms import last_day
from forum.system.jobs.registry import periodic_task

REMIND_BEFORE = timedelta(days=3)
REMIND_AGAIN = timedelta(days=7)
ENDED_LATELY = timedelta(days=30)
"""A worker that stood still for a month tells nobody any more that the time of use is over."""


@periodic_task("datarequests.keep_clocks")
def keep_clocks() -> int:
    """Remind of due dates, and tell whose time of use is over. Commits after each; safe in two workers at once.

    :return: how many were told
    """
    with reading():
        request_ids = [one.id for one in _watched() if is_due(one)]
        db.session.rollback()
    return sum(_remind(request_id) for request_id in request_ids)


@periodic_task("datarequests.forget")
def forget_words() -> int:
    """Delete what the parties alone read, three years after the use ended. Commits.

    :return: how many requests
    """
    before = clock.today() - KEEP_WORDS
    old = sa.and_(DataRequest.state != RequestState.REVIEW, DataRequest.until_on < before)
    has_words = sa.or_(DataRequest.users != "", DataRequest.safeguards != "")
    ids = sa.select(DataRequest.id).where(old)
    appeals = sa.update(RequestAppeal).where(RequestAppeal.request_id.in_(ids), RequestAppeal.reason != "")
    db.session.execute(appeals.values(reason="").execution_options(synchronize_session=False))
    emptied = sa.update(DataRequest).where(old, has_words).values(users="", safeguards="")
    count = affected(db.session.execute(emptied.execution_options(synchronize_session=False)))
    db.session.commit()
    return count


def is_due(request: DataRequest) -> bool:
    """Return whether somebody has to be told something today."""
    today = clock.today()
    if request.state is RequestState.APPROVED:
        terms = request.terms_in_force
        ended = last_day(terms) if terms else today
        return ended < today <= ended + ENDED_LATELY and (request.reminded_on is None or request.reminded_on <= ended)
    if request.state is not RequestState.REVIEW or today < request.due_on - REMIND_BEFORE:
        return False
    last = request.reminded_on
    if last is None:
        return True
    return (last <= request.due_on < today) or (today > request.due_on and today - last >= REMIND_AGAIN)


def _remind(request_id: int) -> int:
    """Tell whoever has to hear of one request, unless another worker was faster."""
    query = sa.select(DataRequest).where(DataRequest.id == request_id).with_for_update(of=DataRequest)
    request = db.session.scalar(query.execution_options(populate_existing=True))
    due = request is not None and is_due(request)
    if request is not None and due:
        request.reminded_on = clock.today()
        if request.state is RequestState.APPROVED:
            mails.notify_of_end(request, SYSTEM)
        else:
            mails.notify_of_due_date(request, SYSTEM, is_overdue=clock.today() > request.due_on)
    db.session.commit()
    return int(due)


def _watched() -> list[DataRequest]:
    """Return the requests of which somebody may have to be told something."""
    today = clock.today()
    waits = sa.and_(DataRequest.state == RequestState.REVIEW, DataRequest.due_on <= today + REMIND_BEFORE)
    runs = DataRequest.state == RequestState.APPROVED
    return list(db.session.scalars(sa.select(DataRequest).where(sa.or_(waits, runs)).order_by(DataRequest.id)))
