"""What the first page and a forum's page lead with: one thing to do now, and the way of all ideas as stations.

Nothing here queries the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.core.links import path_for
from forum.publication.fixes.queries import Board
from forum.publication.tracking.journey import Station
from forum.publication.tracking.promises import rating_sentence
from forum.publication.tracking.queries import CampaignCounts
from forum.response.delivery.sides import TwoSides
from forum.response.delivery.wording import gap_sentence
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


def short_stations(campaign: Campaign, counts: CampaignCounts, board: Board) -> Sequence[Station]:
    """Return the way of an everyday campaign's ideas, from the idea to what other offices took over."""
    slug = {"slug": campaign.slug}
    letters, pilots = path_for("referrals.board", **slug), path_for("pilots.listing", **slug)
    return (
        _station(_("제안"), "idea", counts.ideas, _("건"), path_for("ideas.listing", **slug)),
        _station(_("확인"), "clock", board.checked, _("건"), path_for("thread.campaign", **slug) + "#checks"),
        _station(_("전달"), "letter", counts.referrals, _("통"), letters),
        _station(_("답변"), "answer", counts.answered, _("건"), f"{letters}?state=answered"),
        _station(_("고침"), "check", board.fixed, _("건"), path_for("thread.campaign", **slug) + "#fixed"),
        _station(_("시범"), "check", board.tried, _("건"), pilots),
    )


def short_notes(board: Board) -> list[str]:
    """Return who says what the stations' numbers count."""
    said = [_("고쳤는지는 답변한 곳이 알린 대로예요.")] if board.fixed else []
    if board.spread:
        said.append(_("다른 곳에서 이어받은 시범이 %(n)s건 더 있어요.", n=thousands(board.spread)))
    return said


def board_sentences(board: Board) -> list[str]:
    """Return what an everyday campaign came to, in sentences."""
    said = []
    if board.waiting:
        words = {"n": thousands(board.waiting), "late": thousands(board.late)}
        late = _("확인을 기다리는 제안이 %(n)s건 있고, 그 가운데 %(late)s건은 기한이 지났어요.", **words)
        said.append(late if board.late else _("확인을 기다리는 제안이 %(n)s건 있어요.", **words))
    if board.checked:
        words = {"n": thousands(board.checked), "in_time": thousands(board.in_time)}
        said.append(_("확인을 마친 제안 %(n)s건 가운데 %(in_time)s건은 3근무일 안에 마쳤어요.", **words))
    if board.answered:
        words = {"n": thousands(board.answered), "fixed": thousands(board.fixed)}
        said.append(_("답변 %(n)s건 가운데 %(fixed)s건은 고쳤다는 답변이에요.", **words))
    if board.tried:
        words = {"n": thousands(board.tried), "running": thousands(board.running), "decided": thousands(board.decided)}
        said.append(
            _("작게 해 본 시범이 %(n)s건이에요: 해 보는 중 %(running)s건, 해 보고 정한 것 %(decided)s건.", **words)
        )
    if board.spread:
        words = {"n": thousands(board.spread), "places": thousands(board.places)}
        said.append(_("다른 기관 %(places)s곳이 시범 %(n)s건을 이어받았어요.", **words))
    return said


def notes_of(counts: CampaignCounts, sides: TwoSides | None = None) -> list[str]:
    """Return what the stations' numbers leave open: how many ideas are in themes, and who says what is kept.

    :param sides: of all promises of the campaign; None while nothing is kept
    """
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
    if sides is not None:
        notes.extend(filter(None, (rating_sentence(sides), gap_sentence(sides))))
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
