"""The first texts of minutes, made from the facts by a program. They say 자동 초안 until somebody edits them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forum.core.i18n import _
from forum.deliberation.minutes.facts import born_ids, of_verdict
from forum.deliberation.minutes.models import GatheringMinutes
from forum.deliberation.rooms.results import Verdict

FIELDS = ("summary", "agreements", "open_questions")


@dataclass(frozen=True)
class DraftedTexts:
    summary: str
    agreements: str
    open_questions: str


def drafted_texts(facts: dict[str, Any]) -> DraftedTexts:
    """Return the texts in plain sentences. Ideas are named by their numbers alone."""
    agreed, divided = of_verdict(facts, Verdict.AGREED), of_verdict(facts, Verdict.DIVIDED)
    agreements = [_("#%(n)s에 투표한 사람 가운데 3분의 2 이상이 찬성했어요.", n=number) for number in agreed]
    questions = [
        _("#%(n)s{은} 찬성한 사람과 반대한 사람이 모두 3분의 1이 넘어요. 더 이야기해야 해요.", n=number)
        for number in divided
    ]
    return DraftedTexts(_summary(facts, len(agreed), len(divided)), "\n".join(agreements), "\n".join(questions))


def automatic_fields(minutes: GatheringMinutes) -> frozenset[str]:
    """Return the names of the texts that stand as the program drafted them."""
    drafted = minutes.facts.get("drafted", {})
    return frozenset(name for name in FIELDS if getattr(minutes, name) and getattr(minutes, name) == drafted.get(name))


def _summary(facts: dict[str, Any], n_agreed: int, n_divided: int) -> str:
    n_born = len(born_ids(facts))
    n_brought = len(facts["ideas"]) - n_born
    said = [_("%(n)s명이 모였어요.", n=facts["people"]["present"] or 0)]
    if n_born:
        said.append(_("모임에서 새 제안 %(n)s건을 썼어요.", n=n_born))
    if n_brought:
        said.append(_("포럼에서 가져온 제안 %(n)s건도 이야기했어요.", n=n_brought))
    if facts["sheets"]:
        said.append(_("종이 투표지 %(n)s장도 세었어요.", n=facts["sheets"]))
    if n_agreed:
        said.append(_("제안 %(n)s건에 뜻을 모았어요.", n=n_agreed))
    if n_divided:
        said.append(_("제안 %(n)s건은 생각이 갈렸어요.", n=n_divided))
    return " ".join(said)
