"""Who asks for restricted data, who reviews and decides, and who reads what of it."""

from __future__ import annotations

from forum.core.access import Actor, Role
from forum.core.i18n import _l
from forum.people.accounts.permissions import explain, may_take_part
from forum.response.dataneeds.permissions import ASKERS
from forum.response.datarequests.models import DataRequest, PanelSeat, RequestState
from forum.response.datasets.models import DataSteward
from forum.response.datasets.permissions import can_describe, can_keep_registry

REQUESTERS = ASKERS | {Role.MINISTRY_OFFICER}
MODERATORS = frozenset({Role.ANALYST, Role.ADMIN})
AUTHOR_ONLY = _l("이 신청을 한 사람만 할 수 있어요.")
PANEL_ONLY = _l("공익 심사위원만 심사할 수 있어요. 내 신청이나 내가 담당자인 기관의 자료는 심사하지 않아요.")
HOLDER_ONLY = _l("이 자료를 가진 기관의 담당자와 분석가만 할 수 있어요. 내 신청은 내가 정하지 않아요.")
ANALYSTS_ONLY = _l("분석가만 할 수 있어요.")
OTHER_ANALYST_ONLY = _l("거절을 정하지 않은 다른 분석가만 이의 신청에 답할 수 있어요.")
DESK_ONLY = _l("분석가, 자료를 가진 기관의 담당자, 공익 심사위원만 볼 수 있어요.")


def can_request(actor: Actor) -> bool:
    """Ask for a restricted dataset: citizens, members of the council and officers who may take part."""
    return actor.role in REQUESTERS and may_take_part(actor)


def why_not_request(actor: Actor) -> str:
    """Return why the actor may not ask, as a sentence; empty if they may."""
    return explain(
        actor,
        REQUESTERS,
        for_visitors=_l("로그인하면 자료를 신청할 수 있어요."),
        for_other_roles=_l("%(role)s 계정으로는 자료를 신청하지 않아요."),
    )


def is_author(actor: Actor, request: DataRequest) -> bool:
    return actor.participant_id is not None and actor.participant_id == request.author_id


def can_act_on_own(actor: Actor, request: DataRequest) -> bool:
    """Withdraw, accept terms, appeal, say that the files are deleted: one's own, while one may take part."""
    return is_author(actor, request) and can_request(actor)


def can_review(actor: Actor, request: DataRequest, seat: PanelSeat | None, steward: DataSteward | None) -> bool:
    """Members of the panel, but nobody about their own request or for a holder they speak for.

    :param seat: the actor's seat in force, if there is one
    :param steward: the actor's row at the holder in force, if there is one
    """
    sits = seat is not None and seat.account_id == actor.id and seat.ended_at is None
    return sits and may_take_part(actor) and steward is None and not is_author(actor, request)


def can_decide(actor: Actor, request: DataRequest, steward: DataSteward | None) -> bool:
    """Stewards decide on what their holder has, analysts for holders without one; nobody on their own request."""
    return actor.id is not None and can_describe(actor, steward) and not is_author(actor, request)


def can_answer_appeal(actor: Actor, request: DataRequest) -> bool:
    """An analyst or admin who did not decide the refusal, and did not ask for the data."""
    decided_by = {one.decided_by_id for one in request.decisions}
    return actor.id is not None and can_keep_registry(actor) and actor.id not in decided_by


def can_keep_panel(actor: Actor) -> bool:
    """Seat and unseat members of the panel, and publish the criteria."""
    return actor.id is not None and can_keep_registry(actor)


def is_party(actor: Actor, request: DataRequest, seat: PanelSeat | None, steward: DataSteward | None) -> bool:
    """Read who works with the rows, the safeguards and the appeal: author, panel, the holder's stewards, analysts."""
    return (
        is_author(actor, request)
        or can_decide(actor, request, steward)
        or can_review(actor, request, seat, steward)
        or actor.role in MODERATORS
    )


def can_read_request(actor: Actor, request: DataRequest, is_shown: bool) -> bool:
    """Everybody, what is shown; what is hidden or withdrawn its author and the moderators.

    :param is_shown: as the condition `queries.shown` says
    """
    if request.state is RequestState.REMOVED:
        return False
    return is_shown or is_author(actor, request) or actor.role in MODERATORS
