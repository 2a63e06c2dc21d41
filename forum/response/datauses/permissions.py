"""Who writes down what data showed, who checks it before it is public, and who settles a need with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from forum.core.access import Actor, Role
from forum.core.i18n import _l
from forum.people.accounts.permissions import explain, may_take_part
from forum.response.dataneeds.permissions import ASKERS, MODERATORS
from forum.response.datasets.models import Dataset, Sensitivity
from forum.response.datasets.permissions import can_keep_registry
from forum.response.datauses.models import DataUse, UseState

WRITERS = ASKERS | {Role.ANALYST}
AUTHOR_ONLY = _l("이 글을 쓴 사람만 할 수 있어요.")
CHECKERS_ONLY = _l("이 자료를 가진 기관의 담당자와 분석가만, 자기 글이 아닌 것을 확인할 수 있어요.")
ANALYSTS_ONLY = _l("분석가만 할 수 있어요.")


def can_write(actor: Actor, own_holders: Collection[int] = ()) -> bool:
    """Citizens and members of the council who may take part, analysts, and whoever speaks for a holder of data.

    :param own_holders: ids of the holders that the actor speaks for
    """
    return may_take_part(actor) and (actor.role in WRITERS or bool(own_holders))


def why_not_write(actor: Actor) -> str:
    """Return why the actor may not write, as a sentence; empty if their role may."""
    return explain(
        actor,
        WRITERS,
        for_visitors=_l("로그인하면 자료로 알게 된 것을 적을 수 있어요."),
        for_other_roles=_l("%(role)s 계정으로는 자료로 알게 된 것을 적지 않아요."),
    )


def is_author(actor: Actor, use: DataUse) -> bool:
    return actor.participant_id is not None and actor.participant_id == use.author_id


def can_change(actor: Actor, use: DataUse) -> bool:
    """Change or withdraw: one's own, while one may take part, whatever role one has now. The service asks the state."""
    return is_author(actor, use) and may_take_part(actor)


def can_check(actor: Actor, use: DataUse, own_holders: Collection[int]) -> bool:
    """Publish or return: analysts, and stewards of every holder whose data needs a check; nobody their own.

    :param own_holders: ids of the holders that the actor speaks for
    """
    if is_author(actor, use) or actor.id is None:
        return False
    holders = {one.holder_id for one in not_open(use.datasets)}
    return can_keep_registry(actor) or (bool(holders) and holders <= set(own_holders))


def can_settle(actor: Actor) -> bool:
    """Analysts say that a use settled its need, as they may with words of their own."""
    return can_keep_registry(actor)


def can_read_use(actor: Actor, use: DataUse, is_shown: bool, own_holders: Collection[int]) -> bool:
    """Everybody, what is shown; the rest its author and the moderators; what waits also whoever checks it.

    :param is_shown: as the condition `queries.shown` says
    """
    if use.state is UseState.REMOVED:
        return False
    if is_shown or is_author(actor, use) or actor.role in MODERATORS:
        return True
    return use.state is UseState.WAITING and not use.is_hidden and can_check(actor, use, own_holders)


def not_open(datasets: Iterable[Dataset]) -> list[Dataset]:
    """Return the datasets whose rows not everybody may have: what was found out with them is checked first."""
    return [one for one in datasets if one.sensitivity is not Sensitivity.OPEN]
