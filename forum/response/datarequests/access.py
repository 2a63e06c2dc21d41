"""What an approval opens: the files of its dataset, for the person who asked, while the terms in force are accepted."""

from __future__ import annotations

import json

from forum.core import clock
from forum.core.access import Actor
from forum.response.datafiles.models import DataFile
from forum.response.datarequests.models import DataRequest, RequestTerms
from forum.response.datarequests.permissions import can_request
from forum.response.datarequests.queries import approved_request_of
from forum.response.datarequests.terms import (
    AGREEMENT_NAME,
    CONDITIONS_NAME,
    agreement,
    conditions_text,
    is_accepted,
    last_day,
)


def is_granted(file: DataFile, actor: Actor) -> bool:
    """Return whether an approval lets the actor have a file now."""
    return _terms_for(file, actor) is not None


def papers_beside(file: DataFile, actor: Actor) -> dict[str, bytes]:
    """Return the terms of the actor's approval, which travel beside the data: in words and as ODRL."""
    terms = _terms_for(file, actor)
    if terms is None:
        return {}
    as_data = json.dumps(agreement(terms), ensure_ascii=False, indent=2) + "\n"
    return {str(CONDITIONS_NAME): conditions_text(terms).encode(), str(AGREEMENT_NAME): as_data.encode()}


def opens_now(request: DataRequest) -> bool:
    """Return whether an approved request lets its author have files today."""
    terms = request.terms_in_force
    if terms is None:
        return False
    return request.from_on <= clock.today() <= last_day(terms) and is_accepted(terms)


def _terms_for(file: DataFile, actor: Actor) -> RequestTerms | None:
    """Return the accepted terms by which the actor has the file; None if they have not."""
    if actor.participant_id is None or not can_request(actor):
        return None
    request = approved_request_of(file.version.dataset_id, actor.participant_id)
    return request.terms_in_force if request is not None and opens_now(request) else None
