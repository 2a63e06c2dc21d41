"""The timeline of an idea, in words: what has happened so far, and what is still to come.

It is built from data that `queries.timeline_of` has loaded; nothing here queries the database. Every reader gets the
same timeline: a draft theme appears without its name, and staff appear as their role.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from forum.analysis.themes.models import MemberSource, ThemeIdea, ThemeState, UnthemedReason
from forum.core import clock
from forum.core.i18n import _
from forum.core.korean import day, thousands
from forum.core.links import path_for
from forum.deliberation.rooms.models import RoomIdeaWay
from forum.deliberation.rooms.queries import RoomOfIdea
from forum.deliberation.rooms.words import written_in_words
from forum.publication.fixes.queries import ShortWay
from forum.publication.tracking.council import TaskWay, council_entries
from forum.publication.tracking.entries import TimelineEntry, shortened
from forum.publication.tracking.known import need_entries, use_entries
from forum.publication.tracking.promises import Promises, pledge_entries, rating_entries
from forum.publication.tracking.short_way import ahead_entries, answer_words, check_entries, pilot_entries, reached_by
from forum.response.certificates.models import Certificate
from forum.response.dataneeds.queries import WantedNeed
from forum.response.datauses.models import DataUse
from forum.response.referrals.models import Answer, AssignmentState, EventType, Milestone, Referral, ReferralEvent
from forum.response.shortpath.answers import ShownShortAnswer
from forum.response.shortpath.models import CheckOutcome
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.campaigns.queries import phase_of
from forum.voice.ideas.models import Idea, IdeaState

__all__ = ["Analysis", "TimelineData", "TimelineEntry", "build_timeline", "over_since", "planned_end"]


@dataclass(frozen=True)
class Analysis:
    """The current run's result for the idea. `unthemed` is None if the idea is in a cluster."""

    run_id: int
    data_cut_at: datetime
    n_ideas: int
    unthemed: UnthemedReason | None


@dataclass(frozen=True)
class TimelineData:
    """Data of a timeline. `memberships` include draft themes; `referrals` are by theme id, oldest first."""

    idea: Idea
    revised_at: datetime | None = None
    first_vote_at: datetime | None = None
    last_vote_at: datetime | None = None
    analysis: Analysis | None = None
    memberships: Sequence[ThemeIdea] = ()
    referrals: Mapping[int, Sequence[Referral]] = field(default_factory=dict)
    events: Mapping[int, Sequence[ReferralEvent]] = field(default_factory=dict)
    """By referral id, oldest first."""
    certificates: Sequence[Certificate] = ()
    """Revoked ones too."""
    room: RoomOfIdea | None = None
    """In which it was born."""
    short: ShortWay | None = None
    """Of an everyday idea that was checked."""
    same_letters: Sequence[Referral] = ()
    """Of the idea into which its check merged it, oldest first; their `events` are there too."""
    promises: Promises = field(default_factory=Promises)
    """What people said of what was promised in these letters, and what they pledged."""
    council: Sequence[TaskWay] = ()
    """The tasks of the council that come from it, the oldest first."""
    needs: Sequence[WantedNeed] = ()
    """What people want to know about it, its themes, letters and tasks, the most wanted first."""
    uses: Sequence[DataUse] = ()
    """What people found out about these with data, the newest first."""

    @property
    def letters(self) -> list[Referral]:
        """All letters about the idea, and those about the one that it was merged into."""
        return [*(letter for sent in self.referrals.values() for letter in sent), *self.same_letters]

    @property
    def was_sent(self) -> bool:
        """Return whether a theme of the idea has been sent to a ministry: what comes before that lies behind it."""
        return any(self.referrals.values())


def build_timeline(data: TimelineData) -> list[TimelineEntry]:
    """Return the timeline sorted by day, pending entries last. Within a day entries keep their order."""
    short = data.short
    entries = [*_beginning(data), *_votes(data)]
    goes_on = data.idea.state is IdeaState.OPEN and not data.was_sent and short is None
    if short is None or short.check.outcome is not CheckOutcome.SAME:
        entries.extend(_end_of_idea(data.idea))
    if short is not None:
        entries.extend(check_entries(short))
    if data.memberships:
        for membership in data.memberships:
            sent = data.referrals.get(membership.theme_id, ())
            entries.extend(_of_theme(membership, sent, data, goes_on))
    else:
        entries.extend(_before_theme(data, goes_on))
    for letter in data.same_letters:
        entries.extend(_of_referral(letter, data))
    for theme_id in sorted({letter.theme_id for letter in data.letters}):
        entries.extend(pledge_entries(theme_id, data.promises))
    entries.extend(council_entries(data.council))
    entries.extend(need_entries(data.needs))
    entries.extend(use_entries(data.uses))
    entries.extend(_certified(data.certificates, is_short=short is not None))
    if short is not None:
        entries.extend(pilot_entries(short.pilots))
        entries.extend(ahead_entries(reached_by(short, data.letters)) if _is_going_on(data.idea) else ())
    done = sorted((entry for entry in entries if entry.done), key=_day_of)
    return done + _each_once(entry for entry in entries if not entry.done)


def _beginning(data: TimelineData) -> Iterator[TimelineEntry]:
    idea = data.idea
    if data.room is not None:
        yield _born(data.room, idea)
    elif idea.external_id is None:
        yield TimelineEntry("제안을 올렸어요", at=idea.created_at)
    else:
        count = idea.imported_agree_count
        there = f"그곳에서 받은 공감 {thousands(count)}" if count is not None else ""
        yield TimelineEntry("다른 누리집에 올라온 제안이에요", there, at=_seoul_day(idea.created_at))
    if data.revised_at is not None:
        yield TimelineEntry(
            f"제안을 {idea.revision - 1}번 고쳤어요", "고치기 전의 글도 보관하고 있어요.", data.revised_at
        )


def _is_going_on(idea: Idea) -> bool:
    return idea.state in {IdeaState.OPEN, IdeaState.MERGED}


def _born(room: RoomOfIdea, idea: Idea) -> TimelineEntry:
    detail = _("모임 안 %(n)d번 제안이에요.", n=room.number)
    if room.way is RoomIdeaWay.PAPER:
        detail += " " + _("진행자나 도우미가 종이를 보고 옮겨 적었어요.")
    url = path_for("gatherings.show", gathering_id=room.gathering_id)
    return TimelineEntry(written_in_words(room), detail, idea.created_at, url)


def _votes(data: TimelineData) -> Iterator[TimelineEntry]:
    tally = data.idea.tally
    if tally.votes and data.first_vote_at and data.last_vote_at:
        counts = f"찬성 {thousands(tally.agree)}, 반대 {thousands(tally.disagree)}, 넘김 {thousands(tally.pass_)}."
        first, last = day(data.first_vote_at), day(data.last_vote_at)
        span = f"{first}에 투표했어요." if first == last else f"{first}부터 {last}까지 투표했어요."
        title = f"시민 {thousands(tally.votes)}명이 투표했어요"
        yield TimelineEntry(title, f"{counts} {span}", at=_seoul_day(data.first_vote_at))


def _end_of_idea(idea: Idea) -> Iterator[TimelineEntry]:
    if idea.state is IdeaState.WITHDRAWN:
        yield TimelineEntry(_("공개를 멈췄어요"), at=idea.updated_at)  # whoever wanted it: see `IdeaState`
    elif idea.state is IdeaState.HIDDEN:
        yield TimelineEntry(_("지금은 공개하지 않아요"), _("글쓴이와 운영진만 볼 수 있어요."), at=idea.updated_at)
    elif idea.state is IdeaState.MERGED:
        is_there = idea.merged_into is not None and idea.merged_into.state is not IdeaState.HIDDEN
        url = path_for("thread.idea", idea_id=idea.merged_into_id) if is_there else ""
        yield TimelineEntry("다른 제안과 합쳐졌어요", at=idea.updated_at, url=url)


def _before_theme(data: TimelineData, goes_on: bool) -> Iterator[TimelineEntry]:
    """Yield the entries of an idea that is in no theme, not even a draft."""
    if data.analysis is not None:
        yield _analysed(data.analysis)
    if not goes_on:
        return
    over = over_since(data.idea.campaign, PhaseKind.REVIEW)
    if over is not None:
        yield TimelineEntry("분석·검토 단계가 끝났어요", "이 제안은 정책 주제에 들지 않았어요.", over)
        return
    if data.analysis is None:
        yield TimelineEntry("비슷한 제안과 함께 분석", done=False)
    yield _review_ahead(data.idea.campaign)
    yield from _ahead_of_referral(data.idea.campaign)


def _analysed(analysis: Analysis) -> TimelineEntry:
    found = (
        "뜻이 비슷한 제안들과 묶였어요."
        if analysis.unthemed is None
        else f"아직 묶이지 않았어요: {analysis.unthemed.label}."
    )
    which = f"컴퓨터가 제안 {thousands(analysis.n_ideas)}건을 함께 읽었어요(분석 회차 {analysis.run_id}번)."
    return TimelineEntry("자동 분석을 거쳤어요", f"{which} {found}", analysis.data_cut_at)


def _of_theme(
    membership: ThemeIdea,
    referrals: Sequence[Referral],
    data: TimelineData,
    goes_on: bool,
) -> Iterator[TimelineEntry]:
    theme = membership.theme
    how = (
        f"컴퓨터의 자동 분석이 묶었어요(분석 회차 {theme.run_id}번)."
        if membership.source is MemberSource.MACHINE
        else "분석가가 읽고 직접 넣었어요."
    )
    if theme.state is ThemeState.DRAFT:
        yield TimelineEntry("정책 주제 후보에 들었어요", f"{how} 분석가가 검토하고 있어요.", membership.added_at)
        if goes_on:
            yield from _undecided(theme.campaign)
        return
    url = path_for("themes.show", theme_id=theme.id)
    yield TimelineEntry(f"정책 주제 ‘{theme.title}’에 들었어요", how, membership.added_at, url)
    reason = shortened(theme.decision_reason)
    if theme.state is not ThemeState.APPROVED:
        is_rejected = theme.state is ThemeState.REJECTED
        said = (
            "분석가가 이 주제를 채택하지 않았어요" if is_rejected else "분석가가 이 주제를 포럼의 범위 밖으로 두었어요"
        )
        yield TimelineEntry(said, reason, theme.decided_at or membership.added_at, url)
        return
    yield TimelineEntry("분석가가 정책 주제로 승인했어요", reason, theme.decided_at, url)
    if referrals:
        for referral in referrals:
            yield from _of_referral(referral, data)
    elif goes_on:
        yield from _unsent(theme.campaign)


def _undecided(campaign: Campaign) -> Iterator[TimelineEntry]:
    over = over_since(campaign, PhaseKind.REVIEW)
    if over is not None:
        yield TimelineEntry("분석·검토 단계가 끝났어요", "승인된 정책 주제에는 들지 않았어요.", over)
    else:
        yield _review_ahead(campaign)
        yield from _ahead_of_referral(campaign)


def _unsent(campaign: Campaign) -> Iterator[TimelineEntry]:
    over = over_since(campaign, PhaseKind.REFERRAL)
    if over is not None:
        yield TimelineEntry("전달 단계가 끝났어요", "이 주제는 소관부처에 전달되지 않았어요.", over)
    else:
        yield from _ahead_of_referral(campaign)


def _review_ahead(campaign: Campaign) -> TimelineEntry:
    return TimelineEntry(
        "분석가의 검토와 승인", _planned(campaign, PhaseKind.REVIEW, _("%(day)s까지 살펴봐요.")), done=False
    )


def _ahead_of_referral(campaign: Campaign) -> Iterator[TimelineEntry]:
    yield TimelineEntry("소관부처에 전달", _planned(campaign, PhaseKind.REFERRAL, _("%(day)s까지 보내요.")), done=False)
    yield from _ahead_of_answer("소관부처의 답변", _planned(campaign, PhaseKind.ANSWER, _("%(day)s까지 답해요.")))


def _ahead_of_answer(title: str, detail: str) -> Iterator[TimelineEntry]:
    yield TimelineEntry(title, detail, done=False)
    yield TimelineEntry("약속한 일의 진행", done=False)


def _of_referral(referral: Referral, data: TimelineData) -> Iterator[TimelineEntry]:
    """Yield the letter's history in words, with the lines to this idea. Reminders appear only on the letter's page."""
    events, short = data.events.get(referral.id, ()), data.short
    lead, url = referral.lead, path_for("referrals.show", referral_id=referral.id)
    first = next((event.assignment for event in events if event.act is EventType.SENT and event.assignment), lead)
    others = ", ".join(
        assignment.ministry.name for assignment in referral.assignments if assignment not in {lead, first}
    )
    with_others = f" 함께 보는 부처: {others}." if others else ""
    number = (
        f"문서 번호 {referral.code}, 답변 기한 {day(events[0].due_on if events else referral.due_on)}.{with_others}"
    )
    yield TimelineEntry(f"{first.ministry.name}에 전달했어요", number, referral.sent_at, url)
    decisions = {answer.version: answer for answer in referral.answers if answer.published_at is not None}
    for event in events:
        words = _event_words(event, decisions, short.shorts if short else {})
        if words:
            yield TimelineEntry(words[0], words[1], event.at, url)
        if words and event.act in {EventType.ANSWERED, EventType.REVISED}:
            yield from _own_line(decisions[event.answer_version or 0], event, data.idea.id, url)
    current = referral.published_answer
    if current is not None:
        yield from rating_entries(current, data.promises)
        yield from (_open_milestone(milestone, url) for milestone in current.milestones if not milestone.is_closed)
    if current is None or lead.state is AssignmentState.REEXAMINING:
        yield from _waiting(referral, lead.ministry.name, is_short=short is not None)


def _event_words(
    event: ReferralEvent, decisions: Mapping[int, Answer], shorts: Mapping[int, ShownShortAnswer]
) -> tuple[str, str] | None:
    """Return title and detail of an event; None for events that other entries cover."""
    if event.act in {EventType.SENT, EventType.REMINDED} or event.assignment is None:
        return None
    ministry, reason = event.assignment.ministry.name, shortened(event.reason)
    if event.act in {EventType.ANSWERED, EventType.REVISED}:
        answer = decisions.get(event.answer_version or 0)
        return _answered(answer, ministry, shorts.get(answer.id) if answer else None)
    if event.act is EventType.PROGRESS_REPORTED and event.milestone is not None:
        return _progress(event, event.milestone.title)
    who = {"ministry": ministry}
    words = {
        EventType.RECEIVED: _("%(ministry)s{이} 접수했어요", **who),
        EventType.DEEMED: _("%(ministry)s{이} 접수한 것으로 봐요", **who),
        EventType.CORRECTION_ASKED: _("%(ministry)s{이} 보완을 요청했어요", **who),
        EventType.CORRECTION_GIVEN: "분석가가 보완한 내용을 보냈어요",
        EventType.CORRECTION_LAPSED: "보완 기간이 끝나 시계가 다시 가요",
        EventType.TRANSFERRED: _("%(ministry)s{이} 다른 부처로 이송했어요", **who),
        EventType.REVIEW_STARTED: _("%(ministry)s{이} 검토를 시작했어요", **who),
        EventType.INTERIM_ANSWERED: _("%(ministry)s{이} 중간 답변을 했어요", **who),
        EventType.OPINION_GIVEN: _("%(ministry)s{이} 협조 의견을 냈어요", **who),
        EventType.REEXAMINATION_ASKED: "재심사를 요청했어요",
        EventType.DELIVERY_STARTED: _("%(ministry)s{이} 이행을 시작했어요", **who),
        EventType.COMPLETED: _("%(ministry)s{이} 약속한 일을 모두 마쳤어요", **who),
    }
    until = f" {day(event.until_on)}까지 시계가 멈춰요." if event.act is EventType.CORRECTION_ASKED else ""
    return words[event.act], f"{reason}{until}".strip()


def _waiting(referral: Referral, ministry: str, *, is_short: bool) -> Iterator[TimelineEntry]:
    over = over_since(referral.theme.campaign, PhaseKind.ANSWER)
    if over is not None:
        words = f"{ministry}에서 온 답변이 없어요."
        url = path_for("referrals.show", referral_id=referral.id)
        yield TimelineEntry("답변 단계가 끝났어요", words, over, url)
        return
    late = referral.lead.clock.days_late
    detail = f"답변 기한이 {late}일 지났어요." if late > 0 else f"{day(referral.due_on)}까지 답해야 해요."
    if referral.lead.clock.stopped_on is not None:
        detail = "보완을 기다리는 동안 시계가 멈춰 있어요."
    title = _("%(ministry)s의 답변", ministry=ministry)
    if is_short:  # a short answer promises nothing but a pilot
        yield TimelineEntry(title, detail, done=False)
    else:
        yield from _ahead_of_answer(title, detail)


def _answered(answer: Answer | None, ministry: str, short: ShownShortAnswer | None) -> tuple[str, str] | None:
    if answer is None:
        return None
    said = answer_words(short.kind, len(short.photos)) if short and short.kind else answer.decision.label
    names = {"ministry": ministry, "decision": said}
    title = _("%(ministry)s{이} 답변했어요: %(decision)s", **names)
    if answer.version > 1:
        title = _("%(ministry)s{이} 답변을 고쳐 냈어요: %(decision)s", **names)
    return title, shortened(answer.reason)


def _own_line(answer: Answer, event: ReferralEvent, idea_id: int, url: str) -> Iterator[TimelineEntry]:
    """Yield the ministry's line to the idea itself: its decision may be another one than the answer's."""
    for point in answer.points:
        if point.idea_id == idea_id:
            title = _("이 제안에는 따로 답했어요")
            if point.decision is not None:
                title = _("이 제안에는 따로 답했어요: %(decision)s", decision=point.decision.label)
            yield TimelineEntry(title, shortened(point.text), event.at, url)


def _progress(event: ReferralEvent, title: str) -> tuple[str, str]:
    detail = f"진행률 {event.percent_before}% → {event.percent_after}%. {shortened(event.reason)}".strip()
    if event.percent_after == 100:
        return _("약속한 일 ‘%(title)s’{을} 마쳤어요", title=title), detail
    if event.percent_before == 100:
        return _("약속한 일 ‘%(title)s’{이} 아직 끝나지 않았다고 알렸어요", title=title), detail
    return f"약속한 일 ‘{title}’의 진행을 알렸어요", detail


def _certified(certificates: Sequence[Certificate], *, is_short: bool) -> Iterator[TimelineEntry]:
    for certificate in certificates:
        url = path_for("certificates.show", certificate_id=certificate.id)
        number = {"number": certificate.id}
        title = _("이 제안이 정책이 되었어요: 증서 제%(number)s호", **number)
        if is_short:  # what was mended or is tried first is no policy; the certificate says which
            title = _("이 제안의 증서가 나왔어요: 증서 제%(number)s호", **number)
        elif certificate.is_partial:
            title = _("이 제안의 일부가 정책에 반영되었어요: 증서 제%(number)s호", **number)
        if certificate.revoked_at is None or certificate.revoked_reason is None:
            yield TimelineEntry(title, at=certificate.issued_at, url=url)
            continue
        yield TimelineEntry(_("증서 제%(number)s호를 받았어요", **number), at=certificate.issued_at, url=url)
        reason = str(certificate.revoked_reason.label)
        yield TimelineEntry(_("증서 제%(number)s호가 취소되었어요", **number), reason, certificate.revoked_at, url)


def _open_milestone(milestone: Milestone, url: str) -> TimelineEntry:
    detail = f"진행률 {milestone.percent_done}%, 기한 {day(milestone.due_on)}"
    return TimelineEntry(f"약속한 일 ‘{milestone.title}’", detail, url=url, done=False)


def over_since(campaign: Campaign, kind: PhaseKind) -> datetime | None:
    """Return when this phase ended, or None if it has not."""
    phase = phase_of(campaign, kind)
    closes_at = phase.closes_at if phase else None
    return closes_at if closes_at is not None and closes_at <= clock.now() else None


def planned_end(campaign: Campaign, kind: PhaseKind) -> datetime | None:
    """Return when this phase will end; None if it has, or nobody has said."""
    phase = phase_of(campaign, kind)
    closes_at = phase.closes_at if phase else None
    return closes_at if closes_at is not None and closes_at > clock.now() else None


def _planned(campaign: Campaign, kind: PhaseKind, words: str) -> str:
    ends_at = planned_end(campaign, kind)
    return words % {"day": day(ends_at)} if ends_at else ""


def _each_once(entries: Iterator[TimelineEntry]) -> list[TimelineEntry]:
    """Drop duplicates: two themes may both wait for a referral, which the reader needs to see once."""
    return list(dict.fromkeys(entries))


def _seoul_day(moment: datetime) -> date:
    return moment.astimezone(clock.SEOUL).date()


def _day_of(entry: TimelineEntry) -> date:
    if isinstance(entry.at, datetime):
        return _seoul_day(entry.at)
    return entry.at or date.max
