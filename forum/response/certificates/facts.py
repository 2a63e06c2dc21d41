"""Facts about certificates for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.response.certificates.models import Certificate, NameConsent
from forum.system.audit.facts import fact_kind

CERTIFICATES = fact_kind(
    "certificate",
    _l("증서"),
    sa.select(
        Certificate.id, Certificate.referral_id, Certificate.idea_id, Certificate.participant_id, Certificate.issued_at
    ),
)
"""The number of a certificate is its key."""

VALIDITY = fact_kind(
    "certificate_validity",
    _l("증서가 증명하는 결정과 취소"),
    sa.select(Certificate.id, Certificate.decision, Certificate.revoked_at, Certificate.revoked_reason),
)
"""A kind of its own, so that what the audit says about certificates from before still holds."""

NAME_CONSENTS = fact_kind(
    "name_consent",
    _l("증서에 이름을 밝히는 동의"),
    sa.select(
        NameConsent.id, NameConsent.certificate_id, NameConsent.account_id, NameConsent.given_at, NameConsent.revoked_at
    ),
)
