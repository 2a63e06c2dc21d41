from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.publication.digests.models import Digest
from forum.publication.digests.plan import DigestRequest
from forum.publication.digests.queries import get_digest
from forum.publication.digests.services import start_digest
from forum.system.jobs.models import Job, JobState


def plain_files(content, formats, report_progress):
    """Files of the content as JSON, whatever the format. # merged: use the real ones"""
    report_progress(0.5)
    data = json.dumps(content.as_dict(), default=str, ensure_ascii=False).encode()
    return dict.fromkeys(formats, data)


@pytest.fixture(autouse=True)
def _plain_files(monkeypatch):  # merged: use the real ones
    monkeypatch.setattr("forum.publication.digests.tasks.render_files", plain_files)
    monkeypatch.setattr(
        "forum.publication.digests.tasks.page_counts", lambda files: {"pdf": 3} if "pdf" in files else {}
    )


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
