"""From the database to the content of a report: one transaction that sees one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from datetime import datetime

import sqlalchemy as sa

from forum.core import clock
from forum.core.clock import SEOUL
from forum.core.disclosure import MIN_PEOPLE_PER_CELL, hidden_cells
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import link_to
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.joint.models import JointMove, JointSession, JointState
from forum.deliberation.joint.nearest import learn
from forum.deliberation.joint.wall import rooms_apart_of
from forum.deliberation.joint.wall_queries import (
    WallRoom,
    born_ideas,
    get_shown_session,
    rooms_of_session,
    shown_themes,
    texts_of,
    theme_texts,
)
from forum.deliberation.rooms.models import RoomIdeaWay, RoomTally
from forum.deliberation.rooms.results import TableIdea, Verdict, in_words_first, people_of, table_of
from forum.deliberation.sheets.models import PaperTally
from forum.publication.dayreports.content import DayContent, NearTheme, RoomChapter, StepLine, TableLine
from forum.publication.digests.content import PaperVotes, present_cells


def collect_day(session_id: int) -> DayContent:
    """Return what a finished session came to. Call it inside one transaction: that is the data cut.

    :raise NotFound: no such session, or none of its rooms is public
    :raise WrongState: it has not ended
    """
    cut = clock.now().astimezone(SEOUL)
    session = get_shown_session(session_id)
    if session.state is not JointState.FINISHED or session.started_at is None or session.finished_at is None:
        raise WrongState(_("끝난 연결 모임만 보고서로 만들 수 있어요."))
    shown = [room for room in rooms_of_session(session_id) if room.state is GatheringState.FINISHED]
    gatherings = {room.gathering_id: db.session.get_one(Gathering, room.gathering_id) for room in shown}
    paper = _paper(list(gatherings))
    hidden = _hidden(list(gatherings))
    nothing: frozenset[int] = frozenset()
    tables = {
        key: _table(gathering, paper.get(key, {}), hidden.get(key, nothing)) for key, gathering in gatherings.items()
    }
    near, far, has_themes = _near_themes(session, list(gatherings))
    return DayContent(
        session_id=session.id,
        title=session.title,
        campaign=session.campaign.title,
        url=link_to("joint.show", session_id=session.id),
        is_sample=session.campaign.is_sample,
        data_cut_at=cut,
        started_at=session.started_at.astimezone(SEOUL),
        finished_at=session.finished_at.astimezone(SEOUL),
        steps=_steps(session, session.finished_at),
        rooms=tuple(_chapter(room, gatherings[room.gathering_id], tables[room.gathering_id]) for room in shown),
        people=present_cells({key: found.n_present or 0 for key, found in gatherings.items()}),
        counts=_counts(shown, tables),
        found=rooms_apart_of(session),
        near=near,
        far=far,
        has_themes=has_themes,
        idea_urls={
            line.idea_id: link_to("thread.idea", idea_id=line.idea_id)
            for lines in tables.values()
            for line, _votes in lines
        },
    )


def _steps(session: JointSession, finished_at: datetime) -> tuple[StepLine, ...]:
    query = sa.select(JointMove).where(JointMove.session_id == session.id).order_by(JointMove.number)
    moves = [move for move in db.session.scalars(query) if move.begins_at <= finished_at]
    ends = [move.begins_at for move in moves[1:]] + [finished_at] * bool(moves)
    steps = {step.position: step for step in session.steps}
    lines = []
    for move, end in zip(moves, ends, strict=True):
        step, seconds = steps[move.position], int((end - move.begins_at).total_seconds())
        began_at = move.begins_at.astimezone(SEOUL)
        lines.append(StepLine(step.title, str(step.kind.label), began_at, max(seconds, 0), step.minutes))
    return tuple(lines)


def _hidden(gathering_ids: Sequence[int]) -> Mapping[int, Set[int]]:
    """Return by room the ideas whose counts are not told: with a sum of rooms they would tell a small one's."""
    query = sa.select(RoomTally.idea_id, RoomTally.gathering_id, RoomTally.agree + RoomTally.disagree + RoomTally.pass_)
    votes: dict[int, dict[int, int]] = defaultdict(dict)
    of_rooms = query.where(RoomTally.gathering_id.in_(gathering_ids)).order_by(
        RoomTally.idea_id, RoomTally.gathering_id
    )
    for idea_id, room_id, n in db.session.execute(of_rooms):
        votes[idea_id][room_id] = n
    found: dict[int, set[int]] = defaultdict(set)
    for idea_id, rooms in votes.items():
        for room_id in hidden_cells(rooms) if len(rooms) > 1 else ():
            found[room_id].add(idea_id)
    return found


def _table(gathering: Gathering, paper: Mapping[int, PaperVotes], hidden: Set[int]) -> list[tuple[TableLine, int]]:
    """Return the shown ideas of a room, what it agreed on first, each with all of its votes there."""
    said = in_words_first(table_of(gathering), people_of(gathering.id).n_admitted)
    return [
        (_table_line(idea, verdict, paper.get(idea.idea_id), idea.idea_id in hidden), idea.votes)
        for verdict in Verdict
        for idea in said[verdict]
    ]


def _table_line(idea: TableIdea, verdict: Verdict, paper: PaperVotes | None, is_hidden: bool) -> TableLine:
    is_told, is_born_here = idea.is_told and not is_hidden, idea.way is not RoomIdeaWay.BROUGHT
    return TableLine(
        idea_id=idea.idea_id,
        number=idea.number,
        title=idea.title,
        is_born_here=is_born_here,
        verdict=verdict,
        agree=idea.agree if is_told else None,
        disagree=idea.disagree if is_told else None,
        passed=idea.pass_ if is_told else None,
        paper=paper,
    )


def _paper(gathering_ids: Sequence[int]) -> Mapping[int, Mapping[int, PaperVotes]]:
    """Return the accepted marks by room and idea; those of few sheets would tell how their writers voted."""
    query = sa.select(PaperTally).where(
        PaperTally.gathering_id.in_(gathering_ids), PaperTally.n_sheets >= MIN_PEOPLE_PER_CELL
    )
    found: dict[int, dict[int, PaperVotes]] = defaultdict(dict)
    for one in db.session.scalars(query.order_by(PaperTally.gathering_id, PaperTally.idea_id)):
        found[one.gathering_id][one.idea_id] = PaperVotes(one.agree, one.disagree, one.pass_)
    return found


def _chapter(room: WallRoom, gathering: Gathering, table: Sequence[tuple[TableLine, int]]) -> RoomChapter:
    url = link_to("gatherings.show", gathering_id=gathering.id)
    lines = tuple(line for line, _votes in table)
    return RoomChapter(gathering.id, gathering.title, gathering.place_name, room.is_online, url, lines)


def _counts(rooms: Sequence[WallRoom], tables: Mapping[int, Sequence[tuple[TableLine, int]]]) -> dict[str, int]:
    lines = [one for table in tables.values() for one in table]
    return {
        "rooms": len(rooms),
        "rooms_online": sum(room.is_online for room in rooms),
        "ideas": sum(line.is_born_here for line, _votes in lines),
        "votes": sum(votes for _line, votes in lines),
        "paper": sum(line.paper.votes for line, _votes in lines if line.paper),
    }


def _near_themes(
    session: JointSession, gathering_ids: Sequence[int]
) -> tuple[tuple[NearTheme, ...], tuple[int, ...], bool]:
    """Return the approved themes with the ideas born that day that are nearest to each, and those near to none."""
    themes = shown_themes(session.campaign_id)
    approved = {theme.id: theme for theme in themes if theme.is_approved}
    if not approved:
        return (), (), False
    words = learn(*theme_texts(session.campaign_id, themes))
    texts = texts_of({idea.idea_id for idea in born_ideas(gathering_ids)})
    by_theme: dict[int | None, list[int]] = defaultdict(list)
    for idea_id in sorted(texts):
        theme_id = words.nearest(texts[idea_id]).theme_id
        by_theme[theme_id if theme_id in approved else None].append(idea_id)
    far = tuple(by_theme.pop(None, ()))
    near = [
        NearTheme(approved[theme_id].title, link_to("themes.show", theme_id=theme_id), tuple(ids))
        for theme_id, ids in by_theme.items()
        if theme_id is not None
    ]
    return tuple(sorted(near, key=lambda one: (-len(one.idea_ids), one.title))), far, True
