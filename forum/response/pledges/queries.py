from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from forum.analysis.themes.models import Theme, ThemeState
from forum.core import clock
from forum.core.disclosure import MIN_PEOPLE_PER_CELL, hidden_cells
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Account, Participant
from forum.response.pilots.models import Pilot, PilotState
from forum.response.pledges.keeping import KEPT, is_kept, is_reminder_day, n_periods_over, period_of
from forum.response.pledges.models import CheckIn, CheckInOutcome, Pledge, PledgeBy, PledgeState, Rhythm
from forum.response.referrals.models import BECAME_POLICY, Answer, Decision, Milestone, Referral
from forum.response.referrals.queries import is_current_answer

PLEDGED_WITH = BECAME_POLICY | {Decision.ALREADY}
"""Decisions of a present answer beside which people pledge something."""
MOST_PUBLIC = 20


@dataclass(frozen=True)
class PledgeFigures:
    """What people pledged for one theme, as everybody may see it.

    people : how many keep or kept a pledge, by who made it; cells under five, and what would give them away, are
        missing. Somebody with two pledges counts once; a group counts with its size, its largest if it has several.
    n_people : their sum; None if a cell is hidden
    n_pledges : number of pledges; None while it, or a cell of people, would be under five
    n_kept : how many of them are kept (`keeping.is_kept`); None as `n_pledges`, and while it is under five
    outcomes : check-ins by outcome; empty while a cell of people is hidden
    has_some : is there any pledge, also where no number may be shown?
    """

    people: Mapping[PledgeBy, int] = field(default_factory=dict)
    n_people: int | None = None
    n_pledges: int | None = None
    n_kept: int | None = None
    outcomes: Mapping[CheckInOutcome, int] = field(default_factory=dict)
    has_some: bool = False

    @property
    def has_hidden(self) -> bool:
        """Is there a number that is too small to be shown?"""
        return self.has_some and self.n_people is None


@dataclass(frozen=True)
class Tied:
    """What a pledge of a theme can go with: steps of the present answers, and pilots that go on."""

    milestones: Sequence[Milestone]
    pilots: Sequence[Pilot]


def get_pledge(pledge_id: int) -> Pledge:
    """:raise NotFound: no such pledge"""
    pledge = db.session.scalar(sa.select(Pledge).where(Pledge.id == pledge_id).options(*_WHOLE))
    if pledge is None:
        raise NotFound(_("그런 실천 약속이 없어요."))
    return pledge


def takes_pledges(theme: Theme) -> bool:
    """Return whether people can pledge something with a theme now.

    A ministry has accepted it, in part or as done already, or an office tries it in a pilot.
    """
    if theme.state is not ThemeState.APPROVED:
        return False
    answered = (
        sa.exists()
        .where(Answer.referral_id == Referral.id, Answer.decision.in_(PLEDGED_WITH), is_current_answer())
        .correlate(Referral)
    )
    tried = sa.exists().where(Pilot.referral_id == Referral.id, Pilot.state != PilotState.CANCELLED).correlate(Referral)
    found = sa.select(Referral.id).where(Referral.theme_id == theme.id, sa.or_(answered, tried)).limit(1)
    return db.session.scalar(found) is not None


def tied_to(theme_id: int) -> Tied:
    """Return what a pledge of the theme can go with. Two statements."""
    milestones = (
        sa.select(Milestone)
        .join(Milestone.answer)
        .join(Referral, Referral.id == Answer.referral_id)
        .where(Referral.theme_id == theme_id, Answer.decision.in_(PLEDGED_WITH), is_current_answer())
        .options(contains_eager(Milestone.answer))
        .order_by(Milestone.due_on, Milestone.id)
    )
    pilots = (
        sa.select(Pilot)
        .join(Referral, Referral.id == Pilot.referral_id)
        .where(Referral.theme_id == theme_id, Pilot.state != PilotState.CANCELLED)
        .order_by(Pilot.id)
    )
    return Tied(db.session.scalars(milestones).all(), db.session.scalars(pilots).all())


def pledges_of(participant_id: int | None) -> Sequence[Pledge]:
    """Return somebody's pledges: those they keep first, then those they stopped, newest first. Two statements."""
    if participant_id is None:
        return []
    query = (
        sa.select(Pledge)
        .where(Pledge.author_id == participant_id, Pledge.state != PledgeState.REMOVED)
        .options(*_WHOLE)
        .order_by(Pledge.stopped_on.is_not(None), Pledge.id.desc())
    )
    return db.session.scalars(query).all()


def waits_for_check_in(pledge: Pledge) -> bool:
    """Return whether a pledge that goes on has no check-in of its present period."""
    today = clock.today()
    if pledge.stopped_on is not None or pledge.starts_on > today or pledge.state is PledgeState.REMOVED:
        return False
    now = period_of(pledge.rhythm, today).first
    return all(one.period_from != now for one in pledge.check_ins)


def public_pledges(theme_id: int) -> Sequence[Pledge]:
    """Return the newest pledges of a theme that their makers made public and keep, for their names."""
    query = (
        sa.select(Pledge)
        .join(Pledge.author)
        .join(Participant.account)
        .where(
            Pledge.theme_id == theme_id,
            Pledge.is_public,
            Pledge.state == PledgeState.VISIBLE,
            Pledge.stopped_on.is_(None),
            Account.active,
        )
        .options(contains_eager(Pledge.author).contains_eager(Participant.account))
        .order_by(Pledge.id.desc())
        .limit(MOST_PUBLIC)
    )
    return db.session.scalars(query).all()


def pledges_to_remind(today: date) -> Sequence[int]:
    """Return the ids of pledges whose makers asked to be reminded today and have not checked in."""
    query = (
        sa.select(Pledge)
        .join(Pledge.author)
        .join(Participant.account)
        .where(
            Pledge.reminds,
            Pledge.stopped_on.is_(None),
            Pledge.state == PledgeState.VISIBLE,
            Pledge.starts_on <= today,
            sa.or_(Pledge.reminded_on.is_(None), Pledge.reminded_on < today),
            sa.or_(Pledge.rhythm == Rhythm.DAY, Pledge.reminder_weekday == today.weekday()),
            Account.active,
        )
        .options(selectinload(Pledge.check_ins))
        .order_by(Pledge.id)
    )
    found = db.session.scalars(query)
    return [one.id for one in found if is_reminder_day(one, today) and waits_for_check_in(one)]


def keepers_of(theme_id: int) -> Sequence[int]:
    """Return the accounts that keep a pledge of the theme, each once."""
    query = (
        sa.select(Account.id)
        .join(Participant, Participant.account_id == Account.id)
        .join(Pledge, Pledge.author_id == Participant.id)
        .where(Pledge.theme_id == theme_id, Pledge.stopped_on.is_(None), Account.active)
        .order_by(Account.id)
        .distinct()
    )
    return db.session.scalars(query).all()


def figures_of_themes(theme_ids: Sequence[int]) -> dict[int, PledgeFigures]:
    """Return the pledges of each theme, in numbers. Two statements."""
    if not theme_ids:
        return {}
    is_counted = (Pledge.theme_id.in_(theme_ids), Pledge.state != PledgeState.REMOVED)
    over = sa.func.coalesce(Pledge.stopped_on, clock.today())  # the period in which it was stopped counts for nothing
    well = (
        sa.select(sa.func.count())
        .where(CheckIn.pledge_id == Pledge.id, CheckIn.outcome.in_(KEPT), CheckIn.period_until < over)
        .correlate(Pledge)
        .scalar_subquery()
    )
    columns = Pledge.theme_id, Pledge.made_by, Pledge.author_id, Pledge.group_name, Pledge.group_size, Pledge.rhythm
    query = sa.select(*columns, Pledge.starts_on, Pledge.stopped_on, well).where(*is_counted)
    makers: Mapping[int, dict[tuple[PledgeBy, int, str], int]] = defaultdict(dict)
    n_pledges: Counter[int] = Counter()
    n_kept: Counter[int] = Counter()
    for theme_id, made_by, author_id, name, size, rhythm, starts_on, stopped_on, n_well in db.session.execute(query):
        maker = made_by, author_id, name
        makers[theme_id][maker] = max(size, makers[theme_id].get(maker, 0))
        n_pledges[theme_id] += 1
        n_kept[theme_id] += is_kept(n_periods_over(rhythm, starts_on, clock.today(), stopped_on), n_well)
    checked = (
        sa.select(Pledge.theme_id, CheckIn.outcome, sa.func.count())
        .join(CheckIn, CheckIn.pledge_id == Pledge.id)
        .where(*is_counted)
        .group_by(Pledge.theme_id, CheckIn.outcome)
    )
    outcomes: Mapping[int, dict[CheckInOutcome, int]] = defaultdict(dict)
    for theme_id, outcome, n in db.session.execute(checked):
        outcomes[theme_id][outcome] = n
    return {one: _shown(makers[one], n_pledges[one], n_kept[one], outcomes[one]) for one in theme_ids}


def _shown(
    makers: Mapping[tuple[PledgeBy, int, str], int],
    n_pledges: int,
    n_kept: int,
    outcomes: Mapping[CheckInOutcome, int],
) -> PledgeFigures:
    people: Counter[PledgeBy] = Counter()
    for (made_by, _author, _name), size in makers.items():
        people[made_by] += size
    if not people:
        return PledgeFigures()
    hidden = hidden_cells(people)
    shown = {made_by: people[made_by] for made_by in PledgeBy if people[made_by] and made_by not in hidden}
    if hidden:  # a sum over everybody would tell what is hidden
        return PledgeFigures(shown, has_some=True)
    is_many = n_pledges >= MIN_PEOPLE_PER_CELL
    return PledgeFigures(
        people=shown,
        n_people=sum(people.values()),
        n_pledges=n_pledges if is_many else None,
        n_kept=n_kept if is_many and n_kept >= MIN_PEOPLE_PER_CELL else None,
        outcomes=outcomes if is_many else {},
        has_some=True,
    )


_WHOLE = (
    joinedload(Pledge.theme).joinedload(Theme.campaign),
    joinedload(Pledge.milestone),
    joinedload(Pledge.pilot),
    joinedload(Pledge.author).joinedload(Participant.account),
    selectinload(Pledge.check_ins),
)
