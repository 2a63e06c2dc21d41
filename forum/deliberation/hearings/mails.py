"""Notices and mails about hearings. They quote nothing that people wrote."""

from __future__ import annotations

from datetime import datetime

from flask import render_template

from forum.core.i18n import _
from forum.core.korean import moment
from forum.core.links import address_of, link_to, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.deliberation.hearings.models import (
    Hearing,
    HearingInvitation,
    HearingQuestion,
    InvitationState,
    SignedOpinion,
)
from forum.deliberation.hearings.queries import consent_token, questions_of
from forum.people.accounts.queries import addresses_of
from forum.system.notices.services import notify_all, notify_at_once, queue_mail

KIND = "hearing"
FOLDER = "hearings/mail"


def notify_of_invitation(invitation: HearingInvitation) -> None:
    """Invite a proposer. The caller commits."""
    hearing = invitation.hearing
    told = {"title": hearing.task.title, "when": moment(hearing.starts_at)}
    text = _("협의회가 ‘%(title)s’{을} 직접 설명해 달라고 초대했어요. %(when)s이에요.", **told)
    _notify([invitation], text, _("내 제안을 직접 설명해 주세요"), f"hearing-invited:{invitation.id}")


def notify_of_cancelling(hearing: Hearing) -> None:
    """Tell those who were invited and did not decline. The caller commits."""
    text = _("‘%(title)s’의 직접 설명이 취소됐어요. 까닭을 볼 수 있어요.", title=hearing.task.title)
    _notify(_coming(hearing), text, _("직접 설명이 취소됐어요"), f"hearing-cancelled:{hearing.id}")


def notify_of_change(hearing: Hearing) -> None:
    """Tell those who were invited and did not decline of another time or place. The caller commits."""
    told = {"title": hearing.task.title, "when": moment(hearing.starts_at)}
    text = _("‘%(title)s’의 직접 설명의 때나 장소가 바뀌었어요. %(when)s이에요.", **told)
    _notify(_coming(hearing), text, _("직접 설명이 바뀌었어요"), f"hearing-changed:{hearing.id}:{hearing.revision}")


def notify_of_tomorrow(hearing: Hearing) -> None:
    """Remind those who come, the day before. The caller commits."""
    told = {"title": hearing.task.title, "when": moment(hearing.starts_at)}
    text = _("곧 ‘%(title)s’{을} 직접 설명하는 날이에요. %(when)s이에요.", **told)
    coming = [one for one in _coming(hearing) if one.state is InvitationState.ACCEPTED and not one.lacks_consent]
    key = f"hearing-tomorrow:{hearing.id}:{hearing.revision}"
    _notify(coming, text, _("곧 직접 설명하는 날이에요"), key, useful_until=hearing.starts_at)


def notify_of_outcome(hearing: Hearing) -> None:
    """Tell those who explained and those who asked what changed because of it. The caller commits."""
    text = _("‘%(title)s’의 직접 설명으로 무엇이 달라졌는지 적었어요.", title=hearing.task.title)
    people = {one.author.account_id for one in _coming(hearing)}
    people |= {one.author.account_id for one in questions_of(hearing.id)}
    notify_all(sorted(one for one in people if one is not None), KIND, text, _path(hearing), in_daily_mail=True)


def notify_of_answer(question: HearingQuestion) -> None:
    """Tell somebody that their question was answered. The caller commits."""
    if question.author.account_id is None:
        return
    text = _("‘%(title)s’에 보낸 내 질문에 답변이 적혔어요.", title=question.hearing.task.title)
    notify_all([question.author.account_id], KIND, text, _path(question.hearing), in_daily_mail=True)


def notify_of_consent(invitation: HearingInvitation, is_given: bool) -> None:
    """Tell a minor what their guardian answered. The caller commits."""
    if invitation.author.account_id is None:
        return
    title = invitation.hearing.task.title
    if is_given:
        text = _("보호자가 ‘%(title)s’의 직접 설명에 동의했어요.", title=title)
    else:
        text = _("보호자가 ‘%(title)s’의 직접 설명에 동의하지 않았어요.", title=title)
    notify_all([invitation.author.account_id], KIND, text, _path(invitation.hearing), in_daily_mail=True)


def notify_of_opinion_wanted(opinion: SignedOpinion) -> None:
    """Ask an expert or a group for an opinion. The caller commits."""
    if opinion.author.account_id is None:
        return
    about = opinion.task.title if opinion.task else opinion.theme.title if opinion.theme else ""
    text = _("협의회가 ‘%(title)s’에 대한 의견을 부탁했어요.", title=about)
    path = path_for("hearings.opinion", opinion_id=opinion.id)
    notify_all([opinion.author.account_id], KIND, text, path, in_daily_mail=True)


def mail_guardian(invitation: HearingInvitation) -> None:
    """Mail the guardian the link on which they consent, or take it back. The caller commits."""
    assert invitation.consent_asked_at is not None
    key = f"hearing-consent:{invitation.id}:{invitation.consent_asked_at.isoformat()}"
    _mail_guardian(invitation, _("직접 설명에 보호자 동의를 부탁드려요"), key, is_change=False)


def mail_guardian_of_change(invitation: HearingInvitation) -> None:
    """Mail a guardian who consented that the minor explains otherwise now, with the same link. The caller commits."""
    key = f"hearing-consent-changed:{invitation.id}:{invitation.revision}"
    _mail_guardian(invitation, _("동의하신 직접 설명의 내용이 바뀌었어요"), key, is_change=True)


def _mail_guardian(invitation: HearingInvitation, subject: str, key: str, is_change: bool) -> None:
    if invitation.guardian_email is None:
        return
    url = link_to("hearings.consent", token=consent_token(invitation))
    shown = {"invitation": invitation, "hearing": invitation.hearing, "url": url, "is_change": is_change}
    body = render_template(f"{FOLDER}/consent.txt", **shown)
    queue_mail(invitation.guardian_email, SUBJECT_PREFIX + subject, body, key)


def _coming(hearing: Hearing) -> list[HearingInvitation]:
    return [one for one in hearing.invitations if one.state is not InvitationState.DECLINED]


def _notify(
    invitations: list[HearingInvitation], text: str, subject: str, key: str, useful_until: datetime | None = None
) -> None:
    accounts = [one.author.account_id for one in invitations if one.author.account_id is not None]
    if not accounts:
        return
    path = _path(invitations[0].hearing)
    body = f"{text}\n\n{address_of(path)}\n"
    notify_at_once(
        addresses_of(accounts),
        KIND,
        text,
        path,
        subject=SUBJECT_PREFIX + subject,
        body=body,
        key=key,
        useful_until=useful_until,
    )


def _path(hearing: Hearing) -> str:
    return path_for("hearings.show", hearing_id=hearing.id)
