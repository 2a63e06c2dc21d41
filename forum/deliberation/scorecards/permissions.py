"""Who scores. As whom somebody takes part, and whether they have a tie to the task, is asked before."""

from __future__ import annotations

from forum.core.access import Actor
from forum.core.i18n import _l
from forum.deliberation.council.permissions import can_run_council
from forum.deliberation.rounds.queries import Member
from forum.deliberation.scorecards.models import Scorecard

NOT_YOURS = _l("이 단계에서 이 과제를 심의하는 사람만 점수를 매겨요.")
HAS_TIE = _l("이해관계가 있거나 내가 낸 과제에는 점수를 매기지 않아요.")
OWN_CARD = _l("내 평가표만 고칠 수 있어요.")


def can_set_criteria(actor: Actor) -> bool:
    """The secretariat sets criteria and weights, before the scoring opens."""
    return can_run_council(actor)


def can_score(member: Member | None, scorers: list[Member]) -> bool:
    """Those who weigh the task at this stage."""
    return member is not None and member.columns() in [one.columns() for one in scorers]


def is_own_card(actor: Actor, card: Scorecard) -> bool:
    return actor.participant_id is not None and card.author_id == actor.participant_id
