"""Facts about hearings for the audit (`forum.system.audit.facts`). Texts of people are not in them."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.deliberation.hearings.models import Hearing, HearingFile, HearingInvitation, HearingQuestion, SignedOpinion
from forum.system.audit.facts import fact_kind

HEARINGS = fact_kind(
    "hearing",
    _l("제안자 직접 설명과 붙임"),
    sa.select(
        Hearing.id,
        Hearing.task_id,
        Hearing.starts_at,
        Hearing.minutes,
        Hearing.place,
        Hearing.video_url,
        Hearing.state,
        Hearing.cancel_reason,
        Hearing.what_changed,
        Hearing.held_at,
        Hearing.revision,
    ),
    [sa.select(HearingFile.hearing_id, HearingFile.id, HearingFile.name, HearingFile.sha256, HearingFile.size_bytes)],
)

INVITATIONS = fact_kind(
    "hearing_invitation",
    _l("설명할 사람의 초대와 보호자 동의"),
    sa.select(
        HearingInvitation.id,
        HearingInvitation.hearing_id,
        HearingInvitation.state,
        HearingInvitation.way,
        HearingInvitation.is_minor,
        HearingInvitation.consent_asked_at,
        HearingInvitation.consent_given_at,
        HearingInvitation.consent_revoked_at,
    ),
)

ANSWERS = fact_kind(
    "hearing_question",
    _l("질문에 적은 답변"),
    sa.select(
        HearingQuestion.id, HearingQuestion.answer, HearingQuestion.answer_url, HearingQuestion.answered_at
    ).where(HearingQuestion.answered_at.is_not(None)),
)

OPINIONS = fact_kind(
    "signed_opinion",
    _l("전문가·단체 의견의 초대"),
    sa.select(
        SignedOpinion.id,
        SignedOpinion.task_id,
        SignedOpinion.theme_id,
        SignedOpinion.name,
        SignedOpinion.affiliation,
        SignedOpinion.sent_at,
    ),
)
