"""Both joint chairs sign the result of a round; the second signature finishes it."""

from __future__ import annotations

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.queries import chair_signing
from forum.deliberation.rounds.facts import ROUNDS, TASKS
from forum.deliberation.rounds.hooks import run_after_finish
from forum.deliberation.rounds.locking import lock_round
from forum.deliberation.rounds.mails import notify_of_choice
from forum.deliberation.rounds.models import CouncilRound, RoundState, StageKind, StageState, TaskState
from forum.deliberation.rounds.permissions import CHAIRS_ONLY, can_sign_result
from forum.deliberation.rounds.queries import tasks_of
from forum.people.accounts.models import CouncilSeat
from forum.system.audit.services import record


def sign_result(round_: CouncilRound, actor: Actor, *, seen: int) -> bool:
    """Sign what the assembly decided, as one of the chairs or in the place of one. The caller commits.

    :param seen: revision that the page showed
    :return: whether both have signed, so that the round is finished and its tasks are chosen
    :raise Forbidden: not a chair, nor somebody who stands in for one
    :raise WrongState: the assembly has not decided, this chair has signed, or the page is out of date
    """
    require(can_sign_result(chair_signing(actor, round_.term_id)), str(CHAIRS_ONLY))
    lock_round(round_, seen)
    chair = chair_signing(actor, round_.term_id)
    require(can_sign_result(chair), str(CHAIRS_ONLY))
    assert chair is not None
    if round_.state is RoundState.FINISHED or round_.stage(StageKind.ASSEMBLY).state is not StageState.DECIDED:
        raise WrongState(_("총회가 정한 뒤, 두 공동위원장이 서명하기 전에만 서명할 수 있어요."))
    now = clock.now()
    if chair.kind is CouncilSeat.CIVIL:
        if round_.civil_chair_id is not None:
            raise WrongState(_("민간 공동위원장은 벌써 서명했어요."))
        round_.civil_chair_id, round_.civil_signed_at = chair.id, now
    else:
        if round_.government_chair_id is not None:
            raise WrongState(_("정부 공동위원장은 벌써 서명했어요."))
        round_.government_chair_id, round_.government_signed_at = chair.id, now
    is_finished = round_.civil_chair_id is not None and round_.government_chair_id is not None
    tasks = tasks_of(round_.id, TaskState.IN_ROUND) if is_finished else ()
    if is_finished:
        round_.state, round_.finished_at = RoundState.FINISHED, now
        for task in tasks:
            task.state = TaskState.CHOSEN
            task.revision += 1
    round_.revision += 1
    db.session.flush()
    if is_finished:
        notify_of_choice(tasks)
        run_after_finish(round_, actor)
    after = {"chair": chair.kind.name, "is_finished": is_finished, "revision": round_.revision}
    facts = ROUNDS.of([round_.id]) | TASKS.of([task.id for task in tasks])
    record(actor, "rounds.sign_result", round_, after=after, facts=facts)
    return is_finished
