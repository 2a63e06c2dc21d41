"""Facts about checks and short answers for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.response.referrals.models import Answer
from forum.response.shortpath.models import AnswerPhoto, EverydayCheck, ShortAnswer
from forum.system.audit.facts import fact_kind

CHECKS = fact_kind(
    "everyday_check",
    _l("마친 확인과 그 까닭"),
    sa.select(
        EverydayCheck.idea_id,
        EverydayCheck.started_on,
        EverydayCheck.due_on,
        EverydayCheck.outcome,
        EverydayCheck.referral_id,
        EverydayCheck.same_as_id,
        EverydayCheck.office_name,
        EverydayCheck.reason,
        EverydayCheck.decided_by_id,
        EverydayCheck.decided_at,
    ).where(EverydayCheck.outcome.is_not(None)),
)
"""Checks that have ended. One that is opened again is recorded as gone."""

SHORT_ANSWERS = fact_kind(
    "short_answer",
    _l("공개된 짧은 답변과 사진"),
    sa.select(ShortAnswer.answer_id, ShortAnswer.kind, ShortAnswer.why_no_photo)
    .join(Answer, Answer.id == ShortAnswer.answer_id)
    .where(Answer.published_at.is_not(None)),
    [
        sa.select(
            AnswerPhoto.answer_id,
            AnswerPhoto.position,
            AnswerPhoto.sha256,
            AnswerPhoto.caption,
            AnswerPhoto.taken_on,
        )
    ],
)
"""With the names of the photos' bytes; another check compares the bytes with them."""
