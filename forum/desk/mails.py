"""What authors hear about the themes made of their ideas."""

from __future__ import annotations

from flask import current_app

from forum.korean import particle_after
from forum.notices.services import queue_mails, tell_all
from forum.themes.models import Theme
from forum.themes.queries import authors_of


def tell_authors_of_approval(theme: Theme) -> None:
    """A notice and a mail for everybody whose idea is in the theme. The caller commits."""
    path = f"/themes/{theme.id}"
    authors = authors_of(theme.id)
    text = f"내 제안이 들어 있는 정책 주제 ‘{theme.title}’{particle_after(theme.title, '이')} 승인되었습니다."
    tell_all([account.id for account in authors], "theme_approved", text, path)
    link = f"{current_app.config['BASE_URL']}{path}"
    body = f"{text}\n\n분석가가 이 주제를 소관부처에 전달합니다. 진행은 여기에서 볼 수 있습니다.\n{link}\n"
    subject = "[탄소중립 국민포럼] 내 제안이 정책 주제가 되었습니다"
    queue_mails({account.email: f"theme:{theme.id}:approved:{account.id}" for account in authors}, subject, body)
