"""Notices and mails about a referral: to authors, supporters and followers, and to those who work on it.

Citizens get a notice at once and one mail a day with all notices of that day. The answer to their own idea is mailed to
its authors at once. Officers and analysts get a mail of its own for each matter, since they have to act: no link in it
stops such mails.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa

from forum.analysis.themes.follows import theme_followers
from forum.core.access import Role
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import day
from forum.core.links import address_of, link_to, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.people.accounts.models import Account, RoleGrant
from forum.people.ministries.models import Ministry
from forum.response.referrals.models import Answer, MinistryAssignment, Referral
from forum.response.referrals.queries import letter_authors, people_ids_of
from forum.system.notices.services import notify_all, notify_at_once, queue_mails


def notify_of_referral(referral: Referral, lead: Ministry, told: Collection[int] = ()) -> None:
    """Notify authors, supporters, followers and the officers of all ministries addressed. The caller commits.

    :param told: accounts that hear of it otherwise
    """
    due = day(referral.due_on)
    text = _(
        "내가 쓰거나 찬성한 제안이 들어 있는 ‘%(title)s’{이} %(ministry)s에 전달되었어요. %(day)s까지 답변을 받아요.",
        title=referral.title,
        ministry=lead.name,
        day=due,
    )
    for_followers = _(
        "‘%(title)s’{이} %(ministry)s에 전달되었어요. %(day)s까지 답변을 받아요.",
        title=referral.title,
        ministry=lead.name,
        day=due,
    )
    notify_people(referral, "theme_sent", text, for_followers=for_followers, but=told)
    for assignment in referral.assignments:
        _tell_officers_of_arrival(referral, assignment)


def notify_of_transfer(referral: Referral, assignment: MinistryAssignment, there: MinistryAssignment) -> None:
    """Notify citizens and the officers of the ministry that has the letter now. The caller commits."""
    text = _(
        "%(ministry)s{이} ‘%(title)s’{을} %(other)s{로} 이송했어요.",
        ministry=assignment.ministry.name,
        title=referral.title,
        other=there.ministry.name,
    )
    notify_people(referral, "transferred", text)
    _tell_officers_of_arrival(referral, there)


def notify_analysts_of_correction(referral: Referral, assignment: MinistryAssignment, until_on: date) -> None:
    """Notify the analysts that a ministry asks for a correction. The caller commits."""
    text = _(
        "%(ministry)s{이} %(code)s 문서의 보완을 요청했어요. %(day)s까지 보내 주세요.",
        ministry=assignment.ministry.name,
        code=referral.code,
        day=day(until_on),
    )
    analysts = _having(RoleGrant.role == Role.ANALYST)
    notify_staff(referral, analysts, "correction_asked", text, "보완 요청이 왔어요", f"correction:{assignment.id}")


def notify_ministry_of_correction(referral: Referral, assignment: MinistryAssignment) -> None:
    """Notify the ministry's officers that the correction has come. The caller commits."""
    text = f"{referral.code} ‘{referral.title}’의 보완이 왔어요. 답변 기한: {day(assignment.clock.due_on)}"
    officers = officers_of([assignment.ministry_id])
    notify_staff(referral, officers, "correction_given", text, "요청한 보완이 왔어요", f"corrected:{assignment.id}")


def notify_of_answer(referral: Referral, answer: Answer) -> None:
    """Notify authors of the letter's ideas at once, supporters and followers once a day. The caller commits."""
    words = {
        "ministry": referral.lead.ministry.name,
        "title": referral.title,
        "decision": answer.decision.label,
    }
    text = _("%(ministry)s{이} ‘%(title)s’에 답변했어요: %(decision)s", **words)
    to_authors = _("내 제안이 실린 ‘%(title)s’에 %(ministry)s{이} 답변했어요: %(decision)s", **words)
    path = path_for("referrals.show", referral_id=referral.id)
    more = _("까닭과 앞으로 할 일은 여기에서 볼 수 있어요.")
    authors = letter_authors(referral.id)
    notify_at_once(
        authors,
        "answered",
        to_authors,
        path,
        subject=SUBJECT_PREFIX + _("내 제안에 답변이 왔어요"),
        body=f"{to_authors}\n\n{more}\n{address_of(path)}\n",
        key=f"answer:{answer.id}",
    )
    notify_people(referral, "answered", text, but=authors)


def notify_of_reexamination(referral: Referral) -> None:
    """Notify the leading ministry's officers of a request for re-examination. The caller commits."""
    text = f"{referral.code} ‘{referral.title}’의 재심사 요청이 왔어요. 기한: {day(referral.due_on)}"
    officers = officers_of([referral.lead.ministry_id])
    notify_staff(referral, officers, "reexamination_asked", text, "재심사 요청이 왔어요", f"again:{referral.lead.id}")


def notify_people(
    referral: Referral,
    kind: str,
    text: str,
    *,
    for_followers: str = "",
    but: Collection[int] = (),
    path: str = "",
) -> None:
    """Notify authors, supporters and followers, each once: a notice now, a line in the daily mail. The caller commits.

    :param for_followers: what those read who follow the idea, the theme or a ministry; default `text`
    :param but: accounts that were told already
    :param path: the page that it links to; default the letter's
    """
    path = path or path_for("referrals.show", referral_id=referral.id)
    people = people_ids_of(referral.theme_id)
    notify_all(sorted(people.difference(but)), kind, text, path, in_daily_mail=True)
    followers = theme_followers(referral.theme_id, [one.ministry_id for one in referral.assignments])
    others = [account_id for account_id in followers if account_id not in people and account_id not in but]
    notify_all(others, kind, for_followers or text, path, in_daily_mail=True)


def notify_staff(referral: Referral, accounts: Sequence[Account], kind: str, text: str, subject: str, key: str) -> None:
    """Notify those who have to act: a notice, and a mail of its own. The caller commits.

    :param key: identifies the mail among those about this referral; each person gets it once
    """
    path = path_for("referrals.show", referral_id=referral.id)
    notify_all([account.id for account in accounts], kind, text, path)
    link = link_to("referrals.show", referral_id=referral.id)
    body = f"{text}\n\n자세한 내용은 여기에서 볼 수 있어요.\n{link}\n"
    keys = {account.email: f"referral:{referral.id}:{key}:{account.id}" for account in accounts}
    queue_mails(keys, SUBJECT_PREFIX + subject, body)


def officers_of(ministry_ids: Sequence[int]) -> Sequence[Account]:
    """Return the active officers of these ministries."""
    return _having(RoleGrant.ministry_id.in_(ministry_ids))


def having_role(role: Role) -> Sequence[Account]:
    """Return the active accounts with this role."""
    return _having(RoleGrant.role == role)


def _tell_officers_of_arrival(referral: Referral, assignment: MinistryAssignment) -> None:
    text = _(
        "새 전달 문서 %(code)s ‘%(title)s’{이} 왔어요. 기한: %(day)s",
        code=referral.code,
        title=referral.title,
        day=day(assignment.clock.due_on),
    )
    notify_staff(
        referral,
        officers_of([assignment.ministry_id]),
        "referral_arrived",
        text,
        "새 전달 문서가 왔어요",
        f"sent:{assignment.id}",
    )


def _having(is_wanted: sa.ColumnElement[bool]) -> Sequence[Account]:
    query = (
        sa.select(Account)
        .join(RoleGrant, sa.and_(RoleGrant.account_id == Account.id, RoleGrant.revoked_at.is_(None)))
        .where(is_wanted, Account.active)
        .order_by(Account.id)
    )
    return db.session.scalars(query).all()
