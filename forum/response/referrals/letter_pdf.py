"""The letter as a tagged PDF: an official document with the theme and its ideas attached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from forum.core.i18n import _
from forum.core.korean import day, thousands
from forum.core.links import link_to
from forum.core.pdf import typeset
from forum.response.referrals.models import Referral, ReferralIdea
from forum.response.referrals.queries import files_of, quoted_ideas

TEMPLATE = Path(__file__).parent / "templates" / "referrals" / "letter.typ"
LetterLines = Callable[[int], Sequence[str]]
_LINES: list[LetterLines] = []
WITHHELD = _("지금은 공개하지 않는 제안이라 글을 싣지 않습니다.")


def register_letter_lines(lines_of: LetterLines) -> None:
    """Let a slice add sentences about earlier results to the letter on paper.

    :param lines_of: is given the id of the letter
    """
    if lines_of not in _LINES:
        _LINES.append(lines_of)


def letter_pdf(referral: Referral, *, with_withdrawn: bool) -> bytes:
    """Return the letter as it was sent, with the present state of its ideas.

    :param with_withdrawn: print the text of ideas that were withdrawn later; only for readers whom the letter addresses
    """
    quoted = quoted_ideas(referral.id)
    others = [assignment.ministry.name for assignment in referral.assignments if not assignment.is_lead]
    files = [file.name for file in files_of(referral.id) if file.kind.name == "LETTER"]
    return typeset(
        TEMPLATE,
        {
            "code": referral.code,
            "title": referral.title,
            "campaign": referral.theme.campaign.title,
            "is_sample": referral.theme.campaign.is_sample,
            "lead": referral.lead.ministry.name,
            "others": others,
            "sent_on": day(referral.sent_on),
            "due_on": day(referral.due_on),
            "run": None if referral.theme.run.without_analysis else referral.run_id,
            "letter": _paragraphs(referral.letter),
            "summary": _paragraphs(referral.theme.summary),
            "files": files,
            "evidence_title": _("해 본 결과"),
            "evidence_note": _("편지를 보낼 때까지 시민과 부처가 해 본 것을 화면의 문장 그대로 모았습니다."),
            "evidence": [line for lines_of in _LINES for line in lines_of(referral.id)],
            "ideas": _lines(quoted, with_withdrawn),
            "agree": sum(idea.agree for idea in quoted),
            "disagree": sum(idea.disagree for idea in quoted),
            "with_paper": _with_paper(quoted),
            "url": link_to("referrals.show", referral_id=referral.id),
        },
    )


def _lines(quoted: Sequence[ReferralIdea], with_withdrawn: bool) -> list[dict[str, object]]:
    return [
        {
            "id": one.idea_id,
            "title": one.title,
            "body": one.body if with_withdrawn or not one.is_gone else WITHHELD,
            "author": one.author_name,
            "stands_for_others": one.is_representative,
            "agree": one.agree,
            "disagree": one.disagree,
            "room": one.room.room_words if one.room else "",
            "mark": _(" (모임)") if one.room and one.room.gathering_id else "",
            "paper": one.room.paper_words if one.room else "",
        }
        for one in quoted
    ]


def _with_paper(quoted: Sequence[ReferralIdea]) -> str:
    """Return the sums with paper, behind those without it; empty where no vote sheet had a mark."""
    rooms = [one.room for one in quoted if one.room]
    if not any(room.paper_words for room in rooms):
        return ""
    return _(
        " (모임의 종이 표를 더하면 찬성 %(agree)s, 반대 %(disagree)s)",
        agree=thousands(sum(one.agree for one in quoted) + sum(room.paper_agree for room in rooms)),
        disagree=thousands(sum(one.disagree for one in quoted) + sum(room.paper_disagree for room in rooms)),
    )


def _paragraphs(text: str) -> list[str]:
    return [paragraph for paragraph in text.split("\n\n") if paragraph.strip()]
