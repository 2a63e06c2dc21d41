"""Facts about letters and answers for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.response.referrals.models import (
    Answer,
    AnswerPoint,
    Milestone,
    MinistryAssignment,
    Referral,
    ReferralEvent,
    ReferralFile,
    ReferralIdea,
    ReferralIdeaRoom,
)
from forum.system.audit.facts import fact_kind

LETTERS = fact_kind(
    "letter",
    _l("전달 문서의 글과 실린 제안"),
    sa.select(
        Referral.id,
        Referral.theme_id,
        Referral.run_id,
        Referral.year,
        Referral.number,
        Referral.title,
        Referral.letter,
        Referral.sent_by_id,
        Referral.sent_at,
        Referral.sent_on,
    ),
    [
        sa.select(
            ReferralIdea.referral_id,
            ReferralIdea.idea_id,
            ReferralIdea.position,
            ReferralIdea.title,
            ReferralIdea.body,
            ReferralIdea.is_representative,
            ReferralIdea.agree,
            ReferralIdea.disagree,
        )
    ],
)
"""Without `due_on`, which the clocks give and `deadlines.queries.differences` compares."""

LETTER_ROOMS = fact_kind(
    "letter_room",
    _l("전달 문서에 실린 제안이 나온 모임과 종이 표"),
    sa.select(Referral.id),
    [
        sa.select(
            ReferralIdeaRoom.referral_id,
            ReferralIdeaRoom.idea_id,
            ReferralIdeaRoom.gathering_id,
            ReferralIdeaRoom.gathering_title,
            ReferralIdeaRoom.began_on,
            ReferralIdeaRoom.number,
            ReferralIdeaRoom.paper_agree,
            ReferralIdeaRoom.paper_disagree,
            ReferralIdeaRoom.paper_pass,
        )
    ],
)
"""By letter. A kind of its own, so that what the audit says about letters from before still holds."""

ASSIGNMENTS = fact_kind(
    "assignment",
    _l("전달받은 부처"),
    sa.select(
        MinistryAssignment.id,
        MinistryAssignment.referral_id,
        MinistryAssignment.ministry_id,
        MinistryAssignment.is_lead,
        MinistryAssignment.arrived_on,
        MinistryAssignment.state,
        MinistryAssignment.acknowledged_at,
        MinistryAssignment.acknowledged_by_id,
    ),
)

EVENTS = fact_kind(
    "referral_event",
    _l("전달 문서의 이력"),
    sa.select(
        ReferralEvent.id,
        ReferralEvent.referral_id,
        ReferralEvent.part_id,
        ReferralEvent.act,
        ReferralEvent.at,
        ReferralEvent.happened_on,
        ReferralEvent.actor_id,
        ReferralEvent.actor_role,
        ReferralEvent.state_before,
        ReferralEvent.state_after,
        ReferralEvent.reason,
        ReferralEvent.due_on,
        ReferralEvent.until_on,
        ReferralEvent.answer_version,
        ReferralEvent.milestone_id,
        ReferralEvent.percent_before,
        ReferralEvent.percent_after,
        ReferralEvent.evidence_url,
    ),
)
"""The clocks and due dates are replayed from the events, so this covers them too."""

FILES = fact_kind(
    "referral_file",
    _l("전달 문서의 파일"),
    sa.select(
        ReferralFile.id,
        ReferralFile.referral_id,
        ReferralFile.event_id,
        ReferralFile.kind,
        ReferralFile.name,
        ReferralFile.media_type,
        ReferralFile.size_bytes,
        ReferralFile.sha256,
        ReferralFile.uploaded_by_id,
        ReferralFile.uploaded_at,
    ),
)
"""With the hash of the bytes; another check compares the bytes with it."""

ANSWERS = fact_kind(
    "answer",
    _l("공개된 답변의 글"),
    sa.select(
        Answer.id,
        Answer.referral_id,
        Answer.version,
        Answer.decision,
        Answer.reason,
        Answer.contact_office,
        Answer.author_id,
        Answer.revision,
        Answer.approved_by_id,
        Answer.published_at,
    ).where(Answer.published_at.is_not(None)),
    [sa.select(AnswerPoint.answer_id, AnswerPoint.idea_id, AnswerPoint.text)],
)

POINT_DECISIONS = fact_kind(
    "point_decision",
    _l("공개된 답변이 제안마다 한 결정"),
    sa.select(Answer.id).where(Answer.published_at.is_not(None)),
    [sa.select(AnswerPoint.answer_id, AnswerPoint.idea_id, AnswerPoint.decision)],
)
"""By answer. A kind of its own, so that what the audit says about answers from before still holds."""

MILESTONES = fact_kind(
    "milestone",
    _l("약속한 이행 단계와 진행률"),
    sa.select(
        Milestone.id,
        Milestone.answer_id,
        Milestone.title,
        Milestone.due_on,
        Milestone.weight,
        Milestone.percent_done,
        Milestone.is_closed,
        Milestone.finished_on,
        Milestone.evidence_url,
    )
    .join(Answer, Answer.id == Milestone.answer_id)
    .where(Answer.published_at.is_not(None)),
)
"""Steps of published answers."""
