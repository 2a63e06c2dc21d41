"""Notices and mails about a theme: to the authors of its ideas at once, to followers in the daily mail."""

from __future__ import annotations

from forum.analysis.themes.follows import theme_followers
from forum.analysis.themes.models import Theme
from forum.analysis.themes.queries import authors_of
from forum.core.i18n import _
from forum.core.links import address_of, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.system.notices.services import notify_all, notify_at_once


def notify_authors_of_approval(theme: Theme) -> None:
    """Tell everybody whose idea is in the theme that it was approved. The caller commits."""
    text = _("내 제안이 들어 있는 정책 주제 ‘%(title)s’{이} 승인되었어요.", title=theme.title)
    subject = SUBJECT_PREFIX + "내 제안이 정책 주제가 되었어요"
    _notify(
        theme,
        path_for("themes.show", theme_id=theme.id),
        "theme_approved",
        text,
        "분석가가 이 주제를 소관부처에 전달해요.",
        subject,
        _("정책 주제 ‘%(title)s’{이} 승인되었어요.", title=theme.title),
    )


def notify_authors_of_reopening(theme: Theme) -> None:
    """Tell the authors that an approval was taken back. Call it while their ideas are members."""
    text = f"정책 주제 ‘{theme.title}’의 승인을 거두고 다시 검토해요."
    subject = SUBJECT_PREFIX + "정책 주제를 다시 검토해요"
    path = path_for(
        "themes.public_listing", slug=theme.campaign.slug
    )  # until the next decision only analysts see the theme's own page
    _notify(theme, path, "theme_reopened", text, "결정이 나면 다시 알려 드려요.", subject, text)


def _notify(theme: Theme, path: str, kind: str, text: str, more: str, subject: str, for_followers: str) -> None:
    authors = {account.id: account.email for account in authors_of(theme.id) if account.active}
    body = "\n\n".join((text, f"{more} 진행은 여기에서 볼 수 있어요.\n{address_of(path)}\n"))
    key = f"theme:{theme.id}:{theme.version}:{kind}"
    notify_at_once(authors, kind, text, path, subject=subject, body=body, key=key)
    others = [account_id for account_id in theme_followers(theme.id) if account_id not in authors]
    notify_all(others, kind, for_followers, path, in_daily_mail=True)
