"""Every figure of a report is counted again from the rows, by other queries, before it is published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from forum.core.disclosure import MIN_PEOPLE_PER_CELL, hidden_cells
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.joint.models import JointMove, JointRoom
from forum.deliberation.rooms.models import IdeaRoom, RoomIdeaWay, RoomTally
from forum.deliberation.sheets.models import PaperTally
from forum.publication.dayreports.content import DayContent, RoomChapter
from forum.voice.ideas.models import SHOWN_STATES, Idea


def recount_problems(content: DayContent) -> Iterator[str]:
    """Yield what differs from a recount. Call it in the transaction in which the content was collected."""
    ids = _room_ids(content.session_id)
    if ids != {room.id for room in content.rooms}:
        yield _("모임방을 다시 세니 %(n)s곳이에요.", n=len(ids))
    shown = sa.and_(IdeaRoom.gathering_id.in_(ids), Idea.state.in_(SHOWN_STATES))
    for name, query in _sums(ids, shown).items():
        n = db.session.scalar(query) or 0
        if content.counts[name] != n:
            yield _("보고서의 수(%(name)s)를 다시 세니 %(n)s예요.", name=name, n=n)
    yield from _room_problems(content.rooms)
    yield from _people_problems(content)
    moves = sa.select(sa.func.count()).where(
        JointMove.session_id == content.session_id, JointMove.begins_at <= content.finished_at
    )
    if len(content.steps) != db.session.scalar(moves):
        yield _("지나온 단계의 수가 기록과 달라요.")


def _room_ids(session_id: int) -> set[int]:
    query = (
        sa.select(Gathering.id)
        .join(JointRoom, JointRoom.gathering_id == Gathering.id)
        .where(JointRoom.session_id == session_id, Gathering.state == GatheringState.FINISHED, ~Gathering.is_hidden)
    )
    return set(db.session.scalars(query))


def _sums(ids: set[int], shown: sa.ColumnElement[bool]) -> dict[str, sa.Select[int]]:
    """Return a query for each figure that stands over all rooms."""
    votes = RoomTally.agree + RoomTally.disagree + RoomTally.pass_
    marks = PaperTally.agree + PaperTally.disagree + PaperTally.pass_

    def of_table(table: type[RoomTally] | type[PaperTally]) -> sa.ColumnElement[bool]:
        return sa.and_(table.gathering_id == IdeaRoom.gathering_id, table.idea_id == IdeaRoom.idea_id)

    tabled = sa.select(sa.func.count()).select_from(IdeaRoom).join(Idea, Idea.id == IdeaRoom.idea_id).where(shown)
    online = sa.and_(JointRoom.gathering_id.in_(ids), JointRoom.is_online)
    return {
        "rooms": sa.select(sa.func.count()).where(Gathering.id.in_(ids)),
        "rooms_online": sa.select(sa.func.count()).select_from(JointRoom).where(online),
        "ideas": tabled.where(IdeaRoom.way != RoomIdeaWay.BROUGHT),
        "votes": tabled.join(RoomTally, of_table(RoomTally)).with_only_columns(sa.func.sum(votes)),
        "paper": tabled.join(PaperTally, of_table(PaperTally))
        .where(PaperTally.n_sheets >= MIN_PEOPLE_PER_CELL)
        .with_only_columns(sa.func.sum(marks)),
    }


def _room_problems(rooms: Sequence[RoomChapter]) -> Iterator[str]:
    """Yield counts that differ, and those that are told though they or another room's would tell of few people."""
    query = sa.select(RoomTally).where(RoomTally.gathering_id.in_([room.id for room in rooms]))
    counted = {(one.idea_id, one.gathering_id): one for one in db.session.scalars(query)}
    for room in rooms:
        for line in room.table:
            of_idea = [one for (idea_id, _room), one in counted.items() if idea_id == line.idea_id]
            beside = {one.gathering_id: one.agree + one.disagree + one.pass_ for one in of_idea}
            own = counted.get((line.idea_id, room.id))
            is_small = beside.get(room.id, 0) < MIN_PEOPLE_PER_CELL
            is_small = is_small or (len(beside) > 1 and room.id in hidden_cells(beside))
            votes = (own.agree, own.disagree, own.pass_) if own and not is_small else (None, None, None)
            if (line.agree, line.disagree, line.passed) != votes:
                named = {"room": room.title, "id": line.idea_id}
                yield _("‘%(room)s’ 방의 제안 #%(id)s번이 받은 표가 다시 센 것과 달라요.", **named)


def _people_problems(content: DayContent) -> Iterator[str]:
    ids = [room.id for room in content.rooms]
    rows = db.session.execute(sa.select(Gathering.id, Gathering.n_present).where(Gathering.id.in_(ids)))
    present = {key: n or 0 for key, n in rows}
    for key, told in content.people.of_rooms.items():
        if told is not None and (told != present.get(key) or told < MIN_PEOPLE_PER_CELL):
            yield _("방에 함께한 사람의 수가 기록과 다르거나, 적은데 숨기지 않았어요.")
    total = sum(present.values())
    together = content.people.together
    if together is not None and not (together <= total < together + (10 if content.people.is_rounded else 1)):
        yield _("함께한 사람을 모두 더하니 %(n)s명이에요.", n=total)
