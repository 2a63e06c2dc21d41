"""Invite proposers, and take their answers. A minor's acceptance counts once a guardian consented (`consents.py`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.deliberation.council.permissions import SECRETARIAT_ONLY
from forum.deliberation.hearings.locking import forget_guardian, lock_invitation, record_invitation
from forum.deliberation.hearings.mails import mail_guardian, mail_guardian_of_change, notify_of_invitation
from forum.deliberation.hearings.models import Hearing, HearingFile, HearingInvitation, HearingWay, InvitationState
from forum.deliberation.hearings.permissions import NOT_INVITED, can_run_hearing, is_invited
from forum.deliberation.hearings.planning import add_file, checked_url, lock_planned
from forum.people.accounts.identity import email_address
from forum.people.accounts.models import Account
from forum.people.accounts.permissions import may_take_part
from forum.system.texts.limits import count_by_network, count_by_person
from forum.web.uploads import Upload

ADULT_YEARS = 19
MAX_STATEMENT_CHARS = 3_000
MAX_PROXY_CHARS = 40


def invite(hearing: Hearing, actor: Actor, account: Account) -> HearingInvitation:
    """Invite somebody to explain a task: its proposers, or others of a room it comes from. The caller commits.

    :raise Forbidden: only the secretariat
    :raise WrongState: the hearing is over, or the person is invited
    :raise InvalidInput: somebody who may not take part
    """
    require(can_run_hearing(actor), str(SECRETARIAT_ONLY))
    lock_planned(hearing)
    if account.participant_id is None or not may_take_part(account):
        raise InvalidInput({"account": _("지금 포럼에 참여할 수 있는 사람만 초대할 수 있어요.")})
    known = sa.select(HearingInvitation.id).where(
        HearingInvitation.hearing_id == hearing.id, HearingInvitation.author_id == account.participant_id
    )
    if db.session.scalar(known) is not None:
        raise WrongState(_("벌써 초대한 사람이에요."))
    invitation = HearingInvitation(
        hearing_id=hearing.id, author_id=account.participant_id, is_minor=is_surely_minor(account)
    )
    db.session.add(invitation)
    db.session.flush()
    db.session.refresh(invitation)
    record_invitation(actor, "hearings.invite", invitation)
    notify_of_invitation(invitation)
    return invitation


def accept(
    invitation: HearingInvitation,
    actor: Actor,
    way: HearingWay,
    proxy_name: str = "",
    statement: str = "",
    video_url: str = "",
    is_minor: bool | None = None,
    guardian_email: str = "",
    *,
    upload: Upload | None = None,
    address: str | None = None,
    seen: int,
) -> None:
    """Accept an invitation, or change how one explains. A minor's counts once a guardian consented. The caller commits.

    :param statement: the own words; required for a text, and public
    :param video_url: required for a video
    :param is_minor: the person's own word; the account's year of birth goes before it
    :param guardian_email: of a minor: the guardian gets a link
    :param address: of the request; None for commands
    :param seen: revision that the page showed
    :raise Forbidden: somebody else, or a person who may not take part
    :raise WrongState: the hearing is over, or the invitation was changed since
    :raise InvalidInput: what the way needs is missing, or a minor without a guardian's address
    """
    require(is_invited(actor, invitation), str(NOT_INVITED))
    proxy_name = clean_line(proxy_name, "proxy_name", _("대신할 사람"), max_chars=MAX_PROXY_CHARS, min_chars=0)
    statement = clean_text(statement, "statement", _("설명"), max_chars=MAX_STATEMENT_CHARS, min_chars=0)
    for field, text in (("proxy_name", proxy_name), ("statement", statement)):
        refuse_resident_numbers(text, field)
    video_url = checked_url(video_url, "video_url")
    _check_way(way, proxy_name, statement, video_url)
    count_by_person(HearingInvitation.__tablename__, actor)
    lock_planned(invitation.hearing)
    lock_invitation(invitation, seen)
    require(is_invited(actor, invitation), str(NOT_INVITED))
    minor = _is_minor(invitation, is_minor)
    email = _guardian_address(invitation, guardian_email) if minor else None
    invitation.state, invitation.way, invitation.proxy_name = InvitationState.ACCEPTED, way, proxy_name
    invitation.statement, invitation.video_url, invitation.is_minor = statement, video_url, minor
    invitation.answered_at = clock.now()
    invitation.revision += 1
    asks = minor and (email != invitation.guardian_email or invitation.consent_asked_at is None)
    if asks:
        invitation.guardian_email, invitation.guardian_name = email, None
        invitation.consent_asked_at = clock.now()
        invitation.consent_given_at = invitation.consent_revoked_at = None
    elif not minor:
        forget_guardian(invitation)
    db.session.flush()
    add_file(invitation.hearing, actor, upload, invitation_id=invitation.id)
    record_invitation(actor, "hearings.accept", invitation)
    if asks:
        mail_guardian(invitation)
    elif minor and not invitation.lacks_consent:
        mail_guardian_of_change(invitation)
    count_by_network(HearingInvitation.__tablename__, address)


def decline(invitation: HearingInvitation, actor: Actor, *, seen: int) -> None:
    """Decline an invitation; what was written and sent is deleted. That a guardian refused stays. The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: somebody else
    :raise WrongState: the hearing is over, or the invitation was changed since
    """
    require(is_invited(actor, invitation), str(NOT_INVITED))
    lock_planned(invitation.hearing)
    lock_invitation(invitation, seen)
    invitation.state, invitation.way = InvitationState.DECLINED, None
    invitation.proxy_name = invitation.statement = invitation.video_url = ""
    invitation.answered_at = clock.now()
    invitation.revision += 1
    if invitation.consent_revoked_at is None:
        forget_guardian(invitation)
    else:
        invitation.guardian_email = invitation.guardian_name = None
    files = sa.delete(HearingFile).where(HearingFile.invitation_id == invitation.id)
    db.session.execute(files.execution_options(synchronize_session=False))
    db.session.flush()
    record_invitation(actor, "hearings.decline", invitation)


def is_surely_minor(account: Account) -> bool:
    """Return whether the year of birth alone says that somebody is under 19 on every day of this year."""
    return account.birth_year is not None and clock.today().year - account.birth_year <= ADULT_YEARS - 1


def _is_minor(invitation: HearingInvitation, own_word: bool | None) -> bool:
    """:raise InvalidInput: the year of birth does not tell, and the person has not said"""
    account = invitation.author.account
    if account is not None and is_surely_minor(account):
        return True
    is_known = account is not None and account.birth_year is not None
    if account is not None and is_known and clock.today().year - (account.birth_year or 0) > ADULT_YEARS:
        return False
    if own_word is None:
        raise InvalidInput({"is_minor": _("열아홉 살이 넘었는지 알려 주세요.")})
    if not own_word and invitation.consent_revoked_at is not None:  # a refusal is not undone by another word
        raise InvalidInput({"is_minor": _("보호자가 동의하지 않았어요. 나이를 잘못 골랐다면 간사에게 알려 주세요.")})
    return own_word


def _guardian_address(invitation: HearingInvitation, typed: str) -> str:
    """:raise InvalidInput: no address, or the minor's own"""
    if not (typed or "").strip() and invitation.guardian_email is not None:
        return invitation.guardian_email
    email = email_address(typed, "guardian_email")
    account = invitation.author.account
    if account is not None and email.casefold() == account.email.casefold():
        raise InvalidInput({"guardian_email": _("내 주소가 아니라 보호자의 주소를 적어 주세요.")})
    return email


def _check_way(way: HearingWay, proxy_name: str, statement: str, video_url: str) -> None:
    """:raise InvalidInput: what this way needs is missing"""
    if way is HearingWay.PROXY and not proxy_name:
        raise InvalidInput({"proxy_name": _("대신 설명할 사람의 이름을 적어 주세요.")})
    if way is HearingWay.TEXT and not statement:
        raise InvalidInput({"statement": _("설명을 글로 적어 주세요.")})
    if way is HearingWay.VIDEO and not video_url:
        raise InvalidInput({"video_url": _("영상의 주소를 적어 주세요.")})
