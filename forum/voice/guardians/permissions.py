from __future__ import annotations

from forum.core.access import Actor
from forum.people.accounts.models import Account
from forum.voice.guardians.models import GuardianConsent


def can_request_consent(actor: Actor, account: Account) -> bool:
    """Request consent: a child for itself. Its address must be confirmed before it can have others mailed."""
    return actor.id is not None and actor.id == account.id and actor.is_confirmed and actor.waits_for_consent


def can_answer_for(actor: Actor, consent: GuardianConsent) -> bool:
    """Answer a request or manage a consent: anybody with the link except the child and other people under 14."""
    is_child = isinstance(actor, Account) and actor.needs_consent_until is not None
    return actor.id != consent.account_id and not is_child
