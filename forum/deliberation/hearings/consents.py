"""A guardian's consent to a minor's hearing: given, refused and taken back on a mailed link; erased afterwards."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import affected
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, refuse_resident_numbers
from forum.deliberation.hearings.locking import record_invitation
from forum.deliberation.hearings.mails import notify_of_consent
from forum.deliberation.hearings.models import Hearing, HearingInvitation, InvitationState
from forum.deliberation.hearings.permissions import ONLY_THE_GUARDIAN, can_answer_for
from forum.deliberation.hearings.planning import lock_hearing, lock_planned
from forum.deliberation.hearings.queries import KEEP_GUARDIAN

MAX_GUARDIAN_CHARS = 30


def give_consent(invitation: HearingInvitation, actor: Actor, name: str) -> None:
    """Record a guardian's consent to this hearing, from the mailed link. Twice is once. The caller commits.

    :raise Forbidden: the minor themselves, or a child
    :raise WrongState: the hearing is over, or nobody asks any more
    :raise InvalidInput: no name
    """
    require(can_answer_for(actor, invitation), str(ONLY_THE_GUARDIAN))
    name = clean_line(name, "name", _("보호자의 이름"), max_chars=MAX_GUARDIAN_CHARS)
    refuse_resident_numbers(name, "name")
    _lock_asked(invitation)
    if invitation.consent_given_at is None or invitation.consent_revoked_at is not None:
        invitation.guardian_name = name
        invitation.consent_given_at, invitation.consent_revoked_at = clock.now(), None
        invitation.revision += 1
        db.session.flush()
        record_invitation(actor, "hearings.give_consent", invitation)
        notify_of_consent(invitation, is_given=True)


def revoke_consent(invitation: HearingInvitation, actor: Actor) -> None:
    """Refuse or take back a guardian's consent: everything of the minor in this hearing is hidden. The caller commits.

    :raise Forbidden: the minor themselves, or a child
    :raise WrongState: nobody asks any more
    """
    require(can_answer_for(actor, invitation), str(ONLY_THE_GUARDIAN))
    _lock_asked(invitation, may_be_over=True)
    if invitation.consent_revoked_at is None:
        invitation.consent_given_at = invitation.consent_given_at or clock.now()
        invitation.consent_revoked_at = clock.now()
        invitation.revision += 1
        db.session.flush()
        record_invitation(actor, "hearings.revoke_consent", invitation)
        notify_of_consent(invitation, is_given=False)


def forget_guardians() -> int:
    """Erase names and addresses of guardians a month after the hearing. The runner commits.

    :return: how many
    """
    over = sa.select(Hearing.id).where(Hearing.starts_at < clock.now() - KEEP_GUARDIAN)
    kept = sa.or_(HearingInvitation.guardian_email.is_not(None), HearingInvitation.guardian_name.is_not(None))
    erased = sa.update(HearingInvitation).where(HearingInvitation.hearing_id.in_(over), kept)
    values = erased.values(guardian_email=None, guardian_name=None)
    return affected(db.session.execute(values.execution_options(synchronize_session=False)))


def _lock_asked(invitation: HearingInvitation, may_be_over: bool = False) -> None:
    """:raise WrongState: nobody asks this guardian any more, or the hearing is cancelled"""
    lock_hearing(invitation.hearing) if may_be_over else lock_planned(invitation.hearing)
    db.session.refresh(invitation, with_for_update={"of": HearingInvitation})
    if invitation.consent_asked_at is None or invitation.state is not InvitationState.ACCEPTED:
        raise WrongState(_("지금은 동의를 묻고 있지 않아요."))
