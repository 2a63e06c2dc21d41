"""Make a pledge, check in, change its settings, and stop.

Locks, in this order: the letters of the theme (shared), the pledge, its check-in.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import insert_or_ignore
from forum.core.errors import InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.response.pledges.keeping import Period, period_of
from forum.response.pledges.models import CheckIn, Pledge, PledgeState, Rhythm
from forum.response.pledges.permissions import can_keep, can_pledge, why_not_pledge
from forum.response.pledges.queries import get_pledge, takes_pledges, tied_to
from forum.response.pledges.typed import TypedCheckIn, TypedPledge
from forum.response.referrals.models import Referral
from forum.system.texts.limits import count_by_network, count_by_person

MOST_KEPT_AT_ONCE = 50
"""Pledges that one person keeps at a time. A teacher has a few classes; nobody keeps a hundred promises."""
NOT_ACCEPTED = _l("소관부처가 받아들였거나 시범으로 해 보는 주제에만 실천을 약속할 수 있어요.")
CHANGED = _l("이 화면을 연 뒤에 바뀐 것이 있어요. 아래에 지금 모습이 있으니 보고 다시 해 주세요.")
STOPPED = _l("이미 그만둔 약속이에요. 다시 하고 싶으면 새로 약속해 주세요.")


def make_pledge(
    theme: Theme,
    actor: Actor,
    typed: TypedPledge,
    *,
    milestone_id: int | None = None,
    pilot_id: int | None = None,
    address: str | None = None,
) -> Pledge:
    """Pledge something beside what was promised about a theme. The caller commits.

    The same pledge sent again, as by a double click, gives the one that is there.

    :param milestone_id, pilot_id: the step or the pilot that it goes with; at most one of them
    :param address: IP address of the request; None for commands, which are not counted
    :raise Forbidden: a visitor, guest or staff account, or a child who waits
    :raise TooManyTexts: the person or the network has made too many pledges
    :raise WrongState: no ministry has accepted the theme, as its answer stands now
    :raise InvalidInput: as `TypedPledge.checked`, a step or pilot of another theme, or too many pledges at a time
    """
    require(can_pledge(actor), why_not_pledge(actor))
    values = typed.checked()
    count_by_person(Pledge.__tablename__, actor)
    _lock_letters(theme.id)
    if not takes_pledges(theme):
        raise WrongState(str(NOT_ACCEPTED))
    tied = tied_to(theme.id)
    if milestone_id is not None and milestone_id not in {one.id for one in tied.milestones}:
        raise InvalidInput({"goes_with": _("이 주제의 약속 가운데에서 골라 주세요.")})
    if pilot_id is not None and pilot_id not in {one.id for one in tied.pilots}:
        raise InvalidInput({"goes_with": _("이 주제의 시범 가운데에서 골라 주세요.")})
    mine = sa.select(Pledge).where(
        Pledge.author_id == actor.participant_id, Pledge.stopped_on.is_(None), Pledge.state != PledgeState.REMOVED
    )
    if (db.session.scalar(sa.select(sa.func.count()).select_from(mine.subquery())) or 0) >= MOST_KEPT_AT_ONCE:
        message = _("한 번에 %(n)s가지까지 약속할 수 있어요. 하나를 그만두고 다시 해 주세요.", n=MOST_KEPT_AT_ONCE)
        raise InvalidInput({"item": message})
    values |= {"author_id": actor.participant_id, "theme_id": theme.id, "created_at": clock.now(), "revision": 1}
    values |= {"milestone_id": milestone_id, "pilot_id": None if milestone_id else pilot_id}
    insert = insert_or_ignore(db.session, Pledge).values(values | {"state": PledgeState.VISIBLE})
    db.session.execute(insert)
    same = {name: values[name] for name in ("theme_id", "item", "made_by", "group_name")}
    pledge = db.session.scalar(mine.filter_by(**same))
    if pledge is None:  # hidden from here by nothing but a stop in the same moment
        raise WrongState(str(CHANGED))
    count_by_network(Pledge.__tablename__, address)
    return pledge


def check_in(
    pledge: Pledge, actor: Actor, typed: TypedCheckIn, *, seen_period: date | None, seen_outcome: str
) -> CheckIn:
    """Say how the present period went, or change it while the period lasts. The caller commits.

    :param seen_period: first day of the period that the page asked about
    :param seen_outcome: name of the outcome that the page showed, "" for none
    :raise NotFound: somebody else's pledge
    :raise Forbidden: a child who waits for a consent again
    :raise WrongState: it was stopped, has not begun, the period is another one by now, or somebody checked in since
    :raise InvalidInput: as `TypedCheckIn.checked`
    """
    pledge = _lock_own(pledge, actor)
    period = present_period(pledge)
    outcome, n_kept = typed.checked(pledge.group_size, is_group=pledge.group_name != "")
    if seen_period != period.first:
        raise WrongState(_("그사이에 다음 차례가 되었어요. 지난 차례는 고칠 수 없어요. 지금 차례를 알려 주세요."))
    there = db.session.get(CheckIn, (pledge.id, period.first), with_for_update={"of": CheckIn}, populate_existing=True)
    if there is not None and (there.outcome, there.n_kept) == (outcome, n_kept):
        return there
    if (there.outcome.name if there else "") != seen_outcome:
        raise WrongState(str(CHANGED))
    if there is None:
        there = CheckIn(pledge_id=pledge.id, period_from=period.first, period_until=period.last)
        db.session.add(there)
    there.outcome, there.n_kept, there.recorded_on, there.updated_at = outcome, n_kept, clock.today(), clock.now()
    db.session.flush()
    db.session.expire(pledge, ["check_ins"])
    return there


def present_period(pledge: Pledge) -> Period:
    """Return the period that can be checked in today.

    :raise WrongState: the pledge was stopped, or has not begun
    """
    if pledge.stopped_on is not None:
        raise WrongState(str(STOPPED))
    if pledge.starts_on > clock.today():
        raise WrongState(_("아직 시작하지 않은 약속이에요."))
    return period_of(pledge.rhythm, clock.today())


def change_settings(
    pledge: Pledge, actor: Actor, *, is_public: bool, reminds: bool, weekday: int, seen_revision: int
) -> None:
    """Show the pledge or keep it private, and set its reminder. The caller commits.

    :param weekday: 0 Monday to 6 Sunday; any other number is refused for a reminder of a weekly or monthly pledge
    :raise NotFound: somebody else's pledge
    :raise WrongState: it was stopped or changed since
    :raise InvalidInput: a reminder without a weekday
    """
    pledge = _lock_own(pledge, actor)
    if pledge.stopped_on is not None:
        raise WrongState(str(STOPPED))
    is_weekday = 0 <= weekday <= 6
    if reminds and not is_weekday and pledge.rhythm is not Rhythm.DAY:
        raise InvalidInput({"weekday": _("알림을 받을 요일을 골라 주세요.")})
    new = is_public, reminds, weekday if is_weekday else pledge.reminder_weekday
    if (pledge.is_public, pledge.reminds, pledge.reminder_weekday) == new:
        return
    if pledge.revision != seen_revision:
        raise WrongState(str(CHANGED))
    pledge.is_public, pledge.reminds, pledge.reminder_weekday = new
    pledge.revision += 1
    db.session.flush()


def stop_pledge(pledge: Pledge, actor: Actor) -> None:
    """Stop a pledge today; what was checked in stays. Stopped again, nothing changes. The caller commits.

    :raise NotFound: somebody else's pledge
    """
    pledge = _lock_own(pledge, actor)
    if pledge.stopped_on is None:
        pledge.stopped_on, pledge.reminds = max(clock.today(), pledge.starts_on), False
        pledge.revision += 1
        db.session.flush()


def _lock_letters(theme_id: int) -> None:
    """Hold off another answer to the theme's letters meanwhile. Pledges do not wait for each other."""
    letters = sa.select(Referral.id).where(Referral.theme_id == theme_id).order_by(Referral.id)
    db.session.execute(letters.with_for_update(of=Referral, read=True))


def _lock_own(pledge: Pledge, actor: Actor) -> Pledge:
    """:raise NotFound: not one's own, so that nobody learns of private pledges"""
    db.session.refresh(pledge, with_for_update={"of": Pledge})
    if pledge.author_id != actor.participant_id or pledge.state is PledgeState.REMOVED:
        raise NotFound(_("그런 실천 약속이 없어요."))
    require(can_keep(actor, pledge), why_not_pledge(actor))
    return pledge


def get_own(pledge_id: int, actor: Actor) -> Pledge:
    """:raise NotFound: no such pledge, or not the actor's own"""
    pledge = get_pledge(pledge_id)
    if pledge.author_id != actor.participant_id or pledge.state is PledgeState.REMOVED:
        raise NotFound(_("그런 실천 약속이 없어요."))
    return pledge
