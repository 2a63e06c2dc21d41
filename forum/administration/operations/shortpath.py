"""Checks of the short path: what a check came to against letters and merges, and short answers against decisions."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.core import clock
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.workdays import after_working_days, rule_value
from forum.response.referrals.models import Answer, ReferralIdea
from forum.response.shortpath.models import DECISIONS, AnswerPhoto, CheckOutcome, EverydayCheck, ShortAnswer
from forum.voice.ideas.models import Idea, IdeaState

GRACE = timedelta(minutes=10)
"""The worker opens and closes checks every minute: an idea that changed just now is not looked at."""


def check_outcomes() -> Finding:
    """Compare each check with the letters that quote its idea, with where the idea was merged, and with its clock."""
    finding = Finding(_("일상 제안의 확인과 그 뒤의 일"), 0)
    letters: dict[int, set[int]] = {}
    for idea_id, referral_id in db.session.execute(sa.select(ReferralIdea.idea_id, ReferralIdea.referral_id)):
        letters.setdefault(idea_id, set()).add(referral_id)
    targets: dict[int, int | None] = dict(db.session.execute(sa.select(Idea.id, Idea.merged_into_id)).all())
    query = sa.select(EverydayCheck, Idea).join(Idea, Idea.id == EverydayCheck.idea_id).order_by(EverydayCheck.idea_id)
    for check, idea in db.session.execute(query):
        finding.n_checked += 1
        for wrong in _wrong(check, idea, letters.get(idea.id, set()), targets):
            finding.differences.append(_("제안 %(id)s번: %(wrong)s", id=idea.id, wrong=wrong))
    return finding


def _wrong(check: EverydayCheck, idea: Idea, letters: set[int], targets: dict[int, int | None]) -> list[str]:
    found, is_settled = [], idea.updated_at < clock.now() - GRACE
    if check.outcome is CheckOutcome.SENT and check.referral_id not in letters:
        found.append(_("보냈다는데 그 편지에 실리지 않았습니다"))
    if check.outcome in {None, CheckOutcome.NOT_HERE} and letters:
        found.append(_("편지에 실렸는데 보낸 것으로 적히지 않았습니다"))
    if check.outcome is CheckOutcome.SAME and idea.state is IdeaState.MERGED:
        same = check.same_as_id
        if (targets.get(same or 0) or same) != idea.merged_into_id:
            found.append(_("합쳤다는 제안과 합쳐진 제안이 다릅니다"))
    if check.outcome is CheckOutcome.SAME and idea.state is IdeaState.OPEN and is_settled:
        found.append(_("합쳤다는데 따로 열려 있습니다"))
    if check.outcome is None and idea.state is IdeaState.MERGED and is_settled:
        found.append(_("합쳐졌는데 확인이 끝나지 않았습니다"))
    if check.due_on != after_working_days(check.started_on, rule_value("everyday_check")):
        found.append(_("기한이 시작한 날과 맞지 않습니다"))
    return found


def short_answers() -> Finding:
    """Check that published short answers decide what their kind says, and show that something was fixed before."""
    n_photos = sa.select(sa.func.count()).where(AnswerPhoto.answer_id == Answer.id).correlate(Answer).scalar_subquery()
    query = (
        sa.select(Answer.id, Answer.decision, ShortAnswer.kind, ShortAnswer.why_no_photo, n_photos)
        .join(ShortAnswer, ShortAnswer.answer_id == Answer.id)
        .where(Answer.published_at.is_not(None))
        .order_by(Answer.id)
    )
    finding = Finding(_("짧은 답변과 결정"), 0)
    for answer_id, decision, kind, why_no_photo, photos in db.session.execute(query):
        finding.n_checked += 1
        is_shown = bool(photos or why_no_photo) or kind.name != "ALREADY_FIXED"
        if DECISIONS[kind] is not decision or not is_shown:
            words = {"id": answer_id, "kind": kind.label, "decision": decision.label}
            finding.differences.append(_("답변 %(id)s번: %(kind)s, 결정 %(decision)s", **words))
    return finding


SHORT_PATH_CHECKS = (check_outcomes, short_answers)
