"""Minutes as their page shows them: the frozen numbers, with titles and quotes as they stand now."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from forum.core.disclosure import MIN_PEOPLE_PER_CELL, hidden_cells
from forum.deliberation.minutes.drafting import automatic_fields
from forum.deliberation.minutes.facts import numbers_of, of_verdict
from forum.deliberation.minutes.models import GatheringMinutes, MinutesAnswer, MinutesQuote
from forum.deliberation.minutes.queries import AnswerCounts, answer_counts, objections, quotes_of, shown_titles
from forum.deliberation.minutes.quotes import stands_in
from forum.deliberation.rooms.models import EntryWay, RoomIdeaWay
from forum.deliberation.rooms.results import Verdict
from forum.voice.ideas.models import SHOWN_STATES, Idea

_NUMBER = re.compile(r"#([0-9]{1,5})")


class Counts(NamedTuple):
    """How many are for an idea, against it, and passed."""

    agree: int
    disagree: int
    pass_: int


@dataclass(frozen=True)
class MinutesIdea:
    """An idea on the room's table.

    title : empty where the idea cannot be read any more
    votes, paper : None where fewer than MIN_PEOPLE_PER_CELL people voted, or sheets say something of it
    """

    idea_id: int
    number: int
    title: str
    is_born_here: bool
    verdict: Verdict
    votes: Counts | None
    paper: Counts | None
    has_paper: bool


class Piece(NamedTuple):
    """A piece of a text: words, or the idea that "#3" names."""

    text: str
    idea: MinutesIdea | None


@dataclass(frozen=True)
class ShownQuote:
    """A quote; `text` is empty if its writer withdrew it, or it does not stand in the idea any more."""

    id: int
    text: str
    number: int
    idea_id: int
    author_id: int | None
    is_withdrawn: bool
    is_idea_shown: bool


@dataclass(frozen=True)
class People:
    """How many people were there. `by_way`: None where few joined in this way."""

    present: int
    admitted: int
    by_way: Mapping[EntryWay, int | None]
    n_slips: int
    n_sheets: int | None


@dataclass(frozen=True)
class MinutesPage:
    summary: Sequence[Sequence[Piece]]
    agreements: Sequence[Sequence[Piece]]
    open_questions: Sequence[Sequence[Piece]]
    automatic: frozenset[str]
    ideas: Sequence[MinutesIdea]
    quotes: Sequence[ShownQuote]
    objections: Sequence[MinutesAnswer]
    earlier_objections: Sequence[MinutesAnswer]
    counts: AnswerCounts
    people: People
    agreed: Sequence[MinutesIdea]
    divided: Sequence[MinutesIdea]
    began_at: datetime | None
    ended_at: datetime | None

    @property
    def born(self) -> list[MinutesIdea]:
        return [idea for idea in self.ideas if idea.is_born_here]

    @property
    def brought(self) -> list[MinutesIdea]:
        return [idea for idea in self.ideas if not idea.is_born_here]


def minutes_page(minutes: GatheringMinutes) -> MinutesPage:
    """Return what the page shows, with four queries."""
    facts = minutes.facts
    titles = shown_titles(one["id"] for one in facts["ideas"])
    ideas = [_idea(one, titles, facts["sheets"]) for one in facts["ideas"]]
    by_number = {idea.number: idea for idea in ideas}
    objected = objections(minutes)
    return MinutesPage(
        summary=lines_of(minutes.summary, by_number),
        agreements=lines_of(minutes.agreements, by_number),
        open_questions=lines_of(minutes.open_questions, by_number),
        automatic=automatic_fields(minutes),
        ideas=ideas,
        quotes=[_quote(quote, idea, number) for quote, idea, number in quotes_of(minutes)],
        objections=[one for one in objected if one.round == minutes.round],
        earlier_objections=[one for one in objected if one.round < minutes.round],
        counts=answer_counts(minutes),
        people=_people(facts),
        agreed=[by_number[number] for number in of_verdict(facts, Verdict.AGREED)],
        divided=[by_number[number] for number in of_verdict(facts, Verdict.DIVIDED)],
        began_at=_moment(facts["began_at"]),
        ended_at=_moment(facts["ended_at"]),
    )


def lines_of(text: str, ideas: Mapping[int, MinutesIdea]) -> list[list[Piece]]:
    """Cut a text into lines, and each line where it names an idea of the room."""
    return [_pieces(line, ideas) for line in text.splitlines() if line]


def opening_lines(minutes: GatheringMinutes, n_lines: int) -> list[list[Piece]]:
    """Return the first lines of the summary and the agreements, for a page that links here."""
    lines = [*minutes.summary.splitlines(), *minutes.agreements.splitlines()]
    chosen = [line for line in lines if line][:n_lines]
    named = {int(found[1]) for line in chosen for found in _NUMBER.finditer(line)}
    ids = {number: idea_id for number, idea_id in numbers_of(minutes.facts).items() if number in named}
    titles = shown_titles(ids.values())
    ideas = [_idea(one, titles, None) for one in minutes.facts["ideas"] if one["number"] in ids]
    return [_pieces(line, {idea.number: idea for idea in ideas}) for line in chosen]


def _pieces(line: str, ideas: Mapping[int, MinutesIdea]) -> list[Piece]:
    pieces, at = list[Piece](), 0
    for found in _NUMBER.finditer(line):
        idea = ideas.get(int(found[1]))
        if idea is not None:
            pieces += [Piece(line[at : found.start()], None), Piece(found[0], idea)]
            at = found.end()
    return [piece for piece in [*pieces, Piece(line[at:], None)] if piece.text]


def _idea(one: dict[str, Any], titles: Mapping[int, str], n_sheets: int | None) -> MinutesIdea:
    votes, paper = _counts(one), _counts(one["paper"]) if one["paper"] else None
    return MinutesIdea(
        idea_id=one["id"],
        number=one["number"],
        title=titles.get(one["id"], ""),
        is_born_here=one["way"] != RoomIdeaWay.BROUGHT.name,
        verdict=Verdict[one["verdict"]],
        votes=votes if sum(votes) >= MIN_PEOPLE_PER_CELL else None,
        paper=paper if paper is not None and (n_sheets or 0) >= MIN_PEOPLE_PER_CELL else None,
        has_paper=paper is not None,
    )


def _counts(one: dict[str, int]) -> Counts:
    return Counts(one["agree"], one["disagree"], one["pass"])


def _quote(quote: MinutesQuote, idea: Idea, number: int) -> ShownQuote:
    is_shown = idea.state in SHOWN_STATES
    stands = is_shown and quote.withdrawn_at is None and stands_in(quote.text, f"{idea.title}\n{idea.body}")
    return ShownQuote(
        id=quote.id,
        text=quote.text if stands else "",
        number=number,
        idea_id=idea.id,
        author_id=idea.author_id,
        is_withdrawn=quote.withdrawn_at is not None,
        is_idea_shown=is_shown,
    )


def _people(facts: dict[str, Any]) -> People:
    """Numbers of few people by way are left out; their sum is not: who was in a room is seen by all in it."""
    counted = facts["people"]
    admitted = {EntryWay[name]: n for name, n in counted["admitted"].items()}
    hidden = hidden_cells({way: n for way, n in admitted.items() if n})
    return People(
        present=counted["present"] or 0,
        admitted=sum(admitted.values()),
        by_way={way: None if way in hidden else n for way, n in admitted.items() if n},
        n_slips=counted["n_slips"],
        n_sheets=facts["sheets"],
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
