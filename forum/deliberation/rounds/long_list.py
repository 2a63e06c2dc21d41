"""The long list: tasks from themes, single ideas, minutes of gatherings, or a member's own proposal.

A task keeps the citizens' words that it comes from, by the numbers of their ideas, or is marked as having none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from forum.analysis.themes.models import Theme, ThemeIdea, ThemeState
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.deliberation.council.models import CouncilGroup, GroupKind
from forum.deliberation.council.permissions import SECRETARIAT_ONLY
from forum.deliberation.council.queries import seat_of
from forum.deliberation.minutes.models import GatheringMinutes
from forum.deliberation.rounds.facts import TASKS
from forum.deliberation.rounds.hooks import run_after_leaving
from forum.deliberation.rounds.locking import CHANGED_MEANWHILE, lock_round
from forum.deliberation.rounds.mails import notify_of_adding, notify_of_leaving
from forum.deliberation.rounds.models import (
    MAX_TASKS,
    CouncilRound,
    CouncilTask,
    StageKind,
    StageState,
    TaskIdea,
    TaskSource,
    TaskState,
)
from forum.deliberation.rounds.permissions import MEMBERS_ONLY, can_propose_task, can_run_round
from forum.system.audit.services import record, text_hash
from forum.voice.ideas.models import SHOWN_STATES, Idea, IdeaState, IdeaTally

MAX_TITLE_CHARS = 100
MAX_SUMMARY_CHARS = 2_000
MAX_REASON_CHARS = 1_000
MAX_PICKED_IDEAS = 30


def add_theme_task(round_: CouncilRound, actor: Actor, theme: Theme) -> CouncilTask:
    """Put an approved theme on the long list, with its open ideas. The caller commits.

    :return: the new task, flushed
    :raise Forbidden: only the secretariat
    :raise WrongState: the long list is not open or full, or the theme is on it
    :raise InvalidInput: the theme is not approved, of another campaign, or has no open idea
    """
    require(can_run_round(actor), str(SECRETARIAT_ONLY))
    _lock_long_list(round_)
    if theme.campaign_id != round_.campaign_id or theme.state is not ThemeState.APPROVED:
        raise InvalidInput({"theme": _("이 포럼에서 승인된 정책 주제만 올릴 수 있어요.")})
    own = sa.select(CouncilTask.id).where(CouncilTask.round_id == round_.id, CouncilTask.theme_id == theme.id)
    if db.session.scalar(own) is not None:
        raise WrongState(_("이 정책 주제는 벌써 올라와 있어요."))
    listed = sa.select(ThemeIdea.idea_id).where(ThemeIdea.theme_id == theme.id)
    ideas = _shown_ideas(round_, Idea.id.in_(listed))
    if not ideas:
        raise InvalidInput({"theme": _("이 정책 주제에는 지금 공개된 제안이 없어요.")})
    return _add(round_, actor, TaskSource.THEME, theme.title, theme.summary, ideas, theme_id=theme.id)


def add_idea_task(round_: CouncilRound, actor: Actor, idea: Idea) -> CouncilTask:
    """Put a single idea on the long list. The caller commits.

    :raise Forbidden: only the secretariat
    :raise WrongState: the long list is not open or full, or a task of this idea alone is on it
    :raise InvalidInput: the idea is not open, or of another campaign
    """
    require(can_run_round(actor), str(SECRETARIAT_ONLY))
    _lock_long_list(round_)
    ideas = _shown_ideas(round_, Idea.id == idea.id)
    if not ideas or idea.state is not IdeaState.OPEN:
        raise InvalidInput({"ideas": _("이 포럼에 공개된 제안만 올릴 수 있어요.")})
    of_it = (CouncilTask.round_id == round_.id, CouncilTask.source == TaskSource.IDEA)
    if db.session.scalar(sa.select(CouncilTask.id).where(*of_it, CouncilTask.lead_idea_id == idea.id)) is not None:
        raise WrongState(_("이 제안은 벌써 올라와 있어요."))
    return _add(round_, actor, TaskSource.IDEA, idea.title, idea.body[:MAX_SUMMARY_CHARS], ideas)


def add_minutes_task(
    round_: CouncilRound,
    actor: Actor,
    minutes: GatheringMinutes,
    title: str,
    summary: str,
    idea_ids: Collection[int] = (),
) -> CouncilTask:
    """Put what a gathering agreed on, by its published minutes, on the long list. The caller commits.

    :param idea_ids: ideas of the campaign that say it, if there are any
    :raise Forbidden: only the secretariat
    :raise WrongState: the long list is not open or full
    :raise InvalidInput: minutes that are not published or of another campaign, no title, or ideas that are
        not public here
    """
    require(can_run_round(actor), str(SECRETARIAT_ONLY))
    title, summary = _words(title, summary)
    _lock_long_list(round_)
    if not minutes.is_published or minutes.gathering.campaign_id != round_.campaign_id:
        raise InvalidInput({"minutes": _("이 포럼의 모임에서 공개한 회의록만 올릴 수 있어요.")})
    ideas = _picked(round_, idea_ids)
    return _add(round_, actor, TaskSource.MINUTES, title, summary, ideas, minutes_id=minutes.id, has_words=True)


def propose_task(
    round_: CouncilRound, actor: Actor, title: str, summary: str, idea_ids: Collection[int] = ()
) -> CouncilTask:
    """Put a member's own proposal on the long list; they neither score it nor vote on it. The caller commits.

    :param idea_ids: citizens' ideas that say it; without any the task is marked as having no words of citizens
    :raise Forbidden: no seat in this term
    :raise WrongState: the long list is not open or full
    :raise InvalidInput: no title or summary, or ideas that are not public here
    """
    seat = seat_of(actor, round_.term_id)
    require(can_propose_task(seat), str(MEMBERS_ONLY))
    title, summary = _words(title, summary, least=1)
    _lock_long_list(round_)
    seat = seat_of(actor, round_.term_id)
    require(can_propose_task(seat), str(MEMBERS_ONLY))
    assert seat is not None
    ideas = _picked(round_, idea_ids)
    return _add(round_, actor, TaskSource.MEMBER, title, summary, ideas, proposer_seat_id=seat.id)


def change_task(
    task: CouncilTask,
    actor: Actor,
    title: str,
    summary: str,
    subcommittee: CouncilGroup | None,
    lead_idea_id: int | None,
    *,
    seen: int,
) -> None:
    """Change what a task is called, which sub-committee weighs it and whose idea stands for it. The caller commits.

    The words and the sub-committee stay once the sub-committees score.

    :param seen: revision of the task that the page showed
    :raise Forbidden: only the secretariat
    :raise WrongState: not in the round, scoring has opened, or changed since
    :raise InvalidInput: no title, another term's group, or an idea that is not the task's
    """
    require(can_run_round(actor), str(SECRETARIAT_ONLY))
    title, summary = _words(title, summary)
    _lock_task(task, seen)
    if task.round.stage(StageKind.SUBCOMMITTEE).state is not StageState.PLANNED:
        raise WrongState(_("분과가 심의를 시작한 뒤에는 과제의 글과 분과를 고칠 수 없어요."))
    is_of_term = subcommittee is None or (
        subcommittee.term_id == task.round.term_id and subcommittee.kind is GroupKind.SUBCOMMITTEE
    )
    if not is_of_term:
        raise InvalidInput({"subcommittee": _("이 기의 분과를 골라 주세요.")})
    if lead_idea_id is not None and lead_idea_id not in {one.idea_id for one in task.ideas}:
        raise InvalidInput({"lead_idea": _("이 과제에 든 제안을 골라 주세요.")})
    task.title, task.summary, task.lead_idea_id = title, summary, lead_idea_id
    task.subcommittee_id = subcommittee.id if subcommittee else None
    task.revision += 1
    db.session.flush()
    db.session.refresh(task, ["subcommittee", "lead_idea"])
    record_task(actor, "rounds.change_task", task)


def withdraw_task(task: CouncilTask, actor: Actor, reason: str, *, seen: int) -> None:
    """Take a task out of the round, with a public reason. The caller commits.

    :param seen: revision of the task that the page showed
    :raise Forbidden: neither the secretariat nor the member whose own proposal it is
    :raise WrongState: not in the round, or changed since
    :raise InvalidInput: no reason
    """
    _require_may_withdraw(task, actor)
    reason = _reason(reason)
    _lock_task(task, seen)
    _require_may_withdraw(task, actor)
    task.state, task.reason = TaskState.WITHDRAWN, reason
    _leave(task, actor, "rounds.withdraw_task")


def merge_task(task: CouncilTask, actor: Actor, target: CouncilTask, reason: str, *, seen: int) -> None:
    """Merge a task into another of the round; its ideas go along. The caller commits.

    :param seen: revision of the task that the page showed
    :raise Forbidden: only the secretariat
    :raise WrongState: one of the two is not in the round, or changed since
    :raise InvalidInput: the same task, one of another round, or no reason
    """
    require(can_run_round(actor), str(SECRETARIAT_ONLY))
    reason = _reason(reason)
    _lock_task(task, seen)
    if target.id == task.id or target.round_id != task.round_id:
        raise InvalidInput({"target": _("같은 선정에 있는 다른 과제를 골라 주세요.")})
    db.session.refresh(target, with_for_update={"of": CouncilTask})
    if target.state is not TaskState.IN_ROUND:
        raise WrongState(_("합칠 과제가 심의에서 빠졌어요."))
    present = {one.idea_id for one in target.ideas}
    db.session.add_all(
        TaskIdea(task_id=target.id, idea_id=one.idea_id) for one in task.ideas if one.idea_id not in present
    )
    target.has_words = target.has_words or task.has_words
    target.revision += 1
    task.state, task.merged_into_id, task.reason = TaskState.MERGED, target.id, reason
    db.session.flush()
    db.session.refresh(target, ["ideas"])
    db.session.refresh(task, ["merged_into"])
    _leave(task, actor, "rounds.merge_task", target)


def record_task(actor: Actor, action: str, task: CouncilTask, *others: CouncilTask) -> None:
    """Write what was done to a task into the audit."""
    after: dict[str, object] = {"number": task.number, "state": task.state.name, "revision": task.revision}
    if task.reason:
        after["reason"] = text_hash(task.reason)
    if task.merged_into_id is not None:
        after["merged_into_id"] = task.merged_into_id
    facts = TASKS.of([task.id, *(other.id for other in others)])
    record(actor, action, task, after=after, facts=facts)


def _add(
    round_: CouncilRound,
    actor: Actor,
    source: TaskSource,
    title: str,
    summary: str,
    ideas: Sequence[Idea],
    *,
    has_words: bool | None = None,
    **columns: int | None,
) -> CouncilTask:
    counted = sa.select(sa.func.count(), sa.func.max(CouncilTask.number)).where(CouncilTask.round_id == round_.id)
    n_tasks, newest = db.session.execute(counted).one()
    if n_tasks >= MAX_TASKS:
        raise WrongState(_("긴 목록에는 과제를 %(most)s개까지 올릴 수 있어요.", most=MAX_TASKS))
    assert actor.id is not None
    task = CouncilTask(
        round_id=round_.id,
        number=(newest or 0) + 1,
        title=title,
        summary=summary,
        source=source,
        lead_idea_id=ideas[0].id if ideas else None,
        has_words=bool(ideas) if has_words is None else has_words,
        added_by_id=actor.id,
        **columns,
    )
    task.round = round_
    db.session.add(task)
    db.session.flush()
    db.session.add_all(TaskIdea(task_id=task.id, idea_id=idea.id) for idea in ideas)
    db.session.flush()
    db.session.refresh(task, ["ideas", "lead_idea"])
    record_task(actor, "rounds.add_task", task)
    notify_of_adding(task)
    return task


def _lock_long_list(round_: CouncilRound) -> None:
    """:raise WrongState: the long list is not open"""
    lock_round(round_)
    if round_.stage(StageKind.LONG_LIST).state is not StageState.OPEN:
        raise WrongState(_("발굴 단계가 열려 있을 때만 과제를 올릴 수 있어요."))


def _lock_task(task: CouncilTask, seen: int) -> None:
    """:raise WrongState: the task is not in the round any more or chosen, or is not what the page showed"""
    lock_round(task.round)
    db.session.refresh(task, with_for_update={"of": CouncilTask})
    if task.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
    if task.state is not TaskState.IN_ROUND:
        raise WrongState(_("심의에서 빠진 과제예요."))
    if task.round.stage(StageKind.ASSEMBLY).state is StageState.DECIDED:
        raise WrongState(_("총회가 정한 뒤에는 과제를 거두거나 고칠 수 없어요."))


def _leave(task: CouncilTask, actor: Actor, action: str, *others: CouncilTask) -> None:
    """Let others follow, and show a page that decides on the round's tasks as out of date."""
    task.revision += 1
    task.round.revision += 1
    db.session.flush()
    run_after_leaving(task, actor)
    record_task(actor, action, task, *others)
    notify_of_leaving(task)


def _require_may_withdraw(task: CouncilTask, actor: Actor) -> None:
    seat = seat_of(actor, task.round.term_id)
    is_own = seat is not None and seat.id == task.proposer_seat_id
    require(can_run_round(actor) or is_own, str(SECRETARIAT_ONLY))


def _shown_ideas(round_: CouncilRound, which: sa.ColumnElement[bool]) -> list[Idea]:
    """Return ideas of the round's campaign that everybody can read, the most backed first."""
    query = (
        sa.select(Idea)
        .join(IdeaTally, IdeaTally.idea_id == Idea.id)
        .where(Idea.campaign_id == round_.campaign_id, Idea.state.in_(SHOWN_STATES), which)
        .order_by(IdeaTally.agree.desc(), Idea.id)
    )
    return list(db.session.scalars(query))


def _picked(round_: CouncilRound, idea_ids: Collection[int]) -> list[Idea]:
    """:raise InvalidInput: too many ideas, or some that are not public in this campaign"""
    wanted = set(idea_ids)
    if len(wanted) > MAX_PICKED_IDEAS:
        raise InvalidInput({"ideas": _("제안은 %(most)s건까지 이을 수 있어요.", most=MAX_PICKED_IDEAS)})
    found = _shown_ideas(round_, Idea.id.in_(sorted(wanted))) if wanted else []
    missing = sorted(wanted - {idea.id for idea in found})
    if missing:
        said = ", ".join(f"#{idea_id}" for idea_id in missing[:5])
        raise InvalidInput({"ideas": _("이 포럼에 공개된 제안이 아니에요: %(ideas)s", ideas=said)})
    return found


def _words(title: str, summary: str, least: int = 0) -> tuple[str, str]:
    title = clean_line(title, "title", _("제목"), max_chars=MAX_TITLE_CHARS)
    summary = clean_text(summary, "summary", _("내용"), max_chars=MAX_SUMMARY_CHARS, min_chars=least)
    refuse_resident_numbers(title, "title")
    refuse_resident_numbers(summary, "summary")
    return title, summary


def _reason(reason: str) -> str:
    reason = clean_text(reason, "reason", _("까닭"), max_chars=MAX_REASON_CHARS)
    refuse_resident_numbers(reason, "reason")
    return reason
