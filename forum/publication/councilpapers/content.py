"""What the papers of a meeting hold. Pure: `collecting` makes it from the database, `composing` sentences of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class WordsLine:
    """An idea of citizens that a task comes from, as everybody may read it now."""

    idea_id: int
    title: str
    body: str
    url: str
    agree: int
    disagree: int
    passed: int


@dataclass(frozen=True)
class ConflictLine:
    """:param who: a member's name and office; of a team member only that it is one"""

    who: str
    text: str
    is_late: bool


@dataclass(frozen=True)
class AnswerLine:
    question: str
    n_votes: int
    answer: str


@dataclass(frozen=True)
class HearingLine:
    """A hearing without the words of those who explained: their consent can end, and a paper never changes.

    :param answers: the questions that most people wanted asked
    """

    state: str
    starts_at: datetime
    place: str
    what_changed: str
    answers: tuple[AnswerLine, ...]
    url: str


@dataclass(frozen=True)
class OpinionLine:
    name: str
    affiliation: str
    text: str


@dataclass(frozen=True)
class MotionLine:
    """:param outcome: empty before it is closed; then `numbers` says how many were present and needed, and the votes"""

    text: str
    rule: str
    tie_rule: str
    outcome: str
    numbers: str


@dataclass(frozen=True)
class TaskChapter:
    """A task on the agenda. :param words: a few of its `n_ideas` ideas, the leading one first"""

    id: int
    number: int
    title: str
    summary: str
    source: str
    state: str
    subcommittee: str
    has_words: bool
    n_ideas: int
    url: str
    words: tuple[WordsLine, ...] = ()
    conflicts: tuple[ConflictLine, ...] = ()
    hearing: HearingLine | None = None
    opinions: tuple[OpinionLine, ...] = ()


@dataclass(frozen=True)
class ItemLine:
    """An item of the agenda. :param files: names of its files, which stay on the page of the meeting"""

    position: int
    title: str
    text: str
    task: TaskChapter | None
    motions: tuple[MotionLine, ...]
    files: tuple[str, ...]


@dataclass(frozen=True)
class ScoreLine:
    """A task in the result of a closed stage; the figures are None where nobody scored it."""

    rank: int
    number: int
    title: str
    n: int
    median: float | None
    spread: float | None
    rank_low: int | None
    rank_high: int | None


@dataclass(frozen=True)
class StageScores:
    """:param n_cards: scorecards of the stage, of which `n_taken_out` do not count; :param number: of the result"""

    stage: str
    number: int
    n_cards: int
    n_taken_out: int
    lines: tuple[ScoreLine, ...]


@dataclass(frozen=True)
class SlateLine:
    """계산으로 고른 목록 of one side. :param tasks: (number, title), in the order of the calculation"""

    side: str
    standing: str
    n_people: int
    tasks: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class RoundPart:
    """The round whose tasks a meeting weighs. Only of a public round."""

    title: str
    url: str
    stage: str
    criteria: tuple[tuple[str, int], ...]
    scores: tuple[StageScores, ...]
    slates: tuple[SlateLine, ...]
    chosen: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class PaperContent:
    """The papers of one meeting as of one moment.

    counts : items, tasks, ideas, conflicts, hearings, opinions, scores, motions
    """

    meeting_id: int
    title: str
    term: int
    number: int
    state: str
    starts_at: datetime
    ends_at: datetime
    place: str
    is_sample: bool
    url: str
    data_cut_at: datetime
    items: tuple[ItemLine, ...]
    round: RoundPart | None
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def tasks(self) -> list[TaskChapter]:
        """The tasks of the agenda, each once, in its order."""
        return list({item.task.id: item.task for item in self.items if item.task}.values())
