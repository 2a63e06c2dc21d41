"""What holders and analysts do: offer a dataset, take it back, say what settled a need, refuse it, open it again.

Locks, in this order: the need, the dataset (shared).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.privacy import mask
from forum.core.text import clean_text, refuse_resident_numbers
from forum.response.dataneeds import mails
from forum.response.dataneeds.facts import NEEDS
from forum.response.dataneeds.models import DataNeed, NeedOffer, NeedState
from forum.response.dataneeds.permissions import ANALYSTS_ONLY, STEWARDS_ONLY, can_decide, can_offer
from forum.response.dataneeds.queries import OFFERABLE
from forum.response.dataneeds.services import CHANGED, hold_need, lock_need, require_seen
from forum.response.datasets.models import Dataset
from forum.response.datasets.queries import steward_of
from forum.system.audit.services import record, text_hash

MAX_REASON_CHARS = 1_000
UNDECIDED = (NeedState.OPEN, NeedState.OFFERED)
DECIDED = (NeedState.SETTLED, NeedState.REFUSED)
OVER = _l("이미 끝난 것이에요. 다시 열고 나서 해 주세요.")


def offer_dataset(need: DataNeed, dataset: Dataset, actor: Actor, *, seen: int) -> None:
    """Offer a dataset for a need; offered twice, nothing changes. The caller commits.

    :param seen: revision that the page showed

    :raise Forbidden: neither a steward of the dataset's holder nor an analyst
    :raise WrongState: the need is over, hidden or changed since, or the dataset is not talked about or offered
    """
    require(can_offer(actor, steward_of(dataset.holder_id, actor)), str(STEWARDS_ONLY))
    hold_need(need)
    db.session.refresh(dataset, with_for_update={"of": Dataset, "read": True})
    require(can_offer(actor, steward_of(dataset.holder_id, actor)), str(STEWARDS_ONLY))
    if _offer_of(need, dataset) is not None:
        return
    require_seen(need, seen)
    if need.state not in UNDECIDED:
        raise WrongState(str(OVER))
    if dataset.state not in OFFERABLE:
        raise WrongState(_("협의하고 있거나 제공 중인 자료만 내놓을 수 있어요."))
    assert actor.id is not None
    offer = NeedOffer(need_id=need.id, dataset_id=dataset.id, offered_by_id=actor.id, offered_at=clock.now())
    db.session.add(offer)
    _move(need, NeedState.OFFERED)
    _record(actor, "data_needs.offer", need, dataset=dataset.id)
    mails.notify_of_offer(need, dataset, actor)


def take_offer_back(need: DataNeed, dataset: Dataset, actor: Actor, *, seen: int) -> None:
    """Take an offer back; without any other the need is open again. Twice, nothing changes. The caller commits.

    :raise Forbidden: neither a steward of the dataset's holder nor an analyst
    :raise WrongState: the need is over, hidden or changed since
    """
    require(can_offer(actor, steward_of(dataset.holder_id, actor)), str(STEWARDS_ONLY))
    hold_need(need)
    require(can_offer(actor, steward_of(dataset.holder_id, actor)), str(STEWARDS_ONLY))
    offer = _offer_of(need, dataset)
    if offer is None:
        return
    require_seen(need, seen)
    if need.state not in UNDECIDED:
        raise WrongState(str(OVER))
    db.session.delete(offer)
    db.session.flush()
    _move(need, _state_by_offers(need))
    _record(actor, "data_needs.take_back", need, dataset=dataset.id)


def settle_need(need: DataNeed, analyst: Actor, what: str, *, seen: int) -> None:
    """Say what an offered dataset settled. The caller commits.

    :param what: what the answer was and which data gave it; everybody reads it
    :raise Forbidden: only analysts
    :raise WrongState: no dataset is offered, it is over, or changed since
    :raise InvalidInput: nothing said, or too much
    """
    require(can_decide(analyst), str(ANALYSTS_ONLY))
    what = _checked(what, _("무엇으로 풀렸나요"))
    lock_need(need, seen)
    require(can_decide(analyst), str(ANALYSTS_ONLY))
    if need.state is not NeedState.OFFERED:
        raise WrongState(_("내놓은 자료가 있어야 풀렸다고 할 수 있어요."))
    _decide(need, analyst, NeedState.SETTLED, what)


def refuse_need(need: DataNeed, analyst: Actor, reason: str, *, seen: int) -> None:
    """Say that no holder gives the data, with the holder's reason. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: it is over, or changed since
    :raise InvalidInput: no reason, or too long
    """
    require(can_decide(analyst), str(ANALYSTS_ONLY))
    reason = _checked(reason, _("보유기관이 말한 까닭"))
    lock_need(need, seen)
    require(can_decide(analyst), str(ANALYSTS_ONLY))
    if need.state not in UNDECIDED:
        raise WrongState(str(OVER))
    _decide(need, analyst, NeedState.REFUSED, reason)


def reopen_need(need: DataNeed, analyst: Actor, *, seen: int) -> None:
    """Open a settled or refused need again; what was offered stays. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: it is open, or changed since
    """
    require(can_decide(analyst), str(ANALYSTS_ONLY))
    lock_need(need, seen)
    require(can_decide(analyst), str(ANALYSTS_ONLY))
    if need.state not in DECIDED:
        raise WrongState(str(CHANGED))
    before, state = need.state.name, _state_by_offers(need)
    need.state_reason, need.decided_at = "", None
    _move(need, state)
    _record(analyst, "data_needs.reopen", need, before={"state": before})


def _decide(need: DataNeed, analyst: Actor, state: NeedState, reason: str) -> None:
    need.state_reason, need.decided_at = reason, clock.now()
    _move(need, state)
    action = "data_needs.settle" if state is NeedState.SETTLED else "data_needs.refuse"
    _record(analyst, action, need, reason=text_hash(reason))
    mails.notify_of_decision(need, analyst)


def _move(need: DataNeed, state: NeedState) -> None:
    need.state = state
    need.revision += 1
    db.session.flush()
    db.session.expire(need, ["offers"])


def _checked(text: str, name: str) -> str:
    text = clean_text(text, "reason", name, max_chars=MAX_REASON_CHARS)
    refuse_resident_numbers(text, "reason")
    return mask(text).text


def _offer_of(need: DataNeed, dataset: Dataset) -> NeedOffer | None:
    return db.session.get(NeedOffer, (need.id, dataset.id), populate_existing=True)


def _state_by_offers(need: DataNeed) -> NeedState:
    has_offers = db.session.scalar(sa.select(sa.exists().where(NeedOffer.need_id == need.id)))
    return NeedState.OFFERED if has_offers else NeedState.OPEN


def _record(actor: Actor, action: str, need: DataNeed, before: dict[str, Any] | None = None, **after: object) -> None:
    values = {"state": need.state.name, "revision": need.revision} | after
    record(actor, action, need, before, values, facts=NEEDS.of([need.id]))
