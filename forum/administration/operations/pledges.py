"""Checks of pledges: what pages tell of them counted a second way, and that each check-in fits its pledge.

Everything here is counted from the rows in plain Python, and not by what the pages use.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.core import clock
from forum.core.database import batches
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.pledges.models import CheckIn, Pledge, PledgeState, Rhythm
from forum.response.pledges.queries import PledgeFigures, figures_of_themes

BATCH_SIZE = 500
FEWEST = 5
"""People below whom nothing is shown; written out here, so that a change elsewhere is noticed."""


def pledge_figures() -> Finding:
    """Compare the numbers of people and of pledges that a theme's page shows with a count of all rows."""
    finding = Finding(_("실천 약속을 한 사람과 지킨 약속의 수"), 0)
    pledges: Mapping[int, list[Pledge]] = defaultdict(list)
    query = sa.select(Pledge).where(Pledge.state != PledgeState.REMOVED).order_by(Pledge.id)
    for pledge in db.session.scalars(query):
        pledges[pledge.theme_id].append(pledge)
    for themes in batches(sorted(pledges), BATCH_SIZE):
        shown = figures_of_themes(themes)
        for theme_id in themes:
            finding.n_checked += 1
            if not _agrees(pledges[theme_id], shown[theme_id]):
                finding.differences.append(_("정책 주제 %(id)s번", id=theme_id))
    return finding


def check_ins() -> Finding:
    """Check that each check-in is of one whole period, made within it, from the first one of its pledge to its end."""
    finding = Finding(_("실천 기록의 차례와 날짜"), 0)
    query = sa.select(CheckIn, Pledge).join(Pledge, Pledge.id == CheckIn.pledge_id)
    for made, pledge in db.session.execute(query.order_by(CheckIn.pledge_id, CheckIn.period_from)):
        finding.n_checked += 1
        starts = made.period_until >= pledge.starts_on
        ends = pledge.stopped_on is None or made.recorded_on <= pledge.stopped_on
        within = made.period_from <= made.recorded_on <= made.period_until
        counted = (made.n_kept is None) != (pledge.group_name != "") and (made.n_kept or 0) <= pledge.group_size
        if not (starts and ends and within and counted and made.period_until == _last(pledge.rhythm, made.period_from)):
            finding.differences.append(_("실천 약속 %(id)s번, %(day)s", id=pledge.id, day=made.period_from))
    return finding


def _agrees(pledges: Sequence[Pledge], shown: PledgeFigures) -> bool:
    """Return whether what is shown is right, and shows nobody's own number."""
    people: dict[str, int] = defaultdict(int)
    sizes: dict[tuple[str, int, str], list[int]] = defaultdict(list)
    for one in pledges:
        sizes[one.made_by.name, one.author_id, one.group_name].append(one.group_size)
    for (made_by, _author, _name), found in sizes.items():
        people[made_by] += max(found)
    is_right = all(people[kind.name] == n and n >= FEWEST for kind, n in shown.people.items())
    if any(n < FEWEST for n in people.values()):
        return is_right and shown.n_people is shown.n_pledges is shown.n_kept is None and not shown.outcomes
    n_kept = sum(_is_kept(one) for one in pledges)
    n_pledges = len(pledges) if len(pledges) >= FEWEST else None
    wanted = sum(people.values()), n_pledges, n_kept if n_pledges and n_kept >= FEWEST else None
    return is_right and len(shown.people) == len(people) and wanted == (shown.n_people, shown.n_pledges, shown.n_kept)


def _is_kept(pledge: Pledge) -> bool:
    """Walk through the periods that are over, day by day."""
    end = min(clock.today(), pledge.stopped_on) if pledge.stopped_on else clock.today()
    over, first = set(), pledge.starts_on
    while first < end:
        over.add(_first(pledge.rhythm, first))
        first += timedelta(days=1)
    over.discard(_first(pledge.rhythm, end))
    well = {one.period_from for one in pledge.check_ins if one.outcome.name in {"DONE", "SOME"}}
    return len(over) >= 3 and 2 * len(over & well) >= len(over)


def _first(rhythm: Rhythm, day: date) -> date:
    ways: dict[Rhythm, Callable[[], date]] = {
        Rhythm.DAY: lambda: day,
        Rhythm.WEEK: lambda: day - timedelta(days=day.weekday()),
        Rhythm.MONTH: lambda: day.replace(day=1),
    }
    return ways[rhythm]()


def _last(rhythm: Rhythm, first: date) -> date:
    day = first
    while _first(rhythm, day + timedelta(days=1)) == first:
        day += timedelta(days=1)
    return day if _first(rhythm, first) == first else date.min


PLEDGE_CHECKS = (pledge_figures, check_ins)
