"""Put what came of a theme into each new letter about it."""

from __future__ import annotations

import json
from collections.abc import Collection

from forum.core.access import Actor
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.evidence.facts import LETTER_EVIDENCE
from forum.response.evidence.models import LetterEvidence
from forum.response.evidence.queries import Evidence, evidence_of_theme, similar_results
from forum.response.referrals.models import Referral
from forum.system.audit.services import record, text_hash


def enclose_evidence(referral: Referral, actor: Actor, similar: Collection[int]) -> LetterEvidence | None:
    """Write into a new letter what came of its theme, and of similar themes that were chosen. The caller commits.

    :param similar: ids of themes among `similar_results`
    :return: what was enclosed; None where nothing came of them yet
    :raise InvalidInput: a theme that is not on offer
    """
    lines = [*evidence_of_theme(referral.theme_id), *_of_similar(referral, similar)]
    if not lines:
        return None
    enclosed = LetterEvidence(
        referral_id=referral.id, content=[{"words": one.words, "path": one.path} for one in lines]
    )
    db.session.add(enclosed)
    db.session.flush()
    after = {"lines": len(lines), "content": text_hash(json.dumps(enclosed.content, sort_keys=True))}
    record(actor, "evidence.enclose", referral, after=after, facts=LETTER_EVIDENCE.of([referral.id]))
    return enclosed


def _of_similar(referral: Referral, chosen: Collection[int]) -> list[Evidence]:
    if not chosen:
        return []
    offered = {one.theme.id: one for one in similar_results(referral.theme)}
    if not set(chosen) <= offered.keys():
        raise InvalidInput({"similar": _("목록에 있는 주제만 함께 보낼 수 있어요. 화면을 다시 열어 골라 주세요.")})
    return [
        Evidence(_("비슷한 주제 ‘%(title)s’: %(words)s", title=offered[one].theme.title, words=line.words), line.path)
        for one in sorted(set(chosen))
        for line in offered[one].lines
    ]
