"""Who keeps the registry, and who speaks for a holder of data."""

from __future__ import annotations

from forum.core.access import Actor, Role
from forum.core.i18n import _l
from forum.response.datasets.models import Dataset, DatasetState, DataSteward

KEEPERS = frozenset({Role.ANALYST, Role.ADMIN, Role.SYSTEM})
KEEPERS_ONLY = _l("분석가만 공익데이터 목록을 관리할 수 있어요.")
STEWARDS_ONLY = _l("이 자료를 가진 기관의 담당자와 분석가만 고칠 수 있어요.")


def can_keep_registry(actor: Actor) -> bool:
    """Analysts add holders and their stewards, and lead a dataset from the proposal to its end."""
    return actor.role in KEEPERS


def can_describe(actor: Actor, steward: DataSteward | None) -> bool:
    """Stewards describe what their holder has; analysts do it for holders without one.

    :param steward: the actor's row at the holder, if there is one in force (`queries.steward_of`)
    """
    return can_keep_registry(actor) or (steward is not None and steward.account_id == actor.id)


def can_read_dataset(actor: Actor, dataset: Dataset, steward: DataSteward | None) -> bool:
    """Everybody reads what is talked about, offered or ended; a proposal only those who may describe it."""
    return dataset.state is not DatasetState.PROPOSED or can_describe(actor, steward)


def can_import(actor: Actor) -> bool:
    """Who keeps the registry and has an account: a proposal names who made it."""
    return can_keep_registry(actor) and actor.id is not None
