from __future__ import annotations

from forum.core.korean import josa, particle_after
from forum.response.referrals.mails import notify_people
from forum.response.referrals.models import Milestone, Referral


def notify_of_progress(referral: Referral, milestone: Milestone, before: int) -> None:
    """Notify authors and supporters of a milestone's progress. The caller commits."""
    title, ministry = milestone.title, referral.lead.ministry.name
    if milestone.is_closed:
        text = f"{josa(ministry, '이')} 약속한 일 ‘{title}’{particle_after(title, '을')} 마쳤습니다."
    else:
        text = f"{ministry}의 약속 ‘{title}’: 진행률 {before}% → {milestone.percent_done}%"
    notify_people(referral, "progress", text)


def notify_of_completion(referral: Referral) -> None:
    """Notify authors and supporters that everything promised is done. The caller commits."""
    ministry, title = referral.lead.ministry.name, referral.title
    notify_people(referral, "completed", f"{josa(ministry, '이')} ‘{title}’에 약속한 일을 모두 마쳤습니다.")
