"""Tables of letters to ministries, one module per entity. Import the names from this package."""

from __future__ import annotations

from forum.response.referrals.models.answer import (
    BECAME_POLICY,
    MAY_BE_REEXAMINED,
    Answer,
    AnswerPoint,
    Decision,
)
from forum.response.referrals.models.assignment import (
    ANSWERED_STATES,
    AssignmentState,
    ClockEnd,
    MinistryAssignment,
    ResponseClock,
)
from forum.response.referrals.models.event import EventType, ReferralEvent
from forum.response.referrals.models.file import FileKind, ReferralFile
from forum.response.referrals.models.milestone import Milestone
from forum.response.referrals.models.referral import Referral, ReferralIdea, ReferralIdeaRoom

__all__ = [
    "ANSWERED_STATES",
    "BECAME_POLICY",
    "MAY_BE_REEXAMINED",
    "Answer",
    "AnswerPoint",
    "AssignmentState",
    "ClockEnd",
    "Decision",
    "EventType",
    "FileKind",
    "Milestone",
    "MinistryAssignment",
    "Referral",
    "ReferralEvent",
    "ReferralFile",
    "ReferralIdea",
    "ReferralIdeaRoom",
    "ResponseClock",
]
