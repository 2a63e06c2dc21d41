"""Periodic tasks of gatherings, with a commit after each gathering: a kill loses nothing and repeats nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import current_app

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.gatherings.lists import delete_lists
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import due_for_deletion, due_for_reminding, get_gathering, untended_ids
from forum.deliberation.gatherings.registering import tend_list
from forum.deliberation.gatherings.reminding import remind
from forum.system.jobs.registry import periodic_task


@periodic_task("gatherings.remind")
def remind_of_tomorrow() -> int:
    """Remind people of gatherings of tomorrow, from DAILY_MAIL_FROM_HOUR on; return how many gatherings were due."""
    if clock.now().astimezone(clock.SEOUL).hour < int(current_app.config["DAILY_MAIL_FROM_HOUR"]):
        return 0
    return _each(due_for_reminding(clock.today()), remind)


@periodic_task("gatherings.tend_lists")
def tend_lists() -> int:
    """Take off lists who may not come any more, and give free seats to those who wait; return how many gatherings."""
    return _each(untended_ids(), tend_list)


@periodic_task("gatherings.delete_lists")
def delete_due_lists() -> int:
    """Delete the lists of people whose day has come; return of how many gatherings."""
    return _each(due_for_deletion(clock.today()), delete_lists)


def _each(gathering_ids: Sequence[int], act: Callable[[Gathering], object]) -> int:
    for gathering_id in gathering_ids:
        act(get_gathering(gathering_id))
        db.session.commit()
    return len(gathering_ids)
