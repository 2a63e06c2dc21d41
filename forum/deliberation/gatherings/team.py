"""Who runs a gathering: hand it over to another facilitator, name helpers and remove them."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import affected
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.deliberation.gatherings.facts import GATHERINGS
from forum.deliberation.gatherings.mails import notify_helper, notify_made_organiser, notify_no_longer_organiser
from forum.deliberation.gatherings.models import Gathering, GatheringHelper, GatheringState
from forum.deliberation.gatherings.permissions import (
    can_be_helper,
    can_be_organiser,
    can_hand_over,
    can_name_helpers,
    can_remove_helper,
)
from forum.deliberation.gatherings.queries import helper_ids, lock_gathering
from forum.deliberation.gatherings.registering import drop_registration
from forum.deliberation.gatherings.services import CHANGED_MEANWHILE, NOT_YOURS
from forum.people.accounts.models import Account
from forum.people.accounts.queries import account_by_email
from forum.system.audit.services import record

MAX_HELPERS = 20
ORGANISER_HANDS_OVER = _l("모임을 연 진행자만 다른 진행자에게 넘길 수 있어요. 그 진행자가 떠났으면 관리자가 넘겨요.")


def hand_over_gathering(gathering: Gathering, actor: Actor, email: str, seen: int) -> Account:
    """Make another facilitator responsible. The caller commits.

    :param seen: revision that the page showed
    :return: the new organiser
    :raise Forbidden: somebody else's gathering; for an admin, as long as the organiser can do it
    :raise WrongState: cancelled, or changed meanwhile
    :raise InvalidInput: no facilitator has this address
    """
    require(can_hand_over(actor, gathering), str(ORGANISER_HANDS_OVER))
    found = account_by_email(email)
    lock_gathering(gathering)
    require(can_hand_over(actor, gathering), str(ORGANISER_HANDS_OVER))
    if gathering.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
    if gathering.state is GatheringState.CANCELLED:
        raise WrongState(_("취소된 모임은 넘길 수 없어요."))
    if found is None or not can_be_organiser(found) or found.id == gathering.organiser_id:
        raise InvalidInput(
            {"facilitator": _("이 주소로는 넘길 수 없어요. 다른 모임 진행자의 이메일 주소인지 봐 주세요.")}
        )
    earlier = gathering.organiser_id
    _delete_helper(gathering, found.id)
    gathering.organiser_id = found.id
    gathering.revision += 1
    gathering.updated_at = clock.now()
    db.session.flush()
    db.session.refresh(gathering, ["organiser"])
    drop_registration(gathering, found.id)
    before, after = {"organiser": earlier}, {"organiser": found.id}
    record(actor, "gatherings.hand_over", gathering, before, after, GATHERINGS.of([gathering.id]))
    notify_made_organiser(gathering, found.id)
    notify_no_longer_organiser(gathering, earlier)
    return found


def add_helper(gathering: Gathering, actor: Actor, email: str) -> Account:
    """Let an account help to run the gathering; doing it again changes nothing. The caller commits.

    :return: the helper
    :raise Forbidden: somebody else's gathering
    :raise WrongState: it has ended, or has enough helpers
    :raise InvalidInput: no account of a member who may take part has this address. The message does not say which.
    """
    require(can_name_helpers(actor, gathering), str(NOT_YOURS))
    found = account_by_email(email)
    lock_gathering(gathering)
    require(can_name_helpers(actor, gathering), str(NOT_YOURS))
    if gathering.state is GatheringState.CANCELLED or gathering.lists_deleted_at is not None:
        raise WrongState(_("끝난 모임에는 도우미를 더 정하지 않아요."))
    if found is None or not can_be_helper(found) or found.id == gathering.organiser_id:
        message = _("이 주소로는 도우미를 정할 수 없어요. 가입하고 이메일 주소를 확인한 시민이나 진행자인지 봐 주세요.")
        raise InvalidInput({"email": message})
    present = helper_ids(gathering.id)
    if found.id in present:
        return found
    if len(present) >= MAX_HELPERS:
        raise WrongState(_("도우미는 %(n)s명까지 정할 수 있어요.", n=MAX_HELPERS))
    assert actor.id is not None
    db.session.add(GatheringHelper(gathering_id=gathering.id, account_id=found.id, added_by_id=actor.id))
    db.session.flush()
    record(actor, "gatherings.add_helper", gathering, after={"account": found.id})
    notify_helper(gathering, found.id)
    return found


def remove_helper(gathering: Gathering, actor: Actor, account_id: int) -> None:
    """End somebody's help from the next request on. The caller commits.

    :raise Forbidden: neither the organiser nor the helper
    :raise WrongState: no helper (any more)
    """
    require(can_remove_helper(actor, gathering, account_id), str(NOT_YOURS))
    lock_gathering(gathering)
    require(can_remove_helper(actor, gathering, account_id), str(NOT_YOURS))
    if not _delete_helper(gathering, account_id):
        raise WrongState(_("이 모임의 도우미가 아니에요."))
    record(actor, "gatherings.remove_helper", gathering, before={"account": account_id})


def forget_helper(account_id: int) -> None:
    """End all help of somebody who leaves the forum. The caller commits."""
    own = sa.delete(GatheringHelper).where(GatheringHelper.account_id == account_id)
    db.session.execute(own.execution_options(synchronize_session=False))


def _delete_helper(gathering: Gathering, account_id: int) -> int:
    row = sa.delete(GatheringHelper).where(
        GatheringHelper.gathering_id == gathering.id, GatheringHelper.account_id == account_id
    )
    return affected(db.session.execute(row.execution_options(synchronize_session=False)))
