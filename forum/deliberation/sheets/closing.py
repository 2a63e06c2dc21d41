"""Until when paper is typed in. Higher slices register what ends it: the minutes, once the room is asked about them."""

from __future__ import annotations

from collections.abc import Callable

from forum.core import clock
from forum.core.errors import WrongState
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering, GatheringState

WhyClosed = Callable[[Gathering], str]
_sources: dict[str, WhyClosed] = {}


def register_closing(name: str, why_closed: WhyClosed) -> None:
    """Register what ends the typing of a gathering's paper, as a sentence that says so; empty while it may go on.

    It is asked with the gathering locked. Registering a name again replaces it.
    """
    _sources[name] = why_closed


def why_no_paper(gathering: Gathering) -> str:
    """Return why no slips and sheets are typed now, as a sentence; empty if they are."""
    if gathering.state is GatheringState.RUNNING:
        return ""
    if gathering.state is not GatheringState.FINISHED:
        return str(_("모임을 시작하면 종이를 옮겨 적을 수 있어요."))
    is_over = gathering.lists_until is not None and clock.today() >= gathering.lists_until
    if gathering.lists_deleted_at is not None or is_over:
        return str(_("모임이 끝난 지 오래되어 종이를 더 옮겨 적을 수 없어요."))
    return next((why for name in sorted(_sources) if (why := _sources[name](gathering))), "")


def require_paper_open(gathering: Gathering) -> None:
    """:raise WrongState: paper is not typed yet, or not any more"""
    if why := why_no_paper(gathering):
        raise WrongState(why)
