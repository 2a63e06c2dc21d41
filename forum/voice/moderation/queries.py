from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core import clock
from forum.core.access import Actor
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account, Participant, RoleGrant
from forum.voice.ideas.models import Comment, CommentState, Idea, IdeaState
from forum.voice.moderation.models import AppealDecision, Hiding, Reason, Report
from forum.voice.moderation.permissions import MODERATORS, can_appeal

KINDS: dict[str, Any] = {"ideas": Idea, "comments": Comment}
QUEUE_MAX = 100
A_DAY = timedelta(days=1)
Thing = Idea | Comment


@dataclass(frozen=True)
class Case:
    """A reported thing in the queue: how many different people reported it, for what, and since when."""

    kind: str
    id: int
    text: str
    reporters: int
    reasons: tuple[tuple[Reason, int], ...]
    since: datetime


@dataclass(frozen=True)
class MonthOfReason:
    """A line of the public record."""

    month: str
    reason: Reason
    hidden: int = 0
    appealed: int = 0
    accepted: int = 0
    shown: int = 0


def get_thing(kind: str, thing_id: int) -> Thing:
    """An idea ("ideas") or a comment ("comments"), hidden or not.

    :raise NotFound:
    """
    query = sa.select(KINDS[kind]).where(KINDS[kind].id == thing_id).options(*_with_author(KINDS[kind]))
    thing: Thing | None = db.session.scalar(query)
    if thing is None:
        raise NotFound("그런 글이 없습니다.")
    return thing


def get_reportable(kind: str, thing_id: int) -> Thing:
    """As `get_thing`, for people: what is hidden is not there.

    :raise NotFound:
    """
    thing = get_thing(kind, thing_id)
    idea = thing if isinstance(thing, Idea) else thing.idea
    if idea.state is IdeaState.HIDDEN or is_hidden(thing):
        raise NotFound("그런 글이 없습니다.")
    return thing


def get_hiding(hiding_id: int, actor: Actor) -> Hiding:
    """A hiding as its author sees it.

    :raise NotFound: no such one, or not about the actor's own words
    """
    hiding = db.session.get(Hiding, hiding_id)
    if hiding is None or not can_appeal(actor, hiding):
        raise NotFound("그런 화면이 없습니다.")
    return hiding


def kind_of(thing: Thing) -> str:
    return "ideas" if isinstance(thing, Idea) else "comments"


def is_hidden(thing: Thing) -> bool:
    return thing.state in {IdeaState.HIDDEN, CommentState.HIDDEN}


def text_of(thing: Thing) -> str:
    """What others read: of an idea its title, of a comment its words."""
    return thing.title if isinstance(thing, Idea) else thing.body


def open_hiding(thing: Thing) -> Hiding | None:
    """Why it is hidden now."""
    return db.session.scalar(sa.select(Hiding).where(_about(Hiding, thing), Hiding.lifted_at.is_(None)))


def get_open_hiding(thing: Thing) -> Hiding:
    """:raise WrongState: it is not hidden"""
    hiding = open_hiding(thing)
    if hiding is None:
        raise WrongState("숨긴 글이 아닙니다.")
    return hiding


def open_hidings_of_comments(comment_ids: Sequence[int]) -> dict[int, Hiding]:
    """Comment id -> why it is hidden, in one query; none is asked where there are no ids."""
    if not comment_ids:
        return {}
    query = sa.select(Hiding).where(Hiding.comment_id.in_(comment_ids), Hiding.lifted_at.is_(None))
    return {hiding.comment_id: hiding for hiding in db.session.scalars(query) if hiding.comment_id is not None}


def history(thing: Thing) -> Sequence[Hiding]:
    """Every time it was hidden, the newest first."""
    return db.session.scalars(sa.select(Hiding).where(_about(Hiding, thing)).order_by(Hiding.id.desc())).all()


def reports_on(thing: Thing) -> Sequence[Report]:
    """Reports that wait, oldest first."""
    query = sa.select(Report).where(_about(Report, thing), Report.settled_at.is_(None)).order_by(Report.id)
    return db.session.scalars(query).all()


def has_reported(actor: Actor, thing: Thing) -> bool:
    query = sa.select(sa.exists().where(_about(Report, thing), Report.reporter_id == actor.participant_id))
    return bool(db.session.scalar(query))


def reports_today(participant_id: int) -> int:
    """How many things a participant reported in the last 24 hours."""
    query = sa.select(sa.func.count()).where(
        Report.reporter_id == participant_id, Report.created_at > clock.now() - A_DAY
    )
    return db.session.scalar(query) or 0


def queue() -> list[Case]:
    """What waits, the most different reporters first, then the longest waiting. A person counts once per thing."""
    cases = [*_cases("ideas"), *_cases("comments")]
    return sorted(cases, key=lambda case: (-case.reporters, case.since, case.kind, case.id))[:QUEUE_MAX]


def appeals_waiting() -> Sequence[Hiding]:
    query = (
        sa.select(Hiding)
        .where(Hiding.appealed_at.is_not(None), Hiding.appeal_decided_at.is_(None), Hiding.lifted_at.is_(None))
        .options(joinedload(Hiding.idea), joinedload(Hiding.comment))
        .order_by(Hiding.appealed_at)
        .limit(QUEUE_MAX)
    )
    return db.session.scalars(query).all()


def latest_hidings(size: int = 20) -> Sequence[Hiding]:
    query = (
        sa.select(Hiding)
        .options(joinedload(Hiding.idea), joinedload(Hiding.comment))
        .order_by(Hiding.id.desc())
        .limit(size)
    )
    return db.session.scalars(query).all()


def other_moderators(account_id: int | None) -> int:
    """How many active moderators there are beside this account."""
    query = (
        sa.select(sa.func.count())
        .select_from(RoleGrant)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(RoleGrant.revoked_at.is_(None), RoleGrant.role.in_(MODERATORS), Account.active)
    )
    if account_id is not None:
        query = query.where(Account.id != account_id)
    return db.session.scalar(query) or 0


def author_account(thing: Thing) -> Account | None:
    """Whoever wrote it; None for an imported idea."""
    if thing.author_id is None:
        return None
    return db.session.scalar(
        sa.select(Account)
        .join(Participant, Participant.account_id == Account.id)
        .where(Participant.id == thing.author_id)
    )


def public_record() -> list[MonthOfReason]:
    """Numbers by month (Seoul's) and reason, the newest month first. Each hiding counts in the month it began."""
    counts: dict[tuple[str, Reason], list[int]] = {}
    columns = (Hiding.hidden_at, Hiding.reason, Hiding.appealed_at, Hiding.appeal_decision, Hiding.lifted_at)
    for hidden_at, reason, appealed_at, decision, lifted_at in db.session.execute(sa.select(*columns)):
        key = f"{hidden_at.astimezone(clock.SEOUL):%Y-%m}", reason
        row = counts.setdefault(key, [0, 0, 0, 0])
        facts = (True, appealed_at is not None, decision is AppealDecision.SHOWN, lifted_at is not None)
        for place, fact in enumerate(facts):
            row[place] += fact
    order = list(Reason)
    keys = sorted(counts, key=lambda key: order.index(key[1]))
    keys.sort(key=lambda key: key[0], reverse=True)
    return [MonthOfReason(*key, *counts[key]) for key in keys]


def _cases(kind: str) -> list[Case]:
    model = KINDS[kind]
    column: Any = Report.idea_id if model is Idea else Report.comment_id
    query = (
        sa.select(column, Report.reason, sa.func.count(Report.reporter_id.distinct()), sa.func.min(Report.created_at))
        .where(column.is_not(None), Report.settled_at.is_(None))
        .group_by(column, Report.reason)
    )
    found: dict[int, list[tuple[Reason, int, datetime]]] = {}
    for thing_id, reason, reporters, since in db.session.execute(query):
        found.setdefault(thing_id, []).append((reason, reporters, since))
    things = db.session.scalars(sa.select(model).where(model.id.in_(found))).all() if found else []
    return [_case(kind, thing, found[thing.id]) for thing in things]


def _case(kind: str, thing: Thing, rows: list[tuple[Reason, int, datetime]]) -> Case:
    """One person reports a thing once, for one reason: so the sum over reasons counts people."""
    reasons = tuple(sorted(((reason, n) for reason, n, _at in rows), key=lambda pair: (-pair[1], pair[0].name)))
    return Case(kind, thing.id, text_of(thing), sum(n for _r, n in reasons), reasons, min(at for _r, _n, at in rows))


def _about(table: type[Report] | type[Hiding], thing: Thing) -> sa.ColumnElement[bool]:
    return table.idea_id == thing.id if isinstance(thing, Idea) else table.comment_id == thing.id


def _with_author(model: Any) -> list[sa.sql.base.ExecutableOption]:
    options: list[sa.sql.base.ExecutableOption] = [joinedload(model.author).joinedload(Participant.account)]
    return options if model is Idea else [*options, joinedload(Comment.idea)]
