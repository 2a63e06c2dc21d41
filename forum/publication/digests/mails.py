"""Notices about digests."""

from __future__ import annotations

from forum.analysis.themes.models import Theme
from forum.core.i18n import _
from forum.core.links import path_for
from forum.people.follows.queries import followers_of
from forum.people.ministries.models import Ministry
from forum.publication.digests.kinds import digest_title
from forum.publication.digests.models import Digest
from forum.system.notices.services import notify_all
from forum.voice.campaigns.models import Campaign


def notify_of_digest(digest: Digest) -> None:
    """Tell those who follow what a digest is about: a ministry, a theme, or else the campaign. The caller commits."""
    if digest.ministry_id is not None:
        about = {Ministry.__tablename__: [digest.ministry_id]}
    elif digest.theme_id is not None:
        about = {Theme.__tablename__: [digest.theme_id]}
    else:
        about = {Campaign.__tablename__: [digest.campaign_id]}
    names = {"forum": digest.campaign.title, "title": digest_title(digest)}
    text = _("‘%(forum)s’의 새 보고서가 나왔어요: %(title)s", **names)
    path = path_for("digests.show", digest_id=digest.id)
    notify_all(followers_of(about), "digest_published", text, path, in_daily_mail=True)
