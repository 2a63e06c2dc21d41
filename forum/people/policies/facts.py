"""Facts about the documents for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.people.policies.models import PolicyVersion
from forum.system.audit.facts import fact_kind

POLICY_VERSIONS = fact_kind(
    "policy_version",
    _l("약관과 처리방침의 판"),
    sa.select(
        PolicyVersion.id,
        PolicyVersion.kind,
        PolicyVersion.version,
        PolicyVersion.title,
        PolicyVersion.text,
        PolicyVersion.shown_text,
        PolicyVersion.change_note,
        PolicyVersion.author_id,
        PolicyVersion.published_at,
    ),
)
"""Every version of every document."""
