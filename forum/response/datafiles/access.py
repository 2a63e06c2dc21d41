"""Who may have the bytes of a file. A higher slice that decides on requests registers what it has granted."""

from __future__ import annotations

from collections.abc import Callable

from forum.core.access import Actor
from forum.response.datafiles.models import DataFile, DataFileState
from forum.response.datafiles.permissions import can_keep_files
from forum.response.datasets.models import DatasetState, Sensitivity
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
