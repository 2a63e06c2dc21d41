from __future__ import annotations

import pytest

from forum.analysis.opinions.queries import current_snapshot
from forum.analysis.opinions.services import start_snapshot
from forum.core.access import SYSTEM
from forum.system.jobs.models import JobState


@pytest.fixture
def snap(work):
    """Ask for a campaign's snapshot, let a worker make it, and give it back."""

    def make_snapshot(campaign):
        start_snapshot(campaign, SYSTEM)
        assert work()[:1] == [JobState.DONE]
        return current_snapshot(campaign.id)

    return make_snapshot
