"""Notices about shortlists: when one opens, and when what its votes gave is published."""

from __future__ import annotations

from collections.abc import Collection

from forum.analysis.shortlists.models import Shortlist
from forum.analysis.shortlists.queries import accounts_taking_part
from forum.core.i18n import _
from forum.core.links import path_for
from forum.people.follows.queries import followers_of
from forum.system.notices.services import notify_all
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea


def notify_of_opening(shortlist: Shortlist, idea_ids: Collection[int]) -> None:
    """Tell those who follow the campaign or one of the ideas that they can vote. The caller commits."""
    text = _(
        "‘%(title)s’에서 후보 투표가 열렸어요. 제안 %(n)s건에 투표할 수 있어요.",
        title=shortlist.campaign.title,
        n=len(idea_ids),
    )
    people = followers_of({Campaign.__tablename__: [shortlist.campaign_id], Idea.__tablename__: idea_ids})
    notify_all(people, "shortlist_opened", text, _path(shortlist), in_daily_mail=True)


def notify_of_slate(shortlist: Shortlist, has_slate: bool) -> None:
    """Tell those who take part what became of their votes. The caller commits.

    :param has_slate: too few people voted otherwise
    """
    told = {"title": shortlist.campaign.title, "n": shortlist.number}
    if has_slate:
        text = _("내가 참여한 ‘%(title)s’ 후보 투표 %(n)s번의 결과가 나왔어요. 대표안과 검산표를 볼 수 있어요.", **told)
    else:
        text = _(
            "내가 참여한 ‘%(title)s’ 후보 투표 %(n)s번이 끝났어요. 투표한 사람이 적어 대표안은 고르지 않았어요.",
            **told,
        )
    notify_all(accounts_taking_part(shortlist), "slate_published", text, _path(shortlist), in_daily_mail=True)


def _path(shortlist: Shortlist) -> str:
    return path_for("shortlists.show", slug=shortlist.campaign.slug, number=shortlist.number)
