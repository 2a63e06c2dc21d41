"""The way of an everyday idea: 제안, 확인, 전달, 답변, 시범. Present, stations and timeline of what is special.

Letters and answers are told as for every idea. Nothing here queries the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from forum.core.i18n import _
from forum.core.korean import day, short_day, thousands
from forum.core.links import path_for
from forum.publication.fixes.queries import ShortWay
from forum.publication.tracking.entries import TimelineEntry, shortened
from forum.publication.tracking.present import Place, Present
from forum.response.pilots.models import Pilot, PilotDecision, PilotOrigin, PilotReading, PilotState, ReadingPhase
from forum.response.pilots.queries import reading_of, result_of_pilot
from forum.response.pilots.results import reading_words, result_words
from forum.response.referrals.models import Referral
from forum.response.shortpath.models import CheckOutcome, EverydayCheck, ShortAnswerKind


def short_names() -> dict[Place, str]:
    """Return what the five places are called on the short way; 확인 stands where others have a theme."""
    return {
        Place.IDEA: _("제안"),
        Place.THEME: _("확인"),
        Place.LETTER: _("전달"),
        Place.ANSWER: _("답변"),
        Place.PROMISE: _("시범"),
    }


@dataclass(frozen=True)
class ShortReached:
    """How far an everyday idea came, after its check.

    late : days by which the check is late
    is_sent : it, or the idea into which it was merged
    kind : of the newest short answer; None without one. `decision` is what an answer of another kind is called
    pilots : states of the pilots that its own office planned
    """

    outcome: CheckOutcome | None
    due_on: date
    late: int = 0
    is_sent: bool = False
    is_answered: bool = False
    kind: ShortAnswerKind | None = None
    pilots: Collection[PilotState] = ()


def short_present(reached: ShortReached) -> Present:
    """Return where an everyday idea is now. Answers end its way, but for a pilot that was promised."""
    if reached.is_answered:
        if reached.kind is not ShortAnswerKind.PILOT:
            return Present(Place.ANSWER, has_ended=True)
        return _at_pilot(reached.pilots)
    if reached.outcome is CheckOutcome.NOT_HERE:
        return Present(Place.THEME, _("이 포럼에서 다룰 수 없어요"), has_ended=True)
    if reached.outcome is CheckOutcome.CLOSED:
        return Present(Place.THEME, _("확인 전에 거두어졌어요"), has_ended=True)
    if reached.is_sent:
        return Present(Place.ANSWER, _("답변을 기다려요"))
    if reached.outcome is CheckOutcome.SAME:
        return Present(Place.LETTER, _("같은 제안에 합쳤어요"))
    if reached.outcome is None and reached.late:
        return Present(Place.THEME, _("확인이 %(n)s일 늦어지고 있어요", n=thousands(reached.late)))
    return Present(Place.THEME, _("%(day)s까지 확인해요", day=short_day(reached.due_on)))


def _at_pilot(states: Collection[PilotState]) -> Present:
    if PilotState.RUNNING in states:
        return Present(Place.PROMISE, _("해 보고 있어요"))
    if PilotState.PLANNED in states:
        return Present(Place.PROMISE, _("시범을 준비하고 있어요"))
    if PilotState.DECIDED in states:
        return Present(Place.PROMISE, _("해 보고 정했어요"), has_ended=True)
    if PilotState.CANCELLED in states:
        return Present(Place.PROMISE, _("재지 않고 그만두었어요"), has_ended=True)
    return Present(Place.PROMISE, _("약속한 시범을 기다려요"))


def reached_by(way: ShortWay, letters: Sequence[Referral]) -> ShortReached:
    """Return how far the idea of a way came, by its letters."""
    answered = [letter.published_answer for letter in letters if letter.published_answer is not None]
    newest = max(answered, key=lambda answer: answer.referral_id, default=None)
    short = way.shorts.get(newest.id) if newest else None
    return ShortReached(
        way.check.outcome,
        way.check.due_on,
        way.check.days_late,
        bool(letters),
        newest is not None,
        short.kind if short else None,
        [pilot.state for pilot in own_pilots(way.pilots)],
    )


def own_pilots(pilots: Sequence[Pilot]) -> list[Pilot]:
    """Return those of the office that answered, without what other offices took over and what followed there."""
    taken = set[int]()
    for pilot in pilots:  # oldest first: a pilot comes after the one it follows
        if pilot.origin is PilotOrigin.SPREAD or pilot.parent_id in taken:
            taken.add(pilot.id)
    return [pilot for pilot in pilots if pilot.id not in taken]


def check_note(way: ShortWay, present: Present) -> tuple[str, str]:
    """Return what stands at the station of the check, and where it leads."""
    check = way.check
    if check.outcome is CheckOutcome.SAME and way.same_as is not None:
        return _("먼저 나온 제안에 합침"), path_for("thread.idea", idea_id=way.same_as.id)
    if check.outcome is not CheckOutcome.SENT:
        return present.words if present.place is Place.THEME else "", ""
    when = short_day(check.decided_on or check.due_on)
    late = _("%(n)s일 늦음", n=thousands(check.days_late)) if check.days_late else ""
    return " · ".join(filter(None, (_("%(day)s에 마침", day=when), late))), ""


def answer_words(kind: ShortAnswerKind, n_photos: int) -> str:
    return _("%(kind)s(사진 %(n)s장)", kind=kind.label, n=n_photos) if n_photos else str(kind.label)


def pilot_note(way: ShortWay, present: Present) -> tuple[str, str]:
    """Return what stands at the station of the pilot, and where it leads: the newest of its own office."""
    own = own_pilots(way.pilots)
    if not own:
        return present.words if present.place is Place.PROMISE else "", ""
    newest = own[-1]
    words = str(newest.decision.label if newest.decision else newest.state.label)
    places = {pilot.ministry_id for pilot in way.pilots if _is_taken_over(pilot)}
    if places:
        words = " · ".join((words, _("%(n)s곳이 이어받음", n=thousands(len(places)))))
    return words, path_for("pilots.show", pilot_id=newest.id)


def _is_taken_over(pilot: Pilot) -> bool:
    return pilot.origin is PilotOrigin.SPREAD and pilot.state is not PilotState.CANCELLED


def check_entries(way: ShortWay) -> Iterator[TimelineEntry]:
    """Yield how its check went, and which ideas were merged into it."""
    check = way.check
    if check.decided_at is not None and check.outcome is not None:
        yield from _ended(way, check, check.decided_at)
    for one in way.merged_here:
        title = _("같은 제안을 여기에 합쳤어요: ‘%(title)s’", title=one.title)
        more = ""
        if one is way.merged_here[-1] and way.n_merged > len(way.merged_here):
            more = _("그 밖에도 %(n)s건을 합쳤어요.", n=thousands(way.n_merged - len(way.merged_here)))
        yield TimelineEntry(title, more, one.check.decided_at, path_for("thread.idea", idea_id=one.id))


def _ended(way: ShortWay, check: EverydayCheck, at: datetime) -> Iterator[TimelineEntry]:
    late = _("확인은 기한보다 %(n)s일 늦었어요.", n=thousands(check.days_late)) if check.days_late else ""
    if check.outcome is CheckOutcome.SENT:
        url = path_for("referrals.show", referral_id=check.referral_id) if check.referral_id else ""
        office = _("맡은 곳: %(office)s.", office=check.office_name) if check.office_name else ""
        yield TimelineEntry(_("분석가가 확인을 마치고 맡은 곳에 보냈어요"), f"{office} {late}".strip(), at, url)
    elif check.outcome is CheckOutcome.SAME and way.same_as is not None:
        title = _("분석가가 먼저 나온 제안 ‘%(title)s’에 합쳤어요", title=way.same_as.title)
        yield TimelineEntry(title, late, at, path_for("thread.idea", idea_id=way.same_as.id))
    elif check.outcome is CheckOutcome.SAME:
        yield TimelineEntry(_("분석가가 먼저 나온 제안에 합쳤어요"), late, at)
    elif check.outcome is CheckOutcome.NOT_HERE:
        reason = shortened(check.reason)
        yield TimelineEntry(_("분석가가 이 포럼에서 다룰 수 없다고 알렸어요"), f"{reason} {late}".strip(), at)


def ahead_entries(reached: ShortReached) -> Iterator[TimelineEntry]:
    """Yield what is still to come, until there is an answer; a letter tells by itself until when."""
    if reached.outcome is None and not reached.is_sent:
        due = _("%(day)s까지 같은 제안이 있었는지, 어느 곳의 일인지 살펴요.", day=day(reached.due_on))
        if reached.late:
            due = _("%(day)s까지 하기로 했는데 %(n)s일 늦어지고 있어요.", day=day(reached.due_on), n=reached.late)
        yield TimelineEntry(_("확인"), due, done=False)
        yield TimelineEntry(_("맡은 곳에 전달"), done=False)
        yield TimelineEntry(_("맡은 곳의 답변"), done=False)
    elif reached.outcome is CheckOutcome.SAME and not reached.is_sent:
        yield TimelineEntry(_("먼저 나온 제안을 맡은 곳에 전달"), done=False)
    elif reached.kind is ShortAnswerKind.PILOT and not reached.pilots:
        yield TimelineEntry(_("약속한 시범"), _("답변한 곳이 아직 준비하지 않았어요."), done=False)


def pilot_entries(pilots: Sequence[Pilot]) -> Iterator[TimelineEntry]:
    """Yield what offices tried, measured, decided and took over."""
    for pilot in pilots:
        url = path_for("pilots.show", pilot_id=pilot.id)
        who = {"office": pilot.ministry.name, "title": pilot.title}
        yield TimelineEntry(_planned(pilot, who), _where_and_when(pilot), pilot.created_at, url)
        yield from _measured(pilot, url)
        for report in pilot.reports:
            title = _("%(office)s{이} 시범 소식을 알렸어요", **who)
            yield TimelineEntry(title, shortened(report.text), report.created_at, url)
        if pilot.decided_at is not None:
            yield TimelineEntry(_decided(pilot, who), shortened(pilot.decision_reason), pilot.decided_at, url)
        elif pilot.state is PilotState.RUNNING and reading_of(pilot, ReadingPhase.AFTER) is None:
            until = _("%(day)s까지 해 보고 나서 재요.", day=day(pilot.ends_on))
            yield TimelineEntry(_("시범 ‘%(title)s’의 한 뒤 값", **who), until, url=url, done=False)
        elif pilot.state is PilotState.PLANNED:
            begins = _("%(day)s에 시작할 계획이에요.", day=day(pilot.starts_on))
            yield TimelineEntry(_("시범 ‘%(title)s’{을} 시작", **who), begins, url=url, done=False)


def _planned(pilot: Pilot, who: dict[str, str]) -> str:
    if pilot.origin is PilotOrigin.SPREAD:
        return _("%(office)s{이} 시범 ‘%(title)s’{을} 이어받았어요", **who)
    if pilot.origin is PilotOrigin.CHANGED:
        return _("%(office)s{이} 고친 시범 ‘%(title)s’{을} 준비했어요", **who)
    return _("%(office)s{이} 시범 ‘%(title)s’{을} 준비했어요", **who)


def _where_and_when(pilot: Pilot) -> str:
    place = " ".join(filter(None, (pilot.region.short_name if pilot.region else "", pilot.place)))
    days = _("%(first)s부터 %(last)s까지.", first=day(pilot.starts_on), last=day(pilot.ends_on))
    return _("%(place)s에서 %(days)s", place=place, days=days) if place else days


def _measured(pilot: Pilot, url: str) -> Iterator[TimelineEntry]:
    before, after = reading_of(pilot, ReadingPhase.BEFORE), reading_of(pilot, ReadingPhase.AFTER)
    what = {"office": pilot.ministry.name, "measure": pilot.measure}
    if before is not None:
        yield TimelineEntry(
            _("%(office)s의 시범에서 ‘%(measure)s’의 하기 전 값을 쟀어요", **what),
            _by_whom(pilot, before),
            before.recorded_at,
            url,
        )
    result = result_of_pilot(pilot)
    if after is not None and result is not None:
        said = " ".join(result_words(result, pilot.measure, pilot.unit)[:2])
        title = _("%(office)s의 시범에서 ‘%(measure)s’의 한 뒤 값을 쟀어요", **what)
        yield TimelineEntry(title, f"{_by_whom(pilot, after)} {said}", after.recorded_at, url)


def _by_whom(pilot: Pilot, reading: PilotReading) -> str:
    words = reading_words(pilot.measure_kind, pilot.unit, reading)
    return _("%(words)s. 잰 곳: %(who)s.", words=words, who=reading.measured_by)


def _decided(pilot: Pilot, who: dict[str, str]) -> str:
    if pilot.decision is PilotDecision.SPREAD:
        return _("%(office)s{이} 해 본 것을 다른 곳에도 알리기로 했어요", **who)
    if pilot.decision is PilotDecision.CHANGE:
        return _("%(office)s{이} 고쳐서 다시 해 보기로 했어요", **who)
    if pilot.decision is PilotDecision.STOP:
        return _("%(office)s{이} 해 보고 여기서 멈추기로 했어요", **who)
    return _("%(office)s{이} 시범을 재지 않고 그만두었어요", **who)
