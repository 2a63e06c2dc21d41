"""Reads of what became of arguments (`groups` says what an argument is). Each sends a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any

import sqlalchemy as sa

from forum.analysis.themes.models import Theme
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.ministries.models import Ministry
from forum.publication.outcomes.groups import Groups, groups_of, shared_sums, single_sums
from forum.publication.outcomes.shares import KeptAsRated, OutcomeShares
from forum.response.delivery.queries import two_sides_of_letters
from forum.response.pilots.models import Pilot, PilotOrigin, PilotState
from forum.response.referrals.models import Answer, Milestone, MinistryAssignment, Referral
from forum.response.referrals.queries import is_current_answer
from forum.response.shortpath.models import ShortAnswer, ShortAnswerKind
from forum.voice.ideas.models import Idea

PAGE_SIZE = 20


@dataclass(frozen=True)
class ListedArgument:
    """An argument with one of its quoted ideas, a letter that quotes it, and the step that was promised or kept.

    step : title of the milestone or pilot; empty where the answer says that it was fixed at once
    day : when the step was done, or else by when it was promised
    """

    idea_id: int
    title: str
    n_more: int
    referral_id: int
    theme: str
    ministry: str
    step: str
    day: date | None
    is_kept: bool


@dataclass(frozen=True)
class ArgumentPage:
    items: Sequence[ListedArgument]
    number: int
    last: int


def outcome_shares(campaign_ids: Sequence[int]) -> dict[int, OutcomeShares]:
    """Return the figures of each campaign. Two statements."""
    sums: dict[int, list[int]] = {one: [0] * 6 for one in campaign_ids}
    if not campaign_ids:
        return {}
    groups = groups_of(campaign_ids)
    for query in (single_sums(groups), shared_sums(groups)):
        for campaign_id, is_committed, is_kept, n, people in db.session.execute(query):
            found = sums[campaign_id]
            for place, counts in enumerate((True, is_committed, is_kept)):
                if counts:
                    found[place] += n
                    found[place + 3] += int(people)
    return {one: OutcomeShares(*found) for one, found in sums.items()}


def kept_as_rated(campaign_ids: Sequence[int]) -> dict[int, KeptAsRated]:
    """Return beside what ministries report as kept what people say of it. Three statements at most."""
    groups = groups_of(campaign_ids)
    letters: dict[tuple[int, int], set[int]] = defaultdict(set)
    for row in db.session.execute(groups.committed_ideas().where(groups.fate.c.is_kept == 1)):
        letters[row.campaign_id, row.root].add(row.referral_id)
    sides = two_sides_of_letters(sorted(set().union(*letters.values())) if letters else [])
    sums = {one: [0, 0] for one in campaign_ids}
    for (campaign_id, _root), ids in letters.items():
        sums[campaign_id][0] += any(sides[one].gap is not None for one in ids)
        sums[campaign_id][1] += any(sides[one].has_gap for one in ids)
    return {one: KeptAsRated(*found) for one, found in sums.items()}


def arguments_page(campaign_id: int, only_kept: bool, number: int) -> ArgumentPage:
    """Return committed arguments, or the kept ones only, the newest letters first. Five statements at most.

    :raise NotFound: there is no such page
    """
    groups = groups_of([campaign_id])
    found = groups.committed_ideas().subquery("found")
    kept_first = sa.func.max(found.c.is_kept)
    query = (
        sa.select(found.c.root, kept_first, sa.func.count().over())
        .group_by(found.c.root)
        .order_by(sa.func.max(found.c.referral_id).desc(), found.c.root.desc())
    )
    if only_kept:
        query = query.where(found.c.is_kept == 1)
    rows = db.session.execute(query.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    if not rows and number > 1:
        raise NotFound(_("그런 쪽이 없어요."))
    return ArgumentPage(_listed(groups, [row[0] for row in rows]), number, ceil(rows[0][2] / PAGE_SIZE) if rows else 1)


def _listed(groups: Groups, roots: Sequence[int]) -> list[ListedArgument]:
    if not roots:
        return []
    rows = db.session.execute(groups.committed_ideas().where(groups.root.in_(roots))).all()
    best = {root: min((row for row in rows if row.root == root), key=_best) for root in roots}
    sizes = _sizes(groups, roots)
    letters = {row.id: row for row in db.session.execute(_letters({row.referral_id for row in best.values()}))}
    titles = {
        row.id: row.title
        for row in db.session.execute(
            sa.select(Idea.id, Idea.title).where(Idea.id.in_([row.idea_id for row in best.values()]))
        )
    }
    listed = []
    for root in roots:
        row = best[root]
        letter = letters[row.referral_id]
        step, day = _step(letter, bool(row.is_kept))
        listed.append(
            ListedArgument(
                row.idea_id,
                titles[row.idea_id],
                sizes[root] - 1,
                letter.id,
                letter.theme,
                letter.ministry,
                step,
                day,
                bool(row.is_kept),
            )
        )
    return listed


def _best(row: Any) -> tuple[int, int, int]:
    """Order an argument's letters: kept ones first, then the newest; of its ideas the first."""
    return -row.is_kept, -row.referral_id, row.idea_id


def _sizes(groups: Groups, roots: Sequence[int]) -> dict[int, int]:
    query = (
        sa.select(groups.root, sa.func.count())
        .select_from(Idea)
        .outerjoin(groups.linked, groups.linked.c.id == Idea.id)
        .where(groups.is_counted(), groups.root.in_(roots))
        .group_by(groups.root)
    )
    return {root: n for root, n in db.session.execute(query)}  # noqa: C416 (rows are no pairs)


def _letters(referral_ids: set[int]) -> sa.Select[*tuple[Any, ...]]:
    """Return each letter with what tells of its commitment: done and open steps, its pilot, the day it was fixed."""
    step = sa.select(Milestone.title).where(Milestone.answer_id == Answer.id).correlate(Answer).limit(1)
    done = step.where(Milestone.is_closed).order_by(Milestone.finished_on.desc(), Milestone.id.desc())
    coming = step.where(~Milestone.is_closed).order_by(Milestone.due_on, Milestone.id)
    pilot = (
        sa.select(Pilot.title)
        .where(
            Pilot.referral_id == Referral.id,
            Pilot.ministry_id == MinistryAssignment.ministry_id,
            Pilot.origin != PilotOrigin.SPREAD,
        )
        .correlate(Referral, MinistryAssignment)
        .order_by(Pilot.id.desc())
        .limit(1)
    )
    tried, planned = pilot.where(Pilot.state == PilotState.DECIDED), pilot.where(Pilot.state != PilotState.CANCELLED)
    fixed = sa.exists().where(ShortAnswer.answer_id == Answer.id, ShortAnswer.kind == ShortAnswerKind.FIXED_NOW)
    lead = sa.and_(MinistryAssignment.referral_id == Referral.id, MinistryAssignment.is_lead)
    return (
        sa.select(
            Referral.id,
            sa.func.coalesce(sa.func.nullif(Referral.title, ""), Theme.title).label("theme"),
            Ministry.name.label("ministry"),
            Answer.published_at,
            fixed.label("is_fixed"),
            done.scalar_subquery().label("done"),
            done.with_only_columns(Milestone.finished_on).scalar_subquery().label("done_on"),
            coming.scalar_subquery().label("coming"),
            coming.with_only_columns(Milestone.due_on).scalar_subquery().label("due_on"),
            tried.scalar_subquery().label("tried"),
            tried.with_only_columns(Pilot.ends_on).scalar_subquery().label("tried_on"),
            planned.scalar_subquery().label("planned"),
            planned.with_only_columns(Pilot.ends_on).scalar_subquery().label("ends_on"),
        )
        .join(Theme, Theme.id == Referral.theme_id)
        .join(MinistryAssignment, lead)
        .join(Ministry, Ministry.id == MinistryAssignment.ministry_id)
        .join(Answer, sa.and_(Answer.referral_id == Referral.id, is_current_answer()))
        .where(Referral.id.in_(referral_ids))
    )


def _step(letter: Any, is_kept: bool) -> tuple[str, date | None]:
    if is_kept and letter.done is not None:
        return letter.done, letter.done_on
    if letter.is_fixed:
        return "", None
    if is_kept:
        return letter.tried or "", letter.tried_on
    if letter.coming is not None:
        return letter.coming, letter.due_on
    return letter.planned or "", letter.ends_on
