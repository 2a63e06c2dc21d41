"""Where an idea is on its way, as a line of stations: 제안, 정책 주제, 전달, 답변, 약속 (everyday: 확인, 시범).

It is built from the same data as the timeline, which tells the same at length; nothing here queries the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from forum.analysis.themes.models import Theme, ThemeState
from forum.core.i18n import _
from forum.core.korean import short_day
from forum.core.links import path_for
from forum.publication.tracking.present import Place, Present, Reached, present_of
from forum.publication.tracking.promises import sides_words
from forum.publication.tracking.short_way import (
    answer_words,
    check_note,
    pilot_note,
    reached_by,
    short_names,
    short_present,
)
from forum.publication.tracking.timeline import TimelineData, over_since, planned_end
from forum.response.referrals.models import Answer, Decision, Referral
from forum.response.shortpath.answers import ShownShortAnswer
from forum.response.shortpath.models import CheckOutcome
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
    whole: Answer | None = None
    """The answer to the theme, where its decision is another one than that on the idea itself."""
    short: ShownShortAnswer | None = None
    """Of an everyday idea: what the office did, with its photos."""


def answer_to(data: TimelineData) -> AnswerSummary | None:
    """Return the newest published answer to a theme of the idea; None if there is none."""
    found = _answered(_letters(data))
    if found is None:
        return None
    referral, answer = found
    own = next((point for point in answer.points if point.idea_id == data.idea.id), None)
    decision = (own and own.decision) or answer.decision
    return AnswerSummary(
        decision=decision,
        ministry=referral.lead.ministry.name,
        text=own.text if own else answer.reason,
        published_at=answer.published_at,
        url=path_for("referrals.show", referral_id=referral.id),
        whole=answer if decision is not answer.decision else None,
        short=data.short.shorts.get(answer.id) if data.short else None,
    )


def journey_of(data: TimelineData) -> list[Station]:
    """Return the stations of an idea. Where the way ended, there are none ahead; none at all if it is not shown."""
    is_same = data.short is not None and data.short.check.outcome is CheckOutcome.SAME
    if data.idea.state is not IdeaState.OPEN and not data.was_sent and not is_same:
        return []
    return _short_stations(data) if data.short is not None else _Journey(data).stations()


def _short_stations(data: TimelineData) -> list[Station]:
    """Return the stations of an everyday idea. A merged one follows the idea that it was merged into."""
    way, letters = data.short, data.letters
    assert way is not None
    present = short_present(reached_by(way, letters))
    newest = max(letters, key=lambda letter: letter.id, default=None)
    notes = {
        Place.IDEA: (short_day(data.idea.created_at), ""),
        Place.THEME: check_note(way, present),
        Place.LETTER: _short_letter(newest, present),
        Place.ANSWER: _short_answer(data, newest),
        Place.PROMISE: pilot_note(way, present),
    }
    last = present.place if present.has_ended else max(present.place, Place.ANSWER)
    names, icons = short_names(), _ICONS | {Place.THEME: "clock"}

    def state(place: Place) -> str:
        if place is present.place:
            return DONE if present.has_ended and place >= Place.ANSWER else NOW
        return DONE if place < present.place else AHEAD

    return [Station(names[place], icons[place], state(place), *notes[place]) for place in Place if place <= last]


def _short_letter(newest: Referral | None, present: Present) -> tuple[str, str]:
    if newest is not None:
        return newest.lead.ministry.name, path_for("referrals.show", referral_id=newest.id)
    return present.words if present.place is Place.LETTER else "", ""


def _short_answer(data: TimelineData, newest: Referral | None) -> tuple[str, str]:
    found = _answered(data.letters)
    if found is None:
        return (_waiting(newest), path_for("referrals.show", referral_id=newest.id)) if newest else ("", "")
    letter, answer = found
    short = data.short.shorts.get(answer.id) if data.short else None
    words = answer_words(short.kind, len(short.photos)) if short and short.kind else str(answer.decision.label)
    words = " · ".join(filter(None, (words, sides_words(data.promises.of_letters.get(letter.id)))))
    return words, path_for("referrals.show", referral_id=letter.id)


class _Journey:
    """The stations of one idea; `present_of` decides at which it is."""

    def __init__(self, data: TimelineData) -> None:
        self.campaign = data.idea.campaign
        self.started_at = data.idea.created_at
        answered = _answered(_letters(data))
        self.referral = answered[0] if answered else _newest_letter(data)
        self.answer = answered[1] if answered else None
        self.own = _own_decision(self.answer, data.idea.id)
        self.said = sides_words(data.promises.of_letters.get(self.referral.id)) if self.referral else ""
        self.theme = self.referral.theme if self.referral else _approved(data)
        self.is_chosen = any(way.is_chosen for way in data.council)
        self.present = present_of(self._reached(data))

    def _reached(self, data: TimelineData) -> Reached:
        promised = self.answer.milestones if self.answer else []
        return Reached(
            theme_states={membership.theme.state for membership in data.memberships},
            is_sent=self.referral is not None,
            decision=self.own or (self.answer.decision if self.answer else None),
            is_own_decision=self.own is not None,
            n_promised=len(promised),
            n_kept=sum(milestone.is_closed for milestone in promised),
            over={kind for kind in PhaseKind if over_since(self.campaign, kind)},
        )

    def stations(self) -> list[Station]:
        notes = {
            Place.IDEA: (short_day(self.started_at), ""),
            Place.THEME: self._theme(),
            Place.LETTER: self._letter(),
            Place.ANSWER: self._answer(),
            Place.PROMISE: self._promise(),
        }
        last = self.present.place if self.present.has_ended else Place.PROMISE
        if self.answer and self.present.place is Place.ANSWER:
            last = Place.ANSWER
        names = station_names()
        return [
            Station(names[place], _ICONS[place], self._state(place), *notes[place]) for place in Place if place <= last
        ]

    def _state(self, place: Place) -> str:
        present = self.present.place
        if place is present:
            return DONE if self.answer and self.present.has_ended else NOW
        return DONE if place < present else AHEAD

    def _theme(self) -> tuple[str, str]:
        if self.theme is not None:
            chosen = _("협의회 대표과제") if self.is_chosen else ""
            words = " · ".join(filter(None, (self.theme.title, chosen)))
            return words, path_for("themes.show", theme_id=self.theme.id)
        until = "" if self.present.has_ended else self._planned(PhaseKind.REVIEW, _("%(day)s까지 살펴봐요"))
        return " · ".join(filter(None, (self.present.words, until))), ""

    def _letter(self) -> tuple[str, str]:
        if self.referral is not None:
            return self.referral.lead.ministry.name, self._url
        until = "" if self.present.has_ended else self._planned(PhaseKind.REFERRAL, _("%(day)s까지 보내요"))
        now = self.present.words if self.present.place is Place.LETTER else ""
        return " · ".join(filter(None, (now, until))), ""

    def _answer(self) -> tuple[str, str]:
        if self.referral is None:
            return self._planned(PhaseKind.ANSWER, _("%(day)s까지 답해요")), ""
        if self.answer is None:
            return self.present.words if self.present.has_ended else _waiting(self.referral), self._url
        label = self.answer.decision.label
        if self.own is not None and self.own is not self.answer.decision:
            words = {"own": self.own.label, "whole": label}
            return _("이 제안은 %(own)s, 주제 전체로는 %(whole)s", **words), self._url
        return str(label), self._url

    def _promise(self) -> tuple[str, str]:
        if self.answer is None or not self.answer.milestones:
            return "", ""
        promised = self.answer.milestones
        n = {"all": len(promised), "kept": sum(milestone.is_closed for milestone in promised)}
        if self.own is not None and self.own is not self.answer.decision:
            words = _("주제 전체의 약속 %(all)s개 가운데 %(kept)s개 끝남", **n)
        else:
            words = _("%(all)s개 가운데 %(kept)s개 끝남", **n)
        return " · ".join(filter(None, (words, self.said))), self._url

    @property
    def _url(self) -> str:
        return path_for("referrals.show", referral_id=self.referral.id) if self.referral else ""

    def _planned(self, kind: PhaseKind, words: str) -> str:
        """Return `words` with the day on which this phase ends; nothing if that is not known."""
        ends_at = planned_end(self.campaign, kind)
        return words % {"day": short_day(ends_at)} if ends_at else ""


_ICONS = {
    Place.IDEA: "idea",
    Place.THEME: "theme",
    Place.LETTER: "letter",
    Place.ANSWER: "answer",
    Place.PROMISE: "check",
}


def station_names() -> dict[Place, str]:
    return {
        Place.IDEA: _("제안"),
        Place.THEME: _("정책 주제"),
        Place.LETTER: _("전달"),
        Place.ANSWER: _("답변"),
        Place.PROMISE: _("약속"),
    }


def _waiting(referral: Referral) -> str:
    clock = referral.lead.clock
    if clock.stopped_on is not None:
        return _("보완을 기다려요")
    if clock.days_late > 0:
        return _("기한이 %(n)s일 지났어요", n=clock.days_late)
    return _("%(day)s까지 답해요", day=short_day(referral.due_on))


def _own_decision(answer: Answer | None, idea_id: int) -> Decision | None:
    """Return the ministry's decision on the idea itself, if it made one."""
    points = answer.points if answer else []
    return next((point.decision for point in points if point.idea_id == idea_id), None)


def _letters(data: TimelineData) -> Sequence[Referral]:
    return [referral for sent in data.referrals.values() for referral in sent]


def _newest_letter(data: TimelineData) -> Referral | None:
    return max(_letters(data), key=lambda referral: referral.id, default=None)


def _answered(letters: Sequence[Referral]) -> tuple[Referral, Answer] | None:
    found = [(letter, letter.published_answer) for letter in letters]
    answered = [(letter, answer) for letter, answer in found if answer is not None]
    return max(answered, key=lambda pair: pair[0].id, default=None)


def _approved(data: TimelineData) -> Theme | None:
    themes = [membership.theme for membership in data.memberships if membership.theme.state is ThemeState.APPROVED]
    return themes[-1] if themes else None
