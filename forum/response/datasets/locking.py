"""Hold a holder or a dataset while something of it changes. A holder is locked before its datasets."""

from __future__ import annotations

from forum.core.access import Actor, require
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.response.datasets.models import DataHolder, Dataset, DatasetState
from forum.response.datasets.permissions import STEWARDS_ONLY, can_describe, can_read_dataset
from forum.response.datasets.queries import steward_of

CHANGED_MEANWHILE = _l("이 화면을 연 뒤에 다른 사람이 먼저 바꾸었어요. 지금 내용을 보고 다시 해 주세요.")
HAS_ENDED = _l("제공을 끝낸 자료라 더 바꿀 수 없어요.")
NO_SUCH_DATASET = _l("그런 자료가 없어요.")


def lock_holder(holder: DataHolder, seen: int | None = None) -> None:
    """:raise WrongState: the page showed another revision"""
    db.session.refresh(holder, with_for_update={"of": DataHolder})
    if seen is not None and holder.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))


def lock_dataset(dataset: Dataset) -> None:
    """Hold a dataset until the end of the transaction, and reload it. A file of it is locked before."""
    db.session.refresh(dataset, with_for_update={"of": Dataset})


def lock_to_describe(dataset: Dataset, actor: Actor, seen: int) -> None:
    """Lock a dataset that goes on, and ask again whether the actor may describe it.

    :raise NotFound: a proposal of another holder
    :raise Forbidden: neither a steward of its holder nor an analyst
    :raise WrongState: it has ended, or the page showed another revision
    """
    lock_dataset(dataset)
    require_describe(dataset, actor)
    if dataset.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
    if dataset.state is DatasetState.ENDED:
        raise WrongState(str(HAS_ENDED))


def require_describe(dataset: Dataset, actor: Actor) -> None:
    """:raise NotFound: a proposal of another holder
    :raise Forbidden: neither a steward of its holder nor an analyst
    """
    steward = steward_of(dataset.holder_id, actor)
    if not can_read_dataset(actor, dataset, steward):
        raise NotFound(str(NO_SUCH_DATASET))
    require(can_describe(actor, steward), str(STEWARDS_ONLY))
