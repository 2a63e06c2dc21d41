"""중간 답변: where a ministry says it stands before it answers. It changes neither the state nor the clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core import clock
from forum.core.access import Actor
from forum.core.errors import Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import short_day
from forum.core.privacy import mask
from forum.response.referrals.facts import EVENTS
from forum.response.referrals.history import clean_reason, record_event
from forum.response.referrals.mails import notify_people
from forum.response.referrals.models import AssignmentState, EventType, MinistryAssignment, Referral, ReferralEvent
from forum.response.referrals.services import lock_own_assignment
from forum.response.referrals.states import INTERIM_STATES, require_interim
from forum.system.audit.services import record, text_hash
from forum.voice.campaigns.models import PhaseKind
from forum.voice.campaigns.queries import require_open

MAX_INTERIM_CHARS = 2_000
MAX_INTERIMS = 20
"""Of one ministry for one letter: each is told to everybody who took part."""
MAX_DAYS_AHEAD = 366


def give_interim_answer(
    referral: Referral, officer: Actor, text: str, expected_on: date | None = None, *, seen: int
) -> ReferralEvent:
    """Say in public where the officer's ministry stands before its answer. The caller commits.

    :param text: masked as people's texts are
    :param expected_on: day by which the ministry means to answer; its due date stays as it is
    :param seen: what `last_event_of` gave when the officer's page was shown
    :raise NotFound: another ministry's referral
    :raise WrongState: not acknowledged, answered or transferred; something happened since; very many of them; or the
        campaign takes no answers any more
    :raise InvalidInput: no text, a resident number in it, or a day that is over or more than a year ahead
    """
    mistakes = Mistakes()
    with mistakes.noted():
        text = mask(clean_reason(text, "text", _("중간 답변"), MAX_INTERIM_CHARS)).text
    if expected_on is not None and not clock.today() <= expected_on <= clock.today() + timedelta(days=MAX_DAYS_AHEAD):
        mistakes.add("expected_on", _("오늘부터 1년 안의 날로 써 주세요. 아직 모르면 비워 두어도 돼요."))
    assignment = lock_own_assignment(referral, officer)
    require_interim(assignment.state)
    require_open(referral.theme.campaign, PhaseKind.ANSWER)
    mistakes.raise_if_any()
    if last_event_of(assignment) != seen:
        raise WrongState(_("이 화면을 연 뒤에 이 문서에 새 일이 생겼어요. 위에서 지금 상태를 보고 다시 내 주세요."))
    if _n_given(assignment) >= MAX_INTERIMS:
        raise WrongState(_("한 문서에 중간 답변은 %(n)s번까지 할 수 있어요.", n=MAX_INTERIMS))
    event = record_event(
        referral,
        EventType.INTERIM_ANSWERED,
        officer,
        text,
        assignment=assignment,
        state_before=assignment.state,
        state_after=assignment.state,
        until_on=expected_on,
    )
    after = {"state": assignment.state.name, "part_id": assignment.id, "text": text_hash(text)}
    record(officer, "referrals.interim_answered", referral, after=after, facts=EVENTS.of([event.id]))
    notify_people(referral, "interim_answered", _notice_words(referral, event))
    return event


def _notice_words(referral: Referral, event: ReferralEvent) -> str:
    words = {"title": referral.title or referral.theme.title, "words": interim_words(event)}
    return _("‘%(title)s’: %(words)s", **words)


def interim_words(event: ReferralEvent) -> str:
    """Return in a sentence that a ministry gave an interim answer, and by when it expects to answer, if it said so.

    The text itself is `event.reason`, the day `event.until_on`. Read the ministry with the event (`events_of`).

    :param event: an `EventType.INTERIM_ANSWERED`
    """
    assert event.assignment is not None, "an interim answer is one ministry's"
    ministry = event.assignment.ministry.name
    if event.until_on is None:
        return _("%(ministry)s{이} 어디까지 살펴봤는지 알렸어요(중간 답변).", ministry=ministry)
    return _(
        "%(ministry)s{이} 어디까지 살펴봤는지 알렸어요(중간 답변). %(day)s까지 답하려고 한대요.",
        ministry=ministry,
        day=short_day(event.until_on),
    )


def short_interim_words(event: ReferralEvent) -> str:
    """Return the same in a few words, for lists: when, and by when it expects to answer."""
    said = _("중간 답변 %(day)s", day=short_day(event.at))
    if event.until_on is None:
        return said
    if event.until_on < clock.today():
        return _("%(said)s · 답하려던 날(%(day)s)이 지났어요", said=said, day=short_day(event.until_on))
    return _("%(said)s · %(day)s까지 답하려고 한대요", said=said, day=short_day(event.until_on))


def interim_answers(events: Iterable[ReferralEvent]) -> list[ReferralEvent]:
    """Return the interim answers among a letter's events, the newest first."""
    return [event for event in events if event.act is EventType.INTERIM_ANSWERED][::-1]


def standing_interims(events: Iterable[ReferralEvent]) -> list[ReferralEvent]:
    """Return the newest interim answer of each ministry that still owes its answer, the newest first."""
    newest = {event.part_id: event for event in events if event.act is EventType.INTERIM_ANSWERED}
    return [event for event in sorted(newest.values(), key=lambda one: -one.id) if _stands(event)]


def _stands(event: ReferralEvent) -> bool:
    """Return whether the answer that it speaks of, the first one or that of a re-examination, has not come yet."""
    assert event.assignment is not None, "an interim answer is one ministry's"
    now, again = event.assignment.state, AssignmentState.REEXAMINING
    return now in INTERIM_STATES and (now is again) == (event.state_after is again)


def interims_of(referral_ids: Sequence[int]) -> dict[int, list[ReferralEvent]]:
    """Return the interim answers that still stand, by letter. One statement, or none without letters."""
    if not referral_ids:
        return {}
    found: dict[int, list[ReferralEvent]] = {}
    for event in db.session.scalars(_given().where(ReferralEvent.referral_id.in_(referral_ids))):
        found.setdefault(event.referral_id, []).append(event)
    return {referral_id: standing for referral_id, events in found.items() if (standing := standing_interims(events))}


def interims_of_theme(theme_id: int) -> list[ReferralEvent]:
    """Return the interim answers to a theme's newest letter that still stand, the newest first. One statement."""
    newest = sa.select(sa.func.max(Referral.id)).where(Referral.theme_id == theme_id).scalar_subquery()
    return standing_interims(db.session.scalars(_given().where(ReferralEvent.referral_id == newest)))


def _given() -> sa.Select[ReferralEvent]:
    return (
        sa.select(ReferralEvent)
        .where(ReferralEvent.act == EventType.INTERIM_ANSWERED)
        .options(
            joinedload(ReferralEvent.assignment).joinedload(MinistryAssignment.ministry),
            joinedload(ReferralEvent.assignment).selectinload(MinistryAssignment.clocks),
        )
        .order_by(ReferralEvent.id)
    )


def last_event_of(assignment: MinistryAssignment) -> int:
    """Return the id of the newest event of a ministry's part in a letter, but for reminders: what its page showed."""
    query = sa.select(sa.func.max(ReferralEvent.id)).where(
        ReferralEvent.part_id == assignment.id, ReferralEvent.act != EventType.REMINDED
    )
    return db.session.scalar(query) or 0


def _n_given(assignment: MinistryAssignment) -> int:
    query = sa.select(sa.func.count(ReferralEvent.id)).where(
        ReferralEvent.part_id == assignment.id, ReferralEvent.act == EventType.INTERIM_ANSWERED
    )
    return db.session.scalar(query) or 0
