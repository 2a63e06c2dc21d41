from __future__ import annotations

from forum.core.i18n import _
from forum.response.referrals.mails import notify_people
from forum.response.referrals.models import Milestone, Referral


def notify_of_progress(referral: Referral, milestone: Milestone, before: int) -> None:
    """Notify authors, supporters and followers of a milestone's progress. The caller commits."""
    title, ministry = milestone.title, referral.lead.ministry.name
    if milestone.is_closed:
        text = _("%(ministry)s{이} 약속한 일 ‘%(title)s’{을} 마쳤어요.", ministry=ministry, title=title)
    else:
        text = f"{ministry}의 약속 ‘{title}’: 진행률 {before}% → {milestone.percent_done}%"
    notify_people(referral, "progress", text)


def notify_of_completion(referral: Referral) -> None:
    """Notify authors, supporters and followers that everything promised is done. The caller commits."""
    text = _(
        "%(ministry)s{이} ‘%(title)s’에 약속한 일을 모두 마쳤어요.",
        ministry=referral.lead.ministry.name,
        title=referral.title,
    )
    notify_people(referral, "completed", text)
