"""What authors and supporters hear of their theme's way through the ministry, and officers of new work."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import current_app

from forum.accounts.models import Account, RoleGrant
from forum.extensions import db
from forum.korean import day, josa, particle_after
from forum.ministries.models import Ministry
from forum.notices.services import queue_mails, tell_all
from forum.referrals.models import Answer, Referral
from forum.referrals.queries import people_of


def tell_of_referral(referral: Referral, lead: Ministry) -> None:
    """Authors and supporters, and the officers of the ministry. The caller commits."""
    title = referral.theme.title
    text = (
        f"내가 쓰거나 찬성한 제안이 들어 있는 ‘{title}’{particle_after(title, '이')} "
        f"{lead.name}에 전달되었습니다. {day(referral.due_on)}까지 답변을 받습니다."
    )
    _tell(people_of(referral.theme_id), "theme_sent", text, referral, "내 제안이 소관부처에 전달되었습니다", "sent")
    for_officers = (
        f"새 전달 문서 {referral.code} ‘{title}’{particle_after(title, '이')} 왔습니다. 기한: {day(referral.due_on)}"
    )
    officers = _officers([part.ministry_id for part in referral.parts])
    _tell(officers, "referral_arrived", for_officers, referral, "새 전달 문서가 왔습니다", "arrived")


def tell_of_answer(referral: Referral, answer: Answer) -> None:
    """Authors and supporters. The caller commits."""
    title, ministry = referral.theme.title, referral.lead.ministry.name
    text = f"{josa(ministry, '이')} ‘{title}’에 답변했습니다: {answer.decision.label}"
    key = f"answer-{answer.version}"
    _tell(people_of(referral.theme_id), "answered", text, referral, "내 제안에 답변이 왔습니다", key)


def _tell(accounts: Sequence[Account], kind: str, text: str, referral: Referral, subject: str, key: str) -> None:
    path = f"/referrals/{referral.id}"
    tell_all([account.id for account in accounts], kind, text, path)
    body = f"{text}\n\n자세한 내용은 여기에서 볼 수 있습니다.\n{current_app.config['BASE_URL']}{path}\n"
    keys = {account.email: f"referral:{referral.id}:{key}:{account.id}" for account in accounts}
    queue_mails(keys, f"[탄소중립 국민포럼] {subject}", body)


def _officers(ministry_ids: Sequence[int]) -> Sequence[Account]:
    query = (
        sa.select(Account)
        .join(RoleGrant, sa.and_(RoleGrant.account_id == Account.id, RoleGrant.revoked_at.is_(None)))
        .where(RoleGrant.ministry_id.in_(ministry_ids))
        .order_by(Account.id)
    )
    return db.session.scalars(query).all()
