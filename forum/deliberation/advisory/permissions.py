"""Who rates the finalists, opens the citizens' ballot, and writes the council's reasons."""

from __future__ import annotations

from forum.analysis.shortlists.permissions import can_manage_shortlists
from forum.core.access import Actor
from forum.core.i18n import _l
from forum.deliberation.council.models import Seat
from forum.deliberation.council.permissions import can_run_council

MEMBERS_ONLY = _l("자리를 맡은 위원만 최종 과제에 표를 남길 수 있어요. 대리인은 회의에서만 위원을 대신해요.")
ANALYSTS_ONLY = _l("후보 투표는 분석가만 열 수 있어요.")
REASONS_BY = _l("까닭은 간사와 공동위원장이 적어요.")


def can_rate(seat: Seat | None) -> bool:
    """Rate the finalists: whoever holds a seat. A substitute does not."""
    return seat is not None and seat.in_office


def can_open_ballot(actor: Actor) -> bool:
    """Ask citizens: it is an ordinary shortlist, and those are the analysts'."""
    return can_run_council(actor) and can_manage_shortlists(actor)


def can_explain(actor: Actor, chair: Seat | None) -> bool:
    """Write down the council's reasons: the secretariat, and a joint chair or who stands in for them.

    :param chair: the chair's seat in whose name the actor may sign
    """
    return can_run_council(actor) or chair is not None
