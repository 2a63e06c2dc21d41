"""Fingerprints: the same on both engines and for ever, since sealed entries hold them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from forum.core.access import Role
from forum.system.audit.facts import FACT_KINDS, fingerprint
from forum.voice.campaigns.facts import CAMPAIGNS

SEOUL = timezone(timedelta(hours=9))


def test_the_bytes_of_a_fingerprint_never_change():
    content = ["가", 1, 0.5, None, True, Role.ANALYST, date(2026, 11, 26), datetime(2026, 11, 26, 9, tzinfo=SEOUL)]
    assert fingerprint(content) == "f63f372a29ba67c297793598f343ec35802f52f826bd7d589bc6b13201172bdc"
    content[-1] = datetime(2026, 11, 26, tzinfo=UTC)  # the same moment
    assert fingerprint(content) == "f63f372a29ba67c297793598f343ec35802f52f826bd7d589bc6b13201172bdc"


def test_what_has_no_fixed_form_has_no_fingerprint():
    with pytest.raises(TypeError):
        fingerprint([{1, 2}])


def test_a_row_that_is_not_there_is_recorded_as_gone(make):
    campaign = make.campaign()
    facts = CAMPAIGNS.of([campaign.id, 2**31 - 1])["campaign"]
    assert len(facts[str(campaign.id)]) == 64
    assert facts[str(2**31 - 1)] is None


def test_every_row_is_read_once_whatever_the_batches(make, monkeypatch):
    campaigns = [make.campaign() for _ in range(5)]
    monkeypatch.setattr("forum.system.audit.facts.BATCH_SIZE", 2)
    batches = list(CAMPAIGNS.all())
    assert [len(batch) for batch in batches] == [2, 2, 1]
    together = {key: found for batch in batches for key, found in batch.items()}
    assert together == CAMPAIGNS.of([campaign.id for campaign in campaigns])["campaign"]


def test_the_first_column_of_each_kind_is_its_key(app):
    for kind in FACT_KINDS.values():
        assert isinstance(kind.query.selected_columns[0].type, sa.Integer), kind.code
        assert list(kind.all()) == []
