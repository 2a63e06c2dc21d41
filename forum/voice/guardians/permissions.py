from __future__ import annotations

from forum.core.access import Actor
from forum.people.accounts.models import Account
from forum.voice.guardians.models import GuardianConsent


def can_ask_guardian(actor: Actor, account: Account) -> bool:
    """A child for itself, once its own address is confirmed: nobody mails a stranger from an address not theirs."""
    return actor.id is not None and actor.id == account.id and actor.is_confirmed and actor.waits_for_consent


def can_answer_for(actor: Actor, consent: GuardianConsent) -> bool:
    """Whoever holds the guardian's link, but never the child, nor somebody else who is under 14."""
    is_child = isinstance(actor, Account) and actor.needs_consent_until is not None
    return actor.id != consent.account_id and not is_child
