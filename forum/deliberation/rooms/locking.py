"""Hold a gathering while something happens in its room."""

from __future__ import annotations

from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering, GatheringState


def hold_gathering(gathering: Gathering) -> None:
    """Keep the gathering as it is until the end of the transaction, and reload it. Several people hold it at once.

    What changes the room as a whole (a check-in, the end) locks it alone with `lock_gathering`, and waits.
    """
    db.session.refresh(gathering, with_for_update={"of": Gathering, "read": True})


def require_running(gathering: Gathering) -> None:
    """:raise WrongState: the room is not open now; the message says why"""
    sentence = why_not_open(gathering)
    if sentence:
        raise WrongState(sentence)


def why_not_open(gathering: Gathering) -> str:
    """Return why nothing happens in the room now, as a sentence; empty while it is open."""
    if gathering.is_hidden:
        return _("이 모임은 지금 숨겨져 있어요. 운영진이 다시 살펴보고 있어요.")
    return {
        GatheringState.DRAFT: _("아직 준비하고 있는 모임이에요."),
        GatheringState.PLANNED: _("모임이 아직 시작하지 않았어요."),
        GatheringState.RUNNING: "",
        GatheringState.FINISHED: _("모임이 끝났어요. 이제 읽기만 할 수 있어요."),
        GatheringState.CANCELLED: _("취소된 모임이에요."),
    }[gathering.state]
