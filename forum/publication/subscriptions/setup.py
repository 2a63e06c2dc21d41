from __future__ import annotations

from flask import Flask

from forum.core.i18n import _l
from forum.publication.subscriptions.links import leaving_link
from forum.publication.subscriptions.mails import LEAVING_KIND
from forum.system.notices.leaving import leaving_kind


def register(_app: Flask) -> None:
    """Let the mails about new digests be left without an account."""
    leaving_kind(LEAVING_KIND, _l("정책 보고서 메일"), leaving_link)
