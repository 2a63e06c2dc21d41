"""Facts about guardians' consents for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.system.audit.facts import fact_kind
from forum.voice.guardians.models import GuardianConsent

CONSENTS = fact_kind(
    "guardian_consent",
    _l("보호자의 동의"),
    sa.select(
        GuardianConsent.id,
        GuardianConsent.account_id,
        GuardianConsent.verifier,
        GuardianConsent.given_at,
        GuardianConsent.revoked_at,
    ).where(GuardianConsent.given_at.is_not(None)),
)
"""Consents that were given, in force or revoked. Without the guardian, whose name and address are erased later."""
