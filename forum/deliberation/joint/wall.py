"""The wall of a joint session: ideas of all rooms as they come, by theme; counters; what rooms share.

Everything on it is public, and the same for everybody: so it is one answer, made by each process twice a second at
most (`state.StateCache`), with the finished HTML of its parts. What is hidden, withdrawn or merged is gone with the
next one. Words are learnt and ideas are sorted once; of an idea that was sorted before only its title is read again.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app

from forum.deliberation.joint.models import JointSession, JointState
from forum.deliberation.joint.nearest import ThemeWords, learn
from forum.deliberation.joint.rooms_apart import IdeaInRooms, RoomCount, compare_rooms
from forum.deliberation.joint.state import MAX_SESSIONS
from forum.deliberation.joint.wall_queries import (
    PlacedIdea,
    ShownTheme,
    WallRoom,
    born_ideas,
    count_people,
    get_shown_session,
    rooms_of_session,
    shortened,
    shown_themes,
    texts_of,
    theme_texts,
    titles_of,
    votes_by_idea,
)
from forum.deliberation.joint.wall_words import Findings, findings

COLUMNS = 6
NEWEST, IN_COLUMN, FOUND = 3, 3, 3
"""Ideas on top, in each column, and findings of a kind: as many as can be read from eight metres. The style sheet
leaves out what does not fit as a whole."""
TITLE_CHARS = 44
WORDS_SECONDS = 300.0
"""So long what themes are about is kept; a theme that was made or changed is learnt at once."""
VOTES_SECONDS = 3.0
"""So long counted votes are kept: of 1,500 people they are 45,000 rows."""
ROUNDED, EXACT = 5, 1
"""Per cent to which shares are rounded while rooms are open, and afterwards."""


@dataclass(frozen=True)
class WallIdea:
    """
    column : of the theme it is nearest to, as a wall calls it; empty where it is in none that is shown
    is_new : it is like no theme of the campaign
    """

    id: int
    title: str
    room: str
    column: str
    is_new: bool


@dataclass(frozen=True)
class Column:
    """A theme with its ideas of this session, the newest first; `is_new`: those that are like no theme."""

    title: str
    is_new: bool
    n: int
    ideas: Sequence[WallIdea]


@dataclass(frozen=True)
class Wall:
    """All that a wall shows.

    n_rest, n_rest_themes : ideas of further themes, and how many themes these are
    has_themes : without any, nothing is sorted and nothing is called new
    """

    state: JointState
    is_sample: bool
    people: int
    rooms: int
    ideas: int
    votes: int
    newest: Sequence[WallIdea]
    columns: Sequence[Column]
    n_rest: int
    n_rest_themes: int
    has_themes: bool
    found: Findings


@dataclass
class Memory:
    """What a process keeps of one session between two answers."""

    themes: tuple[ShownTheme, ...] = ()
    words: ThemeWords | None = None
    learnt_at: float = 0.0
    places: dict[tuple[int, int], int | None] = field(default_factory=dict)
    """(idea, revision) -> its theme, None for none."""
    rooms: tuple[WallRoom, ...] = ()
    counts: dict[int, list[RoomCount]] = field(default_factory=dict)
    compared: list[IdeaInRooms] = field(default_factory=list)
    counted_at: float | None = None
    found: Findings | None = None
    found_of: tuple[Mapping[int, str], Mapping[int, str]] = ({}, {})
    """Titles and labels with which `found` was put into words; of 100 rooms that is most of an answer's work."""


@dataclass
class WallReader:
    """Reads walls. `StateCache` lets one request at a time ask for a session."""

    memories: dict[int, Memory] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, session_id: int) -> dict[str, Any]:
        """Return what `/joint/<id>/wall.json` says: figures, and the HTML of the parts.

        :raise NotFound: no such session, or none of its rooms is public
        """
        wall = self.read(session_id)
        parts = {name: _render(name, wall) for name in ("counters", "board", "apart", "note")}
        return {
            "state": wall.state.value,
            "people": wall.people,
            "rooms": wall.rooms,
            "ideas": wall.ideas,
            "votes": wall.votes,
            "has_found": bool(wall.found.shared or wall.found.apart),
            "html": parts,
        }

    def read(self, session_id: int) -> Wall:
        session = get_shown_session(session_id)
        memory = self._memory(session_id)
        rooms = rooms_of_session(session_id)
        ids = [room.gathering_id for room in rooms]
        ideas = born_ideas(ids)
        _remember_places(memory, session, ideas)
        _remember_votes(memory, tuple(rooms))
        labels = {room.gathering_id: room.label for room in rooms}
        board = _Board(memory, ideas, labels)
        shown = board.shown_ids() | {idea.idea_id for idea in memory.compared}
        titles = {idea_id: shortened(title, TITLE_CHARS) for idea_id, title in titles_of(shown).items()}
        columns = board.columns(titles)
        return Wall(
            state=session.state,
            is_sample=session.campaign.is_sample,
            people=count_people(ids),
            rooms=len(rooms),
            ideas=len(ideas),
            votes=sum(one.votes for counts in memory.counts.values() for one in counts),
            newest=board.newest(titles),
            columns=columns,
            n_rest=len(ideas) - sum(column.n for column in columns),
            n_rest_themes=board.n_rest_themes,
            has_themes=bool(memory.themes),
            found=_remember_findings(memory, titles, labels),
        )

    def _memory(self, session_id: int) -> Memory:
        with self.lock:
            memory = self.memories.pop(session_id, None) or Memory()
            self.memories[session_id] = memory
            while len(self.memories) > MAX_SESSIONS:
                self.memories.pop(next(iter(self.memories)))
            return memory


def rooms_apart_of(session: JointSession) -> Findings:
    """Return what the rooms of a finished session share and where they differ, with exact shares."""
    rooms = rooms_of_session(session.id)
    compared = compare_rooms(_on_several_tables(votes_by_idea(rooms)))
    titles = titles_of({idea.idea_id for idea in compared})
    return findings(compared, titles, {room.gathering_id: room.label for room in rooms}, EXACT)


@dataclass
class _Board:
    """Which ideas stand where: those on top, and in the columns of the themes with most of them."""

    memory: Memory
    ideas: Sequence[PlacedIdea]
    labels: Mapping[int, str]
    by_theme: dict[int | None, list[PlacedIdea]] = field(init=False)
    shown: list[ShownTheme] = field(init=False)
    n_rest_themes: int = field(init=False)

    def __post_init__(self) -> None:
        self.by_theme = defaultdict(list)
        for idea in self.ideas:
            self.by_theme[self._theme_of(idea)].append(idea)
        sizes = Counter({theme_id: len(ideas) for theme_id, ideas in self.by_theme.items() if theme_id is not None})
        approved = {theme.id: theme for theme in self.memory.themes if theme.is_approved}
        largest = sorted(sizes, key=lambda theme_id: (-sizes[theme_id], theme_id))
        n_columns = COLUMNS - self.has_new
        self.shown = [approved[theme_id] for theme_id in largest if theme_id in approved][:n_columns]
        self.n_rest_themes = len(sizes) - len(self.shown)

    @property
    def has_new(self) -> bool:
        return bool(self.memory.themes and self.by_theme.get(None))

    def shown_ids(self) -> set[int]:
        groups = [self.ideas[:NEWEST], *(self.by_theme[theme.id][:IN_COLUMN] for theme in self.shown)]
        groups += [self.by_theme[None][:IN_COLUMN]] if self.has_new else []
        return {idea.idea_id for group in groups for idea in group}

    def newest(self, titles: Mapping[int, str]) -> list[WallIdea]:
        return self._as_shown(self.ideas[:NEWEST], titles)

    def columns(self, titles: Mapping[int, str]) -> list[Column]:
        found = [(theme.title, False, self.by_theme[theme.id]) for theme in self.shown]
        found += [("", True, self.by_theme[None])] if self.has_new else []
        return [
            Column(title, is_new, len(ideas), self._as_shown(ideas[:IN_COLUMN], titles))
            for title, is_new, ideas in found
        ]

    def _as_shown(self, ideas: Sequence[PlacedIdea], titles: Mapping[int, str]) -> list[WallIdea]:
        """Return ideas with their titles; one that was hidden since the list was read is left out."""
        names = {theme.id: theme.title for theme in self.shown}
        shown = []
        for idea in ideas:
            theme_id = self._theme_of(idea)
            is_new = theme_id is None and bool(self.memory.themes)
            if idea.idea_id in titles:
                title, room = titles[idea.idea_id], self.labels[idea.gathering_id]
                shown.append(WallIdea(idea.idea_id, title, room, names.get(theme_id or 0, ""), is_new))
        return shown

    def _theme_of(self, idea: PlacedIdea) -> int | None:
        return self.memory.places.get((idea.idea_id, idea.revision))


def _remember_places(memory: Memory, session: JointSession, ideas: Sequence[PlacedIdea]) -> None:
    """Learn what the themes are about, if they changed, and sort the ideas that are new or were edited."""
    themes, now = tuple(shown_themes(session.campaign_id)), time.monotonic()
    if memory.words is None or themes != memory.themes or now - memory.learnt_at > WORDS_SECONDS:
        memory.words = learn(*theme_texts(session.campaign_id, themes)) if themes else learn({})
        memory.themes, memory.learnt_at, memory.places = themes, now, {}
    wanted = {(idea.idea_id, idea.revision) for idea in ideas}
    texts = texts_of({idea_id for idea_id, _revision in wanted - memory.places.keys()}) if themes else {}
    kept = {key: theme_id for key, theme_id in memory.places.items() if key in wanted}
    sorted_now = {key: memory.words.nearest(texts[key[0]]).theme_id for key in wanted - kept.keys() if key[0] in texts}
    memory.places = kept | sorted_now


def _remember_votes(memory: Memory, rooms: tuple[WallRoom, ...]) -> None:
    """Count the votes anew if it is time, or a room has started, ended or gone; compare rooms where they changed."""
    now = time.monotonic()
    if memory.counted_at is not None and rooms == memory.rooms and now - memory.counted_at < VOTES_SECONDS:
        return
    counts = votes_by_idea(rooms)
    if counts != memory.counts or memory.counted_at is None:
        memory.compared, memory.found = compare_rooms(_on_several_tables(counts)), None
    memory.counts, memory.rooms, memory.counted_at = counts, rooms, now


def _remember_findings(memory: Memory, titles: Mapping[int, str], labels: Mapping[int, str]) -> Findings:
    """Put what was found into words, if votes, titles or names of rooms changed; what is hidden has no title."""
    wanted = {idea.idea_id: titles[idea.idea_id] for idea in memory.compared if idea.idea_id in titles}
    if memory.found is None or memory.found_of != (wanted, labels):
        memory.found, memory.found_of = findings(memory.compared, wanted, labels, ROUNDED), (wanted, labels)
    return memory.found


def _on_several_tables(counts: Mapping[int, list[RoomCount]]) -> dict[int, list[RoomCount]]:
    return {idea_id: rooms for idea_id, rooms in counts.items() if len(rooms) > 1}


def _render(part: str, wall: Wall) -> str:
    """Return the HTML of a part. Without Flask's context processors: they would look for who asks."""
    template = current_app.jinja_env.get_template(f"joint/_wall_{part}.html")
    return template.render(wall=wall, found_shown=FOUND)
