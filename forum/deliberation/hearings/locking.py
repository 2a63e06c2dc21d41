"""Hold an invitation while it changes; its hearing is locked before it."""

from __future__ import annotations

from forum.core.access import SYSTEM, Actor
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.deliberation.hearings.facts import INVITATIONS
from forum.deliberation.hearings.models import HearingInvitation
from forum.deliberation.rounds.locking import CHANGED_MEANWHILE
from forum.system.audit.services import record


def lock_invitation(invitation: HearingInvitation, seen: int) -> None:
    """:raise WrongState: the invitation is not what the page showed"""
    db.session.refresh(invitation, with_for_update={"of": HearingInvitation})
    if invitation.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))


def forget_guardian(invitation: HearingInvitation) -> None:
    """Forget whom a minor named, and what they answered. The caller flushes."""
    invitation.guardian_email = invitation.guardian_name = None
    invitation.consent_asked_at = invitation.consent_given_at = invitation.consent_revoked_at = None


def record_invitation(actor: Actor, action: str, invitation: HearingInvitation) -> None:
    """Write what was done to an invitation into the audit. A guardian who comes by a mailed link has no account."""
    after = {"state": invitation.state.name, "is_minor": invitation.is_minor, "revision": invitation.revision}
    by = actor if actor.id is not None else SYSTEM
    record(by, action, invitation, after=after, facts=INVITATIONS.of([invitation.id]))
