"""Notices and mails to people whose votes are excluded. They name no idea and no vote."""

from __future__ import annotations

from forum.core.i18n import _
from forum.core.links import link_to, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.system.notices.services import notify_at_once
from forum.voice.campaigns.models import Campaign
from forum.voice.integrity.models import EXPLANATIONS, ExclusionCase, ObjectionDecision
from forum.voice.integrity.queries import account_of


def notify_excluded(case: ExclusionCase, campaign: Campaign) -> None:
    """Tell somebody that their votes do not count, why, and how to object. The caller commits."""
    text = _(
        "‘%(title)s’에서 한 내 투표를 집계에서 뺐어요. 까닭: %(reason)s. 다르게 생각하면 한 번 이의를 낼 수 있어요.",
        title=campaign.title,
        reason=case.reason.label,
    )
    _notify(case, "excluded", _("내 투표를 집계에서 뺐어요"), text, str(EXPLANATIONS[case.reason]))


def notify_counted_again(case: ExclusionCase, campaign: Campaign) -> None:
    """Tell somebody that their votes count again. The caller commits."""
    text = _("‘%(title)s’에서 한 내 투표를 다시 세요. 이제 더 투표할 수도 있어요.", title=campaign.title)
    _notify(case, "counted", _("내 투표를 다시 세요"), text)


def notify_decided(case: ExclusionCase, campaign: Campaign) -> None:
    """Tell somebody what was decided on their objection. The caller commits."""
    if case.objection_decision is ObjectionDecision.LIFTED:
        text = _("이의를 받아들여 ‘%(title)s’에서 한 내 투표를 다시 세요.", title=campaign.title)
    else:
        text = _(
            "이의를 살펴보았지만 ‘%(title)s’에서 한 내 투표를 계속 빼기로 했어요. 운영진의 설명을 확인해 주세요.",
            title=campaign.title,
        )
    _notify(case, "objection_decided", _("이의에 대한 답이 나왔어요"), text)


def _notify(case: ExclusionCase, kind: str, subject: str, text: str, more: str = "") -> None:
    account = account_of(case.participant_id)
    if account is None:
        return
    where = _("자세한 내용은 여기에서 볼 수 있어요.\n%(link)s\n", link=link_to("integrity.own"))
    notify_at_once(
        {account.id: account.email},
        f"integrity.{kind}",
        text,
        path_for("integrity.own"),
        subject=SUBJECT_PREFIX + subject,
        body="\n\n".join(part for part in (text, more, where) if part),
        key=f"vote_exclusion:{case.exclusion_id}:{kind}",
    )
