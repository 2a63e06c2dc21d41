from __future__ import annotations

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.gatherings.mails import notify_reminded
from forum.deliberation.gatherings.models import Gathering, GatheringState, Registration
from forum.deliberation.gatherings.queries import lock_gathering, waits_for_reminder
from forum.people.accounts.queries import addresses_of


def remind(gathering: Gathering) -> int:
    """Remind those who have a seat in a gathering of tomorrow, each once. The caller commits.

    :return: how many people
    """
    lock_gathering(gathering)
    if gathering.state is not GatheringState.PLANNED or gathering.is_hidden:
        return 0
    people = db.session.scalars(waits_for_reminder(clock.today()).where(Gathering.id == gathering.id)).all()
    if not people:
        return 0
    rows = sa.update(Registration).where(Registration.gathering_id == gathering.id, Registration.account_id.in_(people))
    db.session.execute(rows.values(reminded_at=clock.now()).execution_options(synchronize_session=False))
    notify_reminded(gathering, addresses_of(people))
    return len(people)
