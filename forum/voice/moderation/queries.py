from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Account, Participant, RoleGrant
from forum.system.texts.queries import is_about, texts_by_reference
from forum.system.texts.registry import TEXT_KINDS, PublishedText, TextKind, kind_named, kind_of
from forum.voice.moderation.models import AppealDecision, Hiding, Reason, Report
from forum.voice.moderation.permissions import MODERATORS, can_appeal

MAX_QUEUE_LENGTH = 100
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """A reported text in the queue: by how many different people, for which reasons, and since when."""

    kind: TextKind
    id: int
    heading: str
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


def get_text(path_name: str, text_id: int) -> Any:
    """Return a text of the kind that an address names, hidden or not.

    :raise NotFound: no such kind or text
    """
    text = kind_named(path_name).get(text_id)
    if text is None:
        raise NotFound(_("그런 글이 없어요."))
    return text


def get_reportable(path_name: str, text_id: int) -> Any:
    """Return a text as `get_text` does, if others can read it now.

    :raise NotFound: hidden, or on a hidden page, too
    """
    text = get_text(path_name, text_id)
    if not kind_of(text).is_reachable(text):
        raise NotFound(_("그런 글이 없어요."))
    return text


def get_hiding(hiding_id: int, actor: Actor) -> Hiding:
    """Return a hiding of the actor's own text.

    :raise NotFound: no such hiding, or of somebody else's text
    """
    hiding = db.session.get(Hiding, hiding_id)
    if hiding is None or not can_appeal(actor, hiding):
        raise NotFound("그런 화면이 없어요.")
    return hiding


def open_hiding(text: PublishedText) -> Hiding | None:
    """Return the hiding in force; None if there is none."""
    return db.session.scalar(sa.select(Hiding).where(is_about(Hiding, text), Hiding.lifted_at.is_(None)))


def get_open_hiding(text: PublishedText) -> Hiding:
    """:raise WrongState: it is not hidden"""
    hiding = open_hiding(text)
    if hiding is None:
        raise WrongState("숨긴 글이 아니에요.")
    return hiding


def open_hidings(code: str, text_ids: Sequence[int]) -> dict[int, Hiding]:
    """Return the hidings in force of texts of one kind by text id, with one query, or with none without ids."""
    if not text_ids:
        return {}
    about = (Hiding.text_kind == code) & Hiding.text_id.in_(text_ids)
    query = sa.select(Hiding).where(about, Hiding.lifted_at.is_(None))
    return {hiding.text_id: hiding for hiding in db.session.scalars(query)}


def all_hidings(text: PublishedText) -> Sequence[Hiding]:
    """Return every hiding of this text, newest first."""
    return db.session.scalars(sa.select(Hiding).where(is_about(Hiding, text)).order_by(Hiding.id.desc())).all()


def reports_on(text: PublishedText) -> Sequence[Report]:
    """Return the reports that are not settled yet, oldest first."""
    query = sa.select(Report).where(is_about(Report, text), Report.settled_at.is_(None)).order_by(Report.id)
    return db.session.scalars(query).all()


def has_reported(actor: Actor, text: PublishedText) -> bool:
    query = sa.select(sa.exists().where(is_about(Report, text), Report.reporter_id == actor.participant_id))
    return bool(db.session.scalar(query))


def reports_today(participant_id: int) -> int:
    """Return how many reports the participant made in the last 24 hours."""
    query = sa.select(sa.func.count()).where(
        Report.reporter_id == participant_id, Report.created_at > clock.now() - A_DAY
    )
    return db.session.scalar(query) or 0


def queue() -> list[Case]:
    """Return the reported texts that wait for a decision: most reporters first, then longest waiting.

    A person counts once per text.
    """
    columns = (Report.text_kind, Report.text_id, Report.reason)
    query = sa.select(*columns, sa.func.count(Report.reporter_id.distinct()), sa.func.min(Report.created_at))
    found: dict[tuple[str, int], list[tuple[Reason, int, datetime]]] = {}
    for code, text_id, reason, reporters, since in db.session.execute(
        query.where(Report.settled_at.is_(None)).group_by(*columns)
    ):
        found.setdefault((code, text_id), []).append((reason, reporters, since))
    texts = texts_by_reference(found)
    cases = [_case(TEXT_KINDS[code], texts[code, text_id], rows) for (code, text_id), rows in found.items()]
    return sorted(cases, key=lambda case: (-case.reporters, case.since, case.kind.code, case.id))[:MAX_QUEUE_LENGTH]


def held_texts() -> Sequence[Hiding]:
    """Return the hidings by the program that wait for a moderator to read the text, oldest first."""
    query = sa.select(Hiding).where(Hiding.is_held, Hiding.lifted_at.is_(None)).order_by(Hiding.id)
    return _with_texts(query.limit(MAX_QUEUE_LENGTH))


def appeals_waiting() -> Sequence[Hiding]:
    """Return hidings whose appeal waits for a decision, oldest appeal first."""
    query = (
        sa.select(Hiding)
        .where(Hiding.appealed_at.is_not(None), Hiding.appeal_decided_at.is_(None), Hiding.lifted_at.is_(None))
        .order_by(Hiding.appealed_at)
        .limit(MAX_QUEUE_LENGTH)
    )
    return _with_texts(query)


def latest_hidings(size: int = 20) -> Sequence[Hiding]:
    """Return the newest hidings by moderators, whether lifted or not."""
    return _with_texts(sa.select(Hiding).where(~Hiding.is_held).order_by(Hiding.id.desc()).limit(size))


def n_waiting() -> int:
    """Return how many texts wait for a moderator: reported, held by the program, or appealed. In one statement."""
    reported = sa.select(Report.text_kind, Report.text_id).where(Report.settled_at.is_(None)).distinct().subquery()
    held = sa.select(sa.func.count()).where(Hiding.is_held, Hiding.lifted_at.is_(None))
    appealed = sa.select(sa.func.count()).where(
        Hiding.appealed_at.is_not(None), Hiding.appeal_decided_at.is_(None), Hiding.lifted_at.is_(None)
    )
    counts = (sa.select(sa.func.count()).select_from(reported), held, appealed)
    return sum(db.session.execute(sa.select(*(each.scalar_subquery() for each in counts))).one())


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


def author_account(text: PublishedText) -> Account | None:
    """Return the author's account; None for an imported text and for a guest's."""
    if text.author_id is None:
        return None
    return db.session.scalar(
        sa.select(Account)
        .join(Participant, Participant.account_id == Account.id)
        .where(Participant.id == text.author_id)
    )


def public_record() -> list[MonthlyCount]:
    """Return the numbers by month (Seoul time) and reason, newest month first.

    A hiding, its appeal and its end count in the month in which it began. Texts that the program held and a moderator
    then showed do not count: nobody judged that they break a rule.
    """
    counts: dict[tuple[str, Reason], list[int]] = {}
    columns = (Hiding.hidden_at, Hiding.reason, Hiding.appealed_at, Hiding.appeal_decision, Hiding.lifted_at)
    for hidden_at, reason, appealed_at, decision, lifted_at in db.session.execute(
        sa.select(*columns).where(~Hiding.is_held)
    ):
        key = f"{hidden_at.astimezone(clock.SEOUL):%Y-%m}", reason
        row = counts.setdefault(key, [0, 0, 0, 0])
        facts = (True, appealed_at is not None, decision is AppealDecision.SHOWN, lifted_at is not None)
        for place, fact in enumerate(facts):
            row[place] += fact
    order = list(Reason)
    keys = sorted(counts, key=lambda key: order.index(key[1]))
    keys.sort(key=lambda key: key[0], reverse=True)
    return [MonthlyCount(*key, *counts[key]) for key in keys]


def _case(kind: TextKind, text: Any, rows: list[tuple[Reason, int, datetime]]) -> Case:
    """Return one case. The sum over reasons counts people, because a person reports a text once, for one reason."""
    reasons = tuple(sorted(((reason, n) for reason, n, _at in rows), key=lambda pair: (-pair[1], pair[0].name)))
    reporters, since = sum(n for _reason, n in reasons), min(at for _reason, _n, at in rows)
    return Case(kind, text.id, kind.words(text).heading, reporters, reasons, since)


def _with_texts(query: sa.Select[Hiding]) -> Sequence[Hiding]:
    """Return the hidings, with their texts loaded by one query for each kind."""
    hidings = db.session.scalars(query).all()
    texts_by_reference((hiding.text_kind, hiding.text_id) for hiding in hidings)
    return hidings
