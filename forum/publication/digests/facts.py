"""Facts about digests for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.publication.digests.models import Digest, DigestFile, DigestState
from forum.system.audit.facts import fact_kind

DIGESTS = fact_kind(
    "digest",
    _l("보고서와 파일의 해시"),
    sa.select(
        Digest.id,
        Digest.campaign_id,
        Digest.run_id,
        Digest.data_cut_at,
        Digest.counts,
        Digest.built_by_id,
        Digest.published_at,
    ).where(Digest.state == DigestState.PUBLISHED),
    [sa.select(DigestFile.digest_id, DigestFile.format, DigestFile.sha256, DigestFile.size_bytes)],
)
"""With the hash of each file's bytes; another check compares the bytes with it."""

DIGEST_SUBJECTS = fact_kind(
    "digest_subject",
    _l("보고서가 무엇을 다루는지와 그 쪽수"),
    sa.select(
        Digest.id,
        Digest.kind,
        Digest.ministry_id,
        Digest.theme_id,
        Digest.period_kind,
        Digest.phase_kind,
        Digest.period_from,
        Digest.period_to,
        Digest.snapshot_id,
    ).where(Digest.state == DigestState.PUBLISHED),
    [sa.select(DigestFile.digest_id, DigestFile.format, DigestFile.n_pages)],
)
"""Columns that came later: a kind of their own, so that what the audit says of earlier digests holds."""
