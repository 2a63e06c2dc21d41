"""Notices and mails about a check: to the idea's author at once, and reminders to the analysts."""

from __future__ import annotations

from collections.abc import Mapping

from forum.core import clock
from forum.core.access import Role
from forum.core.i18n import _
from forum.core.korean import day
from forum.core.links import address_of, link_to, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.people.accounts.queries import staff_accounts
from forum.people.ministries.models import Ministry
from forum.response.referrals.models import Referral
from forum.response.shortpath.models import EverydayCheck
from forum.system.notices.services import notify_all, notify_at_once, queue_mails
from forum.voice.ideas.models import Idea


def notify_of_sending(check: EverydayCheck, referral: Referral, office: Ministry, author: Mapping[int, str]) -> None:
    """Tell the author where the idea was sent. The caller commits."""
    text = _(
        "내 제안 ‘%(title)s’{을} %(office)s에 보냈어요. %(day)s까지 답변을 받아요.",
        title=check.idea.title,
        office=_where(office, check.office_name),
        day=day(referral.due_on),
    )
    path = path_for("referrals.show", referral_id=referral.id)
    _tell(check, author, "check_sent", text, path, _("내 제안을 맡은 곳에 보냈어요"))


def notify_of_merge(check: EverydayCheck, target: Idea, author: Mapping[int, str]) -> None:
    """Tell the author into which idea theirs was merged, and that they follow it now. The caller commits."""
    text = _(
        "내 제안 ‘%(title)s’{을} 먼저 나온 제안 ‘%(other)s’에 합쳤어요. 그 제안의 소식을 함께 알려 드려요.",
        title=check.idea.title,
        other=target.title,
    )
    path = path_for("thread.idea", idea_id=check.idea_id)
    _tell(check, author, "check_same", text, path, _("내 제안을 같은 제안과 합쳤어요"))


def notify_of_refusal(check: EverydayCheck, author: Mapping[int, str]) -> None:
    """Tell the author that the idea is not for this forum; the reason stands on its page. The caller commits."""
    text = _("내 제안 ‘%(title)s’{은} 이 포럼에서 다룰 수 없대요. 까닭을 적어 두었어요.", title=check.idea.title)
    path = path_for("thread.idea", idea_id=check.idea_id)
    _tell(check, author, "check_not_here", text, path, _("내 제안의 확인이 끝났어요"))


def notify_of_reopening(check: EverydayCheck, author: Mapping[int, str]) -> None:
    """Tell the author that the check began anew. The caller commits."""
    text = _(
        "내 제안 ‘%(title)s’{을} 다시 확인해요. %(day)s까지 알려 드릴게요.",
        title=check.idea.title,
        day=day(check.due_on),
    )
    path = path_for("thread.idea", idea_id=check.idea_id)
    _tell(check, author, "check_again", text, path, _("내 제안을 다시 확인해요"))


def remind_analysts(n_checks: int, *, is_late: bool) -> None:
    """Remind all analysts of checks that are due soon, or late: one notice and one mail for all. The caller commits."""
    text = _("다음 근무일까지 마쳐야 하는 일상 제안 확인이 %(n)d건 있어요.", n=n_checks)
    subject = _("일상 제안 확인 기한이 다가와요")
    if is_late:
        text = _("기한이 지난 일상 제안 확인이 %(n)d건 있어요.", n=n_checks)
        subject = _("일상 제안 확인 기한이 지났어요")
    analysts = [account for account in staff_accounts() if account.role is Role.ANALYST]
    kind = "check_late" if is_late else "check_due_soon"
    notify_all([account.id for account in analysts], kind, text, path_for("shortpath.listing"))
    key = f"{kind}:{clock.today().isoformat()}"
    body = f"{text}\n\n{link_to('shortpath.listing')}\n"
    queue_mails({account.email: f"{key}:{account.id}" for account in analysts}, SUBJECT_PREFIX + subject, body)


def _tell(check: EverydayCheck, author: Mapping[int, str], kind: str, text: str, path: str, subject: str) -> None:
    more = _("자세한 내용은 여기에서 볼 수 있어요.")
    notify_at_once(
        author,
        kind,
        text,
        path,
        subject=SUBJECT_PREFIX + subject,
        body=f"{text}\n\n{more}\n{address_of(path)}\n",
        key=f"check:{check.idea_id}:{check.revision}",
    )


def _where(office: Ministry, office_name: str) -> str:
    return f"{office.name}({office_name})" if office_name else office.name
