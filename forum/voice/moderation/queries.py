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
from forum.voice.moderation.models import AppealDecision, Hiding, ModeratedContent, Reason, Report
from forum.voice.moderation.permissions import MODERATORS, can_appeal

CONTENT_KINDS: dict[str, Any] = {"ideas": Idea, "comments": Comment}
MAX_QUEUE_LENGTH = 100
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """Reported content in the queue: by how many different people, for which reasons, and since when."""

    kind: str
    id: int
    text: str
    reporters: int
    reasons: tuple[tuple[Reason, int], ...]
    since: datetime


@dataclass(frozen=True)
class MonthlyCount:
    """Numbers of one month and reason in the public record."""

    month: str
    reason: Reason
    hidden: int = 0
    appealed: int = 0
    accepted: int = 0
    shown: int = 0


def get_content(kind: str, content_id: int) -> ModeratedContent:
    """Return an idea (kind "ideas") or a comment ("comments"), hidden or not.

    :raise NotFound:
    """
    model = CONTENT_KINDS[kind]
    query = sa.select(model).where(model.id == content_id).options(*_with_author(model))
    content: ModeratedContent | None = db.session.scalar(query)
    if content is None:
        raise NotFound("그런 글이 없습니다.")
    return content


def get_reportable(kind: str, content_id: int) -> ModeratedContent:
    """Return content as `get_content` does, if it is not hidden.

    :raise NotFound: also for a comment on a hidden idea
    """
    content = get_content(kind, content_id)
    idea = content if isinstance(content, Idea) else content.idea
    if idea.state is IdeaState.HIDDEN or is_hidden(content):
        raise NotFound("그런 글이 없습니다.")
    return content


def get_hiding(hiding_id: int, actor: Actor) -> Hiding:
    """Return a hiding of the actor's own content.

    :raise NotFound: no such hiding, or of somebody else's content
    """
    hiding = db.session.get(Hiding, hiding_id)
    if hiding is None or not can_appeal(actor, hiding):
        raise NotFound("그런 화면이 없습니다.")
    return hiding


def content_kind(content: ModeratedContent) -> str:
    return "ideas" if isinstance(content, Idea) else "comments"


def is_hidden(content: ModeratedContent) -> bool:
    return content.state in {IdeaState.HIDDEN, CommentState.HIDDEN}


def content_text(content: ModeratedContent) -> str:
    """Return what the queue shows: an idea's title, a comment's text."""
    return content.title if isinstance(content, Idea) else content.body


def open_hiding(content: ModeratedContent) -> Hiding | None:
    """Return the hiding in force; None if the content is not hidden."""
    return db.session.scalar(sa.select(Hiding).where(_about(Hiding, content), Hiding.lifted_at.is_(None)))


def get_open_hiding(content: ModeratedContent) -> Hiding:
    """:raise WrongState: it is not hidden"""
    hiding = open_hiding(content)
    if hiding is None:
        raise WrongState("숨긴 글이 아닙니다.")
    return hiding


def open_hidings_of_comments(comment_ids: Sequence[int]) -> dict[int, Hiding]:
    """Return the hidings in force by comment id, with one query, or with none where there are no ids."""
    if not comment_ids:
        return {}
    query = sa.select(Hiding).where(Hiding.comment_id.in_(comment_ids), Hiding.lifted_at.is_(None))
    return {hiding.comment_id: hiding for hiding in db.session.scalars(query) if hiding.comment_id is not None}


def all_hidings(content: ModeratedContent) -> Sequence[Hiding]:
    """Return every hiding of this content, newest first."""
    return db.session.scalars(sa.select(Hiding).where(_about(Hiding, content)).order_by(Hiding.id.desc())).all()


def reports_on(content: ModeratedContent) -> Sequence[Report]:
    """Return the reports that are not settled yet, oldest first."""
    query = sa.select(Report).where(_about(Report, content), Report.settled_at.is_(None)).order_by(Report.id)
    return db.session.scalars(query).all()


def has_reported(actor: Actor, content: ModeratedContent) -> bool:
    query = sa.select(sa.exists().where(_about(Report, content), Report.reporter_id == actor.participant_id))
    return bool(db.session.scalar(query))


def reports_today(participant_id: int) -> int:
    """Return how many reports the participant made in the last 24 hours."""
    query = sa.select(sa.func.count()).where(
        Report.reporter_id == participant_id, Report.created_at > clock.now() - A_DAY
    )
    return db.session.scalar(query) or 0


def queue() -> list[Case]:
    """Return the reported content that waits for a decision: most reporters first, then longest waiting.

    A person counts once per idea or comment.
    """
    cases = [*_cases("ideas"), *_cases("comments")]
    return sorted(cases, key=lambda case: (-case.reporters, case.since, case.kind, case.id))[:MAX_QUEUE_LENGTH]


def appeals_waiting() -> Sequence[Hiding]:
    """Return hidings whose appeal waits for a decision, oldest appeal first."""
    query = (
        sa.select(Hiding)
        .where(Hiding.appealed_at.is_not(None), Hiding.appeal_decided_at.is_(None), Hiding.lifted_at.is_(None))
        .options(joinedload(Hiding.idea), joinedload(Hiding.comment))
        .order_by(Hiding.appealed_at)
        .limit(MAX_QUEUE_LENGTH)
    )
    return db.session.scalars(query).all()


def latest_hidings(size: int = 20) -> Sequence[Hiding]:
    """Return the newest hidings, whether lifted or not."""
    query = (
        sa.select(Hiding)
        .options(joinedload(Hiding.idea), joinedload(Hiding.comment))
        .order_by(Hiding.id.desc())
        .limit(size)
    )
    return db.session.scalars(query).all()


def other_moderators(account_id: int | None) -> int:
    """Return how many active moderators there are, not counting this account."""
    query = (
        sa.select(sa.func.count())
        .select_from(RoleGrant)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(RoleGrant.revoked_at.is_(None), RoleGrant.role.in_(MODERATORS), Account.active)
    )
    if account_id is not None:
        query = query.where(Account.id != account_id)
    return db.session.scalar(query) or 0


def author_account(content: ModeratedContent) -> Account | None:
    """Return the author's account; None for an imported idea."""
    if content.author_id is None:
        return None
    return db.session.scalar(
        sa.select(Account)
        .join(Participant, Participant.account_id == Account.id)
        .where(Participant.id == content.author_id)
    )


def public_record() -> list[MonthlyCount]:
    """Return the numbers by month (Seoul time) and reason, newest month first.

    A hiding, its appeal and its end count in the month in which it began.
    """
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
    return [MonthlyCount(*key, *counts[key]) for key in keys]


def _cases(kind: str) -> list[Case]:
    model = CONTENT_KINDS[kind]
    column: Any = Report.idea_id if model is Idea else Report.comment_id
    query = (
        sa.select(column, Report.reason, sa.func.count(Report.reporter_id.distinct()), sa.func.min(Report.created_at))
        .where(column.is_not(None), Report.settled_at.is_(None))
        .group_by(column, Report.reason)
    )
    found: dict[int, list[tuple[Reason, int, datetime]]] = {}
    for content_id, reason, reporters, since in db.session.execute(query):
        found.setdefault(content_id, []).append((reason, reporters, since))
    contents = db.session.scalars(sa.select(model).where(model.id.in_(found))).all() if found else []
    return [_case(kind, content, found[content.id]) for content in contents]


def _case(kind: str, content: ModeratedContent, rows: list[tuple[Reason, int, datetime]]) -> Case:
    """Return one case. The sum over reasons counts people, because a person reports content once, for one reason."""
    reasons = tuple(sorted(((reason, n) for reason, n, _at in rows), key=lambda pair: (-pair[1], pair[0].name)))
    reporters, since = sum(n for _reason, n in reasons), min(at for _reason, _n, at in rows)
    return Case(kind, content.id, content_text(content), reporters, reasons, since)


def _about(table: type[Report] | type[Hiding], content: ModeratedContent) -> sa.ColumnElement[bool]:
    return table.idea_id == content.id if isinstance(content, Idea) else table.comment_id == content.id


def _with_author(model: Any) -> list[sa.sql.base.ExecutableOption]:
    options: list[sa.sql.base.ExecutableOption] = [joinedload(model.author).joinedload(Participant.account)]
    return options if model is Idea else [*options, joinedload(Comment.idea)]
