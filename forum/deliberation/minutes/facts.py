"""What happened in a gathering, as numbers, codes and ids: what its minutes are drafted from and print.

No words of people are copied here, and nobody's vote: titles and quotes are read where they stand, so that what is
hidden, withdrawn or left behind is gone from the minutes too.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.rooms.models import RoomIdeaWay
from forum.deliberation.rooms.results import TableIdea, Verdict, people_of, table_of
from forum.deliberation.sheets.models import PaperResult, PaperTally

VERSION = 1


def facts_of(gathering: Gathering) -> dict[str, Any]:
    """Return what happened, as JSON, with five queries.

    people : those who joined by each way, were checked in by each way, and were present; n_slips are slips of paper
    ideas : on the table by number: id, way, the room's votes, what they come to, and the vote sheets beside them
    sheets : how many vote sheets were counted; None without an accepted count
    began_at, ended_at : in UTC
    """
    people = people_of(gathering.id)
    n_sheets, paper = _paper_of(gathering.id)
    return {
        "version": VERSION,
        "began_at": _iso(gathering.started_at),
        "ended_at": _iso(gathering.finished_at),
        "read_at": _iso(clock.now()),
        "people": {
            "joined": {way.name: n for way, n in people.joined.items()},
            "admitted": {way.name: n for way, n in people.admitted.items()},
            "present": gathering.n_present,
            "n_slips": people.n_slips,
        },
        "ideas": [_idea(one, people.n_admitted, paper.get(one.idea_id)) for one in table_of(gathering)],
        "sheets": n_sheets,
    }


def born_ids(facts: dict[str, Any]) -> list[int]:
    """Return the ids of the ideas that were written in the room, by number."""
    return [one["id"] for one in facts.get("ideas", ()) if one["way"] != RoomIdeaWay.BROUGHT.name]


def numbers_of(facts: dict[str, Any]) -> dict[int, int]:
    """Return the id of each idea on the table by its number."""
    return {one["number"]: one["id"] for one in facts.get("ideas", ())}


def of_verdict(facts: dict[str, Any], verdict: Verdict) -> list[int]:
    """Return the numbers of the ideas of which the room says this; those with the largest share of agreement first."""
    found = [one for one in facts.get("ideas", ()) if one["verdict"] == verdict.name]
    found.sort(key=lambda one: (-one["agree"] / max(_votes(one), 1), -_votes(one), one["number"]))
    return [one["number"] for one in found]


def _idea(idea: TableIdea, n_people: int, paper: dict[str, int] | None) -> dict[str, Any]:
    return {
        "id": idea.idea_id,
        "number": idea.number,
        "way": idea.way.name,
        "agree": idea.agree,
        "disagree": idea.disagree,
        "pass": idea.pass_,
        "verdict": _verdict(idea, n_people).name,
        "paper": paper,
    }


def _verdict(idea: TableIdea, n_people: int) -> Verdict:
    """Say nothing of what fewer than MIN_PEOPLE_PER_CELL people voted: it would tell how each of them did."""
    return Verdict.TOO_FEW if idea.votes < MIN_PEOPLE_PER_CELL else idea.verdict(n_people)


def _paper_of(gathering_id: int) -> tuple[int | None, dict[int, dict[str, int]]]:
    n_sheets = db.session.scalar(sa.select(PaperResult.n_sheets).where(PaperResult.gathering_id == gathering_id))
    query = sa.select(PaperTally.idea_id, PaperTally.agree, PaperTally.disagree, PaperTally.pass_)
    rows = db.session.execute(query.where(PaperTally.gathering_id == gathering_id).order_by(PaperTally.idea_id))
    return n_sheets, {idea_id: {"agree": a, "disagree": d, "pass": p} for idea_id, a, d, p in rows}


def _votes(idea: dict[str, Any]) -> int:
    return int(idea["agree"] + idea["disagree"] + idea["pass"])


def _iso(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()
