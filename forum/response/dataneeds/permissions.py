"""Who asks, who joins, who offers a dataset, and who says what became of it."""

from __future__ import annotations

from forum.core.access import Actor, Role
from forum.core.i18n import _l
from forum.people.accounts.permissions import explain, may_take_part
from forum.response.dataneeds.models import DataNeed, NeedState
from forum.response.datasets.models import DataSteward
from forum.response.datasets.permissions import can_describe, can_keep_registry
from forum.voice.ideas.permissions import MEMBERS

ASKERS = MEMBERS | {Role.COUNCIL_MEMBER}
MODERATORS = frozenset({Role.ANALYST, Role.ADMIN})
AUTHOR_ONLY = _l("이 글을 쓴 사람만 할 수 있어요.")
STEWARDS_ONLY = _l("이 자료를 가진 기관의 담당자와 분석가만 할 수 있어요.")
ANALYSTS_ONLY = _l("분석가만 할 수 있어요.")


def can_ask(actor: Actor) -> bool:
    """Ask for data, and say that one wants to know too: citizens and members of the council who may take part."""
    return actor.role in ASKERS and may_take_part(actor)


def why_not_ask(actor: Actor) -> str:
    """Return why the actor may not ask, as a sentence; empty if they may."""
    return explain(
        actor,
        ASKERS,
        for_visitors=_l("로그인하면 필요한 자료를 적거나 나도 알고 싶다고 할 수 있어요."),
        for_other_roles=_l("%(role)s 계정으로는 필요한 자료를 적지 않아요."),
    )


def is_author(actor: Actor, need: DataNeed) -> bool:
    return actor.participant_id is not None and actor.participant_id == need.author_id


def can_change(actor: Actor, need: DataNeed) -> bool:
    """Change or withdraw: one's own, while one may take part. The service looks at the state."""
    return is_author(actor, need) and can_ask(actor)


def can_join(actor: Actor, need: DataNeed) -> bool:
    """Whoever may ask, but not the author, who counts already."""
    return can_ask(actor) and not is_author(actor, need)


def can_read_need(actor: Actor, need: DataNeed, is_shown: bool) -> bool:
    """Everybody, what is shown; what is hidden or withdrawn its author and the moderators.

    :param is_shown: as the condition `queries.shown` says
    """
    if need.state is NeedState.REMOVED:
        return False
    return is_shown or is_author(actor, need) or actor.role in MODERATORS


def can_offer(actor: Actor, steward: DataSteward | None) -> bool:
    """Stewards offer what their holder has; analysts offer for holders without one.

    :param steward: the actor's row at the dataset's holder, if there is one in force
    """
    return can_describe(actor, steward)


def can_decide(actor: Actor) -> bool:
    """Analysts say what settled a need, or that no holder gives the data, and open it again."""
    return can_keep_registry(actor)
