"""Hold a round while something changes. It is locked before its stages, tasks, scorecards and motions."""

from __future__ import annotations

from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.deliberation.rounds.models import CouncilRound

CHANGED_MEANWHILE = _l("이 화면을 연 뒤에 다른 사람이 먼저 바꾸었어요. 지금 내용을 보고 다시 해 주세요.")


def lock_round(round_: CouncilRound, seen: int | None = None) -> None:
    """Lock a round until the end of the transaction, and reload it with its stages.

    :param seen: revision that the page showed; None where nothing depends on it
    :raise WrongState: the page showed another revision
    """
    db.session.refresh(round_, with_for_update={"of": CouncilRound})
    db.session.refresh(round_, ["stages"])
    for stage in round_.stages:
        db.session.refresh(stage)
    if seen is not None and round_.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))


def count_change(round_: CouncilRound) -> None:
    """Count a change of what belongs to a locked round, so that pages shown before it are out of date."""
    round_.revision += 1
    db.session.flush()


def hold_round(round_: CouncilRound) -> None:
    """Keep others from changing a round until the end of the transaction, beside others who hold it: members score at
    the same time, and none while the stage is being closed. It is reloaded with its stages.
    """
    db.session.refresh(round_, with_for_update={"read": True, "of": CouncilRound})
    db.session.refresh(round_, ["stages"])
    for stage in round_.stages:
        db.session.refresh(stage)
