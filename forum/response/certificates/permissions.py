from __future__ import annotations

from forum.core.access import Actor
from forum.response.certificates.models import Certificate


def is_own_certificate(actor: Actor, certificate: Certificate) -> bool:
    return actor.participant_id is not None and actor.participant_id == certificate.participant_id


def can_agree_to_be_named(actor: Actor, certificate: Certificate) -> bool:
    """Only the author; a child only after a guardian's consent to take part."""
    return is_own_certificate(actor, certificate) and not actor.waits_for_consent
