"""Set the criteria of a round and their weights, before scoring opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line
from forum.deliberation.council.permissions import SECRETARIAT_ONLY
from forum.deliberation.rounds.locking import count_change, lock_round
from forum.deliberation.rounds.models import CouncilRound, RoundStage, StageState
from forum.deliberation.scorecards.facts import CRITERIA
from forum.deliberation.scorecards.models import Beside, Criterion
from forum.deliberation.scorecards.permissions import can_set_criteria
from forum.deliberation.scorecards.queries import criteria_of
from forum.system.audit.services import record

MAX_CRITERIA = 10
MAX_NAME_CHARS, MAX_QUESTION_CHARS = 40, 200
ALL_WEIGHTS = 100


@dataclass(frozen=True)
class CriterionRow:
    """One criterion as it is typed; `weight` in per cent."""

    name: str
    question: str
    weight: int
    beside: Beside = Beside.NOTHING


def set_criteria(round_: CouncilRound, actor: Actor, rows: Sequence[CriterionRow], *, seen: int) -> None:
    """Replace the criteria of a round, before its scoring opens. The caller commits.

    :param seen: revision of the round that the page showed
    :raise Forbidden: only the secretariat
    :raise WrongState: scoring has opened, or the round was changed since
    :raise InvalidInput: none or too many, a name that is missing or there twice, or weights that do not add up to 100
    """
    require(can_set_criteria(actor), str(SECRETARIAT_ONLY))
    checked = _checked(rows)
    lock_round(round_, seen)
    require_changeable(round_)
    db.session.execute(sa.delete(Criterion).where(Criterion.round_id == round_.id))
    db.session.add_all(
        Criterion(
            round_id=round_.id,
            position=position,
            name=row.name,
            question=row.question,
            weight=row.weight,
            beside=row.beside,
        )
        for position, row in enumerate(checked, start=1)
    )
    count_change(round_)
    after = {"weights": [row.weight for row in checked], "revision": round_.revision}
    record(actor, "scorecards.set_criteria", round_, after=after, facts=CRITERIA.of([round_.id]))


def require_changeable(round_: CouncilRound) -> None:
    """:raise WrongState: scoring has opened"""
    if any(stage.kind.is_scored and stage.state is not StageState.PLANNED for stage in round_.stages):
        raise WrongState(_("점수를 매기기 시작한 뒤에는 기준과 가중치를 바꿀 수 없어요."))


def require_criteria(stage: RoundStage, _actor: Actor) -> None:
    """Refuse to open a stage that is scored while the weights do not add up to 100.

    :raise WrongState: they do not
    """
    if stage.kind.is_scored and sum(one.weight for one in criteria_of(stage.round_id)) != ALL_WEIGHTS:
        raise WrongState(_("평가 기준의 가중치를 더해 100이 되게 한 뒤에 열 수 있어요."))


def _checked(rows: Sequence[CriterionRow]) -> list[CriterionRow]:
    """:raise InvalidInput: see `set_criteria`"""
    if not 1 <= len(rows) <= MAX_CRITERIA:
        raise InvalidInput({"": _("기준은 1개부터 %(most)s개까지 둘 수 있어요.", most=MAX_CRITERIA)})
    errors: dict[str, str] = {}
    checked: list[CriterionRow] = []
    for place, row in enumerate(rows):
        try:
            name = clean_line(row.name, f"rows-{place}-name", _("기준"), max_chars=MAX_NAME_CHARS)
            question = clean_line(
                row.question, f"rows-{place}-question", _("물음"), max_chars=MAX_QUESTION_CHARS, min_chars=0
            )
        except InvalidInput as error:
            errors |= error.errors
            continue
        if not 1 <= row.weight <= ALL_WEIGHTS:
            errors[f"rows-{place}-weight"] = _("1부터 100 사이의 수를 적어 주세요.")
        checked.append(CriterionRow(name, question, row.weight, row.beside))
    if errors:
        raise InvalidInput(errors)
    if len({row.name for row in checked}) < len(checked):
        raise InvalidInput({"": _("같은 이름의 기준이 있어요.")})
    total = sum(row.weight for row in checked)
    if total != ALL_WEIGHTS:
        raise InvalidInput({"": _("가중치를 더하면 100이어야 해요. 지금 %(n)s이에요.", n=total)})
    return checked
