"""What `flask forum check` looks at in minutes. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.minutes.facts import VERSION
from forum.deliberation.minutes.models import (
    PUBLISHED_STATES,
    GatheringMinutes,
    MinutesAnswer,
    MinutesQuote,
    MinutesState,
)
from forum.deliberation.minutes.queries import AnswerCounts
from forum.deliberation.minutes.quotes import stands_in
from forum.deliberation.rooms.models import IdeaRoom, RoomIdeaWay
from forum.voice.ideas.models import Idea, IdeaRevision


def wrong_minutes() -> tuple[int, list[str]]:
    """Return how many minutes were looked at, and what is wrong with them.

    A decided state is what the answers of its round come to; published minutes have their facts; a quote is of an idea
    written in the room, and stands in it or in an earlier wording.
    """
    n_minutes = db.session.scalar(sa.select(sa.func.count()).select_from(GatheringMinutes)) or 0
    return n_minutes, [*_wrong_states(), *_wrong_quotes()]


def _wrong_states() -> Iterator[str]:
    agreed = sa.func.count().filter(MinutesAnswer.agrees)
    answers = (
        sa.select(MinutesAnswer.minutes_id, MinutesAnswer.round, sa.func.count().label("n"), agreed.label("n_agree"))
        .group_by(MinutesAnswer.minutes_id, MinutesAnswer.round)
        .subquery()
    )
    of_round = sa.and_(answers.c.minutes_id == GatheringMinutes.id, answers.c.round == GatheringMinutes.round)
    query = (
        sa.select(
            GatheringMinutes.id,
            GatheringMinutes.state,
            GatheringMinutes.facts,
            sa.func.coalesce(answers.c.n, 0),
            sa.func.coalesce(answers.c.n_agree, 0),
        )
        .outerjoin(answers, of_round)
        .where(GatheringMinutes.decided_at.is_not(None))
        .order_by(GatheringMinutes.id)
    )
    for minutes_id, state, facts, n_answered, n_agree in db.session.execute(query):
        counted: MinutesState = AnswerCounts(n_answered, n_agree).outcome
        if state is not counted:
            words = {"id": minutes_id, "kept": state.label, "counted": counted.label}
            yield _("회의록 %(id)s번: 적힌 상태 %(kept)s, 다시 센 상태 %(counted)s", **words)
        if state in PUBLISHED_STATES and facts.get("version") != VERSION:
            yield _("회의록 %(id)s번: 공개했는데 담긴 사실이 없어요", id=minutes_id)


def _wrong_quotes() -> Iterator[str]:
    query = (
        sa.select(MinutesQuote.id, MinutesQuote.text, Idea, IdeaRoom.way)
        .join(GatheringMinutes, GatheringMinutes.id == MinutesQuote.minutes_id)
        .join(Idea, Idea.id == MinutesQuote.idea_id)
        .outerjoin(
            IdeaRoom,
            sa.and_(IdeaRoom.idea_id == Idea.id, IdeaRoom.gathering_id == GatheringMinutes.gathering_id),
        )
        .where(MinutesQuote.withdrawn_at.is_(None))
        .order_by(MinutesQuote.id)
    )
    for quote_id, text, idea, way in db.session.execute(query):
        if way in {None, RoomIdeaWay.BROUGHT}:
            yield _("인용 %(id)s번: 이 모임에서 쓴 제안이 아니에요", id=quote_id)
        elif not any(stands_in(text, wording) for wording in _wordings(idea)):
            yield _("인용 %(id)s번: 제안에 없는 문장이에요", id=quote_id)


def _wordings(idea: Idea) -> Iterator[str]:
    yield f"{idea.title}\n{idea.body}"
    earlier = sa.select(IdeaRevision.title, IdeaRevision.body).where(IdeaRevision.idea_id == idea.id)
    for title, body in db.session.execute(earlier.order_by(IdeaRevision.number)):
        yield f"{title}\n{body}"
