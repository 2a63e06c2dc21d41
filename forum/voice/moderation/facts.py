"""Facts about hidings for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.system.audit.facts import fact_kind
from forum.voice.moderation.models import Hiding

HIDINGS = fact_kind(
    "hiding",
    _l("글을 숨기고 다시 보인 일"),
    sa.select(
        Hiding.id,
        Hiding.text_kind,
        Hiding.text_id,
        Hiding.reason,
        Hiding.hidden_at,
        Hiding.hidden_by_id,
        Hiding.is_held,
        Hiding.state_before,
        Hiding.target_before_id,
        Hiding.appeal_decision,
        Hiding.appeal_answer,
        Hiding.appeal_decided_at,
        Hiding.appeal_decided_by_id,
        Hiding.lifted_at,
        Hiding.lifted_by_id,
        Hiding.lift_reason,
    ),
)
"""Without the appeal itself: it is the author's, and its text goes when the author leaves."""
