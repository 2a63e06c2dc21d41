"""Who may have the bytes of a file. A higher slice that decides on requests registers what it has granted."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from forum.core.access import Actor
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Account
from forum.response.datafiles.models import DataFile, DataFileState
from forum.response.datafiles.permissions import can_keep_files
from forum.response.datasets.models import Dataset, DatasetState, DatasetVersion, Sensitivity
from forum.response.datasets.queries import steward_of

Grant = Callable[[DataFile, Actor], bool]
_grants: dict[str, Grant] = {}


def register_grant(name: str, grant: Grant) -> None:
    """Register a slice that lets people have files of restricted datasets. A name again replaces it."""
    _grants[name] = grant


def is_given_out(file: DataFile) -> bool:
    """Return whether anybody gets it: neither withdrawn nor of a dataset that has ended."""
    return file.state is DataFileState.READY and file.version.dataset.state is not DatasetState.ENDED


def is_open(file: DataFile) -> bool:
    """Return whether everybody may have it, without an account."""
    dataset = file.version.dataset
    return is_given_out(file) and dataset.sensitivity is Sensitivity.OPEN and dataset.state is not DatasetState.PROPOSED


def may_have(file: DataFile, actor: Actor) -> bool:
    """Open files everybody; the others those who keep the dataset, and of restricted ones whoever was granted it."""
    if not is_given_out(file):
        return False
    dataset = file.version.dataset
    if is_open(file) or can_keep_files(actor, steward_of(dataset.holder_id, actor)):
        return True
    is_restricted = dataset.sensitivity is Sensitivity.RESTRICTED
    return is_restricted and any(grant(file, actor) for grant in _grants.values())


def may_have_now(file_id: int, account_id: int) -> bool:
    """Return whether an account may have a file still: asked between the pieces of a download."""
    file, account = db.session.get(DataFile, file_id), db.session.get(Account, account_id)
    return file is not None and account is not None and account.active and may_have(file, account)


def why_not_open(dataset: Dataset) -> str:
    """Return why not everybody may have the files of a dataset: the k of one is too small. Empty if they may."""
    smallest = db.session.scalar(
        sa.select(sa.func.min(DataFile.k))
        .join(DatasetVersion, DatasetVersion.id == DataFile.version_id)
        .where(DatasetVersion.dataset_id == dataset.id, DataFile.state == DataFileState.READY)
    )
    if smallest is None or smallest >= MIN_PEOPLE_PER_CELL:
        return ""
    return _(
        "이 자료의 파일에는 값의 조합이 %(k)s줄뿐인 행이 있어 누구나 받게 할 수 없어요. 그 파일을 먼저 거두어 주세요.",
        k=smallest,
    )
