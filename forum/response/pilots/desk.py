"""What an office's officers find about pilots on their desk, and how much of it waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from forum.core.access import Actor
from forum.core.i18n import _
from forum.response.pilots.models import Pilot
from forum.response.pilots.queries import count_waiting, pilots_to_take_over, pilots_under_way, waiting_promises
from forum.response.referrals.models import Referral
from forum.web.waiting import Waiting


@dataclass(frozen=True)
class OfficePilots:
    """Pilots as one office sees them.

    promised : letters whose answer promises a pilot that nobody has planned
    under_way : planned and running, the first to end first
    to_take_over : of other offices
    """

    promised: Sequence[Referral]
    under_way: Sequence[Pilot]
    to_take_over: Sequence[Pilot]


def office_pilots(officer: Actor) -> OfficePilots | None:
    """Return the pilots on an officer's desk; None if there are none."""
    if officer.ministry_id is None:
        return None
    found = OfficePilots(
        waiting_promises(officer.ministry_id),
        pilots_under_way(officer.ministry_id),
        pilots_to_take_over(officer.ministry_id),
    )
    return found if found.promised or found.under_way or found.to_take_over else None


def pilots_waiting(officer: Actor) -> list[Waiting]:
    """Return how many promised pilots are to be planned, and how many are to be measured at their end."""
    if officer.ministry_id is None:
        return []
    promised, ended = count_waiting(officer.ministry_id)
    url = f"{url_for('referrals.desk')}#pilots"
    counts = ((_("준비할 시범"), promised), (_("값을 재어 넣을 시범"), ended))
    return [Waiting(label, count, url) for label, count in counts if count]
