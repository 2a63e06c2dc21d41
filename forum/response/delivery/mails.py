from __future__ import annotations

from collections.abc import Sequence

from forum.core import clock
from forum.core.i18n import _
from forum.core.links import path_for
from forum.response.delivery.models import RatingRound
from forum.response.referrals.mails import notify_people
from forum.response.referrals.models import Milestone, Referral
from forum.system.notices.services import notify_all


def notify_of_progress(referral: Referral, milestone: Milestone, before: int) -> None:
    """Notify authors, supporters and followers of a milestone's progress. The caller commits."""
    title, ministry = milestone.title, referral.lead.ministry.name
    if milestone.is_closed:
        text = _("%(ministry)s{이} 약속한 일 ‘%(title)s’{을} 마쳤어요.", ministry=ministry, title=title)
    elif before == milestone.percent_done:
        text = _same_percent(ministry, milestone)
    else:
        text = f"{ministry}의 약속 ‘{title}’: 진행률 {before}% → {milestone.percent_done}%"
    notify_people(referral, "progress", text)


def _same_percent(ministry: str, milestone: Milestone) -> str:
    """Return what a report says that leaves the percent as it was: of a late step, why it is late."""
    words = {"ministry": ministry, "title": milestone.title, "percent": milestone.percent_done}
    if milestone.due_on < clock.today():
        return _(
            "%(ministry)s{이} 약속 ‘%(title)s’{이} 늦는 까닭을 알렸어요. 진행률은 그대로 %(percent)d%%예요.", **words
        )
    return _("%(ministry)s의 약속 ‘%(title)s’ 소식: 진행률은 그대로 %(percent)d%%예요.", **words)


def notify_of_completion(referral: Referral) -> None:
    """Notify authors, supporters and followers that everything promised is done. The caller commits."""
    text = _(
        "%(ministry)s{이} ‘%(title)s’에 약속한 일을 모두 마쳤어요.",
        ministry=referral.lead.ministry.name,
        title=referral.title,
    )
    notify_people(referral, "completed", text)


def ask_to_rate(round_: RatingRound, account_ids: Sequence[int]) -> None:
    """Ask those who took part whether it happened: a notice now, a line in the daily mail. The caller commits."""
    milestone = round_.milestone
    text = _(
        "‘%(title)s’, 됐나요? %(ministry)s{이} 다 했다고 알렸어요. 정말 그런지, 도움이 되는지 알려 주세요.",
        title=milestone.title,
        ministry=milestone.answer.referral.lead.ministry.name,
    )
    path = path_for("delivery.rating", milestone_id=milestone.id)
    notify_all(account_ids, "rating_asked", text, path, in_daily_mail=True)
