"""Who acts in a round. A member's seat or membership is given as an argument: nothing here asks the database."""

from __future__ import annotations

from forum.core.access import Actor
from forum.core.i18n import _l
from forum.deliberation.council.models import Seat
from forum.deliberation.council.permissions import can_run_council
from forum.deliberation.rounds.models import CouncilRound, RoundState
from forum.deliberation.rounds.queries import Member

MEMBERS_ONLY = _l("협의회 위원만 과제를 낼 수 있어요.")
CHAIRS_ONLY = _l("공동위원장과 그 대리인만 확정에 서명할 수 있어요.")
NOT_IN_COUNCIL = _l("협의회 위원과 국민포럼팀만 이해관계를 신고해요.")


def can_run_round(actor: Actor) -> bool:
    """The secretariat plans a round, fills its long list, and opens, closes and decides its stages."""
    return can_run_council(actor)


def can_propose_task(seat: Seat | None) -> bool:
    """Members put tasks of their own on the long list."""
    return seat is not None and seat.in_office


def can_declare_conflict(members: tuple[Member, ...]) -> bool:
    """Members and people of a team, each as what they are."""
    return bool(members)


def can_sign_result(chair: Seat | None) -> bool:
    """The joint chairs, and whoever stands in for one of them."""
    return chair is not None and chair.in_office and chair.is_chair


def is_public_round(round_: CouncilRound) -> bool:
    """A round is public once its long list is open, with its criteria and dates; before, the secretariat plans it."""
    return round_.state is not RoundState.PLANNED
