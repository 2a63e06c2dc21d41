"""Delete the lists of people of a gathering on their day: registrations, helpers, and what higher slices keep.

Rooms and minutes register their part, so that everything goes in one transaction: on that day nobody can say any more
who was there, and the numbers stay.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.database import affected
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.facts import GATHERINGS
from forum.deliberation.gatherings.models import Gathering, GatheringHelper, GatheringState, Registration
from forum.deliberation.gatherings.queries import due_for_deletion, lock_gathering
from forum.deliberation.gatherings.states import mark_cancelled
from forum.system.audit.services import record

DeleteList = Callable[[Gathering], int]
_parts: dict[str, DeleteList] = {}


def register_list_deletion(name: str, delete: DeleteList) -> None:
    """Register what deletes a list under a name, and returns how many rows it changed. The gathering is locked.

    Registering a name again replaces it.
    """
    _parts[name] = delete


def delete_lists(gathering: Gathering) -> None:
    """Delete all lists of a gathering whose day has come; a second time does nothing. The caller commits.

    One that was announced and never began is cancelled by that, without a word to anybody.
    """
    lock_gathering(gathering)
    if gathering.id not in due_for_deletion(clock.today()):
        return
    if gathering.state is GatheringState.PLANNED:
        mark_cancelled(gathering, SYSTEM, _("열리지 않은 모임이에요."))
    counts = {name: _parts[name](gathering) for name in sorted(_parts)}
    counts |= {"registrations": _delete(gathering, Registration), "helpers": _delete(gathering, GatheringHelper)}
    gathering.lists_deleted_at = clock.now()
    record(SYSTEM, "gatherings.delete_lists", gathering, after=counts, facts=GATHERINGS.of([gathering.id]))


def _delete(gathering: Gathering, model: type[Registration] | type[GatheringHelper]) -> int:
    rows = sa.delete(model).where(model.gathering_id == gathering.id)
    return affected(db.session.execute(rows.execution_options(synchronize_session=False)))
