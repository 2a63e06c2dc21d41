"""Checks of ratings: the rounds that are open, both sides counted a second way, and that raters took part before.

Everything here is counted from the rows in plain Python, and not by what the pages use.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.analysis.themes.models import ThemeIdea
from forum.core import clock
from forum.core.database import batches
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.delivery.models import Happened, MilestoneRating, RatingRound, RatingState
from forum.response.delivery.queries import two_sides_of_letters, two_sides_of_milestones, two_sides_of_themes
from forum.response.delivery.sides import TwoSides
from forum.response.referrals.models import Answer, Milestone, Referral
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import VoteEvent

AT_ONCE = 500
FEWEST = 5
"""People below whom nothing is shown; written out here, so that a change elsewhere is noticed."""


def rating_rounds() -> Finding:
    """Check that a step that is done, of a present answer, has one open round, and that no other step has one."""
    finding = Finding(_("다 한 약속과 열려 있는 평가 회차"), 0)
    n_open: dict[int, int] = defaultdict(int)
    for milestone_id in db.session.scalars(sa.select(RatingRound.milestone_id).where(RatingRound.ended_at.is_(None))):
        n_open[milestone_id] += 1
    present = set(_present_answers().values())
    steps = sa.select(Milestone.id, Milestone.answer_id, Milestone.is_closed).order_by(Milestone.id)
    for milestone_id, answer_id, is_closed in db.session.execute(steps):
        finding.n_checked += 1
        wanted = int(is_closed and answer_id in present)
        if n_open[milestone_id] != wanted:
            line = _("이행 단계 %(id)s번: 열려 있는 회차가 %(n)s개", id=milestone_id, n=n_open[milestone_id])
            finding.differences.append(line)
    return finding


def both_sides() -> Finding:
    """Compare what pages show of both sides with a count of all rows, for each step, letter and theme."""
    finding = Finding(_("부처가 알린 것과 참여한 사람들이 본 것"), 0)
    of_milestones, of_letters, of_themes = _counted()
    for name, counted, shown in (
        (_("이행 단계"), of_milestones, two_sides_of_milestones),
        (_("전달"), of_letters, two_sides_of_letters),
        (_("정책 주제"), of_themes, two_sides_of_themes),
    ):
        finding.n_checked += len(counted)
        finding.differences += [_("%(what)s %(id)s번", what=name, id=key) for key in _differing(counted, shown)]
    return finding


def raters() -> Finding:
    """Check that who rated wrote or voted in the theme before the round opened. Votes may be cleared since."""
    finding = Finding(_("평가한 사람이 먼저 참여했는지"), 0)
    ratings: dict[int, set[int]] = defaultdict(set)
    of_rounds = sa.select(MilestoneRating.round_id, MilestoneRating.author_id)
    for round_id, author_id in db.session.execute(of_rounds.where(MilestoneRating.state != RatingState.REMOVED)):
        ratings[round_id].add(author_id)
    themes = (
        sa.select(RatingRound.id, RatingRound.opened_at, Referral.theme_id)
        .join(Milestone, Milestone.id == RatingRound.milestone_id)
        .join(Answer, Answer.id == Milestone.answer_id)
        .join(Referral, Referral.id == Answer.referral_id)
        .order_by(RatingRound.id)
    )
    for round_id, opened_at, theme_id in db.session.execute(themes).all():
        if not ratings[round_id]:
            continue
        finding.n_checked += len(ratings[round_id])
        ideas = sa.select(ThemeIdea.idea_id).where(ThemeIdea.theme_id == theme_id)
        wrote = sa.select(Idea.author_id).where(Idea.id.in_(ideas), Idea.created_at < opened_at)
        voted = sa.select(VoteEvent.participant_id).where(
            VoteEvent.idea_id.in_(ideas), VoteEvent.at < opened_at, VoteEvent.value.is_not(None)
        )
        took_part = {*db.session.scalars(wrote), *db.session.scalars(voted.distinct())}
        wrong = sorted(ratings[round_id] - took_part)
        finding.differences += [_("회차 %(id)s번, 참여자 %(who)s번", id=round_id, who=who) for who in wrong]
    return finding


RATING_CHECKS = (rating_rounds, both_sides, raters)


@dataclass
class Count:
    """What was counted for one thing. `own` are the scores that each person gave."""

    n_promised: int = 0
    n_done: int = 0
    n_late: int = 0
    weight: int = 0
    points: int = 0
    people: set[int] = field(default_factory=set)
    own: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    happened: dict[Happened, int] = field(default_factory=lambda: defaultdict(int))

    def add_step(self, weight: int, percent: int, is_closed: bool, is_late: bool) -> None:
        self.n_promised, self.weight, self.points = (
            self.n_promised + 1,
            self.weight + weight,
            self.points + weight * percent,
        )
        self.n_done, self.n_late = self.n_done + is_closed, self.n_late + is_late

    def add_rating(self, who: int, happened: Happened, helps: int | None) -> None:
        self.people.add(who)
        self.happened[happened] += 1
        if helps is not None:
            self.own[who].append(helps)

    def is_shown_as(self, sides: TwoSides) -> bool:
        """Return whether a page shows just this."""
        done = self.points / self.weight / 10 if self.weight else None
        n_people = len(self.people) if len(self.people) >= FEWEST else None
        means = [sum(scores) / len(scores) for scores in self.own.values()]
        helps = sum(means) / len(means) if len(means) >= FEWEST else None
        happened = {one: n for one, n in self.happened.items() if n} if n_people else {}
        return (
            (self.n_promised, self.n_done, self.n_late, n_people)
            == (sides.n_promised, sides.n_done, sides.n_late, sides.n_people)
            and _are_close(done, sides.done)
            and _are_close(helps, sides.helps)
            and happened == {one: n for one, n in sides.happened.items() if n}
            and (helps is None or (sides.low is not None and sides.high is not None and sides.low <= sides.high))
        )


Counts = dict[int, Count]


def _counted() -> tuple[Counts, Counts, Counts]:
    """Count by step, letter and theme; by the latter two the present answers alone."""
    present = set(_present_answers().values())
    letters = {
        key: (letter, theme)
        for key, letter, theme in db.session.execute(
            sa.select(Answer.id, Answer.referral_id, Referral.theme_id).join(
                Referral, Referral.id == Answer.referral_id
            )
        )
    }
    of_milestones, of_letters, of_themes = (defaultdict[int, Count](Count) for _n in range(3))
    for letter, theme in letters.values():
        of_letters[letter], of_themes[theme]
    today, answer_of = clock.today(), {}
    steps = sa.select(
        Milestone.id,
        Milestone.answer_id,
        Milestone.weight,
        Milestone.percent_done,
        Milestone.is_closed,
        Milestone.due_on,
    )
    for key, answer_id, weight, percent, is_closed, due_on in db.session.execute(steps):
        answer_of[key] = answer_id
        for count in _places(key, answer_id, present, letters, (of_milestones, of_letters, of_themes)):
            count.add_step(weight, percent, is_closed, not is_closed and due_on < today)
    ratings = sa.select(
        RatingRound.milestone_id,
        RatingRound.ended_at,
        MilestoneRating.author_id,
        MilestoneRating.happened,
        MilestoneRating.helps,
        MilestoneRating.state,
    ).join(MilestoneRating, MilestoneRating.round_id == RatingRound.id)
    said: dict[int, list[tuple[int, Happened, int | None]]] = defaultdict(list)
    for key, ended_at, who, happened, helps, state in db.session.execute(ratings):
        if ended_at is None and state is not RatingState.REMOVED:
            said[key].append((who, happened, helps))
    for key, some in said.items():
        for count in _places(key, answer_of[key], present, letters, (of_milestones, of_letters, of_themes)):
            for rating in some if len(some) >= FEWEST else ():
                count.add_rating(*rating)
    return of_milestones, of_letters, of_themes


def _places(
    milestone_id: int,
    answer_id: int,
    present: set[int],
    letters: Mapping[int, tuple[int, int]],
    counts: tuple[Counts, Counts, Counts],
) -> Iterator[Count]:
    """Yield what a step counts for: itself, and the letter and the theme of a present answer."""
    yield counts[0][milestone_id]
    if answer_id in present:
        letter, theme = letters[answer_id]
        yield counts[1][letter]
        yield counts[2][theme]


def _present_answers() -> dict[int, int]:
    """Return the newest published answer of each letter, by letter."""
    query = sa.select(Answer.referral_id, Answer.id).where(Answer.published_at.is_not(None)).order_by(Answer.version)
    return {referral_id: answer_id for referral_id, answer_id in db.session.execute(query)}  # noqa: C416 (rows are no pairs)


def _differing(counted: Counts, shown: Callable[[Sequence[int]], Mapping[int, TwoSides]]) -> Iterator[int]:
    for keys in batches(sorted(counted), AT_ONCE):
        found = shown(keys)
        yield from (key for key in keys if not counted[key].is_shown_as(found[key]))


def _are_close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, abs_tol=1e-9)
