"""Where an idea is on its way, as a line of stations: 제안, 정책 주제, 전달, 답변, 약속.

It is built from the same data as the timeline, which tells the same at length; nothing here queries the database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from forum.analysis.themes.models import Theme, ThemeState
from forum.core.i18n import _
from forum.core.korean import short_day
from forum.core.links import path_for
from forum.publication.tracking.timeline import TimelineData, over_since
from forum.response.referrals.models import Answer, Decision, Referral
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import IdeaState

DONE, NOW, AHEAD = "done", "now", "ahead"


@dataclass(frozen=True)
class Station:
    """One station, as `components/stations.html` draws it. The one where the idea is, or stopped, is `NOW`.

    state : "" where all stations stand side by side
    """

    name: str
    icon: str
    state: str
    note: str = ""
    url: str = ""
    number: int | None = None
    unit: str = ""


@dataclass(frozen=True)
class AnswerSummary:
    """What a ministry answered to an idea: its decision on the idea itself, or else on the theme, in its own words."""

    decision: Decision
    ministry: str
    text: str
    published_at: datetime | None
    url: str


def answer_to(data: TimelineData) -> AnswerSummary | None:
    """Return the newest published answer to a theme of the idea; None if there is none."""
    found = _answered(data)
    if found is None:
        return None
    referral, answer = found
    own = next((point for point in answer.points if point.idea_id == data.idea.id), None)
    return AnswerSummary(
        decision=(own and own.decision) or answer.decision,
        ministry=referral.lead.ministry.name,
        text=own.text if own else answer.reason,
        published_at=answer.published_at,
        url=path_for("referrals.show", referral_id=referral.id),
    )


def journey_of(data: TimelineData) -> list[Station]:
    """Return the stations of an idea. Where the way ended, there are none ahead; none at all if it is not shown."""
    if data.idea.state is not IdeaState.OPEN and not data.was_sent:
        return []
    return [Station(_("제안"), "idea", DONE, short_day(data.idea.created_at)), *_from_theme(data)]


def _from_theme(data: TimelineData) -> Iterator[Station]:
    answered = _answered(data)
    referral = answered[0] if answered else _newest_letter(data)
    theme = referral.theme if referral else _approved(data)
    name = _("정책 주제")
    if theme is None:
        note, goes_on = _before_theme(data)
        yield Station(name, "theme", NOW, note)
        if goes_on:
            yield from _ahead((_("전달"), "letter"), (_("답변"), "answer"), (_("약속"), "check"))
        return
    yield Station(name, "theme", DONE, theme.title, path_for("themes.show", theme_id=theme.id))
    if referral is None:
        over = over_since(data.idea.campaign, PhaseKind.REFERRAL)
        yield Station(_("전달"), "letter", NOW, _("전달하지 않고 끝났어요") if over else _("전달을 준비해요"))
        if not over:
            yield from _ahead((_("답변"), "answer"), (_("약속"), "check"))
        return
    url = path_for("referrals.show", referral_id=referral.id)
    yield Station(_("전달"), "letter", DONE, referral.lead.ministry.name, url)
    yield from _from_answer(referral, answered[1] if answered else None, url)


def _before_theme(data: TimelineData) -> tuple[str, bool]:
    """Return where an idea without an approved theme stands, and whether it may still go on."""
    states = {membership.theme.state for membership in data.memberships}
    if over_since(data.idea.campaign, PhaseKind.REVIEW):
        return _("정책 주제에 들지 않았어요"), False
    if ThemeState.DRAFT in states:
        return _("분석가가 살펴보고 있어요"), True
    if states:
        return _("정책 주제가 되지 않았어요"), False
    return _("비슷한 제안을 모으고 있어요"), True


def _from_answer(referral: Referral, answer: Answer | None, url: str) -> Iterator[Station]:
    if answer is None:
        over = over_since(referral.theme.campaign, PhaseKind.ANSWER)
        yield Station(_("답변"), "answer", NOW, _("답변 없이 끝났어요") if over else _waiting(referral), url)
        if not over:
            yield from _ahead((_("약속"), "check"))
        return
    yield Station(_("답변"), "answer", DONE, answer.decision.label, url)
    promised = answer.milestones
    if promised:
        n_kept = sum(milestone.is_closed for milestone in promised)
        words = _("%(all)s개 가운데 %(kept)s개 끝남", all=len(promised), kept=n_kept)
        yield Station(_("약속"), "check", DONE if n_kept == len(promised) else NOW, words, url)


def _waiting(referral: Referral) -> str:
    clock = referral.lead.clock
    if clock.stopped_on is not None:
        return _("보완을 기다려요")
    if clock.days_late > 0:
        return _("기한이 %(n)s일 지났어요", n=clock.days_late)
    return _("%(day)s까지 답해요", day=short_day(referral.due_on))


def _ahead(*stations: tuple[str, str]) -> Iterator[Station]:
    return (Station(name, icon, AHEAD) for name, icon in stations)


def _letters(data: TimelineData) -> Sequence[Referral]:
    return [referral for sent in data.referrals.values() for referral in sent]


def _newest_letter(data: TimelineData) -> Referral | None:
    return max(_letters(data), key=lambda referral: referral.id, default=None)


def _answered(data: TimelineData) -> tuple[Referral, Answer] | None:
    found = [(letter, letter.published_answer) for letter in _letters(data)]
    answered = [(letter, answer) for letter, answer in found if answer is not None]
    return max(answered, key=lambda pair: pair[0].id, default=None)


def _approved(data: TimelineData) -> Theme | None:
    themes = [membership.theme for membership in data.memberships if membership.theme.state is ThemeState.APPROVED]
    return themes[-1] if themes else None
