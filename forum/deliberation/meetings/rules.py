"""What a motion may ask: which rule, which tie rule, and which tasks an approval motion offers."""

from __future__ import annotations

from collections.abc import Sequence

from forum.core.errors import Mistakes
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.meetings.models import AgendaItem, CouncilMeeting, MotionRule, TieRule
from forum.deliberation.meetings.queries import is_gone
from forum.deliberation.rounds.models import MAX_CHOSEN, MAX_TASKS, CouncilTask, TaskState


def check_motion(
    meeting: CouncilMeeting,
    item: AgendaItem,
    rule: MotionRule,
    tie_rule: TieRule,
    places: int,
    tasks: Sequence[CouncilTask],
) -> list[CouncilTask]:
    """Return the tasks that an approval motion offers, each once; none for a yes-or-no motion.

    :raise InvalidInput: tasks or places where there are none, or no tasks, too many places, tasks of another
        round or such as left it, and a tie rule that does not fit: the seed orders tasks, and two thirds know no tie
    """
    mistakes = Mistakes()
    if rule is not MotionRule.APPROVAL:
        if tasks or places != 1:
            mistakes.add("tasks", _("과제를 고르는 표결에서만 과제와 자리 수를 정해요."))
        if tie_rule is TieRule.SEED:
            mistakes.add("tie_rule", _("‘미리 정한 순서’는 과제를 고르는 표결에서만 쓸 수 있어요."))
        if rule is MotionRule.TWO_THIRDS and tie_rule is TieRule.AGAIN:
            mistakes.add("tie_rule", _("3분의 2 표결에는 동수가 없어서 다시 투표하지 않아요."))
        mistakes.raise_if_any()
        return []
    offered = list({task.id: task for task in tasks}.values())
    if item.task_id is not None:
        mistakes.add("rule", _("과제를 고르는 표결은 과제 없는 안건에서 해요. 그런 안건을 먼저 올려 주세요."))
    if not 1 <= len(offered) <= MAX_TASKS:
        mistakes.add("tasks", _("고를 과제를 넣어 주세요."))
    if not 1 <= places <= MAX_CHOSEN:
        mistakes.add("places", _("자리는 1개부터 %(most)s개까지 정해 주세요.", most=MAX_CHOSEN))
    for task in offered:
        db.session.refresh(task)
    if any(task.round_id != meeting.round_id or is_gone(task) for task in offered):
        mistakes.add("tasks", _("이 회의에서 다루는 대표과제 선정에 남아 있는 과제만 고를 수 있어요."))
    elif any(task.state is not TaskState.IN_ROUND for task in offered):
        mistakes.add("tasks", _("이미 고르거나 떨어진 과제는 고를 수 없어요."))
    mistakes.raise_if_any()
    return offered
