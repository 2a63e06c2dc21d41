from __future__ import annotations

from collections.abc import Callable

import pytest

from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.publication.digests.models import Digest
from forum.publication.digests.plan import DigestRequest
from forum.publication.digests.queries import get_digest
from forum.publication.digests.services import start_digest
from forum.system.jobs.models import Job, JobState


@pytest.fixture
def publish(work) -> Callable[..., Digest]:
    """Ask for a digest, let a worker make it, and give it back."""

    def published(campaign, **request) -> Digest:
        request.setdefault("formats", ("json",))
        job = start_digest(campaign, SYSTEM, DigestRequest(**request))
        db.session.commit()
        assert work() == [JobState.DONE], db.session.get_one(Job, job.id).error
        return get_digest(db.session.get_one(Job, job.id).result["digest_id"])

    return published
