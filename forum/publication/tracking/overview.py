"""What the first page and a forum's page lead with: one thing to do now, and the way of all ideas as stations.

Nothing here queries the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.core.links import path_for
from forum.publication.tracking.journey import Station
from forum.publication.tracking.queries import CampaignCounts
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.campaigns.queries import is_open


@dataclass(frozen=True)
class Invitation:
    """What a page's one button says and where it leads."""

    label: str
    path: str


def invitation_of(campaign: Campaign, n_ideas: int) -> Invitation:
    """Return what people can do in a forum now: propose, else vote, else read what came of it."""
    slug = {"slug": campaign.slug}
    if is_open(campaign, PhaseKind.PROPOSING):
        return Invitation(_("제안 쓰기") if n_ideas else _("첫 제안 쓰기"), path_for("ideas.new", **slug))
    if is_open(campaign, PhaseKind.VOTING) and n_ideas:
        return Invitation(_("투표하기"), path_for("queue.ask", **slug))
    if is_open(campaign, PhaseKind.ANSWER):
        return Invitation(_("답변 보기"), path_for("referrals.board", **slug))
    return Invitation(_("제안 둘러보기"), path_for("ideas.listing", **slug))


def thread_stations(campaign: Campaign, counts: CampaignCounts) -> Sequence[Station]:
    """Return the way from ideas to promises kept, each station with its number and its page."""
    slug = {"slug": campaign.slug}
    board = path_for("referrals.board", **slug)
    promises = _("약속 %(n)s개 가운데", n=thousands(counts.promised)) if counts.promised else _("지킨 약속")
    kept = _("개 지킴") if counts.promised else _("개")
    return (
        _station(_("제안"), "idea", counts.ideas, _("건"), path_for("ideas.listing", **slug)),
        _station(_("정책 주제"), "theme", counts.themes, _("개"), path_for("themes.public_listing", **slug)),
        _station(_("전달"), "letter", counts.referrals, _("통"), board),
        _station(_("답변"), "answer", counts.answered, _("건"), f"{board}?state=answered"),
        _station(promises, "check", counts.kept, kept, path_for("thread.campaign", **slug) + "#kept"),
    )


def notes_of(counts: CampaignCounts) -> list[str]:
    """Return what the stations' numbers leave open: how many ideas are in themes, and who says what is kept."""
    notes = []
    if counts.themes:
        notes.append(
            _(
                "제안 %(all)s건 가운데 %(n)s건이 정책 주제에 들어 있어요.",
                all=thousands(counts.ideas),
                n=thousands(counts.themed),
            )
        )
    if counts.promised:
        notes.append(_("약속을 지켰는지는 소관부처가 알린 대로예요."))
    return notes


def stations_in_general() -> Sequence[Station]:
    """Return the same way without numbers, for a site that has no forum yet."""
    names = (
        (_("제안"), "idea"),
        (_("정책 주제"), "theme"),
        (_("전달"), "letter"),
        (_("답변"), "answer"),
        (_("약속 지키기"), "check"),
    )
    return tuple(Station(name, icon, "") for name, icon in names)


def _station(name: str, icon: str, number: int, unit: str, url: str) -> Station:
    return Station(name, icon, "" if number else "ahead", url=url, number=number, unit=unit)
