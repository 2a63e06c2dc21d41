"""From the database to the content of papers: one transaction that sees one moment.

It holds only what everybody may read then: shown ideas and opinions, scores of closed stages, published lists.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from forum.core import clock
from forum.core.clock import SEOUL
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import link_to
from forum.deliberation.advisory.queries import slates_of
from forum.deliberation.hearings.models import Hearing
from forum.deliberation.hearings.queries import hearing_of, opinions_of, questions_of
from forum.deliberation.meetings.calendar import is_sample
from forum.deliberation.meetings.models import AgendaItem, Choice, MeetingState, Motion, MotionRule
from forum.deliberation.meetings.queries import whole_meeting
from forum.deliberation.rounds.models import ConflictStatement, CouncilRound, CouncilTask, TaskState
from forum.deliberation.rounds.pages import now_sentence, task_page
from forum.deliberation.rounds.permissions import is_public_round
from forum.deliberation.rounds.queries import tasks_of
from forum.deliberation.scorecards.models import StageResult
from forum.deliberation.scorecards.queries import criteria_of, is_public_stage, result_of
from forum.publication.councilpapers.content import (
    AnswerLine,
    ConflictLine,
    HearingLine,
    ItemLine,
    MotionLine,
    OpinionLine,
    PaperContent,
    RoundPart,
    ScoreLine,
    SlateLine,
    StageScores,
    TaskChapter,
    WordsLine,
)
from forum.voice.ideas.models import Idea, IdeaTally

MOST_ANSWERS = 5


def collect_paper(meeting_id: int) -> PaperContent:
    """Return what the papers of a meeting hold. Call it inside one transaction: that is the data cut.

    :raise NotFound: no such meeting
    :raise WrongState: it is cancelled, or nothing is on its agenda
    """
    cut = clock.now().astimezone(SEOUL)
    meeting = whole_meeting(meeting_id)
    if meeting.state is MeetingState.CANCELLED:
        raise WrongState(_("취소된 회의의 자료는 만들지 않아요."))
    if not meeting.agenda:
        raise WrongState(_("안건을 먼저 올려 주세요. 안건이 없으면 회의 자료를 만들 수 없어요."))
    items = tuple(_item(item) for item in meeting.agenda)
    part = _round(meeting.round) if meeting.round is not None and is_public_round(meeting.round) else None
    return PaperContent(
        meeting_id=meeting.id,
        title=meeting.title,
        term=meeting.term.number,
        number=meeting.number,
        state=str(meeting.state.label),
        starts_at=meeting.starts_at.astimezone(SEOUL),
        ends_at=meeting.ends_at.astimezone(SEOUL),
        place=meeting.place or _("화상 회의"),
        is_sample=is_sample(meeting),
        url=link_to("meetings.show", meeting_id=meeting.id),
        data_cut_at=cut,
        items=items,
        round=part,
        counts=_counts(items, part),
    )


def _counts(items: Sequence[ItemLine], part: RoundPart | None) -> dict[str, int]:
    tasks = {item.task.id: item.task for item in items if item.task}.values()
    return {
        "items": len(items),
        "tasks": len(tasks),
        "ideas": sum(task.n_ideas for task in tasks),
        "conflicts": sum(len(task.conflicts) for task in tasks),
        "hearings": sum(task.hearing is not None for task in tasks),
        "opinions": sum(len(task.opinions) for task in tasks),
        "motions": sum(len(item.motions) for item in items),
        "scores": sum(len(stage.lines) for stage in part.scores) if part else 0,
    }


def _item(item: AgendaItem) -> ItemLine:
    task = item.task if item.task is not None and is_public_round(item.task.round) else None
    return ItemLine(
        item.position,
        item.title,
        item.text,
        _task(task) if task is not None else None,
        tuple(_motion(motion) for motion in item.motions),
        tuple(file.name for file in item.files),
    )


def _motion(motion: Motion) -> MotionLine:
    rule, tie_rule = str(motion.rule.label), str(motion.tie_rule.label)
    if motion.outcome is None:
        return MotionLine(motion.text, rule, tie_rule, "", "")
    numbers = _("출석 %(n)s명(정족수 %(needed)s명)", n=motion.n_present, needed=motion.n_needed)
    if motion.rule is MotionRule.APPROVAL:
        chosen = [one for one in motion.options if one.place is not None]
        titles = ", ".join(one.task.title for one in sorted(chosen, key=lambda one: (one.place or 0, one.task_id)))
        numbers += _(", 고른 과제: %(titles)s", titles=titles) if titles else ""
    else:
        votes = {choice: sum(one.choice is choice for one in motion.ballots) for choice in Choice}
        numbers += _(
            ", 찬성 %(yes)s · 반대 %(no)s · 기권 %(abstain)s",
            yes=votes[Choice.YES],
            no=votes[Choice.NO],
            abstain=votes[Choice.ABSTAIN],
        )
    return MotionLine(motion.text, rule, tie_rule, str(motion.outcome.label), numbers)


def _task(task: CouncilTask) -> TaskChapter:
    page = task_page(task)
    hearing = hearing_of(task.id)
    return TaskChapter(
        id=task.id,
        number=task.number,
        title=task.title,
        summary=task.summary,
        source=str(task.source.label),
        state=str(task.state.label),
        subcommittee=task.subcommittee.name if task.subcommittee else "",
        has_words=task.has_words,
        n_ideas=page.n_ideas,
        url=link_to("rounds.task", task_id=task.id),
        words=_words(page.ideas),
        conflicts=tuple(_conflict(one) for one in page.conflicts),
        hearing=_hearing(hearing) if hearing is not None else None,
        opinions=tuple(OpinionLine(one.name, one.affiliation, one.text) for one in opinions_of(task_id=task.id)),
    )


def _words(ideas: Sequence[Idea]) -> tuple[WordsLine, ...]:
    query = sa.select(IdeaTally).where(IdeaTally.idea_id.in_([idea.id for idea in ideas]))
    tallies = {tally.idea_id: tally for tally in db.session.scalars(query)}
    lines = []
    for idea in ideas:
        tally = tallies.get(idea.id)
        votes = (tally.agree, tally.disagree, tally.pass_) if tally else (0, 0, 0)
        lines.append(WordsLine(idea.id, idea.title, idea.body, link_to("thread.idea", idea_id=idea.id), *votes))
    return tuple(lines)


def _conflict(one: ConflictStatement) -> ConflictLine:
    who = f"{one.seat.name} ({one.seat.office})" if one.seat else _("국민포럼팀 위원")
    return ConflictLine(who, one.text, one.is_late)


def _hearing(hearing: Hearing) -> HearingLine:
    answered = [one for one in questions_of(hearing.id) if one.answer][:MOST_ANSWERS]
    return HearingLine(
        str(hearing.state.label),
        hearing.starts_at.astimezone(SEOUL),
        hearing.place or _("화상"),
        hearing.what_changed,
        tuple(AnswerLine(one.text, one.n_votes, one.answer) for one in answered),
        link_to("hearings.show", hearing_id=hearing.id),
    )


def _round(round_: CouncilRound) -> RoundPart:
    tasks = {task.id: task for task in tasks_of(round_.id)}
    results = [
        (stage, result_of(stage.id)) for stage in round_.stages if stage.kind.is_scored and is_public_stage(stage)
    ]
    slates = [
        SlateLine(
            str(side.label),
            str(slate.standing.label),
            slate.n_people,
            tuple((tasks[task_id].number, tasks[task_id].title) for task_id in slate.tasks if task_id in tasks),
        )
        for side, slate in slates_of(round_.id).items()
    ]
    chosen = [task for task in tasks.values() if task.state is TaskState.CHOSEN]
    return RoundPart(
        title=round_.title,
        url=link_to("rounds.show", round_id=round_.id),
        stage=now_sentence(round_),
        criteria=tuple((one.name, one.weight) for one in criteria_of(round_.id)),
        scores=tuple(_scores(str(stage.kind.label), result) for stage, result in results if result is not None),
        slates=tuple(slates),
        chosen=tuple((task.number, task.title) for task in chosen),
    )


def _scores(stage: str, result: StageResult) -> StageScores:
    lines = [
        ScoreLine(
            one.rank,
            one.task.number,
            one.task.title,
            one.n,
            one.median,
            one.spread,
            one.rank_low,
            one.rank_high,
        )
        for one in sorted(result.tasks, key=lambda one: (one.rank, one.task.number))
    ]
    return StageScores(stage, result.number, result.n_cards, result.n_taken_out, tuple(lines))
