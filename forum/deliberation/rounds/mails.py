"""Notices to those whose ideas a task comes from, and to who follows them, at each step. They quote no reason."""

from __future__ import annotations

from collections.abc import Iterable

from forum.core.i18n import _
from forum.core.links import path_for
from forum.deliberation.rounds.models import CouncilTask, RoundStage
from forum.deliberation.rounds.queries import followers_of_task, proposer_accounts
from forum.system.notices.services import notify_all

KIND = "council_task"


def notify_of_adding(task: CouncilTask) -> None:
    """Tell them that the council weighs the task. The caller commits."""
    told = {"title": task.title, "round": task.round.title}
    _notify(
        task,
        _("내 제안이 협의회의 과제 ‘%(title)s’에 들어갔어요. ‘%(round)s’에서 함께 살펴봐요.", **told),
        _("따라가는 제안이 협의회의 과제 ‘%(title)s’에 들어갔어요.", **told),
    )


def notify_of_decision(task: CouncilTask, stage: RoundStage, goes_on: bool) -> None:
    """Tell them what a stage decided. The caller commits."""
    told = {"title": task.title, "stage": stage.kind.label}
    if goes_on:
        text = _("과제 ‘%(title)s’{이} ‘%(stage)s’에서 다음 단계로 올라갔어요.", **told)
    elif task.reason:
        text = _("과제 ‘%(title)s’{은} ‘%(stage)s’에서 이번에는 고르지 않기로 했어요. 까닭을 볼 수 있어요.", **told)
    else:
        text = _("과제 ‘%(title)s’{은} ‘%(stage)s’에서 이번에는 고르지 않기로 했어요.", **told)
    _notify(task, text, text)


def notify_of_leaving(task: CouncilTask) -> None:
    """Tell them that the task was withdrawn, or merged into another. The caller commits."""
    if task.merged_into is not None:
        told = {"title": task.title, "other": task.merged_into.title}
        text = _("과제 ‘%(title)s’{을} 과제 ‘%(other)s’에 합쳤어요. 제안은 그 과제에서 이어져요.", **told)
    else:
        text = _("과제 ‘%(title)s’{을} 거두었어요. 까닭을 볼 수 있어요.", title=task.title)
    _notify(task, text, text)


def notify_of_choice(tasks: Iterable[CouncilTask]) -> None:
    """Tell them that the task was chosen, once both chairs have signed. The caller commits."""
    for task in tasks:
        text = _("과제 ‘%(title)s’{이} 협의회의 대표과제가 됐어요.", title=task.title)
        _notify(task, text, text)


def _notify(task: CouncilTask, to_proposers: str, to_followers: str) -> None:
    path = path_for("rounds.task", task_id=task.id)
    proposers = proposer_accounts(task.id)
    notify_all(sorted(proposers), KIND, to_proposers, path, in_daily_mail=True)
    followers = set(followers_of_task(task)) - proposers
    notify_all(sorted(followers), KIND, to_followers, path, in_daily_mail=True)
